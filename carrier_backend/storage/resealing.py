"""Whatever an older key sealed is sealed anew with the first: only then may the older key go."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, Select, Table, bindparam, select, tuple_, update

from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import metadata
from carrier_backend.support.sealing import WrongKey

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values were sealed anew, and how many of each column, `table.column`, none of the keys opens."""

    anew: int
    unopened: Mapping[str, int]


def reseal(store: Store, at_once: int = AT_ONCE) -> Resealed:
    """Seal anew beside others at work; what changed meanwhile was sealed by its writer, with the key that is theirs."""
    unopened: Counter[str] = Counter()
    anew = sum(_reseal(store, column, at_once, unopened) for column in _sealed_columns())
    return Resealed(anew, dict(unopened))


def _sealed_columns() -> Iterator[Column[bytes]]:
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if column.name.startswith("sealed_"))


def _reseal(store: Store, column: Column[bytes], at_once: int, unopened: Counter[str]) -> int:
    changed, last = 0, None
    while rows := _rows_after(store, column, last, at_once):
        anew = []
        for row in rows:
            try:
                if new := store.sealing.anew(bytes(row.sealed)):
                    anew.append({**_named(row), "old": bytes(row.sealed), "new": new})
            except WrongKey:  # lost already, whatever becomes of the others
                unopened[str(column)] += 1
        if anew:
            with store.begin() as unit:
                unit.connection.execute(_change(column), anew)
        changed += len(anew)
        last = rows[-1]
    return changed


def _rows_after(store: Store, column: Column[bytes], last: Row[Any] | None, most: int) -> Sequence[Row[Any]]:
    key = _key(column.table)
    query: Select[Any] = select(*key, column.label("sealed")).where(column.is_not(None)).order_by(*key).limit(most)
    if last is not None:
        query = query.where(tuple_(*key) > tuple(last)[:-1])
    with store.read() as unit:
        return unit.connection.execute(query).all()


def _named(row: Row[Any]) -> dict[str, object]:
    return {f"key_{place}": value for place, value in enumerate(tuple(row)[:-1])}


def _change(column: Column[bytes]) -> Any:
    same = [part == bindparam(f"key_{place}") for place, part in enumerate(_key(column.table))]
    return update(column.table).where(*same, column == bindparam("old")).values({column.name: bindparam("new")})


def _key(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)
