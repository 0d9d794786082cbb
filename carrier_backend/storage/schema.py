"""The schema in the database against the schema in the code: upgraded here, compared everywhere."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from carrier_backend.domain.errors import Conflict
from carrier_backend.storage.store import Store


def upgrade(store: Store) -> None:
    """Bring the database to the code's schema; hosts that do so at once take turns.

    Raises Conflict for a newer one, and for one that cannot keep every text.
    """
    configuration = _configuration()
    found = _found(store)
    _refuse_foreign_encoding(store)
    if found is not None and found not in _known():
        raise Conflict(_newer(found))
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
            _wait_for_our_turn(connection)
        configuration.attributes["connection"] = connection
        configuration.attributes["sealing"] = store.sealing
        command.upgrade(configuration, "head")


def _refuse_foreign_encoding(store: Store) -> None:
    # A cluster that was made without a locale has SQL_ASCII, in which a text of any other encoding may come to stand.
    if store.engine.dialect.name == "postgresql":
        with store.read() as unit:
            encoding = unit.connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            mended = "make it anew by CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'"
            raise Conflict(f"the database keeps its texts as {encoding}: {mended}")


def _wait_for_our_turn(connection: Connection) -> None:
    # However long it takes: a large table is not changed within the seconds that requests are given.
    connection.execute(text("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('upgrade'))"))


def fault(store: Store) -> str | None:
    """Why this code must not work on this database, if it must not."""
    wanted, found = ScriptDirectory.from_config(_configuration()).get_current_head(), _found(store)
    if found == wanted:
        return None
    if found is None or found in _known():
        return f"the schema is older ({found or 'empty'}) than the code ({wanted}): run `carrier-backend upgrade`"
    return _newer(found)


def _found(store: Store) -> str | None:
    with store.read() as unit:
        return MigrationContext.configure(unit.connection).get_current_revision()


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions()}


def _newer(found: str) -> str:
    return f"the schema ({found}) is newer than the code: deploy the newer code"


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return configuration
