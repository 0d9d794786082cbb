"""What shoppers are answered from: remembered, served stale, waited for briefly, and bounded."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from carrier_backend.couriers.parcel2go.lanes import (
    FAILURE_SECONDS,
    FRESH_SECONDS,
    MOST_FETCHES,
    STALE_SECONDS,
    Lanes,
    Offered,
)
from carrier_backend.couriers.parcel2go.offers import Offer
from carrier_backend.domain.errors import Declined, Unreachable
from tests.fakes import FrozenClock

CHEAP = Offered(Offer("swift-standard", Decimal("2.76")))
NOWHERE = Offered(None)
LONG = 3600.0


@pytest.fixture
def may_answer() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


class Parcel2Go:
    """Answers once it may, and counts who asked."""

    def __init__(self, may_answer: threading.Event, answer: Offered | Exception) -> None:
        self._may_answer = may_answer
        self._answer = answer
        self.asked = 0

    def __call__(self) -> Offered:
        self.asked += 1
        self._may_answer.wait(10)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def settled(lanes: Lanes, key: str, fetch: Callable[[], Offered], wanted: Offered | None) -> bool:
    """Whether the lane comes to be answered so within a moment."""
    for _ in range(200):
        if lanes.offered(key, fetch) == wanted:
            return True
        time.sleep(0.01)
    return False


def test_one_answer_serves_until_it_is_old() -> None:
    clock = FrozenClock()
    lanes = Lanes(clock)
    assert lanes.offered("lane", lambda: CHEAP) == CHEAP
    clock.advance(timedelta(seconds=FRESH_SECONDS - 1))
    assert lanes.offered("lane", lambda: NOWHERE) == CHEAP


def test_a_stale_answer_serves_while_one_thread_asks_anew(may_answer: threading.Event) -> None:
    clock, anew = FrozenClock(), Parcel2Go(may_answer, NOWHERE)
    lanes = Lanes(clock, patience_seconds=LONG)
    lanes.offered("lane", lambda: CHEAP)
    clock.advance(timedelta(seconds=FRESH_SECONDS + 1))
    assert [lanes.offered("lane", anew) for _ in range(5)] == [CHEAP] * 5
    may_answer.set()
    assert settled(lanes, "lane", anew, NOWHERE)
    assert anew.asked == 1


def test_what_is_too_stale_serves_nobody() -> None:
    clock = FrozenClock()
    lanes = Lanes(clock)
    lanes.offered("lane", lambda: CHEAP)
    clock.advance(timedelta(seconds=STALE_SECONDS + 1))

    def down() -> Offered:
        raise Unreachable("parcel2go", "quotes")

    assert lanes.offered("lane", down) is None


def test_a_shopper_waits_no_longer_than_their_patience(may_answer: threading.Event) -> None:
    never = Parcel2Go(may_answer, CHEAP)
    assert Lanes(FrozenClock(), patience_seconds=0.01).offered("lane", never) is None
    assert not may_answer.is_set()


def test_an_answer_that_comes_in_time_is_waited_for(may_answer: threading.Event) -> None:
    threading.Timer(0.05, may_answer.set).start()
    assert Lanes(FrozenClock(), patience_seconds=LONG).offered("lane", Parcel2Go(may_answer, CHEAP)) == CHEAP


@pytest.mark.parametrize("no", [Unreachable("parcel2go", "quotes"), Declined("parcel2go", "quotes", "No")])
def test_a_failure_is_remembered_for_a_while_and_closes_no_lane(may_answer: threading.Event, no: Exception) -> None:
    clock, down = FrozenClock(), Parcel2Go(may_answer, no)
    may_answer.set()
    lanes = Lanes(clock)
    assert [lanes.offered("lane", down) for _ in range(50)] == [None] * 50
    assert down.asked == 1
    clock.advance(timedelta(seconds=FAILURE_SECONDS))
    assert lanes.offered("lane", lambda: CHEAP) == CHEAP


def test_what_nobody_fetches_is_not_waited_for(may_answer: threading.Event) -> None:
    lanes, busy = Lanes(FrozenClock(), patience_seconds=0.01), Parcel2Go(may_answer, CHEAP)
    for number in range(MOST_FETCHES):
        lanes.offered(f"lane {number}", busy)
    impatient = Lanes.offered
    lanes._patience_seconds = LONG  # a wait would outlast the test
    assert impatient(lanes, "one more", busy) is None
    assert busy.asked == MOST_FETCHES


def test_the_lanes_asked_for_last_are_remembered() -> None:
    lanes = Lanes(FrozenClock(), most_lanes=2)
    for key in ("first", "second", "third"):
        lanes.offered(key, lambda: CHEAP)
    assert lanes.offered("third", lambda: NOWHERE) == CHEAP
    assert lanes.offered("first", lambda: NOWHERE) == NOWHERE
