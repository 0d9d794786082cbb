"""Parcels for an export: so many at a time, oldest first, each part found along ix_parcels_counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal, select, tuple_

from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments
from carrier_backend.storage.types import Moment


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parcels that came to be from one moment on and before another; of a courier, of a shipper, or of all."""

    since: datetime | None
    until: datetime | None
    courier: str | None
    shipper_id: str | None


@dataclass(frozen=True, slots=True)
class ExportedParcel:
    """A parcel without anything about its people."""

    created_at: datetime
    reference: str
    barcode: str | None
    external_id: str
    tos_id: str
    package_id: str
    shipper_id: str
    shipping_method: str
    courier: str
    direction: str
    booking: str
    status: str | None
    status_at: datetime | None
    booked_at: datetime | None


def part(unit: Unit, wanted: Wanted, after: ExportedParcel | None, most: int) -> list[ExportedParcel]:
    """The next so many of them, after one that was exported already."""
    chosen = (
        select(parcels.c.created_at, parcels.c.reference, parcels.c.booking, parcels.c.status, parcels.c.status_at)
        .where(*_conditions(wanted, after))
        .order_by(parcels.c.created_at, parcels.c.reference)
        .limit(most)
        .subquery()
    )
    query = (
        select(
            chosen.c.created_at,
            chosen.c.reference,
            parcels.c.barcode,
            shipments.c.external_id,
            shipments.c.tos_id,
            parcels.c.package_id,
            parcels.c.shipper_id,
            parcels.c.shipping_method,
            parcels.c.courier,
            shipments.c.direction,
            chosen.c.booking,
            chosen.c.status,
            chosen.c.status_at,
            shipments.c.booked_at,
        )
        .join(parcels, parcels.c.reference == chosen.c.reference)
        .join(shipments, shipments.c.id == parcels.c.shipment_id)
        .order_by(chosen.c.created_at, chosen.c.reference)
    )
    return [ExportedParcel(**row._mapping) for row in unit.connection.execute(query)]


def _conditions(wanted: Wanted, after: ExportedParcel | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since:
        conditions.append(parcels.c.created_at >= wanted.since)
    if wanted.until:
        conditions.append(parcels.c.created_at < wanted.until)
    if wanted.courier:
        conditions.append(parcels.c.courier == wanted.courier)
    if wanted.shipper_id:
        conditions.append(parcels.c.shipper_id == wanted.shipper_id)
    if after:
        place = tuple_(literal(after.created_at, Moment()), literal(after.reference))
        conditions.append(tuple_(parcels.c.created_at, parcels.c.reference) > place)
    return conditions
