"""What became of the parcels of a span: whole days from their piles, and what is left of a day from the parcels.

What is left is counted along ix_parcels_counted, which holds all that is asked.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from carrier_backend.domain.lifecycle import Status
from carrier_backend.storage import piles
from carrier_backend.storage.piles import Days
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pile:
    """How many parcels have all of this in common."""

    shipper_id: str
    courier: str
    shipping_method: str
    booking: str
    status: str | None
    parcels: int


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment on and before another."""

    since: datetime
    until: datetime

    @property
    def days(self) -> Days:
        """Those that lie in it wholly; there may be none."""
        return Days((_midnight(self.since - timedelta(microseconds=1)) + DAY).date(), _midnight(self.until).date())

    @property
    def rests(self) -> Sequence["Span"]:
        """What of it is not in any of these days."""
        days = self.days
        if days.first >= days.end:
            return (self,)
        first, end = (datetime.combine(day, time(), UTC) for day in (days.first, days.end))
        return [rest for rest in (Span(self.since, first), Span(end, self.until)) if rest.since < rest.until]


def _midnight(moment: datetime) -> datetime:
    """The one that began its day."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def shipments_of(unit: Unit, span: Span) -> int:
    """How many shipments came to be in that span."""
    number = piles.shipments(unit, span.days)
    for rest in span.rests:
        query = select(func.count()).where(shipments.c.created_at >= rest.since, shipments.c.created_at < rest.until)
        number += unit.connection.execute(query).scalar_one()
    return number


def piles_of(unit: Unit, span: Span) -> Iterator[Pile]:
    """All parcels of that span, by whose they are, who carries them as what, and what became of them."""
    sums = Counter(piles.parcels_by_pile(unit, span.days))
    alike = [parcels.c[name] for name in piles.ALIKE]
    for rest in span.rests:
        query = select(*alike, func.count()).where(*_within(rest)).group_by(*alike)
        for *whose, status, number in unit.connection.execute(query):
            sums[*whose, status or ""] += number
    for (shipper_id, courier, shipping_method, booking, status), number in sums.items():
        if number:
            yield Pile(shipper_id, courier, shipping_method, booking, status or None, number)


def hours_to_delivery(unit: Unit, span: Span) -> Iterator[tuple[str, int, int]]:
    """By courier and whole hours from booking to delivery, how many parcels took so long."""
    sums = Counter(piles.parcels_by_hours(unit, span.days))
    hours = _hours(unit).label("hours")
    for rest in span.rests:
        query = (
            select(parcels.c.courier, hours, func.count())
            .where(*_within(rest), parcels.c.status == Status.DELIVERED, parcels.c.status_at.is_not(None))
            .group_by(parcels.c.courier, hours)
        )
        for courier, spent, number in unit.connection.execute(query):
            sums[courier, max(spent, 0)] += number
    return ((courier, spent, number) for (courier, spent), number in sorted(sums.items()) if number)


def _within(span: Span) -> tuple[ColumnElement[bool], ...]:
    return (parcels.c.created_at >= span.since, parcels.c.created_at < span.until)


def _hours(unit: Unit) -> ColumnElement[int]:
    """As the triggers count them."""
    created_at, status_at = parcels.c.created_at, parcels.c.status_at
    if unit.connection.dialect.name == "sqlite":
        booked_at, delivered_at = (cast(func.strftime("%s", moment), Integer) for moment in (created_at, status_at))
        return (delivered_at - booked_at) // 3600
    return cast(func.floor(extract("epoch", status_at - created_at) / 3600), Integer)
