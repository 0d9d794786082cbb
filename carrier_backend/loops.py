"""Repeating work until told to stop: each kind in its own thread, so that a slow one holds up no other."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from carrier_backend.services.backend import Backend

LONGEST_PAUSE_SECONDS = 30.0
RECONCILE_THREADS = 4

_log = structlog.get_logger(__name__)

RunOnce = Callable[[], int]
"""Does what is due and returns how much that was."""


def work(backend: Backend, stop: threading.Event) -> None:
    """All that goes on in the background, until told to stop; then what is in hand is finished."""
    reconcile = [Loop("reconcile", backend.reconcile.run_once, stop, 0.5) for _ in range(RECONCILE_THREADS)]
    poll = backend.poll_tracking
    run_all(
        [
            Loop("push", backend.push_statuses.run_once, stop, 0.5),
            *reconcile,
            *(Loop(f"poll {name}", partial(poll.run_once, name), stop, 5) for name in poll.couriers),
            Loop("clockwork", backend.clockwork.run_once, stop, 5),
            Loop("counts", backend.keep_counts.run_once, stop, 5),
            Loop("exchanges", backend.exchanges.run_once, stop, 0.5),
            Loop("piles", backend.pile_up.run_once, stop, 5),
        ]
    )
    backend.keep_counts.keep_last()
    backend.exchanges.write_all()


class Loop:
    """Runs `run_once` again and again, without a pause while it finds something to do.

    Whatever goes wrong is logged and survived; each failure in a row doubles the pause.
    """

    def __init__(self, name: str, run_once: RunOnce, stop: threading.Event, pause_seconds: float) -> None:
        self._name = name
        self._run_once = run_once
        self._stop = stop
        self._pause_seconds = pause_seconds
        self._failures = 0

    def run(self) -> None:
        """Go on until told to stop; what is in hand is finished."""
        while not self._stop.is_set():
            self._stop.wait(self._turn())

    def _turn(self) -> float:
        """Run once, and say how many seconds to wait before the next time."""
        try:
            done = self._run_once()
        except Exception:
            self._failures += 1
            _log.exception("loop failed", loop=self._name, failures=self._failures)
            return min(self._pause_seconds * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)
        self._failures = 0
        return 0.0 if done else self._pause_seconds


def run_all(loops: Sequence[Loop]) -> None:
    """Run every loop in a thread of its own, until all have come to their end."""
    threads = [threading.Thread(target=loop.run) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
