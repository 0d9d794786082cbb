"""What surrounds one piece of work, however deep the call: its trace id, and the moment by which it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

from carrier_backend.ports import Clock
from carrier_backend.support import trace


@dataclass(frozen=True, slots=True)
class _Limits:
    trace_id: str
    ends_at: float  # by the monotonic clock


_limits: ContextVar[_Limits | None] = ContextVar("limits", default=None)


class BoundsContext:
    """The bounds of whatever this thread is working on (see ports.Bounds)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @contextmanager
    def __call__(self, *, seconds: float, trace_id: str | None = None) -> Iterator[None]:
        """Enter the bounds; inner ones never outlast outer ones, and keep their trace id unless they bring one.

        The outermost that bring none have the one that log lines bear already, or a new one: each call has one.
        """
        ends_at = self._clock.monotonic() + seconds
        outer = _limits.get()
        if outer is not None:
            ends_at = min(ends_at, outer.ends_at)
        trace_id = trace_id or (outer.trace_id if outer else _logged()) or trace.mint()
        token = _limits.set(_Limits(trace_id, ends_at))
        try:
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                yield
        finally:
            _limits.reset(token)

    @property
    def trace_id(self) -> str:
        """The trace id of the work at hand; empty outside any bounds."""
        limits = _limits.get()
        return limits.trace_id if limits else ""

    def time_left(self) -> float | None:
        """Seconds until the work at hand has to end, at least 0; None outside any bounds."""
        limits = _limits.get()
        return max(limits.ends_at - self._clock.monotonic(), 0.0) if limits else None


def _logged() -> str:
    """The trace id of the request at hand, whose door may not have passed it on."""
    return str(structlog.contextvars.get_contextvars().get("trace_id", ""))
