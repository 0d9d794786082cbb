"""Calls stay within every window, whoever makes them, however long they take, and whatever else uses the account."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrier_backend.domain.quotas import Admission, Allowance, Quota, Urgency
from carrier_backend.storage.quotas import SharedCalls
from carrier_backend.storage.store import Store
from tests.fakes import FrozenClock
from tests.storage.threads import at_once

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
NOW, SOON, SPARE = Urgency.NOW, Urgency.SOON, Urgency.SPARE


@pytest.fixture
def calls(store: Store) -> SharedCalls:
    return SharedCalls(store)


def a_quota(*windows: tuple[timedelta, int]) -> Quota:
    return Quota(uuid4().hex, windows or ((MINUTE, 50), (HOUR, 1500), (DAY, 15_000)))


def admitted(calls: SharedCalls, quota: Quota, times: int, urgency: Urgency = NOW) -> int:
    """How many of so many calls were admitted."""
    return sum(calls.admit(quota, urgency).counted_at is not None for _ in range(times))


def told(calls: SharedCalls, quota: Quota, *allowances: Allowance) -> None:
    """An answer comes to a call that was admitted."""
    calls.over(quota, calls.admit(quota, NOW), allowances)


def test_no_more_are_admitted_than_are_allowed(calls: SharedCalls) -> None:
    assert admitted(calls, a_quota((MINUTE, 5)), 7) == 5


def test_every_window_has_a_say(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 5), (HOUR, 8))
    assert admitted(calls, quota, 9) == 5
    clock.advance(2 * MINUTE)
    assert admitted(calls, quota, 9) == 3


def test_accounts_have_quotas_of_their_own(calls: SharedCalls) -> None:
    assert admitted(calls, a_quota((MINUTE, 5)), 5) == 5
    assert admitted(calls, a_quota((MINUTE, 5)), 5) == 5


def test_a_refused_call_is_told_when_there_may_be_room(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 2))
    admitted(calls, quota, 1)
    clock.advance(10 * SECOND)
    admitted(calls, quota, 1)
    wait = timedelta(seconds=calls.admit(quota, NOW).seconds)
    assert 50 * SECOND < wait <= 51 * SECOND
    clock.advance(wait - timedelta(milliseconds=1))
    assert admitted(calls, quota, 1) == 0
    clock.advance(timedelta(milliseconds=1))
    assert admitted(calls, quota, 2) == 1


@pytest.mark.parametrize(("urgency", "share"), [(NOW, 50), (SOON, 40), (SPARE, 16)])
def test_the_more_urgent_may_use_up_more(calls: SharedCalls, urgency: Urgency, share: int) -> None:
    quota = a_quota()
    assert admitted(calls, quota, 60, urgency) == share
    assert admitted(calls, quota, 60) == 50 - share


def test_what_would_be_good_to_know_as_well_takes_a_third_of_an_even_pace(
    calls: SharedCalls, clock: FrozenClock
) -> None:
    quota, made = a_quota((MINUTE, 50), (HOUR, 600), (DAY, 7_200)), 0
    for _ in range(60):
        made += admitted(calls, quota, 60, SPARE)
        clock.advance(MINUTE + SECOND)
    assert made == 7_200 / 24 / 3


def test_even_the_smallest_quota_lets_every_urgency_in(calls: SharedCalls) -> None:
    assert [admitted(calls, a_quota((MINUTE, 1)), 2, urgency) for urgency in Urgency] == [1, 1, 1]


def test_a_call_counts_until_a_window_after_its_end(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 1))
    slow = calls.admit(quota, NOW)
    clock.advance(50 * SECOND)
    calls.over(quota, slow, ())
    clock.advance(MINUTE)
    assert admitted(calls, quota, 1) == 0
    clock.advance(SECOND)
    assert admitted(calls, quota, 1) == 1


def test_a_call_counts_once(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 5))
    slow = calls.admit(quota, NOW)
    clock.advance(10 * SECOND)
    calls.over(quota, slow, ())
    assert calls.left(quota) == {MINUTE: 4}


def test_one_that_never_came_to_an_end_is_forgotten_in_time(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 5))
    lost = calls.admit(quota, NOW)
    clock.advance(5 * MINUTE)
    assert calls.left(quota) == {MINUTE: 5}
    calls.over(quota, lost, ())
    assert calls.left(quota) == {MINUTE: 4}


def test_they_know_of_calls_that_are_not_ours(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota()
    told(calls, quota, Allowance(MINUTE, 3, clock.now() + 20 * SECOND))
    assert calls.left(quota) == {MINUTE: 3, HOUR: 1499, DAY: 14_999}
    assert admitted(calls, quota, 10) == 3


def test_what_was_told_holds_until_the_reset(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(MINUTE, 3, clock.now() + 20 * SECOND))
    assert calls.admit(quota, SOON).seconds == 20
    clock.advance(20 * SECOND)
    assert calls.left(quota) == {MINUTE: 49}


def test_more_than_we_count_is_not_believed(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(MINUTE, 119, clock.now() + MINUTE))
    assert calls.left(quota) == {MINUTE: 49}


def test_a_lower_word_within_the_same_window_holds(calls: SharedCalls, clock: FrozenClock) -> None:
    quota, resets_at = a_quota((MINUTE, 50)), clock.now() + 20 * SECOND
    for remaining in (9, 4, 7):  # answers come in any order
        told(calls, quota, Allowance(MINUTE, remaining, resets_at))
    assert calls.left(quota) == {MINUTE: 3}


def test_a_new_window_of_theirs_begins_anew(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(MINUTE, 4, clock.now() + 20 * SECOND))
    told(calls, quota, Allowance(MINUTE, 30, clock.now() + MINUTE))
    assert calls.left(quota) == {MINUTE: 30}


def test_an_old_counterpart_does_not_say_when_its_window_ends(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(MINUTE, 4))
    assert calls.left(quota) == {MINUTE: 4}
    clock.advance(MINUTE)
    told(calls, quota, Allowance(MINUTE, 49))
    assert calls.left(quota) == {MINUTE: 48}


def test_a_pause_holds_off_everybody_until_its_end(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota()
    told(calls, quota, Allowance(MINUTE, 0, clock.now() + 30 * SECOND))
    assert calls.admit(quota, NOW) == Admission(None, 30)
    clock.advance(30 * SECOND)
    assert admitted(calls, quota, 1) == 1


def test_an_answer_that_was_under_way_does_not_end_a_pause(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    first, second = calls.admit(quota, NOW), calls.admit(quota, NOW)
    calls.over(quota, second, [Allowance(MINUTE, 0, clock.now() + 30 * SECOND)])
    calls.over(quota, first, [Allowance(MINUTE, 1)])
    assert calls.left(quota) == {MINUTE: 0}


def test_a_pause_is_prolonged_by_a_later_word(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    first, second = calls.admit(quota, NOW), calls.admit(quota, NOW)
    calls.over(quota, first, [Allowance(MINUTE, 0, clock.now() + 10 * SECOND)])
    calls.over(quota, second, [Allowance(MINUTE, 0, clock.now() + 40 * SECOND)])
    assert calls.admit(quota, NOW).seconds == 40


@pytest.mark.parametrize(("ahead", "pause"), [(timedelta(days=365), MINUTE), (-HOUR, SECOND)])
def test_a_pause_by_a_wrong_clock_is_neither_endless_nor_nothing(
    calls: SharedCalls, clock: FrozenClock, ahead: timedelta, pause: timedelta
) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(MINUTE, 0, clock.now() + ahead))
    assert calls.admit(quota, NOW).seconds == pause.total_seconds()


def test_what_is_told_of_other_windows_is_nothing_to_us(calls: SharedCalls, clock: FrozenClock) -> None:
    quota = a_quota((MINUTE, 50))
    told(calls, quota, Allowance(DAY, 0, clock.now() + HOUR))
    assert calls.left(quota) == {MINUTE: 49}


def test_a_window_that_is_new_is_one_of_the_quota_from_then_on(calls: SharedCalls, clock: FrozenClock) -> None:
    before = a_quota((MINUTE, 50), (HOUR, 1500))
    admitted(calls, before, 1)
    quota = replace(before, windows=((MINUTE, 50), (DAY, 15_000)))
    told(calls, quota, Allowance(DAY, 7, clock.now() + HOUR))
    assert calls.left(quota) == {MINUTE: 48, DAY: 7}


def test_many_at_once_get_no_more_than_one_alone(calls: SharedCalls) -> None:
    quota = a_quota((MINUTE, 10), (HOUR, 15))
    assert sum(at_once(8, lambda _: admitted(calls, quota, 3))) == 10


# How long after the one before, how many at once, how long each takes, and when within that they count it.
GAPS = st.sampled_from([0, 1, 10, 49, 50, 51, 400, 950, 1000, 2950, 2951, 2999, 3000, 3001, 9_999])
TAKES = st.sampled_from([0, 0, 1, 40, 700, 2_900])
SOME_CALLS = st.tuples(GAPS, st.integers(1, 6), TAKES, st.floats(0, 1), st.sampled_from([NOW, NOW, SOON, SPARE]))
SHORT, LONG = (timedelta(seconds=3), 4), (timedelta(seconds=10), 9)


def worst(moments: Sequence[datetime], length: timedelta) -> int:
    """The most moments in any span of that length, both of its ends included."""
    return max((sum(first <= moment <= first + length for moment in moments) for first in moments), default=0)


class Life:
    """Calls under way, each over when its time has come; `counted` is when they counted each that was admitted."""

    def __init__(self, calls: SharedCalls, clock: FrozenClock, quota: Quota) -> None:
        self._calls, self._clock, self._quota = calls, clock, quota
        self._under_way: list[tuple[datetime, int, Admission]] = []
        self.counted: list[datetime] = []

    def begin(self, takes: timedelta, part: float, urgency: Urgency) -> None:
        admission = self._calls.admit(self._quota, urgency)
        if admission.counted_at:
            now = self._clock.now()
            heappush(self._under_way, (now + takes, len(self.counted), admission))
            self.counted.append(now + part * takes)

    def go_on(self, span: timedelta) -> None:
        until = self._clock.now() + span
        while self._under_way and self._under_way[0][0] <= until:
            ends_at, _, admission = heappop(self._under_way)
            self._clock.advance(ends_at - self._clock.now())
            self._calls.over(self._quota, admission, ())
        self._clock.advance(until - self._clock.now())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(SOME_CALLS, min_size=5, max_size=12))
def test_no_sliding_window_ever_sees_more_than_is_allowed(
    calls: SharedCalls, clock: FrozenClock, plan: list[tuple[int, int, int, float, Urgency]]
) -> None:
    clock.advance(HOUR)
    clock.advance(timedelta(microseconds=-clock.now().microsecond))  # where a slot begins
    life = Life(calls, clock, a_quota(SHORT, LONG))
    for gap, times, milliseconds, part, urgency in plan:
        life.go_on(timedelta(milliseconds=gap))
        for _ in range(times):
            life.begin(timedelta(milliseconds=milliseconds), part, urgency)

    for length, limit in (SHORT, LONG):
        assert worst(life.counted, length) <= limit
