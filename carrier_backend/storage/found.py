"""What is shown of shipments that were looked for: enough to recognise them, and to see whom they wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.parcels import Cancellation
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments


@dataclass(frozen=True, slots=True)
class FoundParcel:
    """A parcel by its names, and what became of it."""

    barcode: str | None
    reference: str
    package_id: str
    booking: BookingState
    status: Status | None
    cancellation: Cancellation | None


@dataclass(frozen=True, slots=True)
class FoundShipment:
    """A shipment by its names, since when it waits for an operator, or for its caller, and whether it was erased."""

    id: str
    external_id: str
    tos_id: str
    shipper_id: str
    shipping_method: str
    courier: str
    state: BookingState
    created_at: datetime
    trace_id: str
    stuck_at: datetime | None
    unclaimed_at: datetime | None
    erased_at: datetime | None
    parcels: tuple[FoundParcel, ...]


_SHIPMENT = (
    shipments.c.id,
    shipments.c.external_id,
    shipments.c.tos_id,
    shipments.c.shipper_id,
    shipments.c.shipping_method,
    shipments.c.courier,
    shipments.c.state,
    shipments.c.created_at,
    shipments.c.trace_id,
    shipments.c.stuck_at,
    shipments.c.unclaimed_at,
    shipments.c.erased_at,
)
_PARCEL = (
    parcels.c.shipment_id,
    parcels.c.barcode,
    parcels.c.reference,
    parcels.c.package_id,
    parcels.c.booking,
    parcels.c.status,
    parcels.c.cancellation,
)


def read(unit: Unit, shipment_ids: Sequence[str]) -> list[FoundShipment]:
    """These shipments with their parcels, in this order."""
    whole = select(*_SHIPMENT).where(shipments.c.id.in_(shipment_ids))
    parts = select(*_PARCEL).where(parcels.c.shipment_id.in_(shipment_ids)).order_by(parcels.c.position)
    held: dict[str, list[FoundParcel]] = {shipment_id: [] for shipment_id in shipment_ids}
    for row in unit.connection.execute(parts):
        held[row.shipment_id].append(_parcel(row))
    found = {row.id: _shipment(row, held[row.id]) for row in unit.connection.execute(whole)}
    return [found[shipment_id] for shipment_id in shipment_ids]


def _shipment(row: Any, held: Sequence[FoundParcel]) -> FoundShipment:
    return FoundShipment(
        id=row.id,
        external_id=row.external_id,
        tos_id=row.tos_id,
        shipper_id=row.shipper_id,
        shipping_method=row.shipping_method,
        courier=row.courier,
        state=BookingState(row.state),
        created_at=row.created_at,
        trace_id=row.trace_id,
        stuck_at=row.stuck_at,
        unclaimed_at=row.unclaimed_at,
        erased_at=row.erased_at,
        parcels=tuple(held),
    )


def _parcel(row: Any) -> FoundParcel:
    return FoundParcel(
        barcode=row.barcode,
        reference=row.reference,
        package_id=row.package_id,
        booking=BookingState(row.booking),
        status=Status(row.status) if row.status else None,
        cancellation=Cancellation(**row.cancellation) if row.cancellation else None,
    )
