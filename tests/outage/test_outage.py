"""Three days without Ingrid, with few parcels: every update arrives once, in order, and soon after she is back."""

from typing import Any

import pytest
from sqlalchemy import Engine, event

from carrier_backend.domain.lifecycle import Status
from tests.outage.outage import Plan, a_stage, spend


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_all_that_waited_for_three_days_is_told_once_in_order_and_soon(engine: Engine) -> None:
    seen = spend(Plan(parcels=20), address(engine))
    assert len(seen.told) == seen.plan.updates
    assert seen.faults() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_pass_of_the_relay_never_reads_a_whole_backlog(engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []
    with a_stage(address(engine)) as stage:
        stage.enqueue(range(200), Status.SUBMITTED)

        @event.listens_for(stage.store.engine, "before_cursor_execute")
        def note(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
            asked.append((statement, given))

        stage.backend.push_statuses.run_once()
        event.remove(stage.store.engine, "before_cursor_execute", note)
        with stage.store.engine.connect() as connection:
            plans = [
                row.detail
                for statement, given in asked
                if statement.startswith(("SELECT", "UPDATE"))
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            ]
    assert plans
    assert [plan for plan in plans if plan.startswith(("SCAN lanes", "SCAN messages"))] == []
