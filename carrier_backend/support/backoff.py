"""How long to wait before trying again: by a schedule of our own, or as the other side asks."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

SHORTEST_WAIT_SECONDS = 2.0
LONGEST_ASKED_WAIT_SECONDS = 15 * 60.0
LARGEST_JITTER = 0.1


def delay(attempt: int, steps: Sequence[float], *, random: Callable[[], float] = random.random) -> float:
    """Seconds to wait after a failed attempt, the first being 1; the last step repeats.

    Up to a tenth is added at random, so that what failed together does not come back together.
    """
    step = steps[min(max(attempt, 1), len(steps)) - 1]
    return max(step, SHORTEST_WAIT_SECONDS) * (1 + LARGEST_JITTER * random())


def retry_after_seconds(header: str, now: datetime) -> float | None:
    """What a `Retry-After` header asks for, in seconds or by date, at most 15 minutes; None for all else."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return min(float(header), LONGEST_ASKED_WAIT_SECONDS)
    try:
        seconds = (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_ASKED_WAIT_SECONDS)
