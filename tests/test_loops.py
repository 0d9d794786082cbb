"""Loops go on through failures, rest when idle, and stop when told."""

import threading
import time
from collections.abc import Callable

from structlog.testing import capture_logs

from carrier_backend.loops import LONGEST_PAUSE_SECONDS, Loop, run_all, work
from carrier_backend.services.backend import Backend


class RecordedStop(threading.Event):
    """An event that notes how long it was waited for, waits for nothing, and is set after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.pauses: list[float | None] = []
        self._waits = waits

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        if len(self.pauses) == self._waits:
            self.set()
        return self.is_set()


def pauses(run_once: Callable[[], int], turns: int) -> list[float | None]:
    stop = RecordedStop(turns)
    Loop("push", run_once, stop, pause_seconds=0.5).run()
    return stop.pauses


def failing(times: int, then: int = 0) -> Callable[[], int]:
    left = iter(range(times))

    def run_once() -> int:
        if next(left, None) is not None:
            raise RuntimeError("broken")
        return then

    return run_once


def test_there_is_no_pause_while_there_is_work() -> None:
    assert pauses(lambda: 3, turns=3) == [0, 0, 0]


def test_an_idle_loop_pauses() -> None:
    assert pauses(lambda: 0, turns=2) == [0.5, 0.5]


def test_each_failure_in_a_row_doubles_the_pause() -> None:
    assert pauses(failing(3), turns=3) == [1, 2, 4]


def test_no_pause_is_longer_than_half_a_minute() -> None:
    assert pauses(failing(2000), turns=2000)[-1] == LONGEST_PAUSE_SECONDS


def test_a_success_ends_a_row_of_failures() -> None:
    assert pauses(failing(2, then=1), turns=4) == [1, 2, 0, 0]


def test_a_failure_is_logged_with_its_traceback() -> None:
    with capture_logs() as lines:
        pauses(failing(1), turns=1)
    assert (lines[0]["loop"], lines[0]["exc_info"]) == ("push", True)


def test_what_is_in_hand_is_finished() -> None:
    stop, finished = threading.Event(), []

    def run_once() -> int:
        stop.set()
        finished.append(True)
        return 1

    Loop("push", run_once, stop, pause_seconds=0.5).run()
    assert finished == [True]


def test_a_told_loop_never_begins() -> None:
    stop = threading.Event()
    stop.set()
    Loop("push", failing(1), stop, pause_seconds=0.5).run()


def test_loops_run_side_by_side() -> None:
    stop = threading.Event()
    meeting = threading.Barrier(2, action=stop.set, timeout=10)

    def run_once() -> int:
        meeting.wait()
        return 1

    run_all([Loop(name, run_once, stop, pause_seconds=0.5) for name in ("push", "poll")])
    assert stop.is_set()


def test_the_worker_does_its_rounds_until_told(backend: Backend) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(backend, stop))
    worker.start()
    deadline = time.monotonic() + 10
    while "last heard" not in backend.examine.ready().notes["worker"] and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert "last heard" in backend.examine.ready().notes["worker"]
