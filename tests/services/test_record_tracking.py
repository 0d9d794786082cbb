"""News: matched, held against the lifecycle, and passed on in order."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

import pytest

from carrier_backend.domain.errors import Declined
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import OURS, Heard, Source, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from tests.builders import an_order
from tests.fakes import MONDAY, FakeChannel, FakeCourier, FrozenClock

NOON = MONDAY + timedelta(hours=3)


def booked(backend: Backend) -> str:
    barcode: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    return barcode


def an_event(
    number: str, status: Status | None, at: datetime = NOON, code: str = "", text: str = "", reference: str = ""
) -> TrackingEvent:
    return TrackingEvent(number, reference, code or str(status), text, status, at)


def hear(backend: Backend, *events: TrackingEvent, look_again: tuple[str, ...] = ()) -> None:
    delivery = Delivery("status", {}, b'{"raw": true}')
    backend.record_tracking.from_webhook("fake", delivery, Heard(events, look_again), "TRACE9", OURS)


def told(backend: Backend, channel: FakeChannel) -> list[str]:
    while backend.push_statuses.run_once():
        pass
    return [json.loads(body)["event_status"] for body in channel.accepted]


def test_news_is_passed_on_with_the_couriers_time(backend: Backend, channel: FakeChannel) -> None:
    hear(backend, an_event(booked(backend), Status.DELIVERED))
    told(backend, channel)
    assert json.loads(channel.accepted[-1])["event_time"] == "2026-11-23T12:00:00Z"


def test_the_same_news_twice_is_told_once(backend: Backend, channel: FakeChannel) -> None:
    event = an_event(booked(backend), Status.AT_DEPOT)
    hear(backend, event)
    hear(backend, event)
    assert told(backend, channel) == ["submitted", "at_depot"]


def test_the_same_news_twice_in_one_call_is_told_once(backend: Backend, channel: FakeChannel) -> None:
    event = an_event(booked(backend), Status.IN_TRANSIT)
    hear(backend, event, event)
    assert told(backend, channel) == ["submitted", "in_transit"]


def test_webhook_and_poll_tell_one_fact_once(
    backend: Backend, courier: FakeCourier, channel: FakeChannel, clock: FrozenClock
) -> None:
    number = booked(backend)
    hear(backend, an_event(number, Status.AT_DEPOT, at=NOON + timedelta(milliseconds=350)))
    courier.history[number] = [an_event(number, Status.AT_DEPOT, at=NOON)]
    clock.advance(timedelta(hours=7))
    backend.poll_tracking.run_once()
    assert told(backend, channel) == ["submitted", "at_depot"]


def test_older_news_is_kept_and_not_told(backend: Backend, channel: FakeChannel) -> None:
    number = booked(backend)
    hear(backend, an_event(number, Status.OUT_FOR_DELIVERY))
    hear(backend, an_event(number, Status.AT_DEPOT, at=NOON - timedelta(hours=1)))
    assert told(backend, channel) == ["submitted", "out_for_delivery"]
    assert "at_depot" in [entry.title for entry in backend.oversee.timeline(number).entries]


def test_news_that_comes_together_is_told_in_order(backend: Backend, channel: FakeChannel) -> None:
    number = booked(backend)
    later, earlier = an_event(number, Status.DELIVERED), an_event(number, Status.AT_DEPOT, NOON - timedelta(hours=1))
    hear(backend, later, earlier)
    assert told(backend, channel) == ["submitted", "at_depot", "delivered"]


def test_a_delivered_parcel_does_not_go_back_on_its_way(backend: Backend, channel: FakeChannel) -> None:
    number = booked(backend)
    hear(backend, an_event(number, Status.DELIVERED))
    hear(backend, an_event(number, Status.IN_TRANSIT, at=NOON + timedelta(hours=1)))
    assert told(backend, channel) == ["submitted", "delivered"]


def test_an_unknown_code_moves_nothing_and_is_told_raw(backend: Backend, channel: FakeChannel) -> None:
    number = booked(backend)
    hear(backend, an_event(number, Status.AT_DEPOT))
    hear(backend, an_event(number, None, at=NOON + timedelta(hours=1), code="6900", text="Colis 6900"))
    assert told(backend, channel) == ["submitted", "at_depot", "Colis 6900"]
    assert backend.oversee.timeline(number).parcel.status is Status.AT_DEPOT


def test_a_courier_whose_clock_is_behind_is_still_believed_after_booking(
    backend: Backend, channel: FakeChannel
) -> None:
    hear(backend, an_event(booked(backend), Status.PICKED_UP, at=MONDAY - timedelta(minutes=3)))
    assert told(backend, channel) == ["submitted", "picked_up"]


def test_news_that_beats_our_own_commit_is_matched_when_it_lands(
    backend: Backend, courier: FakeCourier, channel: FakeChannel
) -> None:
    courier.during_book = lambda: hear(backend, an_event("1000001", Status.PICKED_UP, at=NOON))
    booked(backend)
    assert told(backend, channel) == ["submitted", "picked_up"]


def test_early_news_is_matched_by_our_reference_too(
    backend: Backend, courier: FakeCourier, channel: FakeChannel
) -> None:
    creates = courier.creates

    class Early(list[str]):
        def append(self, reference: str) -> None:
            hear(backend, an_event("", Status.PICKED_UP, at=NOON, reference=reference))
            super().append(reference)

    courier.creates = Early(creates)
    booked(backend)
    assert told(backend, channel) == ["submitted", "picked_up"]


def test_news_whose_commit_overlaps_the_bookings_is_told_once_it_is_heard_again(
    backend: Backend, store: Store, courier: FakeCourier, channel: FakeChannel, clock: FrozenClock
) -> None:
    news, is_heard, is_booked = an_event("1000001", Status.PICKED_UP), Event(), Event()

    def overhear() -> None:
        with store.begin() as unit:
            backend.record_tracking.record(unit, "fake", [news], Source.WEBHOOK, "TRACE9")
            is_heard.set()
            is_booked.wait(0.3)  # no longer: where there is one writer, the booking waits for us

    def begin_to_hear() -> None:
        webhook.submit(overhear)
        is_heard.wait()

    courier.during_book = begin_to_hear
    with ThreadPoolExecutor(1) as webhook:
        courier.history[booked(backend)] = [news]
        is_booked.set()
    clock.advance(timedelta(hours=7))
    backend.poll_tracking.run_once()
    assert told(backend, channel) == ["submitted", "picked_up"]


def test_news_of_a_double_under_our_reference_is_not_our_parcels(
    backend: Backend, courier: FakeCourier, channel: FakeChannel
) -> None:
    order = an_order()
    first = backend.book(order)
    hear(backend, an_event("9999999", Status.CANCELLED, reference=courier.creates[0]))
    assert told(backend, channel) == ["submitted"]
    assert backend.book(order) == replace(first, is_replay=True)


def test_a_status_from_the_future_does_not_silence_what_happens_until_then(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    number = booked(backend)
    hear(backend, an_event(number, Status.AT_DEPOT, at=MONDAY + timedelta(hours=20)))
    clock.advance(timedelta(hours=2))
    hear(backend, an_event(number, Status.DELIVERED, at=clock.now()))
    assert told(backend, channel) == ["submitted", "at_depot", "delivered"]


def test_a_hint_about_a_refused_booking_that_was_erased_leaves_nothing_to_settle(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.fails_after["book"] = [Declined("fake", "create", "no such street")]
    with pytest.raises(Declined):
        backend.book(an_order())
    clock.advance(timedelta(days=31))
    backend.clockwork.run_once()
    hear(backend, look_again=(courier.creates[0],))
    assert backend.reconcile.run_once() == 0


def test_one_event_about_many_parcels_moves_each_of_them(backend: Backend, channel: FakeChannel) -> None:
    numbers = [booked(backend) for _ in range(5)]
    hear(backend, *[an_event(number, Status.AT_DEPOT) for number in [*numbers, "unheard-of"]])
    assert told(backend, channel).count("at_depot") == 5


def test_a_hint_has_the_parcel_asked_about_at_once(backend: Backend, courier: FakeCourier) -> None:
    number = booked(backend)
    courier.history[number] = [an_event(number, Status.DELIVERED)]
    hear(backend, look_again=(number,))
    assert backend.poll_tracking.run_once() == 1
    assert backend.oversee.timeline(number).parcel.status is Status.DELIVERED


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.RETURNED, Status.LOST])
def test_a_parcel_at_its_end_is_not_asked_about_any_more(backend: Backend, clock: FrozenClock, status: Status) -> None:
    hear(backend, an_event(booked(backend), status))
    clock.advance(timedelta(days=3))
    assert backend.poll_tracking.run_once() == 0
