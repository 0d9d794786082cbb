"""The PostgreSQL that the tests run on: it starts anywhere, copies databases, and leaves nothing behind."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests import postgres

START_AND_WAIT = "from tests import postgres; print(postgres.start().url('postgres'), flush=True); input()"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    server = postgres.start()
    yield server
    server.stop()


def run(url: str, statement: str) -> list[int]:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


def name_of(url: str) -> str:
    return make_url(url).database or ""


def home_of(url: str) -> Path:
    return Path(str(make_url(url).query["host"]))


def test_a_copy_has_what_its_template_has_and_keeps_its_changes_to_itself(server: postgres.Server) -> None:
    template = server.create_database()
    run(template, "CREATE TABLE parcels AS SELECT 1 AS id")
    copy = server.create_database(template=name_of(template))
    run(copy, "INSERT INTO parcels VALUES (2)")
    assert run(copy, "SELECT id FROM parcels ORDER BY id") == [1, 2]
    assert run(template, "SELECT id FROM parcels") == [1]


def test_a_database_is_dropped_though_someone_is_still_connected(server: postgres.Server) -> None:
    url = server.create_database()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        connection.execute(text("SELECT 1"))
        server.drop_database(name_of(url))
        connection.invalidate()
    with pytest.raises(OperationalError, match="does not exist"):
        run(url, "SELECT 1")


def test_a_stopped_server_leaves_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    server = postgres.start()
    home = home_of(server.url("postgres"))
    assert home.exists()
    server.stop()
    assert not home.exists()


def test_a_server_ends_when_the_tests_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with Popen([sys.executable, "-c", START_AND_WAIT], stdin=PIPE, stdout=PIPE, text=True) as tests:
        assert tests.stdout
        url = tests.stdout.readline().strip()
        with create_engine(url, poolclass=NullPool).connect() as connection:
            tests.kill()
            while home_of(url).exists():
                time.sleep(0.02)
            with pytest.raises(OperationalError):
                connection.execute(text("SELECT 1"))
