"""Silent parcels are asked about: each by one worker, and one courier's trouble is its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import OURS, Heard, Seen, TrackingEvent
from carrier_backend.ports import Answered, Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store
from carrier_backend.support.bounds import BoundsContext
from tests.builders import a_catalogue, a_journey, a_merchant, a_product, an_order
from tests.conftest import BY_TEST, CLIENT_SECRET, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

PATIENCE = timedelta(hours=6)  # of FakeCourier
MOMENT = timedelta(seconds=1)
DOWN = Unreachable("fake", "track")


class Dead(BaseException):
    """What ends a process."""


def dies() -> None:
    raise Dead


class AskedCourier(FakeCourier):
    """A courier that notes what it is asked about, and how long it is given."""

    def __init__(self, clock: FrozenClock, name: str = "fake") -> None:
        super().__init__()
        self.name = name
        self.asked: list[list[str]] = []
        self.told: list[Mapping[str, Sequence[Seen]]] = []
        self.seconds: list[float | None] = []
        self.traces: list[str] = []
        self.ages: list[timedelta] = []
        self.intervals: set[timedelta] = set()
        self.silent_about: Mapping[str, CounterpartError] = {}
        self.during_track: Callable[[], None] = lambda: None
        self._clock = clock

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        self.told.append(seen)
        self.asked.append([parcel.number for parcel in parcels])
        self.seconds.append(BoundsContext(self._clock).time_left())
        self.traces.append(BoundsContext(self._clock).trace_id)
        self.during_track()
        answered = [parcel for parcel in parcels if parcel.number not in self.silent_about]
        failure = next(iter(self.silent_about.values()), None)
        return replace(super().track(answered, seen), failure=failure)

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        self.ages.append(age)
        self.intervals.add(interval)
        return super().patience(status, is_cancelling=is_cancelling, age=age, interval=interval)


@pytest.fixture
def courier(clock: FrozenClock) -> AskedCourier:
    return AskedCourier(clock)


@pytest.fixture
def second(clock: FrozenClock) -> AskedCourier:
    return AskedCourier(clock, "second")


@pytest.fixture
def backend(
    store: Store, clock: FrozenClock, courier: AskedCourier, second: AskedCourier, channel: FakeChannel
) -> Backend:
    """A backend with two couriers."""
    products = a_catalogue(a_product(), a_product(shipping_method="second-home", courier="second"))
    couriers = {courier.name: courier, second.name: second}
    backend = build_backend(a_settings(products), store=store, clock=clock, couriers=couriers, channel=channel)
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    return backend


def booked(backend: Backend, method: str = "fake-home", parcels: int = 1) -> list[str]:
    order = an_order(parcels=parcels, journey=a_journey(shipping_method=method))
    return [package["barcode"] for package in json.loads(backend.book(order).body)["packages"]]


def status_of(backend: Backend, barcode: str) -> Status | None:
    return backend.oversee.timeline(barcode).parcel.status


def delivered(courier: FakeCourier, clock: FrozenClock, number: str) -> None:
    courier.history[number] = [TrackingEvent(number, "", "6", "delivered", Status.DELIVERED, clock.now())]


def test_a_parcel_is_asked_about_once_it_was_silent_for_long(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    (number,) = booked(backend)
    clock.advance(PATIENCE - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 1
    assert courier.asked == [[number]]


def test_what_the_courier_says_is_recorded(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    (number,) = booked(backend)
    delivered(courier, clock, number)
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert status_of(backend, number) is Status.DELIVERED


def test_news_or_none_the_next_question_counts_from_the_answer(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend)
    for _ in range(3):
        clock.advance(PATIENCE)
        backend.poll_tracking.run_once()
        backend.poll_tracking.run_once()
    assert len(courier.asked) == 3


def test_the_courier_is_told_what_asking_gave_before(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    (number,) = booked(backend)
    at = clock.now()
    courier.history[number] = [
        TrackingEvent(number, "", "at hub", "", Status.AT_DEPOT, at),
        TrackingEvent(number, "", "to hub", "", Status.IN_TRANSIT, at - MOMENT),
    ]
    for _ in range(2):
        clock.advance(PATIENCE)
        backend.poll_tracking.run_once()
    assert [list(told.values()) for told in courier.told] == [[], [[Seen("to hub", at - MOMENT), Seen("at hub", at)]]]


def test_news_from_a_webhook_puts_the_question_off(backend: Backend, clock: FrozenClock) -> None:
    (number,) = booked(backend)
    clock.advance(PATIENCE - MOMENT)
    event = TrackingEvent(number, "", "5", "at the depot", Status.AT_DEPOT, clock.now())
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard([event]), "TRACE9", OURS)
    clock.advance(PATIENCE - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 1


@pytest.mark.parametrize("error", [DOWN, Unsure("fake", "track")], ids=lambda error: type(error).__name__)
def test_one_courier_that_fails_does_not_stop_the_others(
    backend: Backend, courier: AskedCourier, second: AskedCourier, clock: FrozenClock, error: CounterpartError
) -> None:
    booked(backend)
    (barcode,) = booked(backend, "second-home")
    delivered(second, clock, "1000001")
    courier.fails["track"] = [error]
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert status_of(backend, barcode) is Status.DELIVERED


def test_one_courier_can_be_asked_alone(
    backend: Backend, courier: AskedCourier, second: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend)
    booked(backend, "second-home")
    clock.advance(PATIENCE)
    assert backend.poll_tracking.run_once("second") == 1
    assert (courier.asked, len(second.asked)) == ([], 1)


def test_one_question_that_fails_does_not_stop_the_next(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    numbers = booked(backend, parcels=3)
    delivered(courier, clock, numbers[-1])
    courier.fails["track"] = [DOWN]
    courier.tracks_at_once = 1
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert len(courier.asked) == 3


@pytest.mark.parametrize(("told", "waited"), [(None, 180), (20, 20)])
def test_what_was_not_answered_is_asked_again_soon_and_the_rest_in_its_time(
    backend: Backend, courier: AskedCourier, clock: FrozenClock, told: float | None, waited: int
) -> None:
    answered, other = booked(backend, parcels=2)
    courier.history[answered] = [TrackingEvent(answered, "", "5", "", Status.AT_DEPOT, clock.now())]
    courier.silent_about = {other: Unreachable("fake", "track", retry_after_seconds=told)}
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert status_of(backend, answered) is Status.AT_DEPOT
    clock.advance(timedelta(seconds=waited) - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    backend.poll_tracking.run_once()
    assert courier.asked[1:] == [[other]]


def test_nobody_asks_twice_while_an_answer_is_awaited(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend)
    meanwhile: list[int] = []
    courier.during_track = lambda: meanwhile.append(backend.poll_tracking.run_once())
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert (meanwhile, len(courier.asked)) == ([0], 1)


def test_what_a_process_died_over_others_ask_about_in_three_minutes(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend)
    courier.during_track = dies
    clock.advance(PATIENCE)
    with pytest.raises(Dead):
        backend.poll_tracking.run_once()
    courier.during_track = lambda: None
    clock.advance(timedelta(minutes=3) - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 1


@pytest.mark.parametrize("failure", [None, Unreachable("fake", "track", retry_after_seconds=20)], ids=["told", "not"])
def test_a_call_that_comes_while_the_courier_answers_is_reason_to_ask_once_more(
    backend: Backend, courier: AskedCourier, clock: FrozenClock, failure: CounterpartError | None
) -> None:
    (number,) = booked(backend)
    courier.during_track = lambda: backend.record_tracking.from_webhook(
        "fake", Delivery("status", {}, b"{}"), Heard([], look_again=[number]), "TRACE9", OURS
    )
    courier.fails["track"] = [failure] if failure else []
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    courier.during_track = lambda: None
    assert [backend.poll_tracking.run_once() for _ in range(2)] == [1, 0]


def call(backend: Backend, number: str, trace_id: str) -> None:
    heard = Heard([], look_again=[number])
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), heard, trace_id, OURS)


def test_a_question_bears_the_trace_id_of_the_call_that_gave_reason_to_it(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    (number,) = booked(backend)
    call(backend, number, "CALL1")
    backend.poll_tracking.run_once()
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert courier.traces[0] == "CALL1"
    assert courier.traces[1] not in ("", "CALL1")


def test_a_question_that_failed_keeps_its_trace_id(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    (number,) = booked(backend)
    call(backend, number, "CALL1")
    courier.fails["track"] = [DOWN]
    backend.poll_tracking.run_once()
    clock.advance(timedelta(minutes=5))
    backend.poll_tracking.run_once()
    assert courier.traces == ["CALL1", "CALL1"]


def test_a_call_while_another_is_answered_has_its_own_trace_id(backend: Backend, courier: AskedCourier) -> None:
    (number,) = booked(backend)
    call(backend, number, "CALL1")
    courier.during_track = lambda: call(backend, number, "CALL2")
    backend.poll_tracking.run_once()
    courier.during_track = lambda: None
    backend.poll_tracking.run_once()
    assert courier.traces == ["CALL1", "CALL2"]


def test_a_question_about_several_parcels_goes_by_a_trace_id_of_its_own(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    first, _ = booked(backend, parcels=2)
    clock.advance(PATIENCE)
    call(backend, first, "CALL1")
    backend.poll_tracking.run_once()
    assert len(courier.asked[0]) == 2
    assert courier.traces[0] not in ("", "CALL1")


def test_a_call_that_comes_while_the_courier_tells_of_the_end_is_one_too(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    (number,) = booked(backend)
    delivered(courier, clock, number)
    courier.during_track = lambda: backend.record_tracking.from_webhook(
        "fake", Delivery("status", {}, b"{}"), Heard([], look_again=[number]), "TRACE9", OURS
    )
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    courier.during_track = lambda: None
    assert [backend.poll_tracking.run_once() for _ in range(2)] == [1, 0]


def test_a_courier_that_knows_nothing_of_a_parcel_is_not_asked_more_often(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend)
    courier.fails["track"] = [Declined("fake", "track", "not found")]
    clock.advance(PATIENCE)
    assert backend.poll_tracking.run_once() == 1
    clock.advance(PATIENCE - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 1


def test_a_question_names_no_more_parcels_than_the_courier_takes(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    numbers = booked(backend, parcels=25)
    clock.advance(PATIENCE)
    assert backend.poll_tracking.run_once() == 25
    assert [len(asked) for asked in courier.asked] == [10, 10, 5]
    assert sorted(number for asked in courier.asked for number in asked) == sorted(numbers)


def test_no_more_is_taken_at_once_than_can_be_asked_within_the_lease(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    booked(backend, parcels=5)
    courier.tracks_at_once = 1
    clock.advance(PATIENCE)
    assert [backend.poll_tracking.run_once() for _ in range(3)] == [3, 2, 0]


def test_a_courier_is_not_waited_for_for_long(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    booked(backend)
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert courier.seconds == [15]


def test_a_cancelled_parcel_is_not_asked_about(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    (barcode,) = booked(backend)
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    clock.advance(timedelta(days=3))
    assert backend.poll_tracking.run_once() == 0
    assert courier.asked == []


def booked_apart(backend: Backend, clock: FrozenClock, spans: Sequence[timedelta]) -> list[str]:
    """Numbers of parcels booked one after the other, with these spans of time between them."""
    numbers = booked(backend)
    for span in spans:
        clock.advance(span)
        numbers += booked(backend)
    return numbers


def test_a_question_is_filled_up_with_what_is_due_soon(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    numbers = booked_apart(backend, clock, [timedelta(minutes=2), MOMENT])
    clock.advance(PATIENCE - timedelta(minutes=2) - MOMENT)
    assert backend.poll_tracking.run_once() == 2
    assert courier.asked == [numbers[:2]]


def test_where_nothing_is_due_nothing_is_filled_up(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    booked(backend)
    clock.advance(PATIENCE - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    assert courier.asked == []


def test_a_full_question_takes_nothing_in(backend: Backend, courier: AskedCourier, clock: FrozenClock) -> None:
    numbers = booked_apart(backend, clock, [MOMENT, MOMENT])
    courier.tracks_at_once = 1
    clock.advance(PATIENCE - 2 * MOMENT)
    backend.poll_tracking.run_once()
    assert courier.asked == [numbers[:1]]


def test_what_came_early_is_asked_about_a_whole_while_later(backend: Backend, clock: FrozenClock) -> None:
    booked_apart(backend, clock, [MOMENT])
    clock.advance(PATIENCE - MOMENT)
    backend.poll_tracking.run_once()
    clock.advance(PATIENCE - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 2


@pytest.mark.parametrize(("told", "waited"), [(20, 20), (0.2, 5), (9_000, 300)])
def test_a_courier_that_says_when_is_asked_then(
    backend: Backend, courier: AskedCourier, clock: FrozenClock, told: float, waited: int
) -> None:
    booked(backend)
    courier.fails["track"] = [Unreachable("fake", "track", "too many calls", retry_after_seconds=told)]
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    clock.advance(timedelta(seconds=waited) - MOMENT)
    assert backend.poll_tracking.run_once() == 0
    clock.advance(MOMENT)
    assert backend.poll_tracking.run_once() == 1


def test_what_has_come_to_its_end_meanwhile_is_not_asked_about_again(
    backend: Backend, courier: AskedCourier, clock: FrozenClock
) -> None:
    (number,) = booked(backend)
    clock.advance(PATIENCE)
    delivered(courier, clock, number)
    courier.during_track = lambda: backend.record_tracking.from_webhook(
        "fake", Delivery("status", {}, b"{}"), Heard(courier.history[number]), "TRACE9", OURS
    )
    courier.fails["track"] = [Unreachable("fake", "track", retry_after_seconds=20)]
    backend.poll_tracking.run_once()
    clock.advance(timedelta(days=3))
    assert backend.poll_tracking.run_once() == 0


@pytest.mark.parametrize("interval", [300, 900])
def test_a_courier_is_told_how_old_a_parcel_is_and_what_operators_have_set(
    store: Store, clock: FrozenClock, courier: AskedCourier, channel: FakeChannel, interval: int
) -> None:
    settings = replace(a_settings(a_catalogue()), poll_interval_seconds=interval)
    backend = build_backend(settings, store=store, clock=clock, couriers={courier.name: courier}, channel=channel)
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    booked(backend)
    clock.advance(PATIENCE)
    backend.poll_tracking.run_once()
    assert courier.ages == [timedelta(), PATIENCE]
    assert courier.intervals == {timedelta(seconds=0.9 * interval)}
