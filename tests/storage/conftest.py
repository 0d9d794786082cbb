"""Databases of one kind only, and empty ones, for what is about the database itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.conftest import ENCRYPTION_KEY


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated SQLite database."""
    file = tmp_path / "only-sqlite.db"
    file.write_bytes(sqlite_template.read_bytes())
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of each kind without any table."""
    if request.param == "postgresql":
        server: postgres.Server = request.getfixturevalue("postgres_server")
        engine = open_engine(server.create_database())
    else:
        engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty_store(empty_engine: Engine) -> Store:
    return Store(empty_engine, Sealing([ENCRYPTION_KEY]))
