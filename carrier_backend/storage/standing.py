"""How a courier stands: the newest calls to it, accounts that are cut off, and what is open with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, desc, func, literal_column, select

from carrier_backend.domain.calls import MadeCall
from carrier_backend.domain.exchanges import Heading
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.storage.leases import OPEN
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import exchanges, outages, parcels, shipments

NEWEST_CALLS = 500
"""So many exchanges of one counterpart are looked at: however many there are, the question costs the same."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An account that is cut off, and when somebody may try it again."""

    account: str
    since: datetime
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """What is not over with a courier: parcels still watched, bookings in doubt, bookings that wait for an operator."""

    parcels: int = 0
    unsure: int = 0
    stuck: int = 0


_TOLD = ("at", "operation", "status", "verdict", "milliseconds", "direction")


def newest_calls(unit: Unit, who: str) -> list[MadeCall]:
    """The newest calls of ours to a counterpart, newest first."""
    newest = (
        select(*(exchanges.c[name] for name in _TOLD))
        .where(exchanges.c.who == who)
        .order_by(desc(exchanges.c.at), desc(exchanges.c.id))
        .limit(NEWEST_CALLS)
    )
    return [
        MadeCall(row.at, row.operation, row.status, row.verdict, row.milliseconds)
        for row in unit.connection.execute(newest)
        if row.direction == Heading.OUT
    ]


def cut_off(unit: Unit, who: str) -> list[Outage]:
    """The accounts with a courier that are cut off, the longest so first."""
    rows = unit.connection.execute(select(outages).where(outages.c.who == who).order_by(outages.c.began_at))
    return [Outage(row.account, row.began_at, row.probe_at) for row in rows]


def open_by_courier(unit: Unit) -> Mapping[str, Open]:
    """What is not over, by courier, where there is any; by partial indexes alone."""
    watched = _by_courier(unit, parcels, parcels.c.look_at.is_not(None))
    # To the letter, or SQLite could not see that the partial index fits.
    is_open = shipments.c.state.in_([literal_column(f"'{state}'") for state in OPEN])
    unsure = _by_courier(unit, shipments, and_(is_open, shipments.c.state == BookingState.UNSURE))
    stuck = _by_courier(unit, shipments, shipments.c.stuck_at.is_not(None))
    return {
        courier: Open(watched.get(courier, 0), unsure.get(courier, 0), stuck.get(courier, 0))
        for courier in watched.keys() | unsure.keys() | stuck.keys()
    }


def _by_courier(unit: Unit, table: Table, condition: ColumnElement[bool]) -> dict[str, int]:
    # An expression has no index: to have couriers in a row, SQLite would walk through all that each ever carried.
    courier = table.c.courier.concat("").label("courier")
    counted = select(courier, func.count().label("number")).where(condition).group_by(courier)
    return {row.courier: row.number for row in unit.connection.execute(counted)}
