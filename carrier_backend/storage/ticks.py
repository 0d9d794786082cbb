"""What is due once in the whole cluster, and who is alive in it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import heartbeats, ticks


def take(unit: Unit, name: str, interval: timedelta) -> bool:
    """Whether it is this caller's turn; then nobody's again until the interval is over."""
    first = insert(unit, ticks).values(name=name, next_at=unit.now + interval).on_conflict_do_nothing()
    if unit.connection.execute(first.returning(ticks.c.name)).first():
        return True
    won = unit.connection.execute(
        update(ticks).where(ticks.c.name == name, ticks.c.next_at <= unit.now).values(next_at=unit.now + interval)
    )
    return bool(won.rowcount)


def come_back(unit: Unit, name: str, after: timedelta) -> None:
    """Have something that did not work out done again sooner."""
    unit.connection.execute(update(ticks).where(ticks.c.name == name).values(next_at=unit.now + after))


def beat(unit: Unit, name: str) -> None:
    """Note that a worker is alive."""
    row = {"name": name, "at": unit.now}
    statement = insert(unit, heartbeats).values(row)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def forget_silent(unit: Unit, before: datetime) -> None:
    """Forget workers that were last heard of long ago: each one that starts goes by a name of its own."""
    unit.connection.execute(delete(heartbeats).where(heartbeats.c.at < before))


def last_beat(unit: Unit) -> datetime | None:
    """When a worker was last heard of."""
    return unit.connection.execute(select(func.max(heartbeats.c.at))).scalar()
