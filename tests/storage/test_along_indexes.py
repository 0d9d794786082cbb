"""Figures, exports, replays and the trail read along indexes of theirs, and no further than they have to."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import exports, lanes, oversight, piles, replays, stock, trail
from carrier_backend.storage.lanes import Draft
from carrier_backend.storage.piles import Days
from carrier_backend.storage.stock import Span
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import parcels
from tests.builders import a_journey, a_package, an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import intended

MINUTE = timedelta(minutes=1)
DAYS = Days(MONDAY.date() - timedelta(days=40), MONDAY.date() + timedelta(days=1))
SPAN = (MONDAY + 10 * MINUTE, MONDAY + 11 * MINUTE)


@pytest.fixture
def full_store(store: Store, clock: FrozenClock) -> Store:
    """Some thousands of parcels, updates and acts, over an hour."""
    for number in range(60):
        packages = tuple(a_package(package_id=f"box {n}") for n in range(50))
        shipment = intended(store, an_order(packages=packages, journey=a_journey(external_id=f"Order {number}")))
        with store.begin() as unit:
            lanes.enqueue(unit, [Draft(reference, "site", "", b"{}") for reference in shipment.references])
            for act in range(50):
                oversight.note_act(unit, f"operator-{act}", "look", f"Order {number}", "a test says so")
        clock.advance(MINUTE)
    with store.begin() as unit:
        oversight.note_act(unit, "anna", "look", "Order 7", "a test says so")  # of one who acts seldom
        while piles.add_up(unit, 5000):
            pass
        if store.engine.dialect.name == "postgresql":  # which does it by itself; of SQLite nobody ever asks it
            unit.connection.execute(text("ANALYZE"))
    return store


def plan(store: Store, ask: Callable[[Unit], Any]) -> str:
    """What the database means to do about the very statements that a question sends it."""
    sent: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    with store.read() as unit:
        event.listen(unit.connection, "before_cursor_execute", hear)
        ask(unit)
        event.remove(unit.connection, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN" if store.engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    with store.read() as unit:
        if store.engine.dialect.name == "postgresql":  # so few rows as there are here, it would rather read all
            unit.connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = [row for each in sent for row in unit.connection.exec_driver_sql(f"{explain} {each[0]}", each[1])]
    return "\n".join(str(row[-1]) for row in rows)


WANTED = exports.Wanted(*SPAN, courier=None, shipper_id=None)
SENT = replays.Wanted(UpdateState.WAITING, *SPAN, site_id=None)
QUESTIONS: dict[str, tuple[Callable[[Unit], Any], str]] = {
    "figures of a part of a day": (lambda unit: list(stock.piles_of(unit, Span(*SPAN))), "ix_parcels_counted"),
    "hours to delivery of it": (lambda unit: list(stock.hours_to_delivery(unit, Span(*SPAN))), "ix_parcels_counted"),
    "figures of days": (lambda unit: piles.parcels_by_pile(unit, DAYS), r"pk_piles|PRIMARY KEY \(period"),
    "hours to delivery of them": (
        lambda unit: piles.parcels_by_hours(unit, DAYS),
        r"pk_delivery_hours|PRIMARY KEY \(period",
    ),
    "an export": (lambda unit: exports.part(unit, WANTED, None, 10), "ix_parcels_counted"),
    "an export of a shipper": (
        lambda unit: exports.part(unit, replace(WANTED, shipper_id="shop-9"), None, 10),
        "ix_parcels_counted",
    ),
    "updates of a span": (lambda unit: replays.oldest(unit, SENT, 10), "ix_messages_state_created_at_id"),
    "how many updates": (lambda unit: replays.count(unit, SENT, 100), "ix_messages_state_created_at_id"),
    "an operator's acts": (lambda unit: trail.newest(unit, "anna", None, 2900, 10), "ix_audit_operator_id"),
    "acts to a subject": (lambda unit: trail.newest(unit, None, "Order 7", None, 10), "ix_audit_subject_id"),
}


def test_each_reads_along_its_index(full_store: Store) -> None:
    for name, (ask, index) in QUESTIONS.items():
        steps = plan(full_store, ask)
        assert re.search(index, steps), (name, steps)
        whole_tables = re.findall(
            r"Seq Scan on (?:parcels|messages|piles)|SCAN (?:parcels|messages|piles)$", steps, re.M
        )
        assert whole_tables == [], (name, steps)


def test_figures_open_no_row_of_sqlites(full_store: Store) -> None:
    if full_store.engine.dialect.name != "sqlite":  # PostgreSQL keeps labels apart from their rows
        return
    for name in ("figures of a part of a day", "hours to delivery of it"):
        assert "USING COVERING INDEX ix_parcels_counted" in plan(full_store, QUESTIONS[name][0])


def test_an_export_goes_on_where_it_stopped(full_store: Store) -> None:
    found: list[str] = []
    last = None
    with full_store.read() as unit:
        while part := exports.part(unit, exports.Wanted(None, None, None, None), last, 499):
            found += [parcel.reference for parcel in part]
            last = part[-1]
        ordered = unit.connection.execute(
            parcels.select().with_only_columns(parcels.c.reference).order_by(parcels.c.created_at, parcels.c.reference)
        )
        assert found == list(ordered.scalars())
