"""Erasure of what is known of one order, because somebody asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, select, update

from carrier_backend.storage import endings
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import deliveries, events, parcels, prebookings, shipments


@dataclass(frozen=True, slots=True)
class OrdersShipment:
    """A shipment of an order: whether anything is still expected of it, by anybody, and is left to erase."""

    id: str
    is_over: bool
    is_leased: bool
    is_erased: bool


def of_order(unit: Unit, external_id: str, shipper_id: str | None, most: int) -> list[OrdersShipment]:
    """So many of an order's shipments, locked against what would still be written to them."""
    query = (
        select(shipments)
        .where(*_is_of_order(shipments, external_id, shipper_id))
        .order_by(shipments.c.id)
        .limit(most)
        .with_for_update()
    )
    return [
        OrdersShipment(
            row.id,
            is_over=row.over_at is not None and row.stuck_at is None,
            is_leased=row.lease_until is not None and row.lease_until >= unit.now,
            is_erased=row.erased_at is not None,
        )
        for row in unit.connection.execute(query)
    ]


def erase(unit: Unit, shipment_ids: Sequence[str]) -> None:
    """Erase what endings.erase does, and what couriers sent of these shipments as they sent it."""
    endings.erase_these(unit, shipment_ids)
    theirs = select(parcels.c.reference).where(parcels.c.shipment_id.in_(shipment_ids))
    heard = select(events.c.heard_at).where(events.c.reference.in_(theirs))
    told_under = select(events.c.trace_id).where(events.c.reference.in_(theirs))
    # A delivery and what it said are written at one moment, by which there is an index.
    unit.connection.execute(
        update(deliveries)
        .where(deliveries.c.received_at.in_(heard), deliveries.c.trace_id.in_(told_under))
        .values(sealed_body=None)
    )


def forget_prebookings(unit: Unit, external_id: str, shipper_id: str | None) -> int:
    """Forget what was prebooked for an order; how much that was."""
    is_of_order = _is_of_order(prebookings, external_id, shipper_id)
    return unit.connection.execute(delete(prebookings).where(*is_of_order)).rowcount


def _is_of_order(table: Table, external_id: str, shipper_id: str | None) -> list[ColumnElement[bool]]:
    is_its_shippers = [] if shipper_id is None else [table.c.shipper_id == shipper_id]
    return [table.c.external_id == external_id, *is_its_shippers]
