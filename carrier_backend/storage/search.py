"""Shipments as operators look for them: by any of their names, or by how they stand; newest first, a page at a time.

There may be millions, so that each of these reads along one index at a time, no further than the page's end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    exists,
    literal,
    literal_column,
    select,
    tuple_,
    union,
    union_all,
)

from carrier_backend.domain.lifecycle import Standing
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments, traces
from carrier_backend.storage.types import Moment

NAMES: Sequence[Column[str]] = (
    shipments.c.external_id,
    shipments.c.tos_id,
    shipments.c.trace_id,
    parcels.c.barcode,
    parcels.c.number,
    parcels.c.reference,
    parcels.c.package_id,
    traces.c.trace_id,
)
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shipment is in the order of all."""

    created_at: datetime
    shipment_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which shipments are wanted: how they stand, whose they are, after which place, and how many at most."""

    standing: Standing | None
    courier: str | None
    shipper_id: str | None
    after: Place | None
    most: int

    @property
    def is_any(self) -> bool:
        """Whether it does not matter how they stand and whose they are."""
        return self.standing is None and not self.owners

    @property
    def owners(self) -> Mapping[str, str]:
        """By column, who carries them and who sends them, as far as that matters."""
        owners = {"courier": self.courier, "shipper_id": self.shipper_id}
        return {column: owner for column, owner in owners.items() if owner}


def place(unit: Unit, shipment_id: str) -> Place | None:
    """Where a shipment is in the order of all."""
    created_at = unit.connection.execute(select(shipments.c.created_at).where(shipments.c.id == shipment_id)).scalar()
    return Place(created_at, shipment_id) if created_at else None


def newest(unit: Unit, wanted: Wanted) -> list[str]:
    """The ids of the newest that are wanted, whatever they are called."""
    match wanted.standing:
        case None | Standing.BOOKED:
            query = _newest(wanted, shipments, *_stand_so(wanted), *_owned(wanted, shipments))
        case Standing.STUCK | Standing.UNCLAIMED as queue:
            query = _newest(wanted, shipments, *stands_so(shipments, queue), *_owned_by_chance(wanted))
        case standing:
            query = _newest(wanted, parcels, *stands_so(parcels, standing), *_owned(wanted, parcels))
    return _ids(unit, query)


def called(unit: Unit, name: str, most: int) -> list[str]:
    """An id for each that is called exactly so: for all, or, where there are more than `most`, for more than `most`."""
    return _ids(unit, _some({column: (column == name,) for column in NAMES}, most))


def beginning(unit: Unit, start: str, most: int) -> list[str]:
    """An id for each name that begins so: for all, or, where there are more than `most`, for more than `most`."""
    return _ids(unit, _some({column: _begins(unit, column, start) for column in NAMES}, most))


def _some(conditions: Mapping[Column[str], Sequence[ColumnElement[bool]]], most: int) -> CompoundSelect[str]:
    each = (
        select(_place_in(column.table)[1].label("shipment_id")).where(*so).limit(most + 1)
        for column, so in conditions.items()
    )
    return union_all(*(query.subquery().select() for query in each))


def _begins(unit: Unit, column: Column[str], start: str) -> Sequence[ColumnElement[bool]]:
    end = start + LAST_CHARACTER
    if unit.connection.dialect.name == "sqlite":
        return column >= start, column < end
    # By bytes, whatever order the database's language has; in a prepared statement, LIKE would use no index.
    return column.bool_op("~>=~")(start), column.bool_op("~<~")(end)


def newest_called(unit: Unit, name: str, wanted: Wanted) -> list[str]:
    """The ids of the newest of all that are called exactly so, however many, and however they stand."""
    each = (_newest(wanted, column.table, column == name) for column in NAMES)
    return _ids(unit, _first(wanted, union(*(query.subquery().select() for query in each)).subquery()))


def among(unit: Unit, shipment_ids: Iterable[str], wanted: Wanted) -> list[str]:
    """The ids of the newest of these that are wanted."""
    is_one = shipments.c.id.in_(sorted(set(shipment_ids)))
    these = _newest(wanted, shipments, is_one, *_stand_so(wanted), *_owned_by_chance(wanted))
    # Looked up first and sorted then: PostgreSQL would look for them among all that there are, from the newest on.
    looked_up = these.order_by(None).limit(None).cte().prefix_with("MATERIALIZED")
    return _ids(unit, _first(wanted, looked_up))


def stands_so(table: Table, standing: Standing) -> Sequence[ColumnElement[bool]]:
    """What is true of a table's rows that stand so, in the terms of the partial index that holds them."""
    match standing:
        case Standing.STUCK:
            return (table.c.stuck_at.is_not(None),)
        case Standing.UNCLAIMED:
            return (table.c.unclaimed_at.is_not(None),)
        case Standing.BOOKED:  # as nearly all are: none has to be looked for
            return (table.c.booking == standing,)
        case _:
            return _is_booked_so(table, standing)


def _is_booked_so(table: Table, standing: Standing) -> Sequence[ColumnElement[bool]]:
    # To the letter, or SQLite could not see that the partial index fits.
    is_not_booked = table.c.booking != literal_column("'booked'")
    return (is_not_booked, table.c.booking == standing)


def _stand_so(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    match wanted.standing:
        case None:
            return ()
        case Standing.STUCK | Standing.UNCLAIMED as queue:
            return stands_so(shipments, queue)
        case standing:
            return (exists().where(parcels.c.shipment_id == shipments.c.id, *stands_so(parcels, standing)),)


def _owned(wanted: Wanted, table: Table) -> Sequence[ColumnElement[bool]]:
    return [table.c[name] == owner for name, owner in wanted.owners.items()]


def _owned_by_chance(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    # An expression has no index: SQLite would walk through all that a shipper ever sent, rather than through the few
    # that wait, or have the name.
    return [shipments.c[name].concat("") == owner for name, owner in wanted.owners.items()]


def _newest(wanted: Wanted, table: Table, *conditions: ColumnElement[bool]) -> Select[datetime, str]:
    created_at, shipment_id = _place_in(table)
    query = select(created_at.label("created_at"), shipment_id.label("shipment_id")).where(*conditions)
    if wanted.after:
        after = tuple_(literal(wanted.after.created_at, Moment()), literal(wanted.after.shipment_id))
        query = query.where(tuple_(created_at, shipment_id) < after)
    if table is parcels:  # of one shipment there may be several
        query = query.distinct()
    return query.order_by(created_at.desc(), shipment_id.desc()).limit(wanted.most)


def _first(wanted: Wanted, places: FromClause) -> Select[Any]:
    return select(places).order_by(places.c.created_at.desc(), places.c.shipment_id.desc()).limit(wanted.most)


def _place_in(table: Table) -> tuple[Column[datetime], Column[str]]:
    return table.c.created_at, table.c.id if table is shipments else table.c.shipment_id


def _ids(unit: Unit, query: Any) -> list[str]:
    return [row.shipment_id for row in unit.connection.execute(query)]
