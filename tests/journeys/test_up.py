"""Web and worker as they are run: by one command, with an end that is graceful."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
