"""Whatever an older key sealed is sealed anew with the first: only then may the older key go."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Row, Select, Table, bindparam, select, tuple_, update

from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import metadata

AT_ONCE = 500


def reseal(store: Store, at_once: int = AT_ONCE) -> int:
    """How many values were sealed anew, beside others at work; one that changed meanwhile was sealed by its writer."""
    return sum(_reseal(store, column, at_once) for column in _sealed_columns())


def _sealed_columns() -> Iterator[Column[bytes]]:
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if column.name.startswith("sealed_"))


def _reseal(store: Store, column: Column[bytes], at_once: int) -> int:
    changed, last = 0, None
    while rows := _rows_after(store, column, last, at_once):
        anew = [{**_named(row), "old": old, "new": new} for row in rows for old, new in [_both(store, row)] if new]
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


def _both(store: Store, row: Row[Any]) -> tuple[bytes, bytes | None]:
    old = bytes(row.sealed)
    return old, store.sealing.anew(old)


def _named(row: Row[Any]) -> dict[str, object]:
    return {f"key_{place}": value for place, value in enumerate(tuple(row)[:-1])}


def _change(column: Column[bytes]) -> Any:
    same = [part == bindparam(f"key_{place}") for place, part in enumerate(_key(column.table))]
    return update(column.table).where(*same, column == bindparam("old")).values({column.name: bindparam("new")})


def _key(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)
