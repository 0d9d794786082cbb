"""One transaction: `with store.begin() as unit` commits on the way out, or nothing happened."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Clock
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.crash_points import PassPoint, unharmed
from carrier_backend.support.sealing import Sealing

POOL_SIZE = 30
POOL_PATIENCE_SECONDS = 2
_POSTGRES_LIMITS = "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000"


class Unit:
    """One open transaction: what it is connected to, the moment it takes as now, and the keys it seals with."""

    def __init__(self, connection: Connection, sealing: Sealing, clock: Clock | None) -> None:
        self.connection = connection
        self.sealing = sealing
        self._clock = clock
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The database's clock, so that every host agrees; read once a transaction."""
        if self._now is None:
            self._now = self._clock.now() if self._clock else _database_now(self.connection)
        return self._now


class Store:
    """The database; a `clock` replaces the database's own, for tests that drive the time."""

    def __init__(
        self, engine: Engine, sealing: Sealing, clock: Clock | None = None, pass_point: PassPoint = unharmed
    ) -> None:
        self.engine = engine
        self.sealing = sealing
        self._clock = clock
        self._pass_point = pass_point

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """A transaction that may write; raises Busy where the database cannot take it now."""
        committer = _committer()
        with _busy_when_away(), self.engine.connect() as connection:
            with connection.begin():
                yield Unit(connection, self.sealing, self._clock)
                self._pass_point(f"before:{committer}")
            self._pass_point(f"after:{committer}")

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A transaction that only reads, and so waits for no writer; raises Busy as `begin` does."""
        with _busy_when_away(), self.engine.connect() as connection:
            connection.execution_options(only_reads=True)
            with connection.begin():
                yield Unit(connection, self.sealing, self._clock)

    def empty_log(self) -> None:
        """Have SQLite's log go into its file and be cut off: what was erased stands there until it is written over.

        Where somebody reads just then, it is left for the next time.
        """
        if self.engine.dialect.name == "sqlite":
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def open_engine(url: str) -> Engine:
    """An engine set up for this system: SQLite in WAL mode and never losing a commit, or PostgreSQL within limits."""
    target = make_url(url)
    return _open_sqlite(target) if target.get_backend_name() == "sqlite" else _open_postgres(target)


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=100,
        pool_timeout=POOL_PATIENCE_SECONDS,
        hide_parameters=True,  # an error's text is logged, and what was to be stored is not for logs
        connect_args={"timeout": 5},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]  # a DBAPI connection has no type
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=5000",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader fails at once when another writes meanwhile; one that begins as a writer waits.
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _open_postgres(url: URL) -> Engine:
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_PATIENCE_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "client_encoding": "utf8", "options": _POSTGRES_LIMITS},
    )


def _committer() -> str:
    """The function whose `with` block this is: behind us stand `begin`, and the library that made it a context."""
    frame = sys._getframe(3)
    module: str = frame.f_globals["__name__"]
    return f"{module.removeprefix('carrier_backend.')}.{frame.f_code.co_qualname}"


def _database_now(connection: Connection) -> datetime:
    if connection.dialect.name == "sqlite":  # one host: its clock is the database's
        return SystemClock().now()
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


@contextmanager
def _busy_when_away() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise Busy("the database is too busy") from error
    except OperationalError as error:
        raise Busy("the database is not answering", 5) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Busy("the database is not answering", 5) from error
        raise
