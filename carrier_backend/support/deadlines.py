"""Connections whose timeout is a deadline: a server that drips a byte a second gains nothing by it.

In urllib3 a timeout is the longest pause between two bytes; here it is all the time that is left.
"""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class DeadlineAdapter(HTTPAdapter):
    """Its timeout has two parts: to connect and send within, and for everything together.

    Each address of a host, and then the TLS handshake, is given the first part; name servers take their time.
    A connection that did not come about, for whatever reason, raises ConnectTimeout: then nothing was sent.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have every connection keep its deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # documented to take urllib3's Timeout too, which its types do not know
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send with the timeout `(to connect and send within, for everything)`, in seconds."""
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
    """Of its timeout, which urllib3 sets before connecting and again before reading, it uses what is left."""

    response_class = _DeadlineResponse

    @property
    def timeout(self) -> float:
        return max(self._ends_at - time.monotonic(), 0.001)

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._ends_at = time.monotonic() + (seconds or 0)

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError) as error:
            # The one error that requests documents as safe to retry; a refused certificate is as safe.
            raise ConnectTimeoutError(self, "no connection") from error

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.timeout)  # a kept connection still has what its last call left over
        super().send(data)


class _SecureDeadlineConnection(_DeadlineConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _DeadlineConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureDeadlineConnection
