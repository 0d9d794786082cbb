"""What is counted of a run: the slowest of a hundred, how much slower that became, and whatever was no booking."""

from tests.hung.load import Condition, Felt, Plan, Seen

PLAN = Plan("intigo", rate=1, seconds=1, pairs=1)


def felt(milliseconds: int, errors: int = 0) -> Condition:
    condition = Condition()
    for name in ("parcel2go", "ecotrack"):
        condition.couriers[name] = Felt([milliseconds / 1000] * 100, [503] * errors)
    return condition


def test_one_in_a_hundred_takes_longer_than_the_p99() -> None:
    assert round(Felt([number / 1000 for number in range(200)]).quantile(0.99)) == 198


def test_up_to_twice_as_long_is_well() -> None:
    assert Seen(PLAN, felt(100), felt(199)).faults(2) == []


def test_more_than_twice_as_long_is_a_fault_of_each() -> None:
    assert len(Seen(PLAN, felt(100), felt(201)).faults(2)) == 2


def test_an_error_is_a_fault_however_fast() -> None:
    assert Seen(PLAN, felt(100), felt(100, errors=1)).faults(2) == [
        "parcel2go: 1 x 503",
        "ecotrack: 1 x 503",
    ]


def test_what_was_never_booked_is_a_fault() -> None:
    assert Seen(PLAN, Condition(), Condition()).faults(2) != []
