"""Wherever a process dies: each package is carried exactly once, or not at all. `make crashes` is the whole of it.

Here it is every twenty-third crash point of one case's journeys, each journey beginning with another.
"""

import pytest
from sqlalchemy import Engine

from tests.crashes.crashes import METHODS, Act, After, Journey, faults, journeys, points
from tests.crashes.stage import a_stage

EACH = 23
CASES = {"sqlite": (3, After.RETRY), "postgresql": (1, After.NONE)}


@pytest.mark.parametrize("method", METHODS)
def test_a_parcel_is_carried_once_wherever_a_process_dies(engine: Engine, method: str) -> None:
    wrong, died = {}, 0
    with a_stage(engine) as stage:
        for number, (journey, names) in enumerate(journeys(stage, method, [CASES[engine.dialect.name]])):
            for place in range(number % EACH, len(names), EACH):
                died += 1
                if found := faults(stage, journey, place):
                    wrong[f"{journey}: {names[place]}"] = found
    assert wrong == {}
    assert died >= 10


def test_the_crash_points_are_those_of_the_code(engine: Engine) -> None:
    with a_stage(engine) as stage:
        names = points(stage, Journey("intigo-home", 1, Act.BOOK, After.NONE))
    assert names[:2] == ["before:services.book.Book._intend", "after:services.book.Book._intend"]
    assert {"before:intigo/create parcel", "after:intigo/create parcel"} < set(names)
    assert [f"before:{name.partition(':')[2]}" for name in names[1::2]] == names[::2]
