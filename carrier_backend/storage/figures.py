"""What there is of everything that somebody ought to look at; each count has an index of its own."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, and_, func, literal_column, select

from carrier_backend.domain.figures import Figure
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import ticks
from carrier_backend.storage.leases import OPEN
from carrier_backend.storage.search import stands_so
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import destinations, events, messages, parcels, shipments


def every(unit: Unit) -> Iterator[Figure]:
    """All of them, as they are now, whichever process made them so."""
    yield from _updates(unit)
    yield from _shipments(unit)
    unknown = _count(unit, events, and_(events.c.status.is_(None), ~events.c.is_for_timeline_only))
    yield Figure("carrier_events_unknown_status", "Events whose code is in no table.", unknown)
    unmatched = _count(unit, events, events.c.reference.is_(None))
    yield Figure("carrier_events_unmatched", "Events about parcels we do not know.", unmatched)
    paused = _count(unit, destinations, destinations.c.paused_at.is_not(None))
    yield Figure("carrier_destinations_paused", "Destinations of status updates that are paused.", paused)
    if (last := ticks.last_beat(unit)) is not None:
        silent = (unit.now - last).total_seconds()
        yield Figure("carrier_worker_silent_seconds", "Since a worker was last heard of.", silent)


def _updates(unit: Unit) -> Iterator[Figure]:
    for state in (UpdateState.WAITING, UpdateState.PARKED):
        number = _count(unit, messages, messages.c.state == state)
        yield Figure("carrier_status_updates", "Status updates not sent yet.", number, {"state": state})
    oldest = unit.connection.execute(
        select(func.min(messages.c.created_at)).where(messages.c.state == UpdateState.WAITING)
    ).scalar()
    age = (unit.now - oldest).total_seconds() if oldest else 0.0
    yield Figure("carrier_status_update_oldest_seconds", "Age of the oldest status update that waits.", age)


def _shipments(unit: Unit) -> Iterator[Figure]:
    # To the letter, or SQLite could not see that the partial index fits.
    is_open = shipments.c.state.in_([literal_column(f"'{state}'") for state in OPEN])
    for state in OPEN:
        number = _count(unit, shipments, and_(is_open, shipments.c.state == state))
        yield Figure("carrier_shipments_open", "Bookings not come to an end.", number, {"state": state})
    unclaimed = _count(unit, shipments, shipments.c.unclaimed_at.is_not(None))
    yield Figure("carrier_shipments_unclaimed", "Completed, though nobody came back for them.", unclaimed)
    stuck = _count(unit, shipments, shipments.c.stuck_at.is_not(None))
    yield Figure("carrier_shipments_stuck", "Bookings that wait for an operator.", stuck)
    cancelling = _count(unit, parcels, and_(*stands_so(parcels, Standing.CANCELLING)))
    yield Figure("carrier_parcels_cancelling", "Parcels whose cancelling is asked for, and not certain.", cancelling)


def _count(unit: Unit, table: Table, condition: ColumnElement[bool]) -> int:
    return unit.connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
