"""Waiting by our own schedule, and as the other side asks."""

from datetime import UTC, datetime

import pytest

from carrier_backend.support.backoff import delay, retry_after_seconds

STEPS = (5, 30, 120)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 5), (1, 5), (2, 30), (3, 120), (4, 120), (999, 120)])
def test_every_failure_waits_a_step_longer_and_the_last_step_repeats(attempt: int, seconds: float) -> None:
    assert delay(attempt, STEPS, random=lambda: 0) == seconds


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 30), (0.5, 31.5), (1.0, 33)])
def test_jitter_only_adds_and_at_most_a_tenth(chance: float, seconds: float) -> None:
    assert delay(2, STEPS, random=lambda: chance) == pytest.approx(seconds)


def test_waits_differ_by_chance() -> None:
    assert len({delay(3, STEPS) for _ in range(9)}) > 1


def test_no_wait_is_shorter_than_two_seconds() -> None:
    assert delay(1, (0.1,), random=lambda: 0) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("900", 900),
        ("21600", 900),
        ("9" * 5000, 900),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 13:01:30 +0100", 90),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 21 Oct 2095 07:28:00 GMT", 900),
    ],
)
def test_a_sensible_retry_after_is_obeyed_up_to_15_minutes(header: str, seconds: float) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    ["", "-1", "1e9", "NaN", "inf", "1.5", "٣", "²", "soon", "Sat, 21 Nov 99999 12:00:00 GMT", "x" * 9999],
)
def test_a_senseless_retry_after_is_ignored(header: str) -> None:
    assert retry_after_seconds(header, NOW) is None
