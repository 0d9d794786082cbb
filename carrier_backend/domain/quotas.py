"""How many calls a counterpart allows, what it says is left of them, and which may use that up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Urgency(StrEnum):
    """How much of a quota a call may use up."""

    NOW = "now"
    """Bookings, cancels and shoppers: all of it."""
    SOON = "soon"
    """Polls: four fifths of every window."""
    SPARE = "spare"
    """What would be good to know as well: a third of the pace that could be kept up for ever."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls a counterpart allows one account in any span of each of these lengths.

    `account` tells accounts apart and holds no secret: a digest of base address and token.
    """

    account: str
    windows: tuple[tuple[timedelta, int], ...]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a counterpart says is left of one window, until when (None: it does not say; a whole window at most)."""

    window: timedelta
    remaining: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a call may go out: the moment at which it was counted in, or the seconds until there may be room."""

    counted_at: datetime | None
    seconds: float = 0.0
