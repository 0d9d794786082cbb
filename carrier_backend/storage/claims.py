"""Claims: which shipment holds which package. A unique index decides between two that come at once."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.orders import Journey, Order
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import claims, shipments


class Taken(Exception):
    """One of the packages is already claimed by another shipment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A shipment that already holds a claim on some package of an order."""

    shipment_id: str
    fingerprint: str
    state: BookingState
    is_erased: bool


def claim(unit: Unit, shipment: Shipment) -> None:
    """Claim the packages of a new shipment; raises Taken where another holds one of them."""
    # In one order for everybody, so that two overlapping orders cannot wait for each other in a circle.
    wanted = [
        {**_claim_key(shipment.journey), "package_id": package_id, "shipment_id": shipment.id}
        for package_id in sorted(parcel.package_id for parcel in shipment.parcels)
    ]
    statement = insert(unit, claims).on_conflict_do_nothing().returning(claims.c.package_id)
    if len(unit.connection.execute(statement, wanted).all()) < len(wanted):
        raise Taken


def _claim_key(journey: Journey) -> dict[str, object]:
    return {
        "client_id": journey.client_id,
        "shipper_id": journey.shipper_id,
        "order_key": journey.order_key,
        "direction": journey.direction,
    }


_STANDING = (
    select(
        shipments.c.id,
        shipments.c.fingerprint,
        shipments.c.state,
        shipments.c.erased_at,
        claims.c.package_id,
    )
    .join(shipments, shipments.c.id == claims.c.shipment_id)
    .where(
        claims.c.client_id == bindparam("client_id"),
        claims.c.shipper_id == bindparam("shipper_id"),
        claims.c.order_key == bindparam("order_key"),
        claims.c.direction == bindparam("direction"),
    )
)


def standing(unit: Unit, order: Order) -> list[Standing]:
    """The shipments that hold a claim on any package of this order."""
    rows = unit.connection.execute(_STANDING, _claim_key(order.journey)).all()
    wanted = {package.package_id for package in order.packages}
    held = {row.id: row for row in rows if row.package_id in wanted}
    return [
        Standing(row.id, row.fingerprint, BookingState(row.state), is_erased=row.erased_at is not None)
        for row in held.values()
    ]
