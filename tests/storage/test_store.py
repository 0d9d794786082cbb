"""Transactions: whole or not at all, none turned away while another writes, and honest when the database is away."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from carrier_backend.domain.errors import Busy
from carrier_backend.storage import lanes, ticks
from carrier_backend.storage.store import Store, Unit, open_engine
from carrier_backend.storage.tables import claims, heartbeats
from carrier_backend.support.sealing import Sealing
from tests.conftest import ENCRYPTION_KEY
from tests.fakes import FrozenClock
from tests.storage.threads import at_once

SEALING = Sealing([ENCRYPTION_KEY])


def alive(unit: Unit) -> set[str]:
    return set(unit.connection.execute(select(heartbeats.c.name)).scalars())


def test_what_was_written_is_there_afterwards(store: Store) -> None:
    with store.begin() as unit:
        ticks.beat(unit, "worker")
    with store.read() as unit:
        assert alive(unit) == {"worker"}


def test_whatever_goes_wrong_nothing_was_written(store: Store) -> None:
    def beat_and_fail() -> None:
        with store.begin() as unit:
            ticks.beat(unit, "worker")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        beat_and_fail()
    with store.read() as unit:
        assert alive(unit) == set()


def test_a_commit_passes_a_crash_point_on_each_side_named_after_who_commits(engine: Engine) -> None:
    passed: list[tuple[str, bool]] = []
    store = Store(engine, SEALING, pass_point=lambda point: passed.append((point, beats_elsewhere())))

    def beats_elsewhere() -> bool:
        with Store(engine, SEALING).read() as unit:
            return alive(unit) == {"worker"}

    with store.begin() as unit:
        ticks.beat(unit, "worker")
    with store.read():
        pass
    name = f"{__name__}.test_a_commit_passes_a_crash_point_on_each_side_named_after_who_commits"
    assert passed == [(f"before:{name}", False), (f"after:{name}", True)]


def test_what_is_rolled_back_passes_no_crash_point(engine: Engine) -> None:
    passed: list[str] = []
    store = Store(engine, SEALING, pass_point=passed.append)
    with pytest.raises(ZeroDivisionError), store.begin():
        raise ZeroDivisionError
    assert passed == []


def test_a_transaction_has_one_now(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        first = unit.now
        clock.advance(timedelta(hours=1))
        assert unit.now == first
    with store.read() as unit:
        assert unit.now == first + timedelta(hours=1)


def test_without_a_clock_of_ours_the_databases_own_is_read(store: Store) -> None:
    by_the_database = Store(store.engine, SEALING)
    with by_the_database.read() as unit:
        first = unit.now
    with by_the_database.read() as unit:
        assert unit.now > first
    assert first.utcoffset() == timedelta()


def test_a_database_ahead_of_us_has_the_say(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    hour_ahead = (
        "CREATE SCHEMA ahead",
        "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
        " AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$",
        "SET LOCAL search_path = ahead, pg_catalog",
    )
    with engine.connect() as connection:  # never committed: it goes as it came
        for statement in hour_ahead:
            connection.execute(text(statement))
        assert Unit(connection, SEALING, None).now > datetime.now(UTC) + timedelta(minutes=59)
    engine.dispose()


def test_writers_at_once_lose_no_update_and_none_is_turned_away(store: Store) -> None:
    with store.begin() as unit:
        lanes.keep_destination(unit, lanes.Destination("ingrid"))

    def add_ten(number: int) -> None:
        for each in range(10):
            with store.begin() as unit:
                assert alive(unit) == set()  # whoever reads before writing is turned away no more than others
                found = lanes.destination(unit, "ingrid")
                lanes.keep_destination(unit, replace(found, refused=(*found.refused, (f"{number}", each))))

    at_once(8, add_ten)
    with store.begin() as unit:
        assert len(lanes.destination(unit, "ingrid").refused) == 80


def test_who_reads_waits_for_no_writer_and_sees_none_of_its_work(store: Store) -> None:
    with store.begin() as writer:
        ticks.beat(writer, "worker")
        with store.read() as reader:
            assert alive(reader) == set()


def test_a_reader_keeps_no_writer_waiting(store: Store) -> None:
    with store.read() as reader:
        before = alive(reader)
        with store.begin() as writer:
            ticks.beat(writer, "worker")
    assert before == set()
    with store.read() as unit:
        assert alive(unit) == {"worker"}


def test_when_every_connection_is_taken_the_next_is_told_to_come_back(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    store = Store(engine, SEALING)
    with store.read(), pytest.raises(Busy, match="too busy") as busy, store.read():
        pass
    assert busy.value.retry_after_seconds == 2
    with store.read() as unit:
        assert unit.connection.execute(text("SELECT 'given back'")).scalar_one() == "given back"
    engine.dispose()


@contextmanager
def no_file_growing_beyond(size: int) -> Iterator[None]:
    """As on a disk without space; it is the process that is limited, and any file of it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_commit_that_the_disk_refuses_leaves_nothing_half(sqlite_file: Path) -> None:
    engine = open_engine(f"sqlite:///{sqlite_file}")
    store, log = Store(engine, SEALING), sqlite_file.with_name(f"{sqlite_file.name}-wal")

    def beat(count: int) -> None:
        with store.begin() as unit:
            for number in range(count):
                ticks.beat(unit, f"worker {number}")

    beat(500)
    with no_file_growing_beyond(log.stat().st_size + 10_000), pytest.raises(Busy, match="not answering"):
        beat(600)
    with store.read() as unit:
        assert len(alive(unit)) == 500
    beat(601)
    with store.read() as unit:
        assert len(alive(unit)) == 601
        assert unit.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/carrier.db", "postgresql+psycopg://nobody@127.0.0.1:1/nothing"])
def test_a_database_that_is_away_is_busy_and_not_broken(url: str) -> None:
    with pytest.raises(Busy, match="not answering"), Store(open_engine(url), SEALING).read():
        pass


def test_a_connection_that_the_server_ended_is_replaced(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    store, other = Store(engine, SEALING), Store(open_engine(postgres_url), SEALING)

    def be_ended() -> None:
        with store.begin() as unit:
            mine = unit.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with other.begin() as killer:
                killer.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            alive(unit)

    with pytest.raises(Busy, match="not answering"):
        be_ended()
    with store.read() as unit:
        assert unit.connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()
    other.engine.dispose()


def test_a_row_that_belongs_to_nothing_is_refused(store: Store) -> None:
    stray = {
        "client_id": "1",
        "shipper_id": "1",
        "order_key": "1",
        "direction": "return",
        "package_id": "1",
        "shipment_id": "no shipment",
    }
    with pytest.raises(IntegrityError), store.begin() as unit:
        unit.connection.execute(claims.insert(), stray)


def test_what_an_error_says_tells_nothing_of_what_was_to_be_stored(store: Store) -> None:
    with pytest.raises(IntegrityError) as refused, store.begin() as unit:
        unit.connection.execute(heartbeats.insert(), [{"name": "Canary", "at": unit.now}] * 2)
    assert "Canary" not in str(refused.value).replace(str(refused.value.orig), "")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 5000)],
)
def test_sqlite_loses_no_commit_and_keeps_no_deleted_bytes(sqlite_file: Path, setting: str, value: str | int) -> None:
    engine = open_engine(f"sqlite:///{sqlite_file}")
    with Store(engine, SEALING).read() as unit:
        assert unit.connection.exec_driver_sql(f"PRAGMA {setting}").scalar_one() == value
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("statement_timeout", "5s"), ("lock_timeout", "3s"), ("idle_in_transaction_session_timeout", "10s")],
)
def test_postgresql_waits_for_nothing_for_long(postgres_url: str, setting: str, value: str) -> None:
    engine = open_engine(postgres_url)
    with Store(engine, SEALING).read() as unit:
        assert unit.connection.execute(text(f"SHOW {setting}")).scalar_one() == value
    engine.dispose()
