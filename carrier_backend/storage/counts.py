"""How many calls were ever made, by whom they were to and what came of them: of all processes on all hosts."""

from collections.abc import Mapping

from sqlalchemy import select

from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import counts


def add(unit: Unit, calls: Mapping[tuple[str, str], int]) -> None:
    """Count calls in; in the order of their names, so that two who do so at once wait for each other but once."""
    statement = insert(unit, counts)
    unit.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["who", "outcome"], set_={"total": counts.c.total + statement.excluded.total}
        ),
        [{"who": who, "outcome": outcome, "total": total} for (who, outcome), total in sorted(calls.items())],
    )


def every(unit: Unit) -> Mapping[tuple[str, str], int]:
    """All calls there were, by whom they were to and what came of them."""
    rows = unit.connection.execute(select(counts).order_by(counts.c.who, counts.c.outcome))
    return {(row.who, row.outcome): row.total for row in rows}
