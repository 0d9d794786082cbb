"""Where a run plays: pretended counterparts, and several web and worker processes that may be killed at any moment."""

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from carrier_backend import couriers
from carrier_backend.demo.caller import call
from carrier_backend.simulator.server import SimulatorServer, agree_with
from carrier_backend.support.sealing import new_key

SERVERS = 2
PROCESSES_EACH = 2
WORKERS = 2
WHOLE_SERVERS = 0.15
"""Of the deaths at a server, those that leave nobody to answer there until it is up again."""
READY_SECONDS = 60
PRETENDED = ("intigo", "parcel2go", "ecotrack", "ingrid")
BEGINNING_SECONDS = 5
QUIET_WINDOW_SECONDS = 30
"""Longer than any fault puts off a deed; see troubles.py."""
_HERE = Path(__file__).parent


class Child:
    """One of our commands in a process of its own, with those that it starts."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._command = [sys.executable, "-m", "carrier_backend", *arguments]
        self._environment, self._folder, self._log = environment, folder, log
        self.start()

    def start(self) -> None:
        self._started_at = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that all of its processes can be killed at once
            )

    @property
    def is_up(self) -> bool:
        """Whether it has had the time to begin: who kills only beginners shows nothing."""
        return time.monotonic() - self._started_at > BEGINNING_SECONDS

    def kill(self) -> None:
        """End it and all that it has started, at once, and start it anew."""
        self.end(signal.SIGKILL)
        self.start()

    def kill_one_of_its_own(self, chance: random.Random) -> bool:
        """End one of the processes that it has started, which it will replace by itself; whether one was up."""
        pid = self._process.pid
        with suppress(OSError):
            own = [one for one in _children_of(pid) if _age_seconds(one) > BEGINNING_SECONDS]
            if own:
                os.kill(chance.choice(own), signal.SIGKILL)
                return True
        return False

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, by)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Stage:
    """The backend at `urls`, and the pretended systems at `pretended.url`."""

    def __init__(self, database_url: str, folder: Path) -> None:
        ports = [_free_port() for _ in range(SERVERS)]
        self.urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.settings = replace(agree_with(self.urls[0]), parcel2go_balance="10000000.00")
        self.pretended = SimulatorServer(settings=self.settings)
        self.environment = {**_inherited(), **_own(database_url), **self.pretended.backend_environment}
        self.folder = folder
        self._ports = ports
        self._children: list[Child] = []
        self._lock = threading.Lock()

    def run(self, *arguments: str) -> Any:
        """One of our commands to its end; what it said, if that is JSON."""
        command = [sys.executable, "-m", "carrier_backend", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, check=False, text=True
        )
        if done.returncode:
            raise RuntimeError(f"carrier-backend {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.startswith("{") else None

    def start(self) -> tuple[Mapping[str, str], str]:
        """Set it up and start all processes; the credentials of its client, and an operator's token."""
        self.run("upgrade")
        self.run("merchants", "import", str(_HERE / "merchants.toml"))
        credentials, operator = (
            self.run("clients", "add", "ingrid"),
            self.run("operators", "add", "chaos", "--role", "viewer"),
        )
        commands = [("serve", "--port", str(port)) for port in self._ports] + [("work",)] * WORKERS
        for number, command in enumerate(commands):
            log = self.folder / f"{command[0]}-{number}.log"
            self._children.append(Child(command, self.environment, self.folder, log))
        self.wait_until_ready()
        return credentials, operator["token"]

    def kill_something(self, chance: random.Random) -> str | None:
        """End a process as it stands, of whatever kind; what it was, or None where none has begun yet."""
        with self._lock:
            places = [place for place, child in enumerate(self._children) if child.is_up]
            if not places:
                return None
            place = chance.choice(places)
            child = self._children[place]
            if place < SERVERS and chance.random() > WHOLE_SERVERS:
                return "web process" if child.kill_one_of_its_own(chance) else None
            child.kill()
            return "web server" if place < SERVERS else "worker"

    def is_ready(self) -> bool:
        with suppress(OSError):
            return all(call("GET", f"{url}/readyz").status == 200 for url in self.urls)
        return False

    def wait_until_ready(self) -> None:
        ends_at = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > ends_at:
                raise RuntimeError("the backend did not become ready")
            time.sleep(0.2)

    def control(self, command: Mapping[str, object]) -> Any:
        """Have a pretended system do something."""
        answer = call("POST", f"{self.pretended.url}/_control", command)
        if answer.status != 200:
            raise RuntimeError(f"the simulator cannot follow: {answer.body.decode()}")
        return answer.json()

    def heal(self) -> None:
        """Let no fault befall any more, of all that were still to come."""
        for system in PRETENDED:
            self.control({"system": system, "heal": {}})

    def state(self) -> Any:
        """What each pretended system holds."""
        return call("GET", f"{self.pretended.url}/_state").json()

    def end(self) -> None:
        for child in self._children:
            child.end()


@contextmanager
def set_up(database_url: str, folder: Path) -> Iterator[Stage]:
    """A stage; on the way out whatever was started there ends."""
    stage = Stage(database_url, folder)
    with stage.pretended:
        try:
            yield stage
        finally:
            stage.end()


def _inherited() -> dict[str, str]:
    """The surrounding environment without any setting of ours, which was meant for another backend."""
    ours = ("CARRIER_", "INGRID_", "GUNICORN_", *(f"{name.upper()}_" for name in couriers.present()))
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _own(database_url: str) -> dict[str, str]:
    return {
        "CARRIER_ENV": "development",
        "CARRIER_DATABASE_URL": database_url,
        "CARRIER_TOKEN_KEYS": f"chaos:{secrets.token_urlsafe(32)}",
        "CARRIER_ENCRYPTION_KEYS": new_key(),
        "CARRIER_PRODUCTS_FILE": str(_HERE / "products.toml"),
        "CARRIER_QUIET_WINDOW_SECONDS": str(QUIET_WINDOW_SECONDS),
        "CARRIER_UNCLAIMED_MINUTES": "1",
        "CARRIER_POLL_INTERVAL_SECONDS": "10",
        "CARRIER_PUSH_BACKOFF_SECONDS": "1,2,5",
        "WEB_CONCURRENCY": str(PROCESSES_EACH),
        "CARRIER_WEB_THREADS": "32",
    }


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _age_seconds(pid: int) -> float:
    """Since it was started; raises OSError where there is no such process any more."""
    ticks_at_start = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    seconds_up = float(Path("/proc/uptime").read_text().split()[0])
    return seconds_up - ticks_at_start / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
