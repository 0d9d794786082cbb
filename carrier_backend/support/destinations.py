"""Where calls may go: in production by https alone, to hosts that are known, at addresses of the public internet."""

import re
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

# What of IPv6 is given out at all; everything else is for special purposes.
_GLOBAL_UNICAST = ip_network("2000::/3")
# How networks that have IPv6 alone write the IPv4 addresses of others (RFC 6052).
_TRANSLATED = ip_network("64:ff9b::/96")
_NAME = re.compile(r"([a-z0-9_-]+\.)+[a-z][a-z0-9-]*")


class NoDestination(OSError):
    """A host is not known here, or has no address on the public internet."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet: not private, link-local or reserved, in whatever notation."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _inside(found)
        if inner is None and found not in _GLOBAL_UNICAST:
            return False
        found = inner or found
    return found.is_global and not found.is_multicast


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that traffic to an IPv6 address ends at, if there is one."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def host_of(url: str) -> str:
    """The host in an address, in small letters and without the dot that may end it; empty where there is none."""
    parts = _split(url)
    return (parts.hostname or "").rstrip(".") if parts else ""


def is_base(url: str, *, is_strict: bool) -> bool:
    """Whether it is a host, and a path at most; where strict, by https and a host with a public name."""
    parts = _split(url)
    if parts is None or parts.hostname is None or parts.query or parts.fragment or parts.username is not None:
        return False
    if is_strict:
        return parts.scheme == "https" and _NAME.fullmatch(host_of(url)) is not None
    return parts.scheme in ("http", "https")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port  # either may be nonsense
    except ValueError:
        return None
    return parts


Resolve = Callable[[str, int], Iterable[str]]
"""The addresses of a host, for connections to a port."""


def resolve(host: str, port: int) -> list[str]:
    """What the name servers say; raises OSError where they know of none."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # no name that any server could know
        raise NoDestination from error


class Destinations:
    """Where calls may go; in development, anywhere.

    `known` are names of hosts; one that begins with a dot stands for every host below it.
    """

    def __init__(self, known: Iterable[str], *, is_strict: bool, resolve: Resolve = resolve) -> None:
        self._known = frozenset(name.lower() for name in known)
        self._is_strict = is_strict
        self._resolve = resolve

    def fault_in(self, base_url: str) -> str | None:
        """Why no account may be at that address."""
        if not is_base(base_url, is_strict=self._is_strict):
            return "must be https://, a host's name, and a path at most" if self._is_strict else "is no address"
        if not self.is_known(base_url):
            return "is at none of the hosts that are known here; CARRIER_KNOWN_HOSTS names more"
        return None

    def is_known(self, url: str) -> bool:
        """Whether a call may go to that address, as far as it tells by itself."""
        return not self._is_strict or (url.startswith("https://") and self._knows(host_of(url)))

    def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect to; raises OSError, NoDestination where nothing may be sent.

        The connection is made to these very addresses: what the name means a moment later has no say.
        """
        if not self._is_strict:
            return list(self._resolve(host, port))
        allowed = list(filter(is_public, self._resolve(host, port))) if self._knows(host.rstrip(".")) else []
        if not allowed:
            raise NoDestination
        return allowed

    def _knows(self, host: str) -> bool:
        parents = (host[place:] for place, letter in enumerate(host) if letter == ".")
        return not self._known.isdisjoint((host, *parents))


ANYWHERE = Destinations((), is_strict=False)
