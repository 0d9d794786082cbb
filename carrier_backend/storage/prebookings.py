"""Prebookings: remembered from the checkout until the warehouse books, or for thirty days."""

from datetime import timedelta

from sqlalchemy import delete, select

from carrier_backend.domain.orders import Journey
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import prebookings
from carrier_backend.storage.types import dump, load

KEPT_FOR = timedelta(days=30)


def keep(unit: Unit, journey: Journey) -> None:
    """Keep a prebooking in place of an earlier one for the same order."""
    row = {
        "client_id": journey.client_id,
        "shipper_id": journey.shipper_id,
        "order_key": journey.order_key,
        "external_id": journey.external_id,
        "sealed_journey": unit.sealing.seal(dump(journey)),
        "made_at": unit.now,
        "expires_at": unit.now + KEPT_FOR,
    }
    statement = insert(unit, prebookings).values(row)
    unit.connection.execute(
        statement.on_conflict_do_update(index_elements=["client_id", "shipper_id", "order_key"], set_=row)
    )


def find(unit: Unit, journey: Journey) -> Journey | None:
    """What was prebooked for the order of this journey, unless it has expired."""
    sealed = unit.connection.execute(
        select(prebookings.c.sealed_journey).where(
            prebookings.c.client_id == journey.client_id,
            prebookings.c.shipper_id == journey.shipper_id,
            prebookings.c.order_key == journey.order_key,
            prebookings.c.expires_at > unit.now,
        )
    ).scalar_one_or_none()
    return load(unit.sealing.open(sealed), Journey) if sealed else None


def erase_expired(unit: Unit) -> int:
    """Forget prebookings that nobody booked in time."""
    return unit.connection.execute(delete(prebookings).where(prebookings.c.expires_at <= unit.now)).rowcount
