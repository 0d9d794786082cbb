"""The director's door: what it takes, what it refuses, and how everything begins anew."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask, redirect, request

from carrier_backend.simulator import SimulatorSettings, create_simulator
from tests.simulator.callers import AccountHolder, Director, Listener, a_parcel, served

KEY_OF_DEFAULTS = f"{{ apiKey: {SimulatorSettings().intigo_api_key} }}"


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ([], "JSON object"),
        ({}, "system"),
        ({"system": "intigo"}, "can be told"),
        ({"system": "nobody", "move": {}}, "system"),
        ({"system": "intigo", "operation": "creat", "fault": "drop"}, "operation"),
        ({"system": "intigo", "operation": "create", "fault": "dorp"}, "fault"),
        ({"system": "intigo", "operation": "create", "fault": "drop", "second": 1}, "second"),
        ({"system": "intigo", "operation": "create", "fault": "late_label"}, "fault"),
        ({"system": "intigo", "move": {"nid": "9999999", "status": 6}}, "nid"),
        ({"system": "intigo", "move": {"cid": "UNKNOWN", "status": 6}}, "cid"),
        ({"system": "intigo", "move": {"status": 6}}, "nid"),
        ({"system": "intigo", "move": {"nid": "1097367", "state": 6}}, "move"),
        ({"system": "intigo", "move": {"nid": "1097367", "status": 6, "date": "now"}}, "date"),
        ({"system": "intigo", "announce": {"cids": ["UNKNOWN"]}}, "cid"),
        ({"system": "intigo", "redeliver": {"webhook": 0}}, "webhook"),
        ({"system": "intigo", "progress": {"ticket": 1, "status": 3}}, "ticket"),
        ({"clock": {"seconds": 1}}, "clock"),
        ({"clock": {"stand_at": "noon"}}, "stand_at"),
        ({"clock": {"stand_at": "2026-11-21T08:00:00"}}, "stand_at"),
    ],
)
def test_a_command_that_cannot_be_followed_is_refused_by_name(app: Flask, command: Any, named: str) -> None:
    answer = app.test_client().post("/_control", json=command)

    assert answer.status_code == 400
    assert named in answer.get_json()["error"]


def test_a_reset_empties_books_script_and_clock(app: Flask, holder: AccountHolder, director: Director) -> None:
    before = holder.nid()
    director.script("create", "drop")
    director.tell(clock={"advance_seconds": 86400})

    app.test_client().post("/_reset")

    assert director.books() == {"parcels": [], "tickets": [], "calls": [], "webhooks": []}
    assert holder.nid() > before
    assert datetime.fromisoformat(director.books()["calls"][0]["at"]) < datetime.now(UTC) + timedelta(hours=1)


def test_a_reset_drops_what_was_to_be_done_late(app: Flask, holder: AccountHolder, director: Director) -> None:
    director.script("create", "commit_late", seconds=60)
    holder.create()

    app.test_client().post("/_reset")
    director.tell(clock={"advance_seconds": 61})

    assert director.cids() == []


def test_a_reset_wakes_whoever_hangs(app: Flask, director: Director) -> None:
    director.script("create", "slow", seconds=60)
    answers: list[int] = []
    patient = AccountHolder(app, timeout=3600)
    waiting = threading.Thread(target=lambda: answers.append(patient.create().status_code))
    waiting.start()
    while not any(call["fault"] for call in director.books()["calls"]):
        time.sleep(0.001)

    app.test_client().post("/_reset")
    waiting.join(timeout=10)

    assert answers == [503]
    assert director.cids() == []


def test_the_clock_moves_what_systems_write(holder: AccountHolder, director: Director) -> None:
    now = director.tell(clock={"advance_seconds": 86400 * 400})["now"]
    nid = holder.nid()

    assert holder.get(f"/parcels/{nid}/history").json()[0]["date"][:10] == now[:10]


def test_the_clock_can_be_made_to_stand(director: Director) -> None:
    told = [director.tell(clock={"stand_at": "2026-11-21T09:00:00+01:00"})["now"]]
    told += [director.tell(clock={"advance_seconds": seconds})["now"] for seconds in (0, 60)]

    assert told == ["2026-11-21T08:00:00+00:00", "2026-11-21T08:00:00+00:00", "2026-11-21T08:01:00+00:00"]


def test_a_webhook_that_nobody_hears_is_kept_with_its_error(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    listener.error = requests.ConnectionError("refused")

    told = director.intigo(move={"nid": holder.nid(), "status": 2})

    assert (told["delivered"][0]["status"], told["delivered"][0]["error"]) == (None, "refused")


def test_without_an_address_nobody_is_called(listener: Listener) -> None:
    app = create_simulator(SimulatorSettings(intigo_status_url=None), listener)
    nid = AccountHolder(app, key=KEY_OF_DEFAULTS).nid()

    told = Director(app.test_client()).intigo(move={"nid": nid, "status": 2})

    assert (told["delivered"], listener.heard) == ([], [])


def test_webhooks_go_out_over_http_unless_told_otherwise() -> None:
    backend = Flask("backend")

    @backend.post("/status")
    def echo() -> bytes:
        return request.get_data()

    with served(backend) as address:
        app = create_simulator(SimulatorSettings(intigo_status_url=f"{address}/status"))
        nid = AccountHolder(app, key=KEY_OF_DEFAULTS).nid()

        told = Director(app.test_client()).intigo(move={"nid": nid, "status": 2})

    assert told["delivered"][0]["echoed"]


def test_a_webhook_follows_no_redirect() -> None:
    backend = Flask("backend")
    backend.add_url_rule("/status", view_func=lambda: redirect("/elsewhere", 307), methods=["POST"])
    with served(backend) as address:
        app = create_simulator(SimulatorSettings(intigo_status_url=f"{address}/status"))
        nid = AccountHolder(app, key=KEY_OF_DEFAULTS).nid()

        told = Director(app.test_client()).intigo(move={"nid": nid, "status": 2})

    assert told["delivered"][0]["status"] == 307


def test_a_webhook_token_of_its_own_takes_the_place_of_the_key(listener: Listener) -> None:
    app = create_simulator(SimulatorSettings(intigo_webhook_token="token"), listener)
    nid = AccountHolder(app, key=KEY_OF_DEFAULTS).nid()

    Director(app.test_client()).intigo(move={"nid": nid, "status": 2})

    assert listener.heard[0][1]["Authorization"] == "Bearer token"


def test_creating_takes_as_long_as_was_set(listener: Listener) -> None:
    app = create_simulator(SimulatorSettings(intigo_creation_seconds=3600), listener)

    with pytest.raises(requests.ReadTimeout):
        AccountHolder(app, key=KEY_OF_DEFAULTS).create()


def test_many_at_once_get_numbers_of_their_own(holder: AccountHolder, director: Director) -> None:
    at_once = [threading.Thread(target=holder.create, kwargs={"cid": f"PARCEL-{n}"}) for n in range(20)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()

    parcels = director.books()["parcels"]

    assert len({parcel["nid"] for parcel in parcels}) == len(parcels) == 20
    assert parcels[0]["request"] == a_parcel(cid=parcels[0]["cid"])
