"""Child processes live and end together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrier_backend.processes import Processes
from tests.environment import set_good

PATIENCE_SECONDS = 40


def test_a_command_is_run_to_its_end() -> None:
    done = Processes().run("--version")
    assert (done.returncode, done.stdout.startswith("carrier-backend, version ")) == (0, True)


def test_watching_ends_when_told() -> None:
    stop = threading.Event()
    with Processes() as processes:
        processes.start("simulate", "--port", "0", output=subprocess.DEVNULL)
        threading.Timer(0.1, stop.set).start()
        assert processes.watch(stop)
    assert not processes.are_all_alive


def test_one_that_dies_ends_the_others() -> None:
    with Processes() as processes:
        processes.start("simulate", "--port", "0", output=subprocess.DEVNULL)
        processes.start("--version", output=subprocess.DEVNULL)
        assert not processes.watch(threading.Event())
    assert not processes.are_all_alive


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Web and worker, started by one command."""
    set_good(monkeypatch, tmp_path)
    command = [sys.executable, "-m", "carrier_backend", "up", "--port", "0"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as up:
        yield up
        up.kill()


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [other for child in children for other in descendants(child)]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_web_and_worker_do_not_outlive_the_command_that_started_them(
    up: "subprocess.Popen[bytes]", number: signal.Signals
) -> None:
    until(lambda: len(descendants(up.pid)) >= 4)  # the server and its two processes, and the worker
    started = descendants(up.pid)
    up.send_signal(number)
    up.wait()
    until(lambda: not any(map(is_running, started)))
