"""How often strangers may fail to show who they are before nobody looks any more: their floods cost next to nothing.

Counted in the memory of each process, for what is to be spared is the database.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic

from carrier_backend.domain.errors import NotAllowed

FAILURES_ALLOWED = 60
WITHIN_SECONDS = 60.0
MOST_REMEMBERED = 10_000
SITE_BITS = 64
"""Of an address of the sixth version: whoever has one has all that begin alike."""


@dataclass(slots=True)
class _Failures:
    """Of one site, since the first of them."""

    began: float
    number: int = 0


class Patience:
    """Some failures a minute for each site, and none of anybody else's."""

    def __init__(self, now: Callable[[], float] = monotonic, most_remembered: int = MOST_REMEMBERED) -> None:
        self._now = now
        self._most_remembered = most_remembered
        self._lock = threading.Lock()
        self._failures: dict[str, _Failures] = {}

    @contextmanager
    def towards(self, address: str) -> Iterator[None]:
        """Look at who calls, and count it if that is NotAllowed."""
        try:
            yield
        except NotAllowed:
            self._count(_site(address))
            raise

    def seconds_until_patient(self, address: str) -> float:
        """How long nobody looks at who calls from there; mostly 0."""
        failures = self._failures.get(_site(address))
        if failures is None or failures.number < FAILURES_ALLOWED:
            return 0.0
        return max(failures.began + WITHIN_SECONDS - self._now(), 0.0)

    def _count(self, site: str) -> None:
        with self._lock:
            self._forget(self._now() - WITHIN_SECONDS)
            self._failures.setdefault(site, _Failures(self._now())).number += 1

    def _forget(self, before: float) -> None:
        """Those whose minute is over, and of more than can be remembered the oldest."""
        while self._failures:
            oldest = next(iter(self._failures))
            if self._failures[oldest].began > before and len(self._failures) < self._most_remembered:
                return
            del self._failures[oldest]


def _site(address: str) -> str:
    """The address, or where its kind is plentiful all that are its owner's."""
    try:
        ip = ip_address(address)
    except ValueError:  # of a socket that has none
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(ip_network((int(ip), SITE_BITS), strict=False))
    return address
