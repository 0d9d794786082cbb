"""Every route but one wants a token, in the one place where it belongs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend.ingrid.tokens import Tokens
from tests.ingrid.conftest import Caller
from tests.ingrid.door import INGRID, FakeBackend
from tests.ingrid.samples import sample

GUARDED = [
    ("POST", "/shipping-options"),
    ("POST", "/prebooking"),
    ("POST", "/booking"),
    ("DELETE", "/booking/packages/1"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_a_token_nobody_gets_in(http: FlaskClient, backend: FakeBackend, method: str, path: str) -> None:
    answer = http.open(path, method=method, json={})
    assert (answer.status_code, answer.get_json()) == (401, sample("status_refused"))
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert backend.asked == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "Bearer {token},Bearer {token}",
        "Bearer {token} {token}",
        "Bearer é",
        "Bearer \u00ff\u00fe",
        "Bearer null",
    ],
)
def test_another_header_lets_nobody_in(http: FlaskClient, tokens: Tokens, header: str) -> None:
    given = header.replace("{token}", tokens.issue(INGRID.id))
    answer = http.post("/prebooking", json={}, headers={"Authorization": given})
    assert (answer.status_code, answer.get_json()) == (401, sample("status_refused"))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(http: FlaskClient, tokens: Tokens, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {tokens.issue(INGRID.id)}"}
    assert http.post("/prebooking", json=sample("prebooking_request"), headers=headers).status_code == 200


def test_a_token_in_the_query_or_body_lets_nobody_in(http: FlaskClient, tokens: Tokens) -> None:
    token = tokens.issue(INGRID.id)
    answer = http.post(f"/prebooking?access_token={token}", json={"access_token": token})
    assert answer.status_code == 401


def test_a_client_that_is_no_longer_welcome_is_turned_away(ingrid: Caller, backend: FakeBackend) -> None:
    backend.admit.is_welcome = False
    answer = ingrid.post("/prebooking", sample("prebooking_request"))
    assert (answer.status_code, answer.get_json()) == (401, sample("status_refused"))


def test_who_has_no_token_learns_nothing_about_the_body(http: FlaskClient) -> None:
    assert http.post("/booking", data="{", content_type="text/plain").status_code == 401


def test_every_route_of_ingrids_names_its_guard(app: Flask) -> None:
    guards = {
        rule.rule: app.view_functions[rule.endpoint].__dict__.get("guard")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("ingrid.", "oauth."))
    }
    assert guards.pop("/oauth/token") == "anyone"
    assert set(guards.values()) == {"client"}
    assert len(guards) == 4
