"""Parcels are counted as they change: by triggers, in the same commit, whoever changes them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.storage import parcels, piles, shipments, stock, tables, tracking
from carrier_backend.storage.piles import Days
from carrier_backend.storage.stock import Span
from carrier_backend.storage.store import Store
from carrier_backend.storage.tracking import Move
from tests.builders import a_journey, an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import booked, intended
from tests.storage.threads import at_once

THE_DAY = Days(MONDAY.date(), MONDAY.date() + timedelta(days=1))


def counted(store: Store) -> dict[tuple[str, str], int]:
    """By booking and status, the parcels of the day."""
    sums: Counter[tuple[str, str]] = Counter()
    with store.read() as unit:
        for (*_, booking, status), number in piles.parcels_by_pile(unit, THE_DAY).items():
            sums[booking, status] += number
    return {key: number for key, number in sums.items() if number}


def added_up(store: Store) -> None:
    with store.begin() as unit:
        while piles.add_up(unit, 7):
            pass


def moved(store: Store, reference: str, status: Status, after: timedelta = timedelta(hours=1)) -> None:
    with store.begin() as unit:
        tracking.move(unit, [Move(reference, BookingState.BOOKED, status, MONDAY + after, None)])


def test_a_parcel_counts_from_the_commit_on_that_made_it(store: Store) -> None:
    intended(store, an_order(parcels=3))
    assert counted(store) == {("intended", ""): 3}


def test_a_parcel_that_moves_is_in_its_new_pile_alone(store: Store) -> None:
    shipment = booked(store, an_order(parcels=2))
    moved(store, shipment.references[0], Status.IN_TRANSIT)
    assert counted(store) == {("booked", "in_transit"): 1, ("booked", ""): 1}


@pytest.mark.parametrize("state", [BookingState.UNSURE, BookingState.REFUSED, BookingState.ABANDONED])
def test_a_booking_that_comes_to_something_else_moves_all_its_parcels(store: Store, state: BookingState) -> None:
    shipment = intended(store, an_order(parcels=2))
    with store.begin() as unit:
        shipments.record_state(unit, replace(shipment, state=state))
    assert counted(store) == {(state, ""): 2}


def test_what_is_added_up_counts_as_before(store: Store) -> None:
    shipment = booked(store, an_order(parcels=3))
    moved(store, shipment.references[0], Status.DELIVERED, timedelta(hours=30))
    before = counted(store)
    added_up(store)
    with store.begin() as unit:
        parcels.intend_to_cancel(unit, shipment.references[1])
    assert before == {("booked", "delivered"): 1, ("booked", ""): 2}
    assert counted(store) == {("booked", "delivered"): 1, ("booked", ""): 1, ("cancelling", ""): 1}
    added_up(store)
    assert counted(store) == {("booked", "delivered"): 1, ("booked", ""): 1, ("cancelling", ""): 1}


def test_what_changes_nothing_is_no_change(store: Store) -> None:
    shipment = booked(store)
    moved(store, shipment.references[0], Status.IN_TRANSIT, timedelta(hours=1))
    added_up(store)
    moved(store, shipment.references[0], Status.IN_TRANSIT, timedelta(hours=2))
    with store.read() as unit:
        assert not piles.have_changed(unit)


def test_a_pile_that_nothing_is_left_of_is_gone(store: Store) -> None:
    shipment = intended(store)
    added_up(store)
    with store.begin() as unit:
        shipments.record_state(unit, replace(shipment, state=BookingState.REFUSED))
    added_up(store)
    with store.read() as unit:
        left = unit.connection.execute(select(tables.piles.c.period, tables.piles.c.booking)).all()
    assert sorted(map(tuple, left)) == [("2026-11", "refused"), ("2026-11-23", "refused")]


def test_hours_to_delivery_follow_the_latest_word(store: Store) -> None:
    shipment = booked(store)
    for hours in (30, 28):
        moved(store, shipment.references[0], Status.DELIVERED, timedelta(hours=hours, minutes=5))
        added_up(store)
        with store.read() as unit:
            found = {key: number for key, number in piles.parcels_by_hours(unit, THE_DAY).items() if number}
        assert found == {("fake", hours): 1}


def test_a_shipment_counts_once_however_many_its_parcels(store: Store) -> None:
    intended(store, an_order(parcels=3))
    booked(store, an_order(parcels=2))
    for _ in range(2):
        with store.read() as unit:
            assert piles.shipments(unit, THE_DAY) == 2
        added_up(store)


def test_only_so_many_changes_are_added_up_at_once(store: Store) -> None:
    intended(store, an_order(parcels=5))
    with store.begin() as unit:
        assert [piles.add_up(unit, 3) for _ in range(3)] == [3, 2, 0]


def test_two_who_add_up_at_once_add_nothing_twice(store: Store) -> None:
    for _ in range(5):
        intended(store, an_order(parcels=4))

    def add(_: int) -> None:
        for _ in range(10):
            with store.begin() as unit:
                piles.add_up(unit, 3)

    at_once(2, add)
    assert counted(store) == {("intended", ""): 20}


@pytest.mark.parametrize(
    ("first", "end", "periods"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), []),
        (date(2026, 11, 24), date(2026, 11, 23), []),
        (date(2026, 11, 29), date(2026, 12, 2), ["2026-11-29", "2026-11-30", "2026-12-01"]),
        (date(2026, 11, 30), date(2027, 2, 2), ["2026-11-30", "2026-12", "2027-01", "2027-02-01"]),
        (date(2026, 2, 1), date(2026, 3, 1), ["2026-02"]),
    ],
)
def test_days_are_whole_months_and_the_days_around_them(first: date, end: date, periods: list[str]) -> None:
    assert Days(first, end).periods == periods


SPANS = [
    (datetime(2026, 11, 23, 9, tzinfo=UTC), timedelta(hours=3)),
    (datetime(2026, 11, 22, tzinfo=UTC), timedelta(days=3)),
    (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), timedelta(days=2)),
    (datetime(2026, 11, 23, 10, tzinfo=UTC), timedelta(days=40)),
    (datetime(2026, 10, 31, 12, tzinfo=UTC), timedelta(days=93)),
    (datetime(2026, 12, 1, tzinfo=UTC), timedelta(days=31)),
]


@pytest.mark.parametrize(("since", "length"), SPANS)
def test_a_span_is_told_as_its_parcels_would_be_counted_one_by_one(
    store: Store, clock: FrozenClock, since: datetime, length: timedelta
) -> None:
    """Booked every 7 hours for over two months, some of them added up, some delivered since."""
    for number in range(220):
        order = an_order(parcels=1 + number % 2, journey=a_journey(shipper_id=f"shop-{number % 3}"))
        shipment = booked(store, order)
        with store.begin() as unit:
            delivered_at = unit.now + timedelta(minutes=61 * (number % 9))
            status = Status.DELIVERED if number % 4 else Status.LOST
            tracking.move(unit, [Move(shipment.references[0], BookingState.BOOKED, status, delivered_at, None)])
            if number % 3 == 0:
                piles.add_up(unit, 50)
        clock.advance(timedelta(hours=7))
    span = Span(since, since + length)
    with store.read() as unit:
        told = Counter({(pile.shipper_id, pile.status): pile.parcels for pile in stock.piles_of(unit, span)})
        hours = list(stock.hours_to_delivery(unit, span))
        number = stock.shipments_of(unit, span)
        rows = unit.connection.execute(select(tables.parcels)).all()
    rows = [row for row in rows if span.since <= row.created_at < span.until]
    late = Counter(
        ("fake", (row.status_at - row.created_at) // timedelta(hours=1)) for row in rows if row.status == "delivered"
    )
    assert told == Counter((row.shipper_id, row.status) for row in rows)
    assert hours == sorted((*key, count) for key, count in late.items())
    assert number == sum(row.position == 0 for row in rows)
