"""What became of the parcels of a span: counted in one pass along ix_parcels_counted, which holds all that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from carrier_backend.domain.lifecycle import Status
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments


@dataclass(frozen=True, slots=True)
class Pile:
    """How many parcels have all of this in common."""

    shipper_id: str
    courier: str
    shipping_method: str
    booking: str
    status: str | None
    parcels: int


def shipments_of(unit: Unit, since: datetime, until: datetime) -> int:
    """How many shipments came to be in that span."""
    query = select(func.count()).where(shipments.c.created_at >= since, shipments.c.created_at < until)
    return unit.connection.execute(query).scalar_one()


def piles(unit: Unit, since: datetime, until: datetime) -> Iterator[Pile]:
    """All parcels of that span, by whose they are, who carries them as what, and what became of them."""
    alike = (
        parcels.c.shipper_id,
        parcels.c.courier,
        parcels.c.shipping_method,
        parcels.c.booking,
        parcels.c.status,
    )
    query = select(*alike, func.count()).where(*_within(since, until)).group_by(*alike)
    return (Pile(*row) for row in unit.connection.execute(query))


def hours_to_delivery(unit: Unit, since: datetime, until: datetime) -> Iterator[tuple[str, int, int]]:
    """By courier and whole hours from booking to delivery, how many parcels took so long."""
    hours = _hours(unit).label("hours")
    query = (
        select(parcels.c.courier, hours, func.count())
        .where(*_within(since, until), parcels.c.status == Status.DELIVERED, parcels.c.status_at.is_not(None))
        .group_by(parcels.c.courier, hours)
        .order_by(parcels.c.courier, hours)
    )
    return ((courier, max(int(spent), 0), number) for courier, spent, number in unit.connection.execute(query))


def _within(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (parcels.c.created_at >= since, parcels.c.created_at < until)


def _hours(unit: Unit) -> ColumnElement[int]:
    created_at, status_at = parcels.c.created_at, parcels.c.status_at
    if unit.connection.dialect.name == "sqlite":
        return cast((func.julianday(status_at) - func.julianday(created_at)) * 24, Integer)
    return cast(func.floor(extract("epoch", status_at - created_at) / 3600), Integer)
