"""What operators ask is found along indexes; and what they are asked about is as the product would have left it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from carrier_backend.services.backend import Backend
from carrier_backend.storage import piles, tables
from carrier_backend.storage.store import Store
from carrier_backend.support.sealing import Sealing
from tests.builders import an_order
from tests.conftest import ENCRYPTION_KEY
from tests.scale.ask import reads_whole_tables
from tests.scale.door import a_door
from tests.scale.export import export
from tests.scale.load import load
from tests.scale.questions import every

SHIPMENTS = 1200
KEPT = [
    tables.shipments,
    tables.parcels,
    tables.claims,
    tables.journal,
    tables.events,
    tables.messages,
    tables.attempts,
]


def loaded(engine: Engine, shipments: int = SHIPMENTS) -> Store:
    store = Store(engine, Sealing([ENCRYPTION_KEY]))
    load(store, datetime.now(UTC), shipments, seed=1, tell=lambda _: None)
    return store


def plan_as_for_many(connection: Any, _: object) -> None:
    """So few rows as there are here, PostgreSQL would rather read and join all of them."""
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(f"SET enable_{way} = off")


def test_each_question_is_answered_along_indexes(engine: Engine) -> None:
    store = loaded(engine)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", plan_as_for_many)
    door = a_door(store)
    for question in every(store, datetime.now(UTC)):
        answer = door.get(question.paths[0])
        plans = door.plans(door.heard(question.paths[0]))
        assert answer.status_code == question.status, (question, answer.text)
        assert plans, question
        assert reads_whole_tables(plans) == [], question


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        ("SELECT .. WHERE courier = ?", ["SCAN shipments"]),
        (
            "SELECT courier, count(*) .. GROUP BY courier",
            ["SCAN shipments USING INDEX ix_shipments_courier_created_at_id"],
        ),
        ("SELECT .. ORDER BY .. LIMIT ?", ["SCAN parcels USING INDEX ix", "USE TEMP B-TREE FOR ORDER BY"]),
        ("SELECT ..", ["Aggregate", "  ->  Seq Scan on events  (cost=0.00..1.00 rows=1 width=1)"]),
        (
            "SELECT ..",
            ["Aggregate", "  ->  Index Only Scan using ix_events on events  (cost=0.00..1.00 rows=1 width=1)"],
        ),
    ],
)
def test_a_plan_that_goes_through_all_there_is_is_seen(statement: str, plan: list[str]) -> None:
    assert reads_whole_tables({statement: plan})


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        ("SELECT ..", ["SEARCH shipments USING INDEX ix (courier=?)"]),
        ("SELECT count(*) ..", ["SCAN shipments USING INDEX ix_shipments_stuck"]),
        ("SELECT .. ORDER BY .. LIMIT ?", ["SCAN parcels USING INDEX ix"]),
        ("SELECT ..", ["Index Scan using ix on events  (cost=0.00..1.00 rows=1 width=1)", "  Index Cond: (id = 1)"]),
        ("SELECT ..", ["SCAN outages"]),
    ],
)
def test_a_plan_that_ends_soon_is_none(statement: str, plan: list[str]) -> None:
    assert reads_whole_tables({statement: plan}) == []


def rows_by_what_is_filled(store: Store) -> Counter[tuple[str, frozenset[str]]]:
    """How many rows there are by table and the columns that are filled."""
    with store.read() as unit:
        return Counter(
            (table.name, frozenset(name for name, value in row.items() if value is not None))
            for table in KEPT
            for row in unit.connection.execute(select(table)).mappings()
        )


def test_what_is_loaded_is_as_full_as_what_is_booked(store: Store, engine: Engine, backend: Backend) -> None:
    loaded(engine, 200)
    before = rows_by_what_is_filled(store)
    backend.book(an_order(parcels=2))
    backend.push_statuses.run_once()
    booked = rows_by_what_is_filled(store) - before
    assert {table for table, _ in booked} == {table.name for table in KEPT}
    assert [row for row in booked if row not in before] == []


def test_a_loaded_parcel_has_a_timeline_with_all_that_belongs_in_one(engine: Engine) -> None:
    store = loaded(engine, 200)
    door = a_door(store)
    with store.read() as unit:
        delivered = select(tables.parcels.c.barcode).where(tables.parcels.c.status == "delivered")
        barcode = unit.connection.execute(delivered.order_by(tables.parcels.c.created_at.desc())).scalars().first()
    timeline = door.get(f"/admin/parcels/{barcode}").get_json()["entries"]
    kinds = {entry["kind"] for entry in timeline}
    assert {"request", "booking", "courier call", "call", "event", "status update", "push"} <= kinds


def test_an_export_of_all_has_every_parcel(engine: Engine) -> None:
    store = loaded(engine, 200)
    exported = export(a_door(store))
    with store.read() as unit:
        parcels = len(unit.connection.execute(select(tables.parcels.c.reference)).all())
        assert not piles.have_changed(unit)
    assert (exported.lines, exported.faults()) == (parcels + 1, [])
