"""Who fails most calls is left alone, but for one that tries again."""

from datetime import timedelta

import pytest

from carrier_backend.support.breaker import Breaker, Entry, account_of
from tests.couriers.fakes import MemoryOutages
from tests.fakes import FrozenClock

INTIGO, ECOTRACK = account_of("https://intigo.test", "a key"), account_of("https://ecotrack.test", "a token")


@pytest.fixture
def outages(clock: FrozenClock) -> MemoryOutages:
    return MemoryOutages(clock)


@pytest.fixture
def breaker(clock: FrozenClock, outages: MemoryOutages) -> Breaker:
    return Breaker(clock, outages)


def called(breaker: Breaker, *, failed: int = 0, answered: int = 0, account: str = INTIGO) -> None:
    for number in range(answered + failed):
        breaker.note("intigo", account, Entry(), has_failed=number >= answered)


def test_seven_failures_in_ten_calls_cut_an_account_off(breaker: Breaker) -> None:
    called(breaker, answered=3, failed=7)
    assert breaker.admit(INTIGO) == Entry(seconds=30)


def test_six_failures_in_ten_do_not(breaker: Breaker) -> None:
    called(breaker, answered=4, failed=6)
    assert breaker.admit(INTIGO) == Entry()


def test_nine_failures_alone_are_too_few_to_tell(breaker: Breaker) -> None:
    called(breaker, failed=9)
    assert breaker.admit(INTIGO) == Entry()


def test_what_failed_a_minute_ago_counts_no_longer(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=9)
    clock.advance(timedelta(seconds=60))
    called(breaker, failed=1)
    assert breaker.admit(INTIGO) == Entry()


def test_another_account_is_not_cut_off(breaker: Breaker) -> None:
    called(breaker, failed=10)
    assert breaker.admit(ECOTRACK) == Entry()


def test_after_half_a_minute_one_call_tries_again_and_the_others_wait_for_it(
    breaker: Breaker, clock: FrozenClock
) -> None:
    called(breaker, failed=10)
    clock.advance(timedelta(seconds=30))
    assert [breaker.admit(INTIGO) for _ in range(3)] == [Entry(is_probe=True), Entry(seconds=30), Entry(seconds=30)]


def test_a_probe_that_is_answered_lets_all_in_again(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=10)
    clock.advance(timedelta(seconds=30))
    breaker.note("intigo", INTIGO, breaker.admit(INTIGO), has_failed=False)
    called(breaker, failed=9)
    assert breaker.admit(INTIGO) == Entry()


def test_a_probe_that_fails_leaves_it_cut_off_until_the_next(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=10)
    for _ in range(5):
        clock.advance(timedelta(seconds=30))
        breaker.note("intigo", INTIGO, breaker.admit(INTIGO), has_failed=True)
        assert breaker.admit(INTIGO) == Entry(seconds=30)


def test_a_probe_that_never_ends_is_followed_by_another(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=10)
    for _ in range(2):
        clock.advance(timedelta(seconds=30))
        assert breaker.admit(INTIGO).is_probe


def test_a_straggler_that_is_answered_ends_nothing(breaker: Breaker) -> None:
    called(breaker, failed=10)
    called(breaker, answered=1)
    assert breaker.admit(INTIGO).seconds == 30


def test_an_answer_cuts_nobody_off_whatever_failed_before(breaker: Breaker) -> None:
    called(breaker, failed=9)
    called(breaker, answered=1)
    assert breaker.admit(INTIGO) == Entry()


def test_who_saw_an_outage_forgets_what_failed_before_it(breaker: Breaker, outages: MemoryOutages) -> None:
    called(breaker, failed=9)
    outages.begin("intigo", INTIGO, timedelta(seconds=30))  # elsewhere, and so is its end
    breaker.wait(INTIGO)
    outages.end(INTIGO)
    called(breaker, failed=1)
    assert breaker.admit(INTIGO) == Entry()


def test_stragglers_that_fail_do_not_count_once_it_is_over(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=10)
    clock.advance(timedelta(seconds=30))
    probe = breaker.admit(INTIGO)
    called(breaker, failed=9)
    breaker.note("intigo", INTIGO, probe, has_failed=False)
    called(breaker, failed=1)
    assert breaker.admit(INTIGO) == Entry()


def test_stragglers_begin_no_outage_that_has_begun(breaker: Breaker, outages: MemoryOutages) -> None:
    called(breaker, failed=19)
    assert outages.began == 1


def test_whoever_only_looks_leaves_the_turn_to_others(breaker: Breaker, clock: FrozenClock) -> None:
    called(breaker, failed=10)
    assert breaker.wait(INTIGO) == 30
    clock.advance(timedelta(seconds=30))
    assert breaker.wait(INTIGO) == 0
    assert breaker.admit(INTIGO).is_probe
