"""Ingrid's notifications API, as strict as its document."""

from typing import Any

import pytest
import requests
from flask import Flask

from carrier_backend.simulator.mount import Mount
from tests.simulator.callers import Director

LIST, RETRIGGER = "notifications", "notification.retrigger"
ORDER = {"site_id": "site-1", "external_id": "1001"}
GOOD = {"Authorization": "Bearer dG9rZW4=", "Content-Type": "application/json"}


class Merchant:
    """Whoever holds a token of the API."""

    def __init__(self, app: Flask) -> None:
        self._session = requests.Session()
        self._session.mount("http://simulator", Mount(app))

    def send(self, method: str, path: str, headers: dict[str, str] = GOOD, **options: Any) -> requests.Response:
        address = f"http://simulator/ingrid/v1/delivery_tracking/{path}"
        return self._session.request(method, address, headers=headers, timeout=1, allow_redirects=False, **options)

    def listed(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.send("GET", LIST, params=ORDER).json()["notifications"]
        return listed

    def retrigger(self, **body: Any) -> requests.Response:
        return self.send("POST", RETRIGGER, json=body)


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant(app)


def notify(director: Director, **changes: Any) -> dict[str, Any]:
    notified: dict[str, Any] = director.tell(system="ingrid", notify={**ORDER, "name": "OUT_FOR_DELIVERY", **changes})
    return notified


def errors(answer: requests.Response) -> list[str]:
    return [error["message"] for error in answer.json()["errors"]]


def test_an_order_has_the_notifications_of_its_site(merchant: Merchant, director: Director) -> None:
    told = notify(director, tracking_number="track123")
    notify(director, site_id="site-2")
    notify(director, external_id="1002")
    assert merchant.listed() == [told]
    assert set(told) == {
        "id",
        "status",
        "name",
        "channel",
        "tracking_number",
        "scheduled_at",
        "triggered_at",
        "origin",
    }


def test_a_retrigger_schedules_another_one_each_time(merchant: Merchant, director: Director) -> None:
    told = notify(director)
    answers = [merchant.retrigger(site_id="site-1", notification_id=told["id"]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [each["id"] for each in merchant.listed()[1:]] == [answer.json()["notification_id"] for answer in answers]
    assert {(each["origin"], each["status"]) for each in merchant.listed()[1:]} == {("RETRIGGER", "PENDING")}


@pytest.mark.parametrize("body", [{"site_id": "site-2"}, {"notification_id": "1"}])
def test_only_a_sites_own_notification_is_found(merchant: Merchant, director: Director, body: dict[str, str]) -> None:
    wanted = {"site_id": "site-1", "notification_id": notify(director)["id"], **body}
    answer = merchant.retrigger(**wanted)
    assert (answer.status_code, errors(answer)) == (404, ["notification not found"])


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer token", "dG9rZW4=", "HMAC-SHA256 dG9rZW4="])
def test_the_token_is_a_bearer(merchant: Merchant, authorization: str) -> None:
    headers = {**GOOD, "Authorization": authorization}
    answers = [
        merchant.send("GET", LIST, headers, params=ORDER),
        merchant.send("POST", RETRIGGER, headers, json={"site_id": "site-1", "notification_id": "1"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"site_id": "site-1"}, "external_id: is required"),
        ({**ORDER, "site_id": ""}, "site_id: is required"),
        ({**ORDER, "page": "2"}, "page: is not a parameter of this request"),
    ],
)
def test_a_list_is_asked_for_by_both_parameters_alone(merchant: Merchant, query: dict[str, str], message: str) -> None:
    answer = merchant.send("GET", LIST, params=query)
    assert (answer.status_code, errors(answer)) == (400, [message])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"site_id": "site-1"}, "notification_id: is required"),
        ({"site_id": 1, "notification_id": "1"}, "site_id: is required"),
        ({"site_id": "1", "notification_id": "1", "reason": "r"}, "reason: is not a field of this request"),
        ([], "the body must be a JSON object"),
    ],
)
def test_a_retrigger_has_both_fields_alone(merchant: Merchant, body: Any, message: str) -> None:
    answer = merchant.send("POST", RETRIGGER, json=body)
    assert (answer.status_code, errors(answer)) == (400, [message])


def test_only_json_is_taken(merchant: Merchant) -> None:
    answer = merchant.send("POST", RETRIGGER, {**GOOD, "Content-Type": "text/plain"}, data="{}")
    assert answer.status_code == 415


@pytest.mark.parametrize(("operation", "fault"), [("list_notifications", "error_before"), ("retrigger", "drop")])
def test_faults_befall_either_call(merchant: Merchant, director: Director, operation: str, fault: str) -> None:
    told = notify(director)
    director.tell(system="ingrid", operation=operation, fault=fault)
    if operation == "retrigger":
        with pytest.raises(requests.ConnectionError):
            merchant.retrigger(site_id="site-1", notification_id=told["id"])
        assert len(merchant.listed()) == 2
    else:
        assert merchant.send("GET", LIST, params=ORDER).status_code == 500
