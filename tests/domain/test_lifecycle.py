"""The two tables, and how news is held against them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_backend.domain.lifecycle import (
    BOOKING_MOVES,
    FINAL,
    JOURNEY_MOVES,
    BookingState,
    Standing,
    Status,
    is_current,
    may_become,
    moves,
)
from tests.fakes import MONDAY

LATER = MONDAY + timedelta(hours=1)
EARLIER = MONDAY - timedelta(hours=1)

State = TypeVar("State", bound=StrEnum)


def reachable(start: State, table: Mapping[State, frozenset[State]]) -> set[State]:
    seen: set[State] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        if state not in seen:
            seen.add(state)
            ahead += table[state]
    return seen


def test_every_booking_state_has_a_row() -> None:
    assert set(BOOKING_MOVES) == set(BookingState)


def test_every_booking_state_can_be_reached() -> None:
    assert reachable(BookingState.INTENDED, BOOKING_MOVES) == set(BookingState)


def test_what_came_to_nothing_or_was_cancelled_stays_so() -> None:
    ends = {state for state, further in BOOKING_MOVES.items() if not further}
    assert ends == {BookingState.REFUSED, BookingState.ABANDONED, BookingState.CANCELLED}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BookingState.BOOKED, BookingState.UNDOING),
        (BookingState.INTENDED, BookingState.CANCELLED),
        (BookingState.UNSURE, BookingState.REFUSED),
        (BookingState.UNDOING, BookingState.BOOKED),
        (BookingState.CANCELLED, BookingState.BOOKED),
    ],
)
def test_no_booking_makes_such_a_move(before: BookingState, after: BookingState) -> None:
    assert not may_become(before, after)


def test_nothing_that_is_booked_is_given_up() -> None:
    givers_up = {state for state, further in BOOKING_MOVES.items() if BookingState.ABANDONED in further}
    assert givers_up == {BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING}


def test_what_is_unsure_may_turn_out_booked() -> None:
    assert may_become(BookingState.UNSURE, BookingState.BOOKED)


def test_every_status_has_a_row() -> None:
    assert set(JOURNEY_MOVES) == set(Status)


def test_every_status_can_be_reached() -> None:
    assert reachable(Status.SUBMITTED, JOURNEY_MOVES) == set(Status)


def test_nothing_goes_back_to_submitted() -> None:
    assert not any(Status.SUBMITTED in further for further in JOURNEY_MOVES.values())


def test_every_journey_can_still_end() -> None:
    assert all(reachable(status, JOURNEY_MOVES) & FINAL for status in Status)


def test_only_a_returned_parcel_never_moves_again() -> None:
    assert {status for status, further in JOURNEY_MOVES.items() if not further} == {Status.RETURNED}


def test_a_delivered_parcel_can_only_come_back() -> None:
    assert JOURNEY_MOVES[Status.DELIVERED] == {Status.RETURNING, Status.RETURNED}


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.LOST])
def test_a_parcel_that_turns_up_after_all_moves_again(status: Status) -> None:
    assert moves(status, Status.DELIVERED)


@pytest.mark.parametrize(
    "status", [Status.IN_TRANSIT, Status.AT_DEPOT, Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.DELAYED]
)
def test_some_news_is_news_again(status: Status) -> None:
    assert moves(status, status)


@pytest.mark.parametrize("status", [Status.PICKED_UP, Status.RETURNING, *sorted(FINAL)])
def test_other_news_is_news_only_once(status: Status) -> None:
    assert not moves(status, status)


def test_a_parcel_without_a_status_takes_any() -> None:
    assert all(moves(None, status) for status in Status)


NOW = MONDAY + timedelta(hours=2)


@pytest.mark.parametrize(("news_at", "is_news"), [(EARLIER, False), (MONDAY, True), (LATER, True)])
def test_news_is_at_least_as_young_as_what_is_known(news_at: datetime, is_news: bool) -> None:
    assert is_current(Status.AT_DEPOT, MONDAY, news_at, NOW) is is_news


def test_where_nothing_is_known_everything_is_news() -> None:
    assert is_current(None, None, EARLIER, NOW)


def test_submitted_is_our_own_word_and_older_news_follows_it() -> None:
    assert is_current(Status.SUBMITTED, MONDAY, EARLIER, NOW)


def test_a_status_from_the_future_makes_nothing_old_that_happens_until_then() -> None:
    tomorrow = NOW + timedelta(days=1)
    assert is_current(Status.AT_DEPOT, tomorrow, NOW, NOW)
    assert is_current(Status.AT_DEPOT, tomorrow, EARLIER, NOW)
    assert not is_current(Status.AT_DEPOT, tomorrow, tomorrow - timedelta(hours=1), NOW)
    assert not is_current(Status.AT_DEPOT, tomorrow, NOW, tomorrow)


News = tuple[datetime, Status]
Position = tuple[Status, datetime]
news = st.tuples(
    st.integers(0, 20).map(lambda hours: MONDAY + timedelta(hours=hours)),
    st.sampled_from([status for status in Status if status is not Status.SUBMITTED]),
)
AFTER_ALL = MONDAY + timedelta(days=2)


def fold(told: Iterable[News], position: Position = (Status.SUBMITTED, MONDAY)) -> Position:
    for at, status in told:
        if is_current(*position, at, AFTER_ALL) and moves(position[0], status):
            position = (status, at)
    return position


@given(st.lists(news, unique_by=lambda each: each[0]), st.data())
def test_hearing_things_twice_changes_nothing(told: list[News], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told))) if told else []
    assert fold(sorted(told + repeated)) == fold(sorted(told))


@given(st.lists(news))
def test_once_it_moves_a_parcel_never_goes_back_in_time(told: list[News]) -> None:
    position = fold(told[:1])
    for each in told[1:]:
        before, position = position, fold([each], position)
        assert position[1] >= before[1]


@given(st.lists(news, min_size=1))
def test_a_return_ends_a_journey_whatever_came_before(told: list[News]) -> None:
    at_last = (max(at for at, _ in told) + timedelta(hours=1), Status.RETURNED)
    assert fold([*told, at_last])[0] is Status.RETURNED


def test_shipments_can_be_looked_for_by_every_state_of_booking() -> None:
    assert set(BookingState) < set(Standing)
