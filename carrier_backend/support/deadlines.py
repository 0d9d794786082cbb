"""Connections whose timeout is a deadline: a server that drips a byte a second gains nothing by it.

In urllib3 a timeout is the longest pause between two bytes; here it is all the time that is left.
"""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.util.connection import create_connection

from carrier_backend.support.destinations import ANYWHERE, Destinations

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class DeadlineAdapter(HTTPAdapter):
    """Its timeout has two parts: for connecting, and for everything together.

    Each address of a host, the TLS handshake and the sending are each given the first part, which counts towards
    the whole; name servers take their own time.
    A connection that did not come about, for whatever reason, raises ConnectTimeout: then nothing was sent.
    """

    def __init__(self, destinations: Destinations = ANYWHERE, **options: Any) -> None:
        self._destinations = destinations
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have every connection keep its deadline, and go where it may."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, self._destinations),
            "https": partial(_SecurePool, self._destinations),
        }

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # documented to take urllib3's Timeout too, which its types do not know
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send with the timeout `(for connecting, for everything)`, in seconds; raises InvalidURL for unknown hosts."""
        if not self._destinations.is_known(request.url or ""):
            raise InvalidURL("no call may go there")
        connect, everything = timeout
        timeout = Timeout(connect=connect, total=everything)
        return super().send(request, stream, timeout, verify, cert, proxies)


class _DeadlineReader(io.RawIOBase):
    """What a socket says within its present timeout, in however many pieces."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._ends_at = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _DeadlineConnection(HTTPConnection):
    """Reads against a deadline: just before it does, urllib3 sets its timeout to what is left of the whole."""

    response_class = _DeadlineResponse

    def __init__(self, *args: Any, destinations: Destinations, **options: Any) -> None:
        self._destinations = destinations
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that answers, of those that were looked at; there is no second look-up."""
        failure = OSError("there is no address")
        for address in self._destinations.addresses(self._dns_host, self.port):
            try:
                return create_connection((address, self.port), self.timeout, socket_options=self.socket_options)
            except OSError as error:
                failure = error
        raise failure

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError) as error:
            # The one error that requests documents as safe to retry; a refused certificate is as safe.
            raise ConnectTimeoutError(self, "no connection") from error


class _SecureDeadlineConnection(_DeadlineConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _DeadlineConnection

    def __init__(self, destinations: Destinations, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn_kw["destinations"] = destinations


class _SecurePool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _SecureDeadlineConnection
