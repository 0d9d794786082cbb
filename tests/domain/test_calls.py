"""What calls say together about whom they were to."""

from collections.abc import Sequence

import pytest

from carrier_backend.domain.calls import MadeCall, Record
from tests.fakes import MONDAY


def a_call(verdict: str | None = None, milliseconds: int = 10) -> MadeCall:
    return MadeCall(MONDAY, "create parcel", 200, verdict, milliseconds)


@pytest.mark.parametrize(
    ("verdicts", "share"),
    [
        ([None], 1),
        ([None, "Declined"], 1),
        ([None, "Unsure", "Unreachable", "LockedOut"], 0.25),
        (["Unanswered"], 0),
    ],
)
def test_a_no_is_an_answer_and_whatever_else_failed_is_none(verdicts: Sequence[str | None], share: float) -> None:
    assert Record.of([a_call(verdict) for verdict in verdicts]).success_share == share


def test_one_in_twenty_may_take_longer_than_p95() -> None:
    calls = [a_call(milliseconds=milliseconds) for milliseconds in range(1, 101)]
    assert Record.of(calls).p95_milliseconds == 95
    assert Record.of(calls[:1]).p95_milliseconds == 1


def test_without_calls_there_is_nothing_to_tell() -> None:
    assert Record.of([]) == Record(0, None, None)
