"""The trace id and the deadline of the work at hand."""

from datetime import timedelta

import pytest
from structlog import get_logger
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from carrier_backend.support.bounds import BoundsContext
from tests.fakes import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def bounds(clock: FrozenClock) -> BoundsContext:
    return BoundsContext(clock)


def test_outside_there_is_neither_trace_id_nor_deadline(bounds: BoundsContext) -> None:
    assert (bounds.trace_id, bounds.time_left()) == ("", None)


def test_inside_time_runs_out(bounds: BoundsContext, clock: FrozenClock) -> None:
    with bounds(trace_id="T", seconds=20):
        clock.advance(timedelta(seconds=15))
        assert (bounds.trace_id, bounds.time_left()) == ("T", 5)
        clock.advance(timedelta(seconds=15))
        assert bounds.time_left() == 0


def test_inner_bounds_never_outlast_outer_ones(bounds: BoundsContext) -> None:
    with bounds(trace_id="T", seconds=5), bounds(trace_id="T", seconds=60):
        assert bounds.time_left() == 5


def test_inner_bounds_may_be_tighter_and_leave_the_outer_ones_as_they_were(bounds: BoundsContext) -> None:
    with bounds(trace_id="outer", seconds=20):
        with bounds(trace_id="inner", seconds=2):
            assert (bounds.trace_id, bounds.time_left()) == ("inner", 2)
        assert (bounds.trace_id, bounds.time_left()) == ("outer", 20)


def test_bounds_end_with_an_error_too(bounds: BoundsContext) -> None:
    with pytest.raises(KeyError), bounds(trace_id="T", seconds=20):
        raise KeyError
    assert (bounds.trace_id, bounds.time_left()) == ("", None)


def test_every_log_line_inside_bears_the_trace_id(bounds: BoundsContext) -> None:
    with capture_logs([merge_contextvars]) as lines:
        with bounds(trace_id="T", seconds=20):
            get_logger().info("inside")
        get_logger().info("outside")
    assert [line.get("trace_id") for line in lines] == ["T", None]


def test_bounds_without_a_trace_id_leave_the_one_in_the_log(bounds: BoundsContext) -> None:
    outer, inner = bounds(trace_id="T", seconds=20), bounds(trace_id="", seconds=20)
    with capture_logs([merge_contextvars]) as lines, outer, inner:
        get_logger().info("inside")
    assert [line.get("trace_id") for line in lines] == ["T"]


def test_work_that_brings_no_trace_id_has_the_one_of_the_request_at_hand_or_its_own(bounds: BoundsContext) -> None:
    with bounds(seconds=20):
        first = bounds.trace_id
    with bound_contextvars(trace_id="REQUEST1"), bounds(seconds=20):
        assert bounds.trace_id == "REQUEST1"
    with bounds(seconds=20):
        assert bounds.trace_id not in ("", first, "REQUEST1")
