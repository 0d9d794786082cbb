"""Callers who drip their requests, or disturb in another way, and what bookings and health probes take beside them."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.chaos.orders import Order, orders
from tests.chaos.stage import Stage, set_up
from tests.hung.load import Felt, call

COURIER = "parcel2go"
"""Whom all bookings are handed to: one call after another, and no quota."""
PROBES_A_SECOND = 5
PROBE_SECONDS = 1.0
"""Within which a probe has to be answered."""
DRIP_SECONDS = 1.0
WARM_UP_SECONDS = 5
CALLERS = 64

_HEAD = b"POST /booking HTTP/1.1\r\nHost: here\r\n"


def _a_header_each() -> Iterator[bytes]:
    return chain([_HEAD], repeat(b"X-Slow: y\r\n"))


def _a_byte_of_the_head_each() -> Iterator[bytes]:
    return (bytes([byte]) for byte in cycle(_HEAD))


def _a_byte_of_the_body_each() -> Iterator[bytes]:
    return chain([_HEAD + b"Content-Length: 500000\r\nContent-Type: application/json\r\n\r\n"], repeat(b" "))


def _a_byte_of_a_chunk_each() -> Iterator[bytes]:
    return chain([_HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"], repeat(b" "))


def _nothing() -> Iterator[bytes]:
    return repeat(b"")


WAYS: Sequence[Callable[[], Iterator[bytes]]] = (
    _a_header_each,
    _a_byte_of_the_head_each,
    _a_byte_of_the_body_each,
    _a_byte_of_a_chunk_each,
    _nothing,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Bookings a second, undisturbed for so long and disturbed for as long; as often as there are pairs."""

    rate: float
    seconds: float
    pairs: int
    seed: int = 1


@dataclass(slots=True)
class Condition:
    """What was felt, undisturbed or beside those who drip."""

    bookings: Felt = field(default_factory=Felt)
    probes: Counter[bool] = field(default_factory=Counter)

    @property
    def answered_share(self) -> float:
        """Of the health probes."""
        return self.probes[True] / self.probes.total() if self.probes else 0.0


@dataclass(slots=True)
class Seen:
    """Both conditions, side by side, what the second is called, and what those who disturbed have to tell."""

    well: Condition = field(default_factory=Condition)
    disturbed: Condition = field(default_factory=Condition)
    word: str = "dripped on"
    told: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How much longer one booking in a hundred took at least."""
        before = self.well.bookings.quantile(0.99)
        return self.disturbed.bookings.quantile(0.99) / before if before else float("inf")

    def faults(self, least_share: float, most: float) -> Iterator[str]:
        """What must not be."""
        if self.disturbed.answered_share < least_share:
            yield f"fewer than {least_share:.0%} of the health probes were answered within {PROBE_SECONDS:g} s"
        if self.ratio > most:
            yield f"the bookings' p99 is more than {most:g} times as long"
        for word, condition in self._both():
            for status, number in Counter(condition.bookings.errors).items():
                yield f"{word}: {number} x {status or 'no answer'}"

    def lines(self) -> Iterator[str]:
        """All of it, line by line."""
        for word, condition in self._both():
            felt, probes = condition.bookings, condition.probes.total()
            yield (
                f"{word:<12} {len(felt.seconds):>5,} booked  p50 {felt.quantile(0.5):>5.0f} ms  "
                f"p99 {felt.quantile(0.99):>5.0f} ms  health {condition.answered_share:.1%} of {probes}"
            )
        yield "; ".join([f"p99 is {self.ratio:.2f} times as long", *self.told])

    def _both(self) -> tuple[tuple[str, Condition], ...]:
        return (("undisturbed", self.well), (self.word, self.disturbed))


class Disturber(Protocol):
    """Something that goes on beside the bookings."""

    def run(self, stop: threading.Event) -> None: ...

    def told(self) -> str:
        """What came of it."""


class Drippers:
    """Connections that each send a little every second, and come again when they are hung up on."""

    def __init__(self, url: str, number: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._ways = list(islice(cycle(WAYS), number))
        self._cut_off = 0

    def run(self, stop: threading.Event) -> None:
        """Drip until told to stop."""
        open_ones = [self._begin(way) for way in self._ways]
        while not stop.wait(DRIP_SECONDS):
            for place, (sock, pieces) in enumerate(open_ones):
                if not _goes_on(sock, next(pieces)):
                    sock.close()
                    self._cut_off += 1
                    open_ones[place] = self._begin(self._ways[place])
        for sock, _ in open_ones:
            sock.close()

    def told(self) -> str:
        return f"those who dripped were hung up on {self._cut_off:,} times"

    def _begin(self, way: Callable[[], Iterator[bytes]]) -> tuple[socket.socket, Iterator[bytes]]:
        sock = socket.create_connection(self._address, timeout=30)
        sock.setblocking(False)
        return sock, way()


def _goes_on(sock: socket.socket, piece: bytes) -> bool:
    """Whether the other end still listens; whatever it says is taken for a no."""
    try:
        sock.sendall(piece)
        with suppress(BlockingIOError):
            sock.recv(4096)
            return False
    except OSError:
        return False
    return True


class Load:
    """Bookings and probes at a constant rate, whether or not those before them were answered."""

    def __init__(self, plan: Plan, stage: Stage, credentials: Mapping[str, str]) -> None:
        self._plan = plan
        self._url = stage.urls[0]
        self._orders = _orders(plan)
        self._token = json.loads(call("POST", f"{self._url}/oauth/token", credentials)[1])["access_token"]

    def run(self, word: str, disturber: Callable[[str], Disturber]) -> Seen:
        """Undisturbed and disturbed in turn, so that what befalls the machine befalls both."""
        seen = Seen(word=word)
        self._phase(Condition(), WARM_UP_SECONDS)
        for _ in range(self._plan.pairs):
            self._phase(seen.well, self._plan.seconds)
            beside = disturber(self._url)
            self._phase(seen.disturbed, self._plan.seconds, partial(_running, beside))
            seen.told.append(beside.told())
        return seen

    def _phase(
        self, condition: Condition, seconds: float, around: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        with ThreadPoolExecutor(CALLERS) as callers, ThreadPoolExecutor(CALLERS) as watchers, around():
            began = time.monotonic()
            moments = [(number / self._plan.rate, True) for number in range(int(seconds * self._plan.rate))]
            moments += [(number / PROBES_A_SECOND, False) for number in range(int(seconds * PROBES_A_SECOND))]
            for moment, is_a_booking in sorted(moments):
                time.sleep(max(began + moment - time.monotonic(), 0))
                if is_a_booking:
                    callers.submit(self._book, condition.bookings, next(self._orders))
                else:
                    watchers.submit(self._probe, condition)

    def _book(self, felt: Felt, order: Order) -> None:
        began = time.monotonic()
        status, _ = call("POST", f"{self._url}/booking", order.body, self._token)
        if status == 200:
            felt.seconds.append(time.monotonic() - began)
        else:
            felt.errors.append(status)

    def _probe(self, condition: Condition) -> None:
        began = time.monotonic()
        status, _ = call("GET", f"{self._url}/healthz")
        condition.probes[status == 200 and time.monotonic() - began <= PROBE_SECONDS] += 1


@contextmanager
def _running(disturber: Disturber) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=disturber.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _orders(plan: Plan) -> Iterator[Order]:
    """More than will be booked."""
    seconds = WARM_UP_SECONDS + 2 * plan.pairs * plan.seconds
    drawn = orders(random.Random(plan.seed), int(8 * plan.rate * seconds) + 100, seldom=0)  # noqa: S311  no secret hangs on it
    return iter([one for one in drawn if one.courier == COURIER and one.travels])


def spend(plan: Plan, database_url: str, folder: Path, word: str, disturber: Callable[[str], Disturber]) -> Seen:
    """Start everything, load it, and end it."""
    with set_up(database_url, folder) as stage:
        credentials, _ = stage.start()
        return Load(plan, stage, credentials).run(word, disturber)
