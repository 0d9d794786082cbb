"""A run is well only if it was large enough to show something."""

import pytest

from tests.chaos.checker import check
from tests.chaos.ledgers import Attempt, Ending, Ledgers
from tests.chaos.storm import Plan, Run


def a_run(database: str, given_up: int, workers: int, databases: int = 0) -> Run:
    """Of ten bookings, with four kills and two restarts to be."""
    endings = [Ending.GIVEN_UP] * given_up + [Ending.ACKNOWLEDGED] * (10 - given_up)
    attempts = [Attempt(str(number), (), ending) for number, ending in enumerate(endings)]
    kills = {"worker": workers, "database": databases}
    return Run(Plan(database, 10, 4, 2, 1, 1), check(Ledgers(attempts, [], [])), kills, (), 1)


@pytest.mark.parametrize(
    ("run", "is_well"),
    [
        (a_run("sqlite", 3, 4), True),
        (a_run("sqlite", 4, 4), False),
        (a_run("sqlite", 0, 3), False),
        (a_run("postgresql", 0, 4, 2), True),
        (a_run("postgresql", 0, 4, 1), False),
        (a_run("postgresql", 0, 3, 2), False),
    ],
)
def test_a_run_in_which_little_happened_is_not_well(run: Run, is_well: bool) -> None:
    assert run.is_well is is_well
    assert any("shows too little" in line for line in run.told()) is not is_well
