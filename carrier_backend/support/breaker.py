"""A circuit breaker per courier and account: who fails most calls is left alone, but for one that tries again.

Failures are counted by each process for itself, in memory, so that a call costs the database nothing. That an account
is cut off is known to all (ports.Outages), and so is whose turn it is to try: one probe in the whole cluster.
"""

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from carrier_backend.ports import Clock, Outages

WINDOW_SECONDS = 60
FEWEST_CALLS = 10
FAILING_SHARE = 0.7
PAUSE = timedelta(seconds=30)


def account_of(base_url: str, *credentials: str) -> str:
    """What tells an account from others and holds no secret: a digest."""
    return hashlib.sha256("\n".join((base_url, *credentials)).encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """Whether a call may go out: in so many seconds, or now; a probe shows whether all others may again."""

    seconds: float = 0.0
    is_probe: bool = False


@dataclass(slots=True)
class _Second:
    began_at: float
    calls: int = 0
    failures: int = 0


@dataclass(slots=True)
class _Window:
    """Calls to one account in the last minute, second by second."""

    seconds: deque[_Second] = field(default_factory=deque)

    def count(self, now: float, *, has_failed: bool) -> None:
        while self.seconds and now - self.seconds[0].began_at >= WINDOW_SECONDS:
            self.seconds.popleft()
        if not self.seconds or now - self.seconds[-1].began_at >= 1:
            self.seconds.append(_Second(now))
        self.seconds[-1].calls += 1
        self.seconds[-1].failures += has_failed

    @property
    def is_failing(self) -> bool:
        calls = sum(second.calls for second in self.seconds)
        return calls >= FEWEST_CALLS and sum(second.failures for second in self.seconds) >= FAILING_SHARE * calls


class Breaker:
    """Lets calls out, and learns from what became of them."""

    def __init__(self, clock: Clock, outages: Outages) -> None:
        self._clock = clock
        self._outages = outages
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def wait(self, account: str) -> float:
        """For how many seconds no call may go out; 0: one may, or there is a turn to try, which is not taken yet."""
        return self._seconds_left(account) or 0.0

    def admit(self, account: str) -> Entry:
        """Whether a call may go out to that account; a turn to try is this call's from now on, or gone."""
        seconds = self._seconds_left(account)
        if seconds is None:
            return Entry()
        if seconds <= 0 and self._outages.take_turn(account, PAUSE):
            return Entry(is_probe=True)
        return Entry(seconds=seconds if seconds > 0 else PAUSE.total_seconds())

    def note(self, who: str, account: str, entry: Entry, *, has_failed: bool) -> None:
        """An admitted call has come to its end; a probe that failed leaves the account cut off until the next."""
        if entry.is_probe:
            if not has_failed:
                self._forget(account)
                self._outages.end(account)
        elif self._is_failing_after(account, has_failed=has_failed) and has_failed:
            self._forget(account)
            self._outages.begin(who, account, PAUSE)

    def _seconds_left(self, account: str) -> float | None:
        seconds = self._outages.seconds_left(account)
        if seconds is not None:
            self._forget(account)  # whoever found it out, or an old failure would begin it anew once it is over
        return seconds

    def _is_failing_after(self, account: str, *, has_failed: bool) -> bool:
        with self._lock:
            window = self._windows.setdefault(account, _Window())
            window.count(self._clock.monotonic(), has_failed=has_failed)
            return window.is_failing

    def _forget(self, account: str) -> None:
        with self._lock:
            self._windows.pop(account, None)
