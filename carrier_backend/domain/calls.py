"""Calls that were made to a counterpart, and what they say about it together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil


@dataclass(frozen=True, slots=True)
class MadeCall:
    """One call that went out; `verdict` is the kind of the error that it ended with, None where with none."""

    at: datetime
    operation: str
    status: int | None
    verdict: str | None
    milliseconds: int

    @property
    def is_good(self) -> bool:
        """Whether they did their part: a no is an answer."""
        return self.verdict in (None, "Declined")


@dataclass(frozen=True, slots=True)
class Record:
    """What the calls of one span come to; neither share nor p95 where there were none."""

    calls: int
    success_share: float | None
    p95_milliseconds: int | None

    @classmethod
    def of(cls, calls: Sequence[MadeCall]) -> "Record":
        """The 95th percentile is that of the nearest rank."""
        if not calls:
            return cls(0, None, None)
        times = sorted(call.milliseconds for call in calls)
        good = sum(call.is_good for call in calls)
        return cls(len(calls), good / len(calls), times[ceil(0.95 * len(calls)) - 1])
