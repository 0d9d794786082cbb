"""What differs between the processes that the Backend is built for."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from carrier_backend.bootstrap import boot
from carrier_backend.cli import main
from carrier_backend.services.backend import Backend
from tests.environment import set_good
from tests.support.loopback import Counterpart, response

THREADS = 6


@pytest.fixture
def intigo() -> Iterator[Counterpart]:
    """One that answers nobody before all are there."""
    all_are_there = threading.Barrier(THREADS)

    def answer(connection: socket.socket) -> None:
        all_are_there.wait(5)
        connection.sendall(response(401))

    counterpart = Counterpart(answer)
    yield counterpart
    counterpart.close()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, intigo: Counterpart) -> Backend:
    """Beside a web server that has few threads."""
    set_good(monkeypatch, tmp_path)
    monkeypatch.setenv("CARRIER_ENV", "development")
    monkeypatch.setenv("CARRIER_WEB_THREADS", "2")
    monkeypatch.setenv("INTIGO_BASE_URL", intigo.url)
    assert CliRunner().invoke(main, ["upgrade"]).exit_code == 0
    return boot()


def test_all_of_a_workers_threads_may_call_one_courier(worker: Backend, intigo: Counterpart) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _: worker.couriers["intigo"].check(), range(THREADS)))
    assert len(intigo.requests) == THREADS
