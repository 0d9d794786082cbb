"""Loops go on through failures, rest when idle, and stop when told."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from structlog.testing import capture_logs

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import Seen
from carrier_backend.loops import LONGEST_PAUSE_SECONDS, Loop, run_all, work
from carrier_backend.ports import Answered
from carrier_backend.services.backend import Backend
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue, a_journey, a_merchant, a_product, an_order
from tests.conftest import BY_TEST, CLIENT_SECRET, a_settings
from tests.fakes import MONDAY, FakeChannel, FakeCourier, FrozenClock

SAID = Exchange(Heading.OUT, "fake", "create", "TRACE1", "POST", "/parcels", MONDAY, 12, 201)


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
    begun: list[bool] = []

    def run_once() -> int:
        begun.append(True)
        return 0

    Loop("push", run_once, stop, pause_seconds=0.5).run()
    assert begun == []


def test_loops_run_side_by_side() -> None:
    stop = threading.Event()
    meeting = threading.Barrier(2, action=stop.set, timeout=10)

    def run_once() -> int:
        meeting.wait()
        return 1

    run_all([Loop(name, run_once, stop, pause_seconds=0.5) for name in ("push", "poll")])
    assert stop.is_set()


class Meeting(FakeCourier):
    """A courier that answers only once all those it meets are being asked as well."""

    def __init__(self, name: str, meeting: threading.Barrier, stop: threading.Event) -> None:
        super().__init__()
        self.name = name
        self._meeting = meeting
        self._stop = stop

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        try:
            self._meeting.wait()
        finally:
            self._stop.set()
        return super().track(parcels, seen)


def test_couriers_are_asked_side_by_side(store: Store, clock: FrozenClock, channel: FakeChannel) -> None:
    stop, meeting = threading.Event(), threading.Barrier(2, timeout=5)
    couriers = {name: Meeting(name, meeting, stop) for name in ("fake", "second")}
    products = a_catalogue(a_product(), a_product(shipping_method="second-home", courier="second"))
    backend = build_backend(a_settings(products), store=store, clock=clock, couriers=couriers, channel=channel)
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    for method in ("fake-home", "second-home"):
        backend.book(an_order(journey=a_journey(shipping_method=method)))
    clock.advance(timedelta(days=1))
    work(backend, stop)
    assert not meeting.broken


def test_the_worker_does_its_rounds_until_told(backend: Backend) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(backend, stop))
    worker.start()
    deadline = time.monotonic() + 10
    while "last heard" not in backend.examine.ready().notes["worker"] and time.monotonic() < deadline:
        time.sleep(0.01)
    backend.exchanges.record(SAID)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert [row.exchange for row in backend.read_exchanges().items] == [SAID]
    assert "last heard" in backend.examine.ready().notes["worker"]
