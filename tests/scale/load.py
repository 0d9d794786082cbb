"""Rows straight into the tables: by executemany in large transactions on SQLite, by COPY on PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Table

from carrier_backend.services.pile_up import PileUp
from carrier_backend.storage import accounts, tables
from carrier_backend.storage.store import Store
from tests.builders import a_merchant
from tests.scale.bookings import enter_booking
from tests.scale.ledger import Ledger, Row
from tests.scale.news import enter_news
from tests.scale.past import Year
from tests.scale.talk import enter_acts

AT_ONCE = 2000
_HASTE = {
    "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-1000000"),
    "postgresql": ("SET statement_timeout = 0",),
}
_SETTLED = (
    "SET statement_timeout = 0",
    "SELECT setval(pg_get_serial_sequence('messages', 'id'), max(id)) FROM messages",
    "VACUUM ANALYZE",
    "CHECKPOINT",
)
"""What a running database would have done by itself meanwhile."""


def load(store: Store, now: datetime, number: int, seed: int, tell: Callable[[int], None]) -> None:
    """So many shipments of the year that ends now; `tell` hears how many are in."""
    year, ledger = Year(now, seed), Ledger(store.sealing, now, seed)
    with store.begin() as unit:
        for shop in year.shops:
            accounts.keep_merchant(unit, a_merchant(shop.shipper_id))
    shipments, loaded = year.shipments(number), 0
    with _hastened(store.engine) as connection:
        while group := list(islice(shipments, AT_ONCE)):
            for past in group:
                enter_booking(ledger, past)
                enter_news(ledger, past)
                enter_acts(ledger, past)
            _write(store.engine, connection, ledger.take())
            loaded += len(group)
            tell(loaded)
    pile_up = PileUp(store)
    while pile_up.run_once():
        pass
    _settle(store.engine)


@contextmanager
def _hastened(engine: Engine) -> Iterator[Any]:
    """A connection of the driver's own; nothing that is loaded has to outlive a power cut."""
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        for setting in _HASTE[engine.dialect.name]:
            connection.execute(setting)
        yield connection
    finally:
        pooled.invalidate()  # it is nobody else's


def _write(engine: Engine, connection: Any, rows: Mapping[Table, Sequence[Row]]) -> None:
    """One transaction; every value goes through its column's own type, as it does when the product writes it."""
    if engine.dialect.name == "sqlite":
        connection.execute("BEGIN IMMEDIATE")
    for table in (each for each in tables.metadata.sorted_tables if each in rows):
        names = list(rows[table][0])
        values = _bound(engine, table, names, rows[table])
        if engine.dialect.name == "sqlite":
            marks = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608  # names of ours
        else:
            _copy(connection, table, names, values)
    connection.commit()


def _bound(engine: Engine, table: Table, names: Sequence[str], rows: Sequence[Row]) -> Iterator[Sequence[Any]]:
    binds = [_bind(engine, table, name) for name in names]
    for row in rows:
        yield [value if bind is None else bind(value) for bind, value in zip(binds, row.values(), strict=True)]


def _bind(engine: Engine, table: Table, name: str) -> Callable[[Any], Any] | None:
    kind = table.c[name].type
    return kind.dialect_impl(engine.dialect).bind_processor(engine.dialect)


def _copy(connection: Any, table: Table, names: Sequence[str], values: Iterator[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _settle(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in _SETTLED:
                connection.exec_driver_sql(statement)
    engine.dispose()  # whoever closes SQLite's last connection has its log written into the file
