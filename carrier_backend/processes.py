"""Child processes that live and end together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

GRACE_SECONDS = 60
"""More than a web process takes to finish the requests in hand."""

_LOOK_EVERY_SECONDS = 0.2
_OURSELVES = (sys.executable, "-m", "carrier_backend")
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Processes:
    """Our own commands, each in a process of its own; on the way out all are ended, gracefully if they can."""

    def __init__(self, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        self._environment = environment
        self._folder = folder
        self._children: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        command = [*_OURSELVES, *arguments]
        return subprocess.run(
            command, env=self._environment, cwd=self._folder, capture_output=True, check=False, text=True
        )

    def start(self, *arguments: str, output: IO[bytes] | int | None = None) -> None:
        """Start a command that stays, of those that end with whoever has started them."""
        child = subprocess.Popen(
            [*_OURSELVES, *arguments, "--ends-with", str(os.getpid())],
            env=self._environment,
            cwd=self._folder,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is ours to pass on, as a wish to end gracefully
        )
        self._children.append(child)

    @property
    def are_all_alive(self) -> bool:
        return all(child.poll() is None for child in self._children)

    def watch(self, stop: threading.Event) -> bool:
        """Wait until told to stop, or until one dies; whether all were still alive."""
        while self.are_all_alive:
            if stop.wait(_LOOK_EVERY_SECONDS):
                return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def end_with(starter: int | None) -> None:
    """Be told to end, as by SIGTERM, when the process that started this one has died, even by SIGKILL; on Linux."""
    if starter is not None and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != starter:  # it was too late to be told
            os.kill(os.getpid(), signal.SIGTERM)


def told_to_stop() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set from now on."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
