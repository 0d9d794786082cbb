"""What operators see of Ingrid's notifications, the pretended Ingrid behind it all."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.services.backend import Backend
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store
from carrier_backend.support.sessions import new_session
from tests.builders import a_catalogue, a_merchant, an_order
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock
from tests.operators.conftest import BECAUSE, Caller

SITE = "site-of-shop-1"
LIST = "/admin/notifications?shipper_id=shop-1&external_id=Order%201001"


@pytest.fixture
def simulator() -> FlaskClient:
    return create_simulator(SimulatorSettings(ingrid_api_token="dG9rZW4=")).test_client()


@pytest.fixture
def session(simulator: FlaskClient) -> Iterator[requests.Session]:
    session = new_session()
    session.mount("http://ingrid.test", Mount(simulator.application))
    yield session
    session.close()


@pytest.fixture
def token() -> str:
    return "dG9rZW4="


@pytest.fixture
def backend(
    store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel, session: requests.Session, token: str
) -> Backend:
    settings = a_settings(a_catalogue())
    settings = replace(settings, ingrid=replace(settings.ingrid, base_url="http://ingrid.test/ingrid", api_token=token))
    backend = build_backend(
        settings, store=store, clock=clock, couriers={courier.name: courier}, channel=channel, session=session
    )
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest("a secret"))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    return backend


def notify(simulator: FlaskClient, **changes: Any) -> str:
    told = {"site_id": SITE, "external_id": "Order 1001", "name": "OUT_FOR_DELIVERY", **changes}
    answer = simulator.post("/_control", json={"system": "ingrid", "notify": told})
    notified: str = answer.get_json()["id"]
    return notified


def script(simulator: FlaskClient, operation: str, fault: str, **parameters: Any) -> None:
    command = {"system": "ingrid", "operation": operation, "fault": fault, **parameters}
    assert simulator.post("/_control", json=command).status_code == 200


def errors(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


def test_what_was_told_of_an_order_is_listed_in_ingrids_words(simulator: FlaskClient, viewer: Caller) -> None:
    told = notify(simulator, scheduled_at="2023-04-01T10:00:00Z", triggered_at="2023-04-01T10:05:00Z")
    assert viewer.get(LIST).get_json() == {
        "items": [
            {
                "id": told,
                "status": "TRIGGERED",
                "name": "OUT_FOR_DELIVERY",
                "meaning": "handed out for delivery",
                "channel": "EMAIL_CHANNEL",
                "tracking_number": "",
                "scheduled_at": "2023-04-01T10:00:00.000000Z",
                "triggered_at": "2023-04-01T10:05:00.000000Z",
                "origin": "SYSTEM",
                "undocumented": [],
            }
        ],
        "next": None,
    }


def test_a_word_that_no_document_knows_is_shown_as_it_came(simulator: FlaskClient, viewer: Caller) -> None:
    notify(simulator, name="HOLOGRAM_SHOWN")
    (shown,) = viewer.get(LIST).get_json()["items"]
    assert (shown["name"], shown["meaning"], shown["undocumented"]) == ("HOLOGRAM_SHOWN", "", ["name"])


@pytest.mark.parametrize("query", ["shipper_id=shop-1", "external_id=1001"])
def test_shipper_and_order_are_both_needed(viewer: Caller, query: str) -> None:
    assert viewer.get(f"/admin/notifications?{query}").status_code == 400


def test_a_notification_is_told_again_once(simulator: FlaskClient, operator: Caller) -> None:
    told = notify(simulator)
    path, body = f"/admin/notifications/{told}/retrigger", {**BECAUSE, "shipper_id": "shop-1"}
    first, second = (operator.post(path, body) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 409)
    again = operator.get(LIST).get_json()["items"][1]
    assert (again["id"], again["origin"]) == (first.get_json()["notification_id"], "RETRIGGER")


def test_what_ingrid_says_no_to_is_passed_on(operator: Caller) -> None:
    answer = operator.post("/admin/notifications/nobodys/retrigger", {**BECAUSE, "shipper_id": "shop-1"})
    assert (answer.status_code, errors(answer)) == (422, ["ingrid (retrigger notification): notification not found"])


def test_a_retrigger_whose_answer_is_lost_says_so(simulator: FlaskClient, operator: Caller) -> None:
    script(simulator, "retrigger", "drop")
    answer = operator.post(f"/admin/notifications/{notify(simulator)}/retrigger")
    (message,) = errors(answer)
    assert answer.status_code == 503
    assert message.endswith("it may have been done: look before it is done again")


def test_a_parcels_timeline_shows_what_was_told(backend: Backend, simulator: FlaskClient, viewer: Caller) -> None:
    barcode = booked(backend, viewer)
    told = notify(simulator, tracking_number=barcode)
    entries = viewer.get(f"/admin/parcels/{barcode}").get_json()["entries"]
    (shown,) = [entry for entry in entries if entry["kind"] == "notification"]
    assert (shown["title"], shown["facts"]["id"]) == ("OUT_FOR_DELIVERY", told)


@pytest.mark.parametrize("fault", ["hang_before", "error_before", "garbage", "rate_limit"])
def test_a_parcels_timeline_comes_without_ingrid(
    backend: Backend, simulator: FlaskClient, viewer: Caller, fault: str
) -> None:
    barcode = booked(backend, viewer)
    script(simulator, "list_notifications", fault)
    answer = viewer.get(f"/admin/parcels/{barcode}")
    assert answer.status_code == 200
    (said,) = [entry for entry in answer.get_json()["entries"] if entry["kind"] == "notification"]
    assert said["title"] == "Ingrid could not be asked what she told"
    assert said["facts"]["reason"].startswith("ingrid (list notifications): ")


def booked(backend: Backend, viewer: Caller) -> str:
    backend.book(an_order())
    barcode: str = viewer.get("/admin/shipments").get_json()["items"][0]["parcels"][0]["barcode"]
    return barcode


@pytest.mark.parametrize("token", [""])
def test_without_a_token_the_setting_is_named(operator: Caller, simulator: FlaskClient) -> None:
    answers = [operator.get(LIST), operator.post("/admin/notifications/n-1/retrigger")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(errors(answer)[0].endswith("INGRID_API_TOKEN is not set") for answer in answers)
    assert simulator.get("/_state").get_json()["ingrid"]["calls"] == []
