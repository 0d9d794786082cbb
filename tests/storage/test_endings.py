"""How a shipment ends, and what is left of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select

from carrier_backend.domain.lifecycle import FINAL, BookingState, Status
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Source
from carrier_backend.storage import endings, leases, tracking, words
from carrier_backend.storage import shipments as kept
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import claims, events, journal, parcels, shipments
from carrier_backend.storage.tracking import Move
from tests.builders import an_order
from tests.fakes import FrozenClock
from tests.storage.kept import an_event, booked, intended, number_of


def row(store: Store, shipment: Shipment) -> Any:
    with store.read() as unit:
        return unit.connection.execute(select(shipments).where(shipments.c.id == shipment.id)).one()


def sealed_cells(store: Store, *tables: Table) -> list[bytes]:
    """Whatever stands in columns that hold what is sealed."""
    found = []
    with store.read() as unit:
        for table in tables:
            for each in unit.connection.execute(select(table)).mappings():
                found += [each[column] for column in each if column.startswith("sealed_") and each[column]]
    return found


def move(store: Store, shipment: Shipment, *ends: tuple[BookingState, Status | None]) -> None:
    """Have each parcel in turn end so, and see whether that is the end of the shipment."""
    with store.begin() as unit:
        moved = zip(shipment.references, ends, strict=True)
        tracking.move(unit, [Move(reference, *end, unit.now, None) for reference, end in moved])
        endings.close_if_over(unit, [shipment.id], FINAL)


def erased(store: Store, before: datetime, limit: int = 100) -> int:
    with store.begin() as unit:
        return endings.erase(unit, before, limit)


def hear(store: Store, shipment: Shipment, text: str) -> None:
    with store.begin() as unit:
        (parcel,) = tracking.named(unit, "fake", shipment.references)
        event = an_event(number_of(shipment), text=text)
        tracking.add_events(unit, "fake", [(event, parcel)], Source.WEBHOOK, "TRACE1")


def abandoned(store: Store, shipment: Shipment) -> bool:
    with store.begin() as unit:
        return endings.abandon_untouched(unit, shipment.id)


def is_free(store: Store, shipments_of: Iterable[Shipment]) -> bool:
    with store.read() as unit:
        return not any(
            unit.connection.execute(select(claims).where(claims.c.shipment_id == each.id)).all()
            for each in shipments_of
        )


def test_a_shipment_no_courier_was_asked_for_is_given_up(store: Store) -> None:
    shipment = intended(store)
    assert abandoned(store, shipment)
    with store.read() as unit:
        given_up = kept.get(unit, shipment.id)
    assert {given_up.state, *(parcel.booking for parcel in given_up.parcels)} == {BookingState.ABANDONED}
    assert is_free(store, [shipment])


def test_one_that_turned_out_never_to_have_been_asked_for_is_given_up(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        kept.record_state(unit, shipment.become(BookingState.UNSURE))
    assert abandoned(store, shipment)


def test_one_that_somebody_works_on_is_not_given_up(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        leases.take(unit, shipment.id, "anna", LEASE)
    assert not abandoned(store, shipment)
    clock.advance(LEASE + timedelta(seconds=1))
    assert abandoned(store, shipment)


def test_one_whose_courier_was_asked_is_not_given_up(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        leases.take(unit, shipment.id, "anna", LEASE)
    StoredJournal(store, shipment.id, "anna").begin("create", {})
    with store.begin() as unit:
        leases.release(unit, shipment.id, "anna")
    assert not abandoned(store, shipment)


def test_a_booked_one_is_not_given_up(store: Store) -> None:
    assert not abandoned(store, booked(store))


def test_a_closed_shipment_frees_its_packages(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        endings.close(unit, shipment.id)
    assert row(store, shipment).over_at == clock.now()
    assert is_free(store, [shipment])


@pytest.mark.parametrize("status", sorted(FINAL - {Status.CANCELLED}))
def test_a_shipment_is_over_when_its_last_parcel_is(store: Store, clock: FrozenClock, status: Status) -> None:
    shipment = booked(store, an_order(parcels=2))
    move(store, shipment, (BookingState.BOOKED, Status.DELIVERED), (BookingState.BOOKED, Status.IN_TRANSIT))
    assert row(store, shipment).over_at is None
    clock.advance(timedelta(hours=1))
    move(store, shipment, (BookingState.BOOKED, Status.DELIVERED), (BookingState.BOOKED, status))
    assert row(store, shipment).over_at == clock.now()
    assert not is_free(store, [shipment])


def test_a_shipment_is_over_only_once(store: Store, clock: FrozenClock) -> None:
    shipment = booked(store)
    move(store, shipment, (BookingState.BOOKED, Status.DELIVERED))
    over_at = clock.now()
    clock.advance(timedelta(days=1))
    move(store, shipment, (BookingState.BOOKED, Status.RETURNED))
    assert row(store, shipment).over_at == over_at


def test_a_parcel_that_goes_on_after_all_is_not_over(store: Store) -> None:
    shipment = booked(store)
    move(store, shipment, (BookingState.BOOKED, Status.LOST))
    move(store, shipment, (BookingState.BOOKED, Status.IN_TRANSIT))
    assert row(store, shipment).over_at is None


def test_packages_are_free_once_all_their_parcels_are_cancelled(store: Store) -> None:
    shipment = booked(store, an_order(parcels=2))
    cancelled = (BookingState.CANCELLED, Status.CANCELLED)
    move(store, shipment, cancelled, (BookingState.BOOKED, Status.DELIVERED))
    assert not is_free(store, [shipment])
    move(store, shipment, cancelled, cancelled)
    assert is_free(store, [shipment])
    assert row(store, shipment).over_at


def test_a_shipment_long_over_loses_all_that_was_sealed(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        leases.take(unit, shipment.id, "anna", LEASE)
    StoredJournal(store, shipment.id, "anna").begin("create", {"to": "Amira"})
    with store.begin() as unit:
        endings.close(unit, shipment.id)
    other = booked(store)
    move(store, other, (BookingState.BOOKED, Status.DELIVERED))
    clock.advance(timedelta(days=31))
    assert erased(store, clock.now() - timedelta(days=30)) == 2
    assert sealed_cells(store, shipments, parcels, journal) == []


def test_the_couriers_own_words_go_with_the_personal_data(store: Store, clock: FrozenClock) -> None:
    over, going = booked(store), booked(store)
    for shipment in (over, going):
        hear(store, shipment, "given to Amira")
    move(store, over, (BookingState.BOOKED, Status.DELIVERED))
    clock.advance(timedelta(days=31))
    erased(store, clock.now())
    with store.read() as unit:
        rows = unit.connection.execute(select(events)).all()
        told = {(row.reference, words.of_event(unit, row)[1]) for row in rows}
    assert told == {
        (over.references[0], ""),
        (going.references[0], "given to Amira"),
    }


def test_keys_and_barcodes_outlive_the_personal_data(store: Store, clock: FrozenClock) -> None:
    shipment = booked(store)
    move(store, shipment, (BookingState.BOOKED, Status.DELIVERED))
    clock.advance(timedelta(days=31))
    erased(store, clock.now())
    assert row(store, shipment).erased_at == clock.now()
    assert not is_free(store, [shipment])
    with store.read() as unit:
        (kept,) = unit.connection.execute(select(parcels.c.barcode, parcels.c.status)).all()
    assert tuple(kept) == (shipment.parcels[0].barcode, "delivered")


def test_what_is_not_over_or_not_for_long_is_kept(store: Store, clock: FrozenClock) -> None:
    booked(store)
    over = booked(store)
    move(store, over, (BookingState.BOOKED, Status.DELIVERED))
    clock.advance(timedelta(days=29))
    assert erased(store, clock.now() - timedelta(days=30)) == 0


def test_what_is_erased_is_erased_once_and_so_many_at_a_time(store: Store, clock: FrozenClock) -> None:
    for _ in range(3):
        move(store, booked(store), (BookingState.BOOKED, Status.DELIVERED))
    clock.advance(timedelta(days=31))
    assert [erased(store, clock.now(), limit=2) for _ in range(3)] == [2, 1, 0]
