"""The machine's own time."""

from datetime import UTC, datetime

from carrier_backend.support.clock import SystemClock


def test_now_is_an_aware_utc_moment() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().now() <= datetime.now(UTC)


def test_sleep_lets_monotonic_time_pass() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - began >= 0.01
