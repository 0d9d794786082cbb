"""A booking with a later step: taken when it is due, once, and for no parcel that was called off."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.errors import Busy, Conflict, CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState, Standing
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Journal
from carrier_backend.services.backend import Backend
from carrier_backend.services.hand_over import LOOK_AGAIN_AFTER
from carrier_backend.services.reconcile import STUCK_AFTER_ATTEMPTS
from carrier_backend.storage import leases, shipments, tables
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from tests.builders import an_order
from tests.fakes import FakeCourier, FrozenClock

DELAY = timedelta(minutes=30)
MOMENT = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _later_step(courier: FakeCourier, clock: FrozenClock) -> None:
    courier.resume_at = clock.now() + DELAY


def booked(backend: Backend, parcels: int = 1) -> list[str]:
    packages = json.loads(backend.book(an_order(parcels=parcels)).body)["packages"]
    return [package["barcode"] for package in packages]


def settle(backend: Backend, clock: FrozenClock, after: timedelta) -> None:
    clock.advance(after)
    for _ in range(10):
        if not backend.reconcile.run_once():
            return


def cancel(backend: Backend, barcode: str) -> None:
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")


def test_the_later_step_is_taken_once_and_not_before_its_time(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    booked(backend, parcels=2)
    settle(backend, clock, DELAY - MOMENT)
    assert courier.carried_out == []
    for _ in range(3):
        settle(backend, clock, DELAY)
    assert sorted(courier.carried_out) == sorted(courier.books)


def test_a_parcel_that_was_cancelled_before_takes_no_further_step(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    first, second = booked(backend, parcels=2)
    cancel(backend, first)
    settle(backend, clock, DELAY)
    assert [courier.books[reference] for reference in courier.carried_out] == [second]


def test_a_shipment_wholly_cancelled_is_left_alone(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    for barcode in booked(backend, parcels=2):
        cancel(backend, barcode)
    clock.advance(DELAY)
    assert backend.reconcile.run_once() == 0
    assert courier.carried_out == []


def test_what_is_settled_before_takes_no_later_step_early(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    first, second = booked(backend, parcels=2)
    courier.fails["cancel"] = [Unsure("fake", "cancel")]
    with pytest.raises(Unsure):
        cancel(backend, first)
    settle(backend, clock, DELAY / 2)
    assert (len(courier.books), courier.carried_out) == (1, [])
    settle(backend, clock, DELAY / 2)
    assert [courier.books[reference] for reference in courier.carried_out] == [second]


def test_a_cancellation_without_an_answer_goes_before_the_later_step(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    courier.fails["cancel"] = [Unsure("fake", "cancel")] * 2
    with pytest.raises(Unsure):
        cancel(backend, barcode)
    settle(backend, clock, DELAY)
    settle(backend, clock, DELAY)
    assert courier.books == {}
    assert courier.carried_out == []


def test_a_cancellation_that_is_refused_leaves_the_later_step_to_come(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    courier.fails["cancel"] = [Declined("fake", "cancel", "too late")]
    with pytest.raises(Conflict, match="too late"):
        cancel(backend, barcode)
    settle(backend, clock, DELAY)
    assert len(courier.carried_out) == 1


@pytest.mark.parametrize("error", [Unreachable("fake", "resume"), Unsure("fake", "resume")], ids=["nothing", "unsure"])
def test_a_later_step_that_fails_is_tried_again(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, error: CounterpartError
) -> None:
    booked(backend)
    courier.fails["resume"] = [error]
    settle(backend, clock, DELAY)
    assert courier.carried_out == []
    settle(backend, clock, timedelta(minutes=1))
    assert len(courier.carried_out) == 1


def test_a_later_step_that_is_refused_is_shown_to_people(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    (barcode,) = booked(backend)
    courier.fails["resume"] = [Declined("fake", "resume", "no such draft")]
    settle(backend, clock, DELAY)
    settle(backend, clock, DELAY)
    assert courier.carried_out == []
    told = [f"{entry.title} {dict(entry.facts)}" for entry in backend.oversee.timeline(barcode).entries]
    assert "no such draft" in " ".join(told)


def stuck(backend: Backend) -> list[datetime | None]:
    """Since when each of those in the operators' queue is."""
    return [shipment.stuck_at for shipment in backend.find_shipments(standing=Standing.STUCK).items]


def test_a_later_step_that_works_out_in_the_end_needs_nobody_any_more(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    booked(backend)
    courier.fails["resume"] = [Unreachable("fake", "resume")] * STUCK_AFTER_ATTEMPTS
    clock.advance(DELAY)
    for _ in range(STUCK_AFTER_ATTEMPTS):
        settle(backend, clock, DELAY)
    assert len(stuck(backend)) == 1
    settle(backend, clock, DELAY)
    assert (len(courier.carried_out), stuck(backend)) == (1, [])


def test_a_later_step_does_not_hide_that_another_parcel_needs_somebody(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.resume_at = clock.now() + DELAY * (STUCK_AFTER_ATTEMPTS + 3)
    first, second = booked(backend, parcels=2)
    courier.fails["cancel"] = [Unsure("fake", "cancel")] * 100
    with pytest.raises(Unsure):
        cancel(backend, first)
    for _ in range(STUCK_AFTER_ATTEMPTS):
        settle(backend, clock, DELAY)
    before = stuck(backend)
    assert (courier.carried_out, len(before)) == ([], 1)
    settle(backend, clock, DELAY * 4)
    assert [courier.books[reference] for reference in courier.carried_out] == [second]
    assert stuck(backend) == before


def test_a_refusal_leaves_its_later_step_to_a_parcel_that_is_being_cancelled(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    first, _ = booked(backend, parcels=2)
    courier.fails["cancel"] = [Unsure("fake", "cancel")] * 2
    with pytest.raises(Unsure):
        cancel(backend, first)
    courier.fails["resume"] = [Declined("fake", "resume", "no such draft")]
    settle(backend, clock, DELAY)
    courier.fails["cancel"] = [Declined("fake", "cancel", "too late")]
    settle(backend, clock, DELAY)
    assert first in [courier.books[reference] for reference in courier.carried_out]


def test_a_courier_by_a_slower_clock_is_asked_again_shortly_and_not_at_once(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    asked: list[Journal] = []

    def not_yet(shipment: Shipment, journal: Journal) -> list[Booked]:
        asked.append(journal)
        return [parcel.booked for parcel in shipment.parcels if parcel.booked]

    booked(backend)
    courier.book = not_yet  # type: ignore[method-assign]  # by its clock it is not time yet
    settle(backend, clock, DELAY)
    assert len(asked) == 1
    settle(backend, clock, LOOK_AGAIN_AFTER)
    assert len(asked) == 2


def test_a_repeat_of_the_booking_is_answered_as_before(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    answer = backend.book(order)
    settle(backend, clock, DELAY)
    assert backend.book(order).body == answer.body
    assert len(courier.creates) == 1


def test_who_lost_the_lease_records_nothing(
    backend: Backend, store: Store, courier: FakeCourier, clock: FrozenClock
) -> None:
    def stand_still() -> None:
        clock.advance(LEASE + MOMENT)
        with store.begin() as unit:
            assert leases.take(unit, the_only_shipment(store), "bilal", LEASE)

    courier.during_label = stand_still
    with pytest.raises(Busy):
        backend.book(an_order())
    with store.read() as unit:
        assert shipments.answer(unit, the_only_shipment(store)) == (None, BookingState.INTENDED)


def the_only_shipment(store: Store) -> str:
    with store.read() as unit:
        return str(unit.connection.execute(select(tables.shipments.c.id)).scalar_one())
