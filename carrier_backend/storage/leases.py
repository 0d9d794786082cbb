"""Leases: who is working on a shipment, until when. By the database's clock, so that every host agrees."""

from datetime import timedelta

from sqlalchemy import Update, bindparam, or_, select, update

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import shipments

OPEN = (BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING)
LEASE = timedelta(seconds=90)
"""Longer than any deadline under which a call is started, so that nobody is still calling when it runs out."""


_TAKE = (
    update(shipments)
    .where(
        shipments.c.id == bindparam("shipment_id"),
        or_(shipments.c.lease_until.is_(None), shipments.c.lease_until < bindparam("now")),
    )
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
)


_TAKE_OPEN = _TAKE.where(shipments.c.state.in_(OPEN))
_RENEW = (
    update(shipments)
    .where(
        shipments.c.id == bindparam("shipment_id"),
        shipments.c.lease_owner == bindparam("owner"),
        shipments.c.lease_until > bindparam("now"),
    )
    .values(lease_until=bindparam("until"))
)


def take(unit: Unit, shipment_id: str, owner: str, lease: timedelta) -> bool:
    """Take the lease on a shipment, if nobody holds it."""
    return _lease(unit, _TAKE, shipment_id, owner, lease)


def take_open(unit: Unit, shipment_id: str, owner: str, lease: timedelta) -> bool:
    """Take the lease on a shipment whose booking has not come to an end yet, if nobody holds it."""
    return _lease(unit, _TAKE_OPEN, shipment_id, owner, lease)


def renew(unit: Unit, shipment_id: str, owner: str, lease: timedelta) -> bool:
    """Prolong a lease that is still held; False once it was lost."""
    return _lease(unit, _RENEW, shipment_id, owner, lease)


def _lease(unit: Unit, statement: Update, shipment_id: str, owner: str, lease: timedelta) -> bool:
    done = unit.connection.execute(
        statement, {"shipment_id": shipment_id, "owner": owner, "now": unit.now, "until": unit.now + lease}
    )
    return bool(done.rowcount)


def is_leased(unit: Unit, shipment_id: str) -> bool:
    """Whether somebody is working on a shipment."""
    until = unit.connection.execute(select(shipments.c.lease_until).where(shipments.c.id == shipment_id)).scalar_one()
    return until is not None and until >= unit.now


def release(unit: Unit, shipment_id: str, owner: str) -> None:
    """Give the lease back, if it is still held."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment_id, shipments.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )
