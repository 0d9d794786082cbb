"""Four processes on one database share one quota: what they call never sees more than it allows, in any window."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.environment import ROOT
from tests.support.loopback import Counterpart, response

PROCESSES = 4
WINDOWS = {2.0: 30, 5.0: 60}  # seconds and calls: minute and hour on a small scale
ENOUGH = 100
PATIENCE_SECONDS = 60


class Sink(Counterpart):
    """Takes every call, and notes when it came."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.moments: list[float] = []

    def _take(self, connection: socket.socket) -> None:
        self.moments.append(time.monotonic())
        connection.sendall(response())

    def worst(self, seconds: float) -> int:
        """The most calls within any span of so many seconds."""
        moments = sorted(self.moments)
        return max(sum(0 <= later - first <= seconds for later in moments) for first in moments)


@contextmanager
def callers(database_url: str, url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.quota_caller", database_url, url, json.dumps(WINDOWS)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(PROCESSES)]
    try:
        yield
        assert [child.poll() for child in started] == [None] * PROCESSES
    finally:
        for child in started:
            child.kill()
            child.wait()


@pytest.mark.usefixtures("engine")
def test_no_window_sees_more_than_is_allowed(database_url: str) -> None:
    sink = Sink()
    until = time.monotonic() + PATIENCE_SECONDS
    with callers(database_url, sink.url):
        while len(sink.moments) < ENOUGH and time.monotonic() < until:
            time.sleep(0.1)
    sink.close()
    assert len(sink.moments) >= ENOUGH
    assert {seconds: sink.worst(seconds) for seconds in WINDOWS} == WINDOWS
