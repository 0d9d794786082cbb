"""Web and worker as they are run: by one command, with an end that is graceful."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from carrier_backend.demo import start
from carrier_backend.demo.caller import call
from carrier_backend.demo.screen import Screen
from carrier_backend.demo.stage import Stage, set_up
from carrier_backend.simulator.orders import JOURNEYS


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as threads:
        yield threads


def is_being_created(stage: Stage) -> bool:
    return any(call["operation"] == "create_batch" for call in stage.state()["intigo"]["calls"])


def test_a_booking_in_hand_is_finished_before_the_end(
    threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with set_up() as stage:
        credentials = start(stage, Screen())
        token = call("POST", f"{stage.url}/oauth/token", credentials).json()["access_token"]
        stage.control({"system": "intigo", "operation": "create_batch", "fault": "slow", "seconds": 2})
        answer = threads.submit(call, "POST", f"{stage.url}/booking", JOURNEYS[0].booking, token)
        assert Screen().wait("", lambda: is_being_created(stage), 10)
    assert (answer.result().status, len(answer.result().json()["packages"])) == (200, 2)


def hang_up_early(url: str, token: str, stage: Stage) -> None:
    """Ask for a booking, and be gone before it is answered."""
    connection = HTTPConnection(url.removeprefix("http://"))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "x-api-version": "v1.0"}
    connection.request("POST", "/booking", json.dumps(JOURNEYS[0].booking), headers)
    assert Screen().wait("", lambda: is_being_created(stage), 10)
    connection.close()


def test_a_booking_whose_caller_hung_up_is_finished_and_answered_to_whoever_asks_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with set_up() as stage:
        token = call("POST", f"{stage.url}/oauth/token", start(stage, Screen())).json()["access_token"]
        stage.control({"system": "intigo", "operation": "create_batch", "fault": "slow", "seconds": 1})
        hang_up_early(stage.url, token, stage)
        assert Screen().wait("", lambda: len(stage.pushes()) == 2, 20)  # nobody has asked again: it was finished
        made = stage.state()["intigo"]["parcels"]
        answer = call("POST", f"{stage.url}/booking", JOURNEYS[0].booking, token)
        assert (answer.status, len(answer.json()["packages"])) == (200, 2)
        assert stage.state()["intigo"]["parcels"] == made
