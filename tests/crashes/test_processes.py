"""Processes that really die: web and worker, by the setting that names their crash point."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.config_files import read_merchants
from carrier_backend.demo.caller import call
from carrier_backend.demo.stage import SHOP
from carrier_backend.processes import Processes
from carrier_backend.services.backend import Backend
from carrier_backend.settings import Settings
from carrier_backend.simulator.orders import JOURNEYS
from carrier_backend.simulator.server import SimulatorServer
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from carrier_backend.support.crash_points import KILLED
from carrier_backend.support.sealing import Sealing
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.fakes import FrozenClock

START_SECONDS = 30
BOOKINGS = 40
BOOKING = JOURNEYS[0].booking


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[SimulatorServer]:
    """The pretended systems, and an environment in which a backend meets them."""
    with SimulatorServer() as server:
        ours = {
            "CARRIER_ENV": "development",
            "CARRIER_DATABASE_URL": database_url,
            "CARRIER_TOKEN_KEYS": "1:a token key of more than thirty-two bytes",
            "CARRIER_ENCRYPTION_KEYS": ENCRYPTION_KEY,
            "CARRIER_PRODUCTS_FILE": str(SHOP / "products.toml"),
            "WEB_CONCURRENCY": "1",
        }
        for name, value in {**ours, **server.backend_environment}.items():
            monkeypatch.setenv(name, value)
        yield server


class Process:
    """One of ours that runs in the test's own, at a moment of its own."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        clock = FrozenClock(now)
        app = create_app(Settings.read(), store=Store(engine, Sealing([ENCRYPTION_KEY]), clock), clock=clock)
        with app.app_context():
            self.backend: Backend = current.backend()
        self.door: FlaskClient = app.test_client()

    def book(self, credentials: dict[str, str]) -> int:
        token = self.door.post("/oauth/token", json=credentials).get_json()["access_token"]
        return self.door.post("/booking", json=BOOKING, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.fixture
def process(engine: Engine) -> Process:
    process = Process(engine, datetime.now(UTC))
    for merchant in read_merchants(SHOP / "merchants.toml"):
        process.backend.oversee.put_merchant(merchant, BY_TEST)
    process.backend.clockwork.run_once()
    return process


@pytest.fixture
def credentials(process: Process) -> dict[str, str]:
    secret = process.backend.oversee.add_client("ingrid", BY_TEST)
    return {"client_id": secret.client_id, "client_secret": secret.client_secret}


def books(pretended: SimulatorServer, system: str, kept: str) -> list[object]:
    of_it: list[object] = call("GET", f"{pretended.url}/_state").json()[system][kept]
    return of_it


def dying_at(point: str) -> dict[str, str]:
    return {**os.environ, "CARRIER_CRASH_AT": point}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        with suppress(OSError):
            if is_so():
                return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def until_ready(url: str) -> None:
    until(lambda: call("GET", f"{url}/readyz").status == 200)


def test_a_booking_whose_web_process_is_killed_at_the_couriers_answer_is_made_once(
    engine: Engine, pretended: SimulatorServer, process: Process, credentials: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    with Processes(dying_at("after:intigo/create parcels"), tmp_path) as processes:
        processes.start("serve", "--port", str(port), output=subprocess.DEVNULL)
        until_ready(f"http://127.0.0.1:{port}")
        token = call("POST", f"http://127.0.0.1:{port}/oauth/token", credentials).json()["access_token"]
        with pytest.raises(ConnectionError):
            call("POST", f"http://127.0.0.1:{port}/booking", BOOKING, token)
    made = books(pretended, "intigo", "parcels")
    assert process.book(credentials) == 503
    assert Process(engine, datetime.now(UTC) + LEASE + timedelta(seconds=5)).book(credentials) == 200
    assert books(pretended, "intigo", "parcels") == made
    assert len(made) == len(BOOKING["packages"])


def test_an_update_whose_worker_is_killed_at_ingrids_answer_is_sent_once_more_at_most(
    engine: Engine, pretended: SimulatorServer, process: Process, credentials: dict[str, str], tmp_path: Path
) -> None:
    assert process.book(credentials) == 200
    command = [sys.executable, "-m", "carrier_backend", "work"]
    died = subprocess.run(
        command, env=dying_at("after:ingrid/update status"), cwd=tmp_path, check=False, timeout=START_SECONDS
    )
    assert died.returncode == KILLED
    after = Process(engine, datetime.now(UTC) + LEASE * 2).backend.push_statuses
    while after.run_once():
        pass
    sent = len(books(pretended, "ingrid", "pushes"))
    assert len(BOOKING["packages"]) <= sent <= 2 * len(BOOKING["packages"])


def one_of_many(number: int) -> dict[str, object]:
    """A booking of its own."""
    package = {**BOOKING["packages"][0], "references": {"package_id": f"box-{number}"}}
    return {**BOOKING, "references": {"tos_id": f"tos-{number}", "external_id": str(number)}, "packages": [package]}


def until_answered(url: str, body: dict[str, object], token: str) -> int:
    """The status in the end: a process that is being replaced may hang up on who connects just then."""
    for _ in range(10):
        with suppress(OSError, HTTPException):
            return call("POST", f"{url}/booking", body, token).status
    raise AssertionError("nobody answered")


def test_web_processes_that_share_a_parent_and_are_replaced_disturb_neither_each_other_nor_the_worker(
    pretended: SimulatorServer, credentials: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    replaced = {"WEB_CONCURRENCY": "3", "GUNICORN_CMD_ARGS": "--max-requests 8"}
    with Processes({**os.environ, **replaced}, tmp_path) as processes, ThreadPoolExecutor(4) as callers:
        processes.start("serve", "--port", str(port), output=subprocess.DEVNULL)
        processes.start("work", output=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        until_ready(url)
        token = call("POST", f"{url}/oauth/token", credentials).json()["access_token"]
        answers = callers.map(lambda number: until_answered(url, one_of_many(number), token), range(BOOKINGS))
        assert set(answers) == {200}
        until(lambda: len(books(pretended, "ingrid", "pushes")) == BOOKINGS)
        assert processes.are_all_alive
    assert len(books(pretended, "intigo", "parcels")) == BOOKINGS
