"""What is counted beside callers who drip; that they are hung up on is shown by test_web_worker.py."""

from collections import Counter

from tests.drip.load import Condition, Seen
from tests.hung.load import Felt


def felt(milliseconds: int, answered: int = 100, errors: int = 0) -> Condition:
    return Condition(
        Felt([milliseconds / 1000] * 100, [503] * errors), Counter({True: answered, False: 100 - answered})
    )


def test_up_to_twice_as_long_is_well() -> None:
    assert list(Seen(felt(100), felt(199, answered=99)).faults(0.99, 2)) == []


def test_more_than_twice_as_long_is_a_fault() -> None:
    assert list(Seen(felt(100), felt(201)).faults(0.99, 2)) == ["the bookings' p99 is more than 2 times as long"]


def test_probes_without_an_answer_are_a_fault() -> None:
    (fault,) = Seen(felt(100), felt(100, answered=98)).faults(0.99, 2)
    assert "99%" in fault


def test_an_error_is_a_fault_however_fast() -> None:
    assert list(Seen(felt(100), felt(100, errors=1)).faults(0.99, 2)) == ["dripped on: 1 x 503"]


def test_what_was_never_measured_is_a_fault() -> None:
    assert len(list(Seen().faults(0.99, 2))) == 2
