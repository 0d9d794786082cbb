"""The schema in the code and the schema in the database are one, or it is said which is behind."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

import carrier_backend.storage
from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import StuckOver
from carrier_backend.domain.tracking import OURS
from carrier_backend.storage import asked, exchanges, lanes, prebookings, schema, shipments, ticks, words
from carrier_backend.storage.exchanges import Wanted
from carrier_backend.storage.lanes import Attempt, Destination, Draft, Lane
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.storage.tables import attempts, deliveries, events, metadata, parcels
from carrier_backend.storage.tables import exchanges as exchange_rows
from carrier_backend.storage.tables import shipments as table
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.builders import a_journey
from tests.conftest import ENCRYPTION_KEY
from tests.fakes import MONDAY
from tests.storage.kept import booked
from tests.storage.threads import at_once


def tables(store: Store) -> set[str]:
    return set(inspect(store.engine).get_table_names())


def downgrade(store: Store, revision: str = "base") -> None:
    configuration = Config()
    migrations = Path(carrier_backend.storage.__file__).parent / "migrations"
    configuration.set_main_option("script_location", str(migrations))
    with store.engine.begin() as connection:
        configuration.attributes["connection"] = connection
        configuration.attributes["sealing"] = store.sealing
        command.downgrade(configuration, revision)


def test_the_migrations_make_the_tables_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgraded_database_is_without_fault(store: Store) -> None:
    assert schema.fault(store) is None


def test_an_empty_database_is_older_than_the_code(empty_store: Store) -> None:
    assert "older (empty) than the code" in str(schema.fault(empty_store))


def test_a_database_that_keeps_its_texts_otherwise_is_refused(postgres_server: postgres.Server) -> None:
    store = Store(open_engine(postgres_server.create_database("template0", "SQL_ASCII")), Sealing([ENCRYPTION_KEY]))
    with pytest.raises(Conflict, match=r"keeps its texts as SQL_ASCII: make it anew by .* ENCODING 'UTF8'"):
        schema.upgrade(store)
    assert tables(store) == set()
    store.engine.dispose()


def with_a_revision_that_nobody_knows(store: Store) -> Store:
    schema.upgrade(store)
    with store.begin() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    return store


def test_a_revision_that_nobody_knows_is_newer_than_the_code(empty_store: Store) -> None:
    assert "(9999) is newer than the code" in str(schema.fault(with_a_revision_that_nobody_knows(empty_store)))


def test_a_newer_database_is_not_upgraded(empty_store: Store) -> None:
    newer = with_a_revision_that_nobody_knows(empty_store)
    with pytest.raises(Conflict, match="newer than the code"):
        schema.upgrade(newer)


def test_upgrading_twice_changes_nothing(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    with empty_store.begin() as unit:
        ticks.beat(unit, "worker")
    schema.upgrade(empty_store)
    with empty_store.read() as unit:
        assert ticks.last_beat(unit)


def test_two_hosts_may_upgrade_at_once(empty_store: Store) -> None:
    at_once(2, lambda _: schema.upgrade(empty_store))
    assert schema.fault(empty_store) is None


def test_an_upgrade_can_be_taken_back_and_made_again(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    downgrade(empty_store)
    assert tables(empty_store) == {"alembic_version"}
    schema.upgrade(empty_store)
    assert tables(empty_store) == {"alembic_version", *metadata.tables}


def test_what_was_kept_before_is_upgraded_with_the_rest(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    shipment, _ = booked(empty_store), booked(empty_store)
    with empty_store.begin() as unit:
        shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, "people were asked")
    downgrade(empty_store, "0002")
    schema.upgrade(empty_store)
    with empty_store.read() as unit:
        row = unit.connection.execute(select(table).where(table.c.id == shipment.id)).one()
        born = unit.connection.execute(select(parcels.c.created_at).where(parcels.c.shipment_id == shipment.id))
        assert born.scalar_one() == row.created_at
        stuck = unit.connection.execute(select(table.c.stuck_at).where(table.c.stuck_at.is_not(None)))
        assert stuck.scalar_one() == row.asked_at


def test_words_that_were_kept_openly_are_sealed_and_told_apart_as_before(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    with empty_store.begin() as unit:
        unit.connection.execute(insert(events), [an_event_row("5", b""), an_event_row("for Amira", b"")])
    downgrade(empty_store, "0010")
    with empty_store.begin() as unit:
        unit.connection.execute(text("UPDATE events SET text = 'given to Amira', code = 'for Amira' WHERE code <> '5'"))
    schema.upgrade(empty_store)
    with empty_store.read() as unit:
        rows = unit.connection.execute(select(events).order_by(events.c.id)).all()
        assert [row.code for row in rows] == ["5", words.code_key("for Amira")]
        assert [words.of_event(unit, row) for row in rows] == [("5", ""), ("for Amira", "given to Amira")]


def an_event_row(code: str, sealed_words: bytes) -> dict[str, object]:
    named = {"courier": "fake", "number": "7", "named": "", "code": code, "second": 0, "trace_id": ""}
    heard = {"at": MONDAY, "heard_at": MONDAY, "source": "poll", "is_for_timeline_only": False}
    return {**named, **heard, "sealed_words": sealed_words or None}


def test_what_was_to_be_told_is_told_the_same_after_an_upgrade(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    with empty_store.begin() as unit:
        lanes.enqueue(unit, [Draft("PARCEL", "site", "TRACE1", b'{"event_status":"d\xc3\xa9pos\xc3\xa9"}')])
        lanes.note_attempts(unit, [Attempt(1, "declined", "not for Amira")])
        lanes.keep_destination(unit, Destination("ingrid", MONDAY, "it says no", None, "no"))
    downgrade(empty_store, "0010")
    schema.upgrade(empty_store)
    with empty_store.begin() as unit:
        (head,) = lanes.heads(unit, [Lane("push:PARCEL", 0)]).values()
        assert head.body == b'{"event_status":"d\xc3\xa9pos\xc3\xa9"}'
        assert words.opened(unit, unit.connection.execute(select(attempts.c.sealed_note)).scalar()) == "not for Amira"
        assert lanes.destination(unit, "ingrid") == Destination("ingrid", MONDAY, "it says no", None, "no")


def test_exchanges_and_prebookings_of_before_are_found_after_an_upgrade(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    outline = {"direction": "in", "who": "ingrid", "operation": "book", "method": "POST", "path": "/booking"}
    with empty_store.begin() as unit:
        row = {**outline, "at": MONDAY, "trace_id": "TRACE1", "milliseconds": 7, "status": 422}
        unit.connection.execute(insert(exchange_rows), row)
        prebookings.keep(unit, a_journey(tos_id="tos-1"))
    downgrade(empty_store, "0013")
    schema.upgrade(empty_store)
    with empty_store.read() as unit:
        (kept,) = exchanges.page(unit, Wanted(trace_id="TRACE1"), None, 9)
        assert (kept.exchange.status, kept.exchange.words) == (422, ())
        assert len(asked.under(unit, "tos-1", 9).prebookings) == 1


def test_calls_outlive_the_way_back_to_before_voices_and_what_strangers_said_does_not(empty_store: Store) -> None:
    schema.upgrade(empty_store)
    call = {"courier": "fake", "kind": "", "trace_id": "", "received_at": MONDAY, "sealed_body": b"", "unreadable": []}
    with empty_store.begin() as unit:
        heard = [{**an_event_row("5", b""), "voice": voice} for voice in ("", "one", "another")]
        calls = [
            {**call, "call_id": id, "voice": voice} for id, voice in [("7", "one"), ("7", "another"), (None, "one")]
        ]
        unit.connection.execute(insert(events), heard)
        unit.connection.execute(insert(deliveries), calls)
    downgrade(empty_store, "0014")
    schema.upgrade(empty_store)
    with empty_store.read() as unit:
        assert unit.connection.execute(select(events.c.voice)).scalars().all() == [OURS]
        kept = unit.connection.execute(select(deliveries.c.call_id, deliveries.c.voice).order_by(deliveries.c.id))
        assert [tuple(row) for row in kept] == [("7", ""), (None, "")]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(empty_store: Store) -> None:
    with empty_store.begin() as unit:
        unit.connection.execute(text("CREATE TABLE parcels (id INTEGER)"))  # in the way of the migration
    with pytest.raises(Exception, match="already exists"):
        schema.upgrade(empty_store)
    assert tables(empty_store) == {"parcels"}
