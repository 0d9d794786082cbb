"""Cancelling a parcel: certain, asked for, or too late."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from carrier_backend.domain.errors import Busy, Conflict, Declined, Unknown, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.services.backend import Backend
from carrier_backend.storage.looks import Taken
from tests.builders import an_order
from tests.conftest import BY_TEST
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

RACES = 20


def booked(backend: Backend, parcels: int = 1) -> list[str]:
    packages = json.loads(backend.book(an_order(parcels=parcels)).body)["packages"]
    return [package["barcode"] for package in packages]


def cancel(backend: Backend, barcode: str) -> None:
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")


def hear(backend: Backend, courier: FakeCourier, clock: FrozenClock, barcode: str, code: str, status: Status) -> None:
    courier.history.setdefault(barcode, []).append(TrackingEvent(barcode, "", code, code, status, clock.now()))
    clock.advance(timedelta(hours=7))
    backend.poll_tracking.run_once()


def told(backend: Backend, channel: FakeChannel) -> list[str]:
    while backend.push_statuses.run_once():
        pass
    return [json.loads(body)["event_status"] for body in channel.accepted]


def test_a_certain_cancellation_is_told_to_ingrid(backend: Backend, courier: FakeCourier, channel: FakeChannel) -> None:
    (barcode,) = booked(backend)
    cancel(backend, barcode)
    assert courier.books == {}
    assert told(backend, channel) == ["submitted", "cancelled"]


def test_cancelling_again_says_the_same_and_asks_nobody(backend: Backend, courier: FakeCourier) -> None:
    (barcode,) = booked(backend)
    cancel(backend, barcode)
    cancel(backend, barcode)
    assert len(courier.cancels) == 1


def test_a_cancellation_that_people_decide_is_a_conflict_with_their_number(
    backend: Backend, courier: FakeCourier
) -> None:
    courier.cancels_certainly = False
    (barcode,) = booked(backend)
    for _ in range(2):
        with pytest.raises(Conflict, match="ticket 7 was filed"):
            cancel(backend, barcode)
    assert len(courier.cancels) == 1


def test_a_cancellation_comes_true_when_the_courier_says_so(
    backend: Backend, courier: FakeCourier, channel: FakeChannel, clock: FrozenClock
) -> None:
    courier.cancels_certainly = False
    (barcode,) = booked(backend)
    with pytest.raises(Conflict):
        cancel(backend, barcode)
    hear(backend, courier, clock, barcode, "8", Status.CANCELLED)
    cancel(backend, barcode)
    assert told(backend, channel) == ["submitted", "cancelled"]


def test_a_wish_that_was_not_granted_leaves_the_parcel_booked(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.cancels_certainly = False
    (barcode,) = booked(backend)
    with pytest.raises(Conflict):
        cancel(backend, barcode)
    hear(backend, courier, clock, barcode, "6", Status.DELIVERED)
    assert backend.oversee.timeline(barcode).parcel.booking is BookingState.BOOKED


def test_a_parcel_on_its_way_can_no_longer_be_cancelled(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    hear(backend, courier, clock, barcode, "10", Status.OUT_FOR_DELIVERY)
    with pytest.raises(Conflict, match="it is out_for_delivery"):
        cancel(backend, barcode)
    assert courier.cancels == []


def test_an_unknown_barcode_was_not_found(backend: Backend) -> None:
    with pytest.raises(Unknown, match=r"^package was not found$"):
        cancel(backend, "nobody")


def test_another_clients_barcode_is_as_unknown(backend: Backend, courier: FakeCourier) -> None:
    (barcode,) = booked(backend)
    other = backend.oversee.add_client("other", BY_TEST)
    with pytest.raises(Unknown, match=r"^package was not found$"):
        backend.cancel(client_id=other.client_id, barcode=barcode, trace_id="")
    assert courier.cancels == []


def test_our_own_reference_is_no_barcode_to_a_client(backend: Backend, courier: FakeCourier) -> None:
    booked(backend)
    with pytest.raises(Unknown):
        cancel(backend, courier.creates[0])


def test_one_package_of_three_is_cancelled_alone(backend: Backend, courier: FakeCourier) -> None:
    barcodes = booked(backend, parcels=3)
    cancel(backend, barcodes[1])
    assert sorted(courier.books.values()) == [barcodes[0], barcodes[2]]


def test_cancelling_many_times_at_once_asks_the_courier_once(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    clock.moves_with_sleepers = False
    start = threading.Barrier(8)

    def one(_: int) -> None:
        start.wait()
        cancel(backend, barcode)

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(one, range(8)))
    assert len(courier.cancels) == 1


def test_what_is_still_being_booked_cannot_be_cancelled(backend: Backend, courier: FakeCourier) -> None:
    def cancel_too_early() -> None:
        with pytest.raises(Unknown):
            cancel(backend, "1000001")

    courier.during_book = cancel_too_early
    assert booked(backend) == ["1000001"]
    assert courier.cancels == []


def test_of_cancelling_while_it_is_booked_nothing_is_said_to_be_cancelled_that_is_not(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    clock.moves_with_sleepers = False
    with ThreadPoolExecutor(3) as callers:
        for each in range(RACES):
            barcode, over = str(1000001 + each), threading.Event()
            cancels = [callers.submit(cancelled, backend, barcode, over) for _ in range(2)]
            assert booked(backend) == [barcode]
            over.set()
            is_said = any(cancel.result() for cancel in cancels)
            assert is_said == (barcode not in courier.books.values())


def cancelled(backend: Backend, barcode: str, over: threading.Event) -> bool:
    """Try to cancel again and again, until it is granted, or once more after all is over."""
    while True:
        is_last = over.is_set()
        try:
            cancel(backend, barcode)
        except (Unknown, Busy):
            if is_last:
                return False
        else:
            return True


def test_a_courier_that_says_no_leaves_the_parcel_booked(backend: Backend, courier: FakeCourier) -> None:
    (barcode,) = booked(backend)
    courier.fails["cancel"] = [Declined("fake", "cancel", "already sorted")]
    with pytest.raises(Conflict, match="already sorted"):
        cancel(backend, barcode)
    assert backend.oversee.timeline(barcode).parcel.booking is BookingState.BOOKED


def test_a_lost_answer_to_a_cancellation_is_settled_later(
    backend: Backend, courier: FakeCourier, channel: FakeChannel, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    courier.fails["cancel"] = [Unsure("fake", "cancel")]
    with pytest.raises(Unsure):
        cancel(backend, barcode)
    clock.advance(timedelta(minutes=2))
    backend.reconcile.run_once()
    assert told(backend, channel) == ["submitted", "cancelled"]


def test_a_cancellation_that_waits_is_not_forgotten_over_another_of_the_same_booking(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    one, two = booked(backend, parcels=2)
    courier.fails["cancel"] = [Unreachable("fake", "cancel")]
    with pytest.raises(Unreachable):
        cancel(backend, one)
    cancel(backend, two)
    clock.advance(timedelta(minutes=2))
    backend.reconcile.run_once()
    assert courier.books == {}


def test_a_refused_cancellation_does_not_forget_another_of_the_same_booking(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    one, two = booked(backend, parcels=2)
    courier.fails["cancel"] = [Unreachable("fake", "cancel"), Declined("fake", "cancel", "already sorted")]
    with pytest.raises(Unreachable):
        cancel(backend, one)
    with pytest.raises(Conflict):
        cancel(backend, two)
    clock.advance(timedelta(minutes=2))
    backend.reconcile.run_once()
    assert list(courier.books.values()) == [two]


def test_a_parcel_that_went_on_its_way_meanwhile_is_not_cancelled_afterwards(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    courier.fails["cancel"] = [Unreachable("fake", "cancel")]
    with pytest.raises(Unreachable):
        cancel(backend, barcode)
    hear(backend, courier, clock, barcode, "10", Status.OUT_FOR_DELIVERY)
    backend.reconcile.run_once()
    assert courier.cancels == []
    assert backend.oversee.timeline(barcode).parcel.booking is BookingState.BOOKED


def test_a_package_may_be_booked_anew_after_its_parcel_was_cancelled(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    first = json.loads(backend.book(order).body)["packages"][0]["barcode"]
    cancel(backend, first)
    second = json.loads(backend.book(order).body)["packages"][0]["barcode"]
    assert second != first
    assert list(courier.books.values()) == [second]


def test_a_parcel_that_travels_after_its_cancellation_is_still_reported(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    cancel(backend, barcode)
    clock.advance(timedelta(hours=1))
    news = TrackingEvent(barcode, "", "6", "delivered", Status.DELIVERED, clock.now())
    backend.record_tracking.from_poll("fake", Taken(), [news], "trace")
    assert told(backend, channel) == ["submitted", "cancelled", "delivered"]


def test_what_ingrid_is_told_of_a_cancellation_bears_its_trace_id(backend: Backend) -> None:
    (barcode,) = booked(backend)
    cancel(backend, barcode)
    updates = backend.oversee.status_updates().items
    assert [(json.loads(each.body)["event_status"], each.trace_id) for each in updates] == [
        ("cancelled", "TRACE2"),
        ("submitted", "TRACE1"),
    ]
