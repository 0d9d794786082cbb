"""How it goes, in figures that can be relied upon."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.services import take_stock
from carrier_backend.services.take_stock import TakeStock
from carrier_backend.storage import tables
from carrier_backend.storage.store import Store
from tests.builders import a_journey, an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import booked

TOMORROW = MONDAY + timedelta(days=1)


def ended(store: Store, status: Status, hours: float, **journey: str) -> None:
    """A parcel that came to a status so long after it was booked."""
    shipment = booked(store, an_order(journey=a_journey(**journey)))
    booking = BookingState.CANCELLED if status is Status.CANCELLED else BookingState.BOOKED
    with store.begin() as unit:
        unit.connection.execute(
            update(tables.parcels)
            .where(tables.parcels.c.shipment_id == shipment.id)
            .values(status=status, status_at=MONDAY + timedelta(hours=hours), booking=booking)
        )


@pytest.mark.parametrize(
    ("status", "late", "failed"),
    [
        (Status.DELAYED, 0.5, 0.0),
        (Status.DELIVERY_FAILED, 0.0, 0.5),
        (Status.RETURNING, 0.0, 0.5),
        (Status.RETURNED, 0.0, 0.5),
        (Status.LOST, 0.0, 0.5),
        (Status.IN_TRANSIT, 0.0, 0.0),
        (Status.CANCELLED, 0.0, 0.0),
    ],
)
def test_what_is_late_and_what_failed(store: Store, status: Status, late: float, failed: float) -> None:
    ended(store, Status.DELIVERED, 5)
    ended(store, status, 5)
    tally = TakeStock(store)(MONDAY, TOMORROW).all
    assert (tally.parcels, tally.late_share, tally.failed_share) == (2, late, failed)


def test_each_merchant_is_counted_for_itself_the_largest_first(store: Store) -> None:
    for shipper_id in ("shop-1", "shop-2", "shop-2", "shop-3"):
        ended(store, Status.DELIVERED, 5, shipper_id=shipper_id)
    stock = TakeStock(store)(MONDAY, TOMORROW)
    assert {name: tally.parcels for name, tally in stock.merchants.items()} == {"shop-2": 2, "shop-1": 1, "shop-3": 1}
    assert list(stock.merchants) == ["shop-2", "shop-1", "shop-3"]
    assert stock.shipments == stock.all.parcels == 4


def test_how_long_deliveries_take(store: Store) -> None:
    for hours in (*[1.5] * 89, *[47.9] * 10, 100.0):
        ended(store, Status.DELIVERED, hours)
    ended(store, Status.IN_TRANSIT, 500)
    assert TakeStock(store)(MONDAY, TOMORROW).delivery_hours == {"fake": {"p50": 2, "p90": 48, "p99": 48}}


def test_a_courier_whose_clock_is_behind_delivers_in_an_hour(store: Store) -> None:
    ended(store, Status.DELIVERED, -2)
    assert TakeStock(store)(MONDAY, TOMORROW).delivery_hours["fake"]["p50"] == 1


def test_an_empty_span_has_no_figures(store: Store, clock: FrozenClock) -> None:
    clock.advance(timedelta(days=1))
    stock = TakeStock(store)()
    assert (stock.shipments, stock.all.parcels, stock.delivery_hours) == (0, 0, {})
    assert (stock.until - stock.since, stock.until) == (take_stock.USUAL, clock.now())
