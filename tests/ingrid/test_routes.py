"""The five routes, as Ingrid calls them."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend.domain.errors import Malformed, NotServed, Throttled, Unknown
from carrier_backend.domain.orders import OptionsQuery, Order, Prebooking
from carrier_backend.services.agree_terms import IN_THE_PAST, NOT_COVERED
from carrier_backend.services.book import Answer
from carrier_backend.services.cancel import NOT_FOUND
from tests.ingrid.conftest import Caller
from tests.ingrid.door import FakeBackend
from tests.ingrid.samples import changed, sample


def test_credentials_buy_a_token(http: FlaskClient) -> None:
    answer = http.post("/oauth/token", json=sample("token_request"))
    told = answer.get_json()
    assert answer.status_code == 200
    assert {**told, "access_token": "access_token_value"} == sample("token_answer")
    options = {"Authorization": f"Bearer {told['access_token']}"}
    assert http.post("/shipping-options", json=sample("options_request"), headers=options).status_code == 200


def test_a_token_is_for_nobodys_cache(http: FlaskClient) -> None:
    answer = http.post("/oauth/token", json=sample("token_request"))
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


def test_credentials_may_come_as_a_form_with_a_grant_and_a_scope(http: FlaskClient) -> None:
    form = {**sample("token_request"), "grant_type": "client_credentials", "scope": "general"}
    assert http.post("/oauth/token", data=form).status_code == 200


def test_wrong_credentials_are_refused_in_both_shapes(http: FlaskClient) -> None:
    answer = http.post("/oauth/token", json={"client_id": "client_id_value", "client_secret": "guessed"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.get_json() == {
        "errors": [{"message": "invalid client credentials"}],
        "error": "invalid_client",
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("request_body", "error"),
    [
        ({"client_id": "client_id_value"}, "invalid_request"),
        ({"client_id": 7, "client_secret": "s"}, "invalid_request"),
        ({"client_id": "", "client_secret": "s"}, "invalid_request"),
        ({"client_id": "c", "client_secret": "s", "grant_type": "password"}, "unsupported_grant_type"),
        (["client_id"], "invalid_request"),
    ],
)
def test_a_token_request_that_is_none_is_refused(http: FlaskClient, request_body: object, error: str) -> None:
    answer = http.post("/oauth/token", json=request_body)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert answer.get_json()["errors"]


def test_credentials_in_two_places_are_refused(http: FlaskClient) -> None:
    answer = http.post("/oauth/token", json=sample("token_request"), auth=("client_id_value", "secret"))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_a_form_field_that_comes_twice_is_refused(http: FlaskClient) -> None:
    twice = {"client_id": ["client_id_value", "other"], "client_secret": "client_secret_value"}
    answer = http.post("/oauth/token", data=twice)
    assert answer.get_json()["errors"] == [{"message": "client_id: is given more than once"}]
    assert answer.status_code == 400


def test_who_guesses_secrets_is_told_to_wait(http: FlaskClient, backend: FakeBackend) -> None:
    backend.admit.error = Throttled("too many failed attempts", 42.2)
    answer = http.post("/oauth/token", json=sample("token_request"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "43")
    assert answer.get_json()["error"] == "invalid_client"


def test_failures_are_counted_by_the_callers_address(http: FlaskClient, backend: FakeBackend) -> None:
    http.post("/oauth/token", json=sample("token_request"), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert backend.admit.asked == [("client_id_value", "client_secret_value", "192.0.2.7")]


def test_our_own_failure_to_issue_a_token_is_no_fault_of_the_request(
    http: FlaskClient, app: Flask, backend: FakeBackend
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    backend.admit.error = RuntimeError("the database is gone")
    answer = http.post("/oauth/token", json=sample("token_request"))
    assert (answer.status_code, answer.get_json()["error"]) == (500, "server_error")


def test_the_documents_options_request_is_understood(ingrid: Caller, backend: FakeBackend) -> None:
    answer = ingrid.post("/shipping-options", sample("options_request"))
    assert answer.status_code == 200
    assert answer.get_json() == {"delivery_times": [], "delivery_locations": []}
    (query,) = backend.asked
    assert isinstance(query, OptionsQuery)
    assert query.client_id == "client_id_value"


def test_an_unserved_place_is_refused_in_the_documents_words(ingrid: Caller, backend: FakeBackend) -> None:
    backend.error = NotServed(NOT_COVERED)
    answer = ingrid.post("/shipping-options", sample("options_request"))
    assert (answer.status_code, answer.get_json()) == (422, sample("postal_code_not_covered"))


def test_the_documents_prebooking_is_understood(ingrid: Caller, backend: FakeBackend) -> None:
    answer = ingrid.post("/prebooking", sample("prebooking_request"))
    assert (answer.status_code, answer.get_json()) == (200, sample("prebooking_answer"))
    (prebooking,) = backend.asked
    assert isinstance(prebooking, Prebooking)


def test_a_time_that_is_over_is_refused_in_the_documents_words(ingrid: Caller, backend: FakeBackend) -> None:
    backend.error = Malformed(IN_THE_PAST)
    answer = ingrid.post("/prebooking", sample("prebooking_request"))
    assert (answer.status_code, answer.get_json()) == (400, sample("prebooking_in_the_past"))


def test_the_documents_booking_is_understood(ingrid: Caller, backend: FakeBackend) -> None:
    backend.answer = Answer(json.dumps(sample("booking_answer")).encode(), is_replay=False)
    answer = ingrid.post("/booking", sample("booking_request"))
    assert (answer.status_code, answer.get_json()) == (200, sample("booking_answer"))
    assert "x-idempotent-replay" not in answer.headers
    (order,) = backend.asked
    assert isinstance(order, Order)


def test_a_replay_is_marked_and_byte_for_byte(ingrid: Caller, backend: FakeBackend) -> None:
    stored = b'{"packages": [{"barcode":"7","label_data":"JVBERi0="}]}'
    backend.answer = Answer(stored, is_replay=True)
    answer = ingrid.post("/booking", sample("booking_request"))
    assert (answer.data, answer.headers["x-idempotent-replay"]) == (stored, "true")


def test_labels_are_for_nobodys_cache(ingrid: Caller) -> None:
    assert ingrid.post("/booking", sample("booking_request")).headers["Cache-Control"] == "no-store"


def test_a_cancellation_names_client_and_barcode(ingrid: Caller, backend: FakeBackend) -> None:
    answer = ingrid.send("DELETE", "/booking/packages/P2G-123", headers={"x-trace-id": "T1"})
    assert (answer.status_code, answer.get_json()) == (200, sample("cancel_answer"))
    assert backend.asked == [("client_id_value", "P2G-123", "T1")]


def test_an_unknown_barcode_is_refused_in_the_documents_words(ingrid: Caller, backend: FakeBackend) -> None:
    backend.error = Unknown(NOT_FOUND)
    answer = ingrid.send("DELETE", "/booking/packages/123")
    assert (answer.status_code, answer.get_json()) == (404, sample("package_not_found"))


@pytest.mark.parametrize("path", ["a%00b", "..%2Fetc", "a/b", "1/", "%D9%A1%D9%A2", "x" * 65, "a%20b", "..", "a_b"])
def test_what_cannot_be_a_barcode_reaches_nobody(ingrid: Caller, backend: FakeBackend, path: str) -> None:
    answer = ingrid.send("DELETE", f"/booking/packages/{path}")
    assert (answer.status_code, answer.get_json()) == (404, sample("package_not_found"))
    assert backend.asked == []


@pytest.mark.parametrize("version", ["", "v1", "v1.0", "v1.7", "v1.12"])
def test_every_minor_version_is_spoken(ingrid: Caller, version: str) -> None:
    headers = {"x-api-version": version}
    assert ingrid.post("/prebooking", sample("prebooking_request"), **headers).status_code == 200


@pytest.mark.parametrize("version", ["v2.0", "v10", "1.0", "v1.", "v1.0.0", "latest", "v1.٣"])
def test_another_version_is_refused(ingrid: Caller, backend: FakeBackend, version: str) -> None:
    headers = {"x-api-version": version.encode().decode("latin-1")}
    answer = ingrid.post("/prebooking", sample("prebooking_request"), **headers)
    assert (answer.status_code, answer.get_json()["errors"]) == (
        400,
        [{"message": "x-api-version: only v1 is spoken here"}],
    )
    assert backend.asked == []


def test_the_trace_id_travels_with_what_is_asked(ingrid: Caller, backend: FakeBackend) -> None:
    headers = {"x-trace-id": "P202307262336326SP2SFY4FH839WDG"}
    answer = ingrid.post("/booking", sample("booking_request"), **headers)
    (order,) = backend.asked
    assert isinstance(order, Order)
    assert order.journey.trace_id == "P202307262336326SP2SFY4FH839WDG" == answer.headers["x-trace-id"]


@pytest.mark.parametrize("path", ["/shipping-options", "/prebooking", "/booking"])
def test_an_empty_body_has_every_missing_part_named(ingrid: Caller, path: str) -> None:
    answer = ingrid.post(path, {})
    assert answer.status_code == 400
    assert {"message": "parties: is required"} in answer.get_json()["errors"]


def test_every_fault_of_a_request_is_named_at_once(ingrid: Caller, backend: FakeBackend) -> None:
    body = changed(sample("booking_request"), "packages.0.weight", "15")
    body = changed(body, "parties.to.address.country", "Sweden")
    answer = ingrid.post("/booking", body)
    assert answer.status_code == 400
    assert answer.get_json()["errors"] == [
        {"message": "parties.to.address.country: must be the two letters of a country, ISO 3166-1 alpha-2"},
        {"message": "packages[0].weight: must be a whole number"},
    ]
    assert backend.asked == []


def test_what_was_asked_and_answered_is_kept_without_people(ingrid: Caller, backend: FakeBackend) -> None:
    asked = sample("booking_request")
    ingrid.post("/booking", asked)
    kept = backend.exchanges.recorded[-1]
    assert (kept.heading, kept.who, kept.operation, kept.status) == ("in", "ingrid", "book", 200)
    body = json.loads(kept.request or "")["body"]
    parties = body["parties"]
    assert [parties["customer"][name] for name in ("phone", "email")] == ["[withheld]"] * 2
    assert body["references"]["tos_id"] == asked["references"]["tos_id"]


def test_of_a_token_only_the_fact_is_kept(http: FlaskClient, backend: FakeBackend) -> None:
    http.post("/oauth/token", json=sample("token_request"))
    (kept,) = backend.exchanges.recorded
    assert (kept.operation, kept.status, kept.request, kept.response) == ("token", 200, None, None)


@pytest.mark.parametrize(
    ("barcode", "path"), [("P2G1234567", "/booking/packages/P2G1234567"), ("Amira", "/booking/packages/<path:barcode>")]
)
def test_a_path_that_might_name_somebody_is_kept_as_its_template(
    ingrid: Caller, backend: FakeBackend, barcode: str, path: str
) -> None:
    ingrid.send("DELETE", f"/booking/packages/{barcode}")
    assert backend.exchanges.recorded[-1].path == path


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/booking", {"x-api-version": "v2"}), ("/booking", {"Authorization": "Bearer guessed"}), ("/oauth/token", {})],
)
def test_of_what_a_stranger_says_nothing_is_kept(
    http: FlaskClient, backend: FakeBackend, path: str, headers: dict[str, str]
) -> None:
    assert http.post(path, json=sample("booking_request"), headers=headers).status_code in (400, 401)
    assert backend.exchanges.recorded == []
