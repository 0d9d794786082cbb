"""How often a token may call: no more than so often in any minute, hour and day, told in headers.

Nothing resets at once: each call counts for as long as its window lasts.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
USUAL = {"minute": 50, "hour": 1500, "day": 15000}


class Window:
    """The moments of the calls within the last so many seconds, the oldest first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._moments: deque[float] = deque()
        self.worst = 0

    def count(self, now: float) -> int:
        while self._moments and self._moments[0] <= now - self._seconds:
            self._moments.popleft()
        return len(self._moments)

    def add(self, now: float) -> None:
        self._moments.append(now)
        self.worst = max(self.worst, self.count(now))

    def frees_at(self, now: float) -> float:
        """When the oldest call leaves; a whole window from now, if there is none."""
        self.count(now)
        return (self._moments[0] if self._moments else now) + self._seconds


class Quota:
    """What a token has left. Not locked: its owner does that."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.clear()

    def clear(self) -> None:
        self.limits: dict[str, int] = dict(USUAL)
        self._counted = {name: Window(seconds) for name, seconds in SECONDS.items()}
        self._seen = {name: Window(seconds) for name, seconds in SECONDS.items()}

    @property
    def worst(self) -> dict[str, int]:
        """The most calls, refused ones among them, that came within any one minute, hour and day."""
        return {name: window.worst for name, window in self._seen.items()}

    def admit(self) -> int | None:
        """Counts one call; else tells, uncounted, in how many seconds it could be."""
        now = self._now()
        for window in self._seen.values():
            window.add(now)
        spent = [name for name, limit in self.limits.items() if self._counted[name].count(now) >= limit]
        if not spent:
            self._count(now)
            return None
        return math.ceil(max(self._counted[name].frees_at(now) for name in spent) - now)

    def spend(self, calls: int) -> None:
        """Counts calls of someone else with the same token, who is not ours to watch."""
        for _ in range(calls):
            self._count(self._now())

    def _count(self, now: float) -> None:
        for window in self._counted.values():
            window.add(now)

    def headers(self, generation: str) -> Mapping[str, Any]:
        """Of today's `windows`, or `plain` as of old: of the minute, and without a word on when it is over."""
        now = self._now()
        left = {name: max(0, limit - self._counted[name].count(now)) for name, limit in self.limits.items()}
        if generation == "plain":
            return {"X-RateLimit-Limit": self.limits["minute"], "X-RateLimit-Remaining": left["minute"]}
        told: dict[str, int] = {}
        for name in ("day", "hour", "minute"):
            if name in self.limits:
                told[f"X-RateLimit-Limit-{name.title()}"] = self.limits[name]
                told[f"X-RateLimit-Remaining-{name.title()}"] = left[name]
                told[f"X-RateLimit-Reset-{name.title()}"] = math.ceil(self._counted[name].frees_at(now))
        return told
