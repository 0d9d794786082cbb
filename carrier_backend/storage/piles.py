"""Parcels that were counted as they changed, by day and by month of their booking; in UTC, as all days are here.

Each change stands in `pile_changes` from the commit on that made it, and is added up later: nobody who moves parcels
waits for another who moves others to or from the same pile. What is not added up yet counts all the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, Row, Select, Table, delete, func, literal_column, select, union_all

from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import delivery_hours, pile_changes, piles

ALIKE = ("shipper_id", "courier", "shipping_method", "booking", "status")
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, from the first on and before the end."""

    first: date
    end: date

    @property
    def periods(self) -> list[str]:
        """What they consist of: whole months, and for the rest days."""
        periods, day = [], self.first
        while day < self.end:
            month_after = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            is_month = day.day == 1 and month_after <= self.end
            periods.append(f"{day:%Y-%m}" if is_month else day.isoformat())
            day = month_after if is_month else day + timedelta(days=1)
        return periods


def have_changed(unit: Unit) -> bool:
    """Whether there is any change that is not added up."""
    return unit.connection.execute(select(pile_changes.c.id).limit(1)).first() is not None


def add_up(unit: Unit, most: int) -> int:
    """Add the oldest changes to their piles; how many that were, or 0 while somebody else does so."""
    if unit.connection.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        is_our_turn = select(func.pg_try_advisory_xact_lock(func.hashtext("piles")))
        if not unit.connection.execute(is_our_turn).scalar_one():
            return 0
    oldest = select(pile_changes.c.id).order_by(pile_changes.c.id).limit(most)
    taken = unit.connection.execute(delete(pile_changes).where(pile_changes.c.id.in_(oldest)).returning(pile_changes))
    changes = taken.all()
    _add_to(unit, piles, ALIKE, ("parcels", "shipments"), changes)
    timed = [change for change in changes if change.hours is not None]
    _add_to(unit, delivery_hours, ("courier", "hours"), ("parcels",), timed)
    return len(changes)


def _add_to(
    unit: Unit, table: Table, names: Sequence[str], counted: Sequence[str], changes: Sequence[Row[Any]]
) -> None:
    sums: dict[str, Counter[_Key]] = {count: Counter() for count in counted}
    for change in changes:
        for period in (change.day, change.day[:7]):
            for count in counted:
                sums[count][period, *(getattr(change, name) for name in names)] += getattr(change, count)
    keys = sorted(key for key in sums["parcels"] if any(sums[count][key] for count in counted))
    if keys:
        named = ("period", *names)
        rows = [dict(zip(named, key, strict=True)) | {count: sums[count][key] for count in counted} for key in keys]
        statement = insert(unit, table)
        added = {count: table.c[count] + statement.excluded[count] for count in counted}
        unit.connection.execute(statement.on_conflict_do_update(index_elements=named, set_=added), rows)
        # To the letter, or SQLite could not see that the partial index fits.
        unit.connection.execute(delete(table).where(table.c.parcels == literal_column("0")))


def parcels_by_pile(unit: Unit, days: Days) -> Mapping[_Key, int]:
    """How many parcels of these days are alike, by what they have in common."""
    return _summed(unit, piles, ALIKE, days, _changes(ALIKE, pile_changes.c.parcels, days))


def parcels_by_hours(unit: Unit, days: Days) -> Mapping[_Key, int]:
    """By courier and whole hours from booking to delivery, how many parcels of these days took so long."""
    names = ("courier", "hours")
    changes = _changes(names, pile_changes.c.parcels, days).where(pile_changes.c.hours.is_not(None))
    return _summed(unit, delivery_hours, names, days, changes)


def shipments(unit: Unit, days: Days) -> int:
    """How many shipments of these days there are."""
    added_up = select(func.sum(piles.c.shipments)).where(piles.c.period.in_(days.periods))
    counts = union_all(added_up, _changes((), pile_changes.c.shipments, days))
    return sum(int(number or 0) for number in unit.connection.execute(counts).scalars())


def _changes(names: Sequence[str], count: Column[int], days: Days) -> Select[Any]:
    columns = [pile_changes.c[name] for name in names]
    is_of_days = (pile_changes.c.day >= days.first.isoformat(), pile_changes.c.day < days.end.isoformat())
    return select(*columns, func.sum(count)).where(*is_of_days).group_by(*columns)


def _summed(unit: Unit, table: Table, names: Sequence[str], days: Days, changes: Select[Any]) -> Mapping[_Key, int]:
    """In one statement: a change that is just being added up is seen once."""
    columns = [table.c[name] for name in names]
    added_up = select(*columns, func.sum(table.c.parcels)).where(table.c.period.in_(days.periods)).group_by(*columns)
    rows: Sequence[Any] = unit.connection.execute(union_all(added_up, changes)).all()
    sums: Counter[_Key] = Counter()
    for *key, number in rows:
        sums[tuple(key)] += int(number)
    return sums
