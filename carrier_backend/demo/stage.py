"""Where the demo plays: pretended systems and a backend of its own, on loopback, in a folder that goes away."""

import json
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carrier_backend import couriers, simulator
from carrier_backend.demo.caller import call
from carrier_backend.processes import Processes
from carrier_backend.simulator.server import SimulatorServer, agree_with
from carrier_backend.support.sealing import new_key

LAST_LINES = 20
ENDED = "the backend has ended"
SHOP = Path(simulator.__file__).parent


class DemoFailed(Exception):
    """Something did not go as it should; the text says what."""


class Stage:
    """A backend to be started at `url`, and the pretended systems at `pretended_url`."""

    def __init__(self, url: str, pretended_url: str, processes: Processes, log: Path) -> None:
        self.url = url
        self.pretended_url = pretended_url
        self._processes = processes
        self._log = log

    def run(self, *command: str) -> Any:
        """Run one of our commands to its end; what it said, if that is JSON."""
        done = self._processes.run(*command)
        if done.returncode:
            raise DemoFailed(f"carrier-backend {' '.join(command)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.startswith("{") else None

    def start(self) -> None:
        """Start web and worker."""
        with self._log.open("ab") as output:
            self._processes.start("up", "--port", self.url.rpartition(":")[2], output=output)

    def keep_until(self, stop: threading.Event) -> None:
        """Leave it running until told to stop."""
        if not self._processes.watch(stop):
            raise DemoFailed(ENDED)

    def is_ready(self) -> bool:
        """Whether the backend takes requests yet."""
        if not self._processes.are_all_alive:
            raise DemoFailed(ENDED)
        try:
            return call("GET", f"{self.url}/readyz").status == 200
        except OSError:
            return False

    def control(self, command: Mapping[str, object]) -> Any:
        """Have a pretended system do something."""
        answer = call("POST", f"{self.pretended_url}/_control", command)
        if answer.status != 200:
            raise DemoFailed(f"the simulator cannot follow: {answer.body.decode()}")
        return answer.json()

    def state(self) -> Any:
        """What each pretended system holds."""
        return call("GET", f"{self.pretended_url}/_state").json()

    def pushes(self) -> list[dict[str, Any]]:
        """Every status update that the pretended Ingrid was ever sent."""
        pushes: list[dict[str, Any]] = self.state()["ingrid"]["pushes"]
        return pushes

    def last_lines(self) -> Sequence[str]:
        """What the backend logged last."""
        return self._log.read_text().splitlines()[-LAST_LINES:] if self._log.exists() else []


@contextmanager
def set_up() -> Iterator[Stage]:
    """A stage; on the way out whatever was started there ends, and its folder goes."""
    url = f"http://127.0.0.1:{_free_port()}"
    with (
        tempfile.TemporaryDirectory(prefix="carrier-demo-") as name,
        SimulatorServer(settings=agree_with(url)) as pretended,
    ):
        folder = Path(name)
        environment = {**_inherited(), **_own(folder), **pretended.backend_environment}
        with Processes(environment, folder) as processes:
            yield Stage(url, pretended.url, processes, folder / "log")


def _inherited() -> dict[str, str]:
    """The surrounding environment without any setting of ours, which was meant for another backend."""
    ours = ("CARRIER_", "INGRID_", "GUNICORN_", *(f"{name.upper()}_" for name in couriers.present()))
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _own(folder: Path) -> dict[str, str]:
    return {
        "CARRIER_ENV": "development",
        "CARRIER_DATABASE_URL": f"sqlite:///{folder / 'carrier.db'}",
        "CARRIER_TOKEN_KEYS": f"demo:{secrets.token_urlsafe(32)}",
        "CARRIER_ENCRYPTION_KEYS": new_key(),
        "CARRIER_PRODUCTS_FILE": str(SHOP / "products.toml"),
        "CARRIER_POLL_INTERVAL_SECONDS": "1",
        "CARRIER_LOG_FORMAT": "console",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
