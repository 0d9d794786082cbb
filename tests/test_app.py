"""The application as a whole: every door is there, every error has one shape, and limits hold."""

from dataclasses import replace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from carrier_backend.app import create_app
from carrier_backend.bootstrap import Replacements
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import CLIENT_SECRET, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

CREDENTIALS = {"client_id": "client-ingrid", "client_secret": CLIENT_SECRET}


@pytest.fixture
def replacements(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Replacements:
    return {"store": store, "clock": clock, "couriers": {courier.name: courier}, "channel": channel}


@pytest.fixture
def app(replacements: Replacements) -> Flask:
    return create_app(a_settings(a_catalogue()), **replacements)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


def messages(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


@pytest.mark.usefixtures("backend")
def test_a_token_opens_ingrids_door(http: FlaskClient) -> None:
    token = http.post("/oauth/token", json=CREDENTIALS).get_json()["access_token"]
    answer = http.post("/booking", json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400
    assert messages(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/booking", 401),
        ("POST", "/webhooks/nobody", 404),
        ("GET", "/admin/clients", 401),
        ("GET", "/metrics", 401),
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
    ],
)
def test_every_door_is_hung(http: FlaskClient, method: str, path: str, status: int) -> None:
    assert http.open(path, method=method, json=None if method == "GET" else {}).status_code == status


@pytest.mark.parametrize("path", ["/nothing", "/", "//booking", "/booking/", "/static/app.py", "/booking%00"])
def test_an_unknown_path_is_a_404_in_the_shape_of_all_errors(http: FlaskClient, path: str) -> None:
    answer = http.post(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert messages(answer) == ["there is nothing at this address"]


def test_a_wrong_method_is_told_the_right_ones(http: FlaskClient) -> None:
    answer = http.get("/booking")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert messages(answer)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_answered_in_the_one_shape(app: Flask, http: FlaskClient, method: str) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.build(dict.fromkeys(rule.arguments, 1))
        assert path is not None
        answer = http.open(path[1], method=method)
        if answer.status_code == 405:
            assert method not in answer.headers["Allow"].split(", ")
            assert rule.methods
            assert rule.methods <= set(answer.headers["Allow"].split(", "))
        if answer.status_code >= 400 and method != "HEAD":
            assert (answer.mimetype, next(iter(answer.get_json()))) == ("application/json", "errors"), (method, path[1])
        assert answer.headers["x-trace-id"]


def test_a_body_over_the_limit_is_not_read(http: FlaskClient) -> None:
    answer = http.post("/oauth/token", data=b"x" * (1024 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, len(messages(answer))) == (413, 1)


def test_our_own_failures_tell_callers_nothing(app: Flask) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("a secret")

    answer = app.test_client().get("/broken")
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert "secret" not in answer.text


@pytest.mark.parametrize(("hops", "address"), [(0, "10.0.0.9"), (1, "192.0.2.2"), (2, "192.0.2.1")])
def test_as_many_proxies_are_believed_as_are_trusted(replacements: Replacements, hops: int, address: str) -> None:
    app = create_app(replace(a_settings(a_catalogue()), proxy_hops=hops), **replacements)
    app.get("/address")(lambda: request.remote_addr or "")
    answer = app.test_client().get(
        "/address",
        headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Host": "evil.example"},
        environ_base={"REMOTE_ADDR": "10.0.0.9"},
    )
    assert answer.text == address


def test_nothing_is_served_in_debug_mode(app: Flask) -> None:
    assert not app.debug
