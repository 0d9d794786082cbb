"""Whatever is asked of the token route, one of the codes of RFC 6749 is the answer, and nobody's cache keeps it."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.ingrid.door import INGRID, SECRET

GOOD = {"client_id": INGRID.id, "client_secret": SECRET}
WRONG = {**GOOD, "client_secret": "a guess"}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BASIC = "Basic " + base64.b64encode(f"{INGRID.id}:{SECRET}".encode()).decode()
OK = (200, None)
INVALID_REQUEST, INVALID_CLIENT = (400, "invalid_request"), (401, "invalid_client")
UNSUPPORTED = (400, "unsupported_grant_type")
Asked = dict[str, Any]


def as_json(body: object, **more: Any) -> Asked:
    return {"data": json.dumps(body), "content_type": JSON, **more}


def as_form(body: object, **more: Any) -> Asked:
    return {"data": urlencode(body), "content_type": FORM, **more}  # type: ignore[arg-type]  # a mapping or pairs


def with_header(authorization: str) -> Asked:
    return {"headers": {"Authorization": authorization}}


CASES: dict[str, tuple[Asked, tuple[int, str | None]]] = {
    "JSON": (as_json(GOOD), OK),
    "a form": (as_form(GOOD), OK),
    "JSON with its charset": ({"data": json.dumps(GOOD), "content_type": f"{JSON}; charset=utf-8"}, OK),
    "a form with its charset": ({"data": urlencode(GOOD), "content_type": f"{FORM};charset=UTF-8"}, OK),
    "JSON without a content type": ({"data": json.dumps(GOOD), "content_type": ""}, OK),
    "JSON of a kind": ({"data": json.dumps(GOOD), "content_type": "application/vnd.x+json"}, OK),
    "a grant": (as_json({**GOOD, "grant_type": "client_credentials"}), OK),
    "a grant in a form": (as_form({**GOOD, "grant_type": "client_credentials"}), OK),
    "an empty grant": (as_json({**GOOD, "grant_type": ""}), OK),
    "no grant, said so": (as_json({**GOOD, "grant_type": None}), OK),
    "a scope": (as_json({**GOOD, "scope": "general"}), OK),
    "another scope": (as_form({**GOOD, "scope": "everything admin"}), OK),
    "fields that a later version may have": (as_json({**GOOD, "audience": "x", "client": {"id": 1}}), OK),
    "a bearer's header beside it": (as_json(GOOD, **with_header("Bearer x")), OK),
    "a password grant": (as_json({**GOOD, "grant_type": "password"}), UNSUPPORTED),
    "a refresh grant in a form": (as_form({**GOOD, "grant_type": "refresh_token"}), UNSUPPORTED),
    "a grant in capitals": (as_json({**GOOD, "grant_type": "CLIENT_CREDENTIALS"}), UNSUPPORTED),
    "a grant that is no text": (as_json({**GOOD, "grant_type": 7}), UNSUPPORTED),
    "a wrong secret": (as_json(WRONG), INVALID_CLIENT),
    "a wrong secret in a form": (as_form(WRONG), INVALID_CLIENT),
    "an unknown client": (as_json({**GOOD, "client_id": "nobody"}), INVALID_CLIENT),
    "an unknown client with a password": (as_json({**GOOD, "client_id": "' OR '1'='1"}), INVALID_CLIENT),
    "the header alone": (with_header(BASIC), INVALID_REQUEST),
    "the header and JSON": (as_json(GOOD, **with_header(BASIC)), INVALID_REQUEST),
    "the header and a form": (as_form(GOOD, **with_header(BASIC)), INVALID_REQUEST),
    "the header in small letters": (as_json(GOOD, **with_header(BASIC.lower())), INVALID_REQUEST),
    "the header without anything": (as_json(GOOD, **with_header("Basic")), INVALID_REQUEST),
    "nothing": ({}, INVALID_REQUEST),
    "nothing as JSON": (as_json({}), INVALID_REQUEST),
    "nothing as a form": (as_form({}), INVALID_REQUEST),
    "the query": ({"query_string": urlencode(GOOD)}, INVALID_REQUEST),
    "an id alone": (as_json({"client_id": INGRID.id}), INVALID_REQUEST),
    "a secret alone": (as_form({"client_secret": SECRET}), INVALID_REQUEST),
    "an id that is a number": (as_json({**GOOD, "client_id": 7}), INVALID_REQUEST),
    "a secret that is a list": (as_json({**GOOD, "client_secret": [SECRET]}), INVALID_REQUEST),
    "a secret that is null": (as_json({**GOOD, "client_secret": None}), INVALID_REQUEST),
    "a field twice in a form": (as_form([*GOOD.items(), ("client_id", INGRID.id)]), INVALID_REQUEST),
    "a field twice in JSON": (
        {"data": json.dumps(GOOD)[:-1] + ',"client_id":"other"}', "content_type": JSON},
        INVALID_REQUEST,
    ),
    "a list": (as_json([GOOD]), INVALID_REQUEST),
    "a text": (as_json("client_id"), INVALID_REQUEST),
    "no JSON": ({"data": "{", "content_type": JSON}, INVALID_REQUEST),
    "NUL in a secret": (as_json({**GOOD, "client_secret": "a\x00b"}), INVALID_REQUEST),
    "NUL in a form": (as_form({**GOOD, "client_id": "a\x00b"}), INVALID_REQUEST),
    "half a character": (
        {"data": b'{"client_id":"\\ud800","client_secret":"s"}', "content_type": JSON},
        INVALID_REQUEST,
    ),
    "an id without end": (as_json({**GOOD, "client_id": "x" * 257}), INVALID_REQUEST),
    "plain text": ({"data": json.dumps(GOOD), "content_type": "text/plain"}, (415, "invalid_request")),
    "many parts": ({"data": GOOD, "content_type": "multipart/form-data"}, (415, "invalid_request")),
    "XML": ({"data": "<client_id/>", "content_type": "application/xml"}, (415, "invalid_request")),
    "a body without end": ({"data": b" " * 1_048_577, "content_type": JSON}, (413, "invalid_request")),
}


def test_there_are_many_ways_to_ask() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_one_of_the_standards(http: FlaskClient, case: str) -> None:
    asked, expected = CASES[case]
    answer = http.post("/oauth/token", **asked)
    told = answer.get_json()
    assert (answer.status_code, told.get("error")) == expected, answer.text
    assert bool(told.get("errors")) is (expected != OK)
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


def test_an_unknown_client_is_answered_byte_for_byte_as_a_wrong_secret(http: FlaskClient) -> None:
    trace = {"x-trace-id": "TRACE1"}
    wrong = http.post("/oauth/token", json=WRONG, headers=trace)
    unknown = http.post("/oauth/token", json={**GOOD, "client_id": "nobody"}, headers=trace)
    assert (wrong.status, wrong.data, dict(wrong.headers)) == (unknown.status, unknown.data, dict(unknown.headers))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_asks_for_a_token(http: FlaskClient, method: str) -> None:
    answer = http.open("/oauth/token", method=method, query_string=urlencode(GOOD))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
