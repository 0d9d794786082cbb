"""What a courier carries out after it was given up on is there once, and known."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.late.commits import COURIERS, Plan, Seen, spend

BOOKINGS = {"sqlite": 40, "postgresql": 8}


def spent(engine: Engine, courier: str, quiet_seconds: float = 120) -> Seen:
    """On an empty database of its own."""
    url = engine.url.render_as_string(hide_password=False)
    return spend(Plan(courier, BOOKINGS[engine.dialect.name], url, quiet_seconds))


@pytest.mark.parametrize("courier", COURIERS)
def test_what_is_made_or_paid_after_it_was_given_up_on_is_there_once(engine: Engine, courier: str) -> None:
    seen = spent(engine, courier)
    assert seen.verdict.violations == ()
    assert sum(seen.late.values()) >= BOOKINGS[engine.dialect.name]
    assert seen.completed_later > 0


@pytest.mark.parametrize("courier", COURIERS)
def test_without_a_quiet_window_there_would_be_duplicates(sqlite_template: Path, tmp_path: Path, courier: str) -> None:
    database = tmp_path / "carrier.db"
    database.write_bytes(sqlite_template.read_bytes())
    assert spend(Plan(courier, 10, f"sqlite:///{database}", quiet_seconds=0)).duplicates > 0
