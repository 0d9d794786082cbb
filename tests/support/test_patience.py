"""A stranger is looked at so many times a minute, and whoever calls from elsewhere does not come to feel it."""

from collections.abc import Callable

import pytest

from carrier_backend.domain.errors import Malformed, NotAllowed
from carrier_backend.support.patience import FAILURES_ALLOWED, Patience

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


class Watch:
    """Shows the seconds that a test turns it to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def patience(watch: Callable[[], float]) -> Patience:
    return Patience(watch, most_remembered=3)


def fail(patience: Patience, address: str) -> None:
    with pytest.raises(NotAllowed), patience.towards(address):
        raise NotAllowed("who are you")


def tire(patience: Patience, address: str = HERE) -> None:
    for _ in range(FAILURES_ALLOWED):
        fail(patience, address)


def is_looked_at(patience: Patience, address: str) -> bool:
    return patience.seconds_until_patient(address) == 0


def test_after_so_many_failures_nobody_looks_any_more(patience: Patience) -> None:
    tire(patience)
    assert not is_looked_at(patience, HERE)


def test_whoever_calls_from_elsewhere_is_looked_at(patience: Patience) -> None:
    tire(patience)
    assert is_looked_at(patience, ELSEWHERE)


def test_it_says_how_long_that_lasts(patience: Patience, watch: Watch) -> None:
    fail(patience, HERE)
    watch.seconds += 20
    for _ in range(FAILURES_ALLOWED - 1):
        fail(patience, HERE)
    assert patience.seconds_until_patient(HERE) == 40


def test_a_minute_later_it_is_forgotten_however_often_they_came_meanwhile(patience: Patience, watch: Watch) -> None:
    tire(patience)
    assert not is_looked_at(patience, HERE)
    watch.seconds += 60
    fail(patience, HERE)
    assert is_looked_at(patience, HERE)


def test_who_is_known_may_be_wrong_about_anything_else(patience: Patience) -> None:
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(Malformed), patience.towards(HERE):
            raise Malformed("not JSON")
    assert is_looked_at(patience, HERE)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
    ],
)
def test_all_addresses_of_one_site_are_one(patience: Patience, one: str, other: str, are_one: bool) -> None:
    tire(patience, one)
    assert is_looked_at(patience, other) is not are_one


def test_of_more_sites_than_can_be_remembered_the_oldest_is_forgotten(patience: Patience) -> None:
    tire(patience)
    for number in range(3):
        fail(patience, f"198.51.100.{number}")
    assert is_looked_at(patience, HERE)
