"""A day with Ecotrack on a driven clock: thousands of parcels asked about and booked, all within its quota."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from statistics import median

from carrier_backend.domain.errors import CarrierError
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Order
from tests.day.journeys import Steps, journey, moments
from tests.day.stage import MIDNIGHT, Stage, a_stage, an_algerian_order
from tests.day.watch import Calls

PAUSE = timedelta(seconds=5)
"""Between two looks of a worker at what is due (see loops.py)."""
SPANS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}

INTERVAL_SECONDS = 900
LONGEST_WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Day:
    """How much there is to do: parcels on their way, bookings of a whole day, how much of it is looked at after so long
    a time in which the worker comes to know where all parcels are, and how many calls a minute, hour and day allow.
    """

    parcels: int = 12_500
    bookings: int = 2_500
    begins_at: datetime = MIDNIGHT
    length: timedelta = timedelta(days=1)
    warm_up: timedelta = timedelta(hours=3)
    allowed: tuple[int, int, int] = (50, 1500, 15_000)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it; `waits` are the seconds that each booking waited for quota."""

    allowed: Mapping[str, int]
    silences: Mapping[Status, Sequence[float]]
    calls: Calls
    waits: Sequence[float]
    put_off: int

    @property
    def refused(self) -> int:
        """How many calls were too many."""
        return self.calls.statuses.count(429)

    @property
    def worst(self) -> Mapping[str, int]:
        """The most calls in any minute, hour and day."""
        return {name: self.calls.worst(span) for name, span in SPANS.items()}

    @property
    def longest_silence(self) -> float:
        """Of a parcel that was out for delivery, in seconds."""
        return max(self.silences.get(Status.OUT_FOR_DELIVERY, ()), default=0)

    @property
    def longest_wait(self) -> float:
        """Of a booking for quota, in seconds."""
        return max(self.waits, default=0)

    def faults(self) -> Sequence[str]:
        """What must not be."""
        found = {
            "more calls than allowed": any(most > self.allowed[name] for name, most in self.worst.items()),
            "calls refused": self.refused > 0,
            "out for delivery, and not asked about in time": self.longest_silence > INTERVAL_SECONDS,
            "bookings kept waiting": self.longest_wait > LONGEST_WAIT_SECONDS or self.put_off > 0,
        }
        return [fault for fault, is_so in found.items() if is_so]

    def told(self) -> Iterator[str]:
        """All of it, line by line."""
        for name, most in self.worst.items():
            yield f"{f'most calls in any {name}':<29}{most:>7,} of {self.allowed[name]:,}"
        yield f"{'refused with 429':<29}{self.refused:>7,}"
        for kind, number in Counter(self.calls.kinds).most_common():
            yield f"  {kind:<27}{number:>7,}"
        yield f"{'silence, in minutes, after':<29}  worst  usual    times"
        for status, spans in sorted(self.silences.items()):
            yield f"  {status:<27}{max(spans) / 60:>7.1f}{median(spans) / 60:>7.1f}{len(spans):>9,}"
        waited = sum(seconds > 0 for seconds in self.waits)
        yield f"{len(self.waits):,} bookings, {waited} of which waited for quota, {self.longest_wait:.1f} s at most"
        yield f"{self.put_off} bookings had to be repeated"


class Life:
    """Bookings as they come, and a worker that looks again and again."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._to_book: list[tuple[datetime, int, Order, Steps]] = []
        self._numbers = count()
        self.waits: list[float] = []
        self.put_off = 0

    def wish(self, moment: datetime, steps: Steps) -> None:
        """Have a parcel booked at that moment, to go its way."""
        heappush(self._to_book, (moment, next(self._numbers), an_algerian_order(), steps))

    def go_on(self, until: datetime) -> None:
        """Live until that moment."""
        clock = self._stage.clock
        while clock.now() < until:
            began = clock.now()
            while self._stage.backend.poll_tracking.run_once():
                self._book_due()
            self._book_due()
            if clock.now() < began + PAUSE:
                clock.advance(self._next(began + PAUSE) - clock.now())

    def _next(self, until: datetime) -> datetime:
        return min(until, max(self._to_book[0][0], self._stage.clock.now())) if self._to_book else until

    def _book_due(self) -> None:
        while self._to_book and self._to_book[0][0] <= self._stage.clock.now():
            _, place, order, steps = heappop(self._to_book)
            slept = self._stage.clock.slept_seconds
            try:
                self._stage.book(order, steps)
            except CarrierError as error:
                self.put_off += 1
                again_at = self._stage.clock.now() + timedelta(seconds=error.retry_after_seconds or 2)
                heappush(self._to_book, (again_at, place, order, steps))
            self.waits.append(self._stage.clock.slept_seconds - slept)


def spend(day: Day, seed: int = 1) -> Seen:
    """Live through it."""
    chance = random.Random(seed)  # noqa: S311  # no secret hangs on it
    ends_at = day.begins_at + day.length
    with a_stage(day.begins_at - day.warm_up) as stage:
        stage.open_parcels(chance, day.parcels)
        opened_at = stage.clock.now()
        allowed = dict(zip(SPANS, day.allowed, strict=True))
        stage.tenant.limits(**allowed)
        life = Life(stage)
        life.go_on(day.begins_at)
        stage.watch.begin()
        for moment in moments(chance, MIDNIGHT, day.bookings):
            if day.begins_at <= moment < ends_at:
                life.wish(moment, journey(chance, (moment - MIDNIGHT).total_seconds()))
        life.go_on(ends_at)
        stage.watch.end(stage.clock.now())
        return Seen(allowed, stage.watch.silences, stage.calls(opened_at), life.waits, life.put_off)
