"""A morning of the day, with few parcels: nothing is overrun, and nothing is kept waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.lifecycle import Status
from tests.day.day import Day, Seen, spend
from tests.day.stage import MIDNIGHT

MORNING = Day(
    parcels=300,
    bookings=500,
    begins_at=MIDNIGHT + timedelta(hours=9),
    length=timedelta(hours=1, minutes=15),
    warm_up=timedelta(hours=1, minutes=15),
)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return spend(MORNING)


def test_all_that_is_done_is_within_what_is_allowed(seen: Seen) -> None:
    assert (seen.refused, seen.faults()) == (0, [])


def test_whatever_is_out_for_delivery_is_asked_about_in_time(seen: Seen) -> None:
    assert len(seen.silences[Status.OUT_FOR_DELIVERY]) > 50
    assert 800 < seen.longest_silence <= 900


def test_the_others_are_asked_about_less_often(seen: Seen) -> None:
    longest = {status: max(spans) for status, spans in seen.silences.items()}
    assert all(longest[status] > 1800 for status in (Status.AT_DEPOT, Status.IN_TRANSIT))


def test_bookings_need_not_wait(seen: Seen) -> None:
    assert len(seen.waits) > 20
    assert seen.longest_wait == 0


def test_a_question_is_worth_its_call(seen: Seen) -> None:
    assert sum(map(len, seen.silences.values())) / seen.calls.kinds.count("statuses") > 5


def test_a_tenant_that_allows_less_than_usual_is_not_overrun() -> None:
    seen = spend(replace(MORNING, allowed=(15, 150, 15_000)))
    assert seen.refused == 0
    assert seen.worst["hour"] > 100
    assert all(seen.worst[name] <= allowed for name, allowed in seen.allowed.items())
