"""Who holds which package: whoever came first, and nobody twice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from carrier_backend.domain.orders import Order
from carrier_backend.domain.products import Direction
from carrier_backend.storage import claims, shipments
from carrier_backend.storage.claims import Taken
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import shipments as shipments_table
from tests.builders import a_journey, a_package, an_order
from tests.storage.kept import intended, shipment_of
from tests.storage.threads import at_once


def holding(store: Store, order: Order) -> list[str]:
    with store.read() as unit:
        return [each.shipment_id for each in claims.standing(unit, order)]


def tried(store: Store, order: Order) -> str | None:
    """The id of the shipment that is kept of an order, if it could be."""
    try:
        return intended(store, order).id
    except Taken:
        return None


def tried_at_once(store: Store, orders: Sequence[Order]) -> list[str]:
    """The ids of the shipments that are kept when each order is tried in a thread of its own."""
    tries = at_once(len(orders), lambda number: tried(store, orders[number]))
    return [shipment_id for shipment_id in tries if shipment_id]


def with_journey(order: Order, **changes: Any) -> Order:
    return replace(order, journey=replace(order.journey, **changes))


def test_a_new_order_is_held_by_nobody(store: Store) -> None:
    assert holding(store, an_order()) == []


def test_an_order_is_held_by_its_shipment(store: Store) -> None:
    order = an_order(parcels=2)
    shipment = intended(store, order)
    assert holding(store, order) == [shipment.id]


def test_one_package_in_common_is_enough(store: Store) -> None:
    order = an_order(parcels=2)
    shipment = intended(store, order)
    assert holding(store, replace(order, packages=(a_package(), order.packages[1]))) == [shipment.id]


def test_other_packages_of_the_same_order_are_free(store: Store) -> None:
    order = an_order()
    intended(store, order)
    assert holding(store, replace(order, packages=(a_package(),))) == []


def test_every_shipment_in_the_way_is_listed(store: Store) -> None:
    first = an_order()
    second = an_order(journey=first.journey)
    ids = {intended(store, first).id, intended(store, second).id}
    assert set(holding(store, replace(first, packages=first.packages + second.packages))) == ids


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another client"},
        {"shipper_id": "shop-2"},
        {"tos_id": "another order"},
        {"direction": Direction.RETURN},
    ],
    ids=str,
)
def test_the_same_package_ids_elsewhere_are_other_packages(store: Store, changes: dict[str, Any]) -> None:
    order = an_order()
    intended(store, order)
    assert tried(store, with_journey(order, **changes))


def test_without_a_tos_id_the_merchants_own_id_tells_orders_apart(store: Store) -> None:
    order = an_order(journey=a_journey(tos_id="", external_id="A"))
    intended(store, order)
    assert tried(store, with_journey(order, external_id="B"))
    assert tried(store, order) is None


def test_a_merchants_id_is_never_taken_for_one_of_ingrids(store: Store) -> None:
    order = an_order(journey=a_journey(tos_id="", external_id="A"))
    intended(store, order)
    assert tried(store, with_journey(order, tos_id="A"))


def test_a_package_is_claimed_once(store: Store) -> None:
    order = an_order()
    intended(store, order)
    with pytest.raises(Taken), store.begin() as unit:
        shipments.add(unit, shipment_of(order), order)


def test_who_cannot_have_every_package_leaves_no_trace(store: Store) -> None:
    order = an_order(parcels=2)
    intended(store, order)
    free = a_package()
    assert tried(store, replace(order, packages=(free, order.packages[0]))) is None
    assert holding(store, replace(order, packages=(free,))) == []
    with store.read() as unit:
        assert len(unit.connection.execute(shipments_table.select()).all()) == 1


def test_of_many_at_once_one_has_the_package(store: Store) -> None:
    for _ in range(5):
        order = an_order()
        winners = tried_at_once(store, [order] * 8)
        assert holding(store, order) == winners
        assert len(winners) == 1


def test_who_wants_the_same_packages_in_another_order_does_not_wait_for_ever(store: Store) -> None:
    for _ in range(5):
        order = an_order(parcels=6)
        backwards = replace(order, packages=order.packages[::-1])
        assert len(tried_at_once(store, [order, backwards] * 3)) == 1
