"""Strangers who call the webhooks by the thousand, whether or not they are answered."""

import json
import re
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

CONNECTIONS = 16
BATCHES_A_SECOND = 50
ADDRESS = "127.0.0.2"
"""Where they call from: not where the couriers, all of them pretended, call from."""

_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3})")
_LONGEST_BEGINNING = len(b"HTTP/1.1 20")


def _call(path: str, told: object) -> bytes:
    body = json.dumps(told).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer a-guess\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


CALLS = (
    _call("/webhooks/intigo/status", {"status": 3000, "parcels": [{"nid": "1"}]}),
    _call(
        "/webhooks/parcel2go",
        {
            "Id": "33bb3c63-0000-4000-8000-000000000000",
            "Timestamp": "2026-01-01T00:00:00Z",
            "Signature": "0" * 64,
            "Type": "Tracking",
            "Payload": {"OrderLineId": 1},
        },
    ),
)


class Flood:
    """So many calls a second, none of which bears what its courier's would."""

    def __init__(self, url: str, calls_a_second: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._batch = max(calls_a_second // BATCHES_A_SECOND // len(CALLS), 1) * b"".join(CALLS)
        self._tails = [b""] * CONNECTIONS
        self._sent, self._unsent, self._seconds = 0, 0, 0.0
        self._answers: Counter[int] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Call until told to stop."""
        socks = [self._connect() for _ in range(CONNECTIONS)]
        began, number = time.monotonic(), 0
        while not stop.wait(max(began + number / BATCHES_A_SECOND - time.monotonic(), 0)):
            place, number = number % CONNECTIONS, number + 1
            if not self._goes_on(socks[place], place):
                socks[place].close()
                socks[place], self._tails[place] = self._connect(), b""
        self._seconds += time.monotonic() - began
        for sock in socks:
            sock.close()

    def told(self) -> str:
        """How many, and what they heard."""
        answers = ", ".join(f"{number:,} x {status}" for status, number in sorted(self._answers.items()))
        return f"{self._sent / max(self._seconds, 1):,.0f} calls a second: {answers}; {self._unsent:,} found no room"

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(self._address, timeout=30, source_address=(ADDRESS, 0))
        sock.setblocking(False)
        return sock

    def _goes_on(self, sock: socket.socket, place: int) -> bool:
        """Send a batch, and count what has been answered; not, where the connection is over."""
        calls = self._batch.count(b"POST ")
        try:
            self._hear(sock, place)
            # What is not taken whole would have to be gone on with; so far behind, the other end is left.
            if sock.send(self._batch) < len(self._batch):
                return False
            self._sent += calls
        except BlockingIOError:
            self._unsent += calls
        except OSError:
            return False
        return True

    def _hear(self, sock: socket.socket, place: int) -> None:
        with suppress(BlockingIOError):
            while data := sock.recv(65536):
                heard = self._tails[place] + data
                self._answers.update(int(status) for status in _ANSWER.findall(heard))
                self._tails[place] = heard[-_LONGEST_BEGINNING:]
            raise ConnectionResetError
