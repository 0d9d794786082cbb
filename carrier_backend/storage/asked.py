"""What was asked under a name and is no shipment yet, or never will be: prebookings, and requests that were refused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import desc, or_, select

from carrier_backend.storage import exchanges
from carrier_backend.storage.exchanges import ExchangeRow
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import prebookings

_OF_TOS = "tos:"


@dataclass(frozen=True, slots=True)
class FoundPrebooking:
    """An order whose checkout was completed, by its names; it is remembered until it expires."""

    external_id: str
    tos_id: str
    shipper_id: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Both, newest first."""

    prebookings: tuple[FoundPrebooking, ...]
    refusals: tuple[ExchangeRow, ...]


def under(unit: Unit, name: str, most: int) -> Asked:
    """The newest that are called exactly so, by external id or tos id; refusals also by the request's trace id."""
    return Asked(_prebookings(unit, name, most), tuple(exchanges.refusals(unit, name, most)))


def _prebookings(unit: Unit, name: str, most: int) -> tuple[FoundPrebooking, ...]:
    is_called_so = or_(prebookings.c.external_id == name, prebookings.c.order_key == f"{_OF_TOS}{name}")
    query = select(prebookings).where(is_called_so, prebookings.c.expires_at > unit.now)
    rows = unit.connection.execute(query.order_by(desc(prebookings.c.made_at)).limit(most))
    return tuple(
        FoundPrebooking(
            external_id=row.external_id,
            tos_id=row.order_key.removeprefix(_OF_TOS) if row.order_key.startswith(_OF_TOS) else "",
            shipper_id=row.shipper_id,
            made_at=row.made_at,
            expires_at=row.expires_at,
        )
        for row in rows
    )
