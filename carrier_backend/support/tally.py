"""Calls counted in memory, to be kept a few at a time: a call costs no commit of its own."""

import threading
from collections import Counter
from collections.abc import Mapping


class CallTally:
    """ports.Tally, and the ports.CountCall that adds to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()

    def count(self, who: str, outcome: str) -> None:
        with self._lock:
            self._calls[who, outcome] += 1

    def take(self) -> Mapping[tuple[str, str], int]:
        with self._lock:
            taken, self._calls = self._calls, Counter()
        return taken

    def put_back(self, calls: Mapping[tuple[str, str], int]) -> None:
        with self._lock:
            self._calls.update(calls)
