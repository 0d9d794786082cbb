"""What SQLite and PostgreSQL spell the same but SQLAlchemy keeps in two places."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from carrier_backend.storage.store import Unit


def insert(unit: Unit, table: Table) -> Any:
    """An INSERT that knows `on_conflict_*`, for the database at hand."""
    return sqlite.insert(table) if unit.connection.dialect.name == "sqlite" else postgresql.insert(table)
