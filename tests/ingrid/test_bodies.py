"""What counts as a body: a JSON object of moderate size, read by the one strict parser."""

import gzip
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.ingrid.conftest import Caller
from tests.ingrid.door import FakeBackend
from tests.ingrid.samples import sample

GOOD = b'{"parties": {}}'


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/vnd.ingrid+json", None, ""],
)
def test_json_by_any_of_its_names_is_read(ingrid: Caller, content_type: str | None) -> None:
    answer = ingrid.send("POST", "/prebooking", data=GOOD, content_type=content_type)
    assert answer.status_code == 400
    assert {"message": "parties.from: is required"} in answer.get_json()["errors"]


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain", "text/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "json"),
        *("application/json; charset=utf-16", "application/json; charset=iso-8859-1"),
    ],
)
def test_another_content_type_is_refused(ingrid: Caller, content_type: str) -> None:
    answer = ingrid.send("POST", "/prebooking", data=GOOD, content_type=content_type)
    assert answer.status_code == 415
    assert answer.get_json() == {
        "errors": [{"message": "the content type must be application/json, in UTF-8 and not compressed"}]
    }


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(ingrid: Caller, body: bytes) -> None:
    answer = ingrid.send("POST", "/prebooking", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"errors": [{"message": "the body must be a JSON object"}]},
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1, "a": 2}',
        b'{"parties": {"shipper": {"id": "a", "id": "b"}}}',
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": 9223372036854775808}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": "é"}'.encode("utf-16"),
        b'{"a": "\xc0\xaf"}',
        b'{"a":' * 100_000,
        b"[" * 100_000,
    ],
)
def test_what_readers_would_not_read_alike_is_refused(ingrid: Caller, backend: FakeBackend, body: bytes) -> None:
    answer = ingrid.send("POST", "/booking", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert len(answer.get_json()["errors"]) == 1
    assert backend.asked == []


@pytest.mark.parametrize("path", ["/booking", "/oauth/token"])
def test_a_body_of_more_than_a_mebibyte_is_refused(ingrid: Caller, path: str) -> None:
    body = b'{"a": "' + b"x" * 1024 * 1024 + b'"}'
    answer = ingrid.send("POST", path, data=body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.get_json()["errors"] == [{"message": "the body is larger than 1 MiB"}]


def test_a_body_without_an_end_is_given_up_at_a_mebibyte(ingrid: Caller) -> None:
    endless = BytesIO(b"x" * 3 * 1024 * 1024)
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = ingrid.send(
        "POST",
        "/booking",
        input_stream=endless,
        content_type="application/json",
        environ_overrides=environ,
    )
    assert answer.status_code == 413
    assert endless.tell() < 2 * 1024 * 1024


def test_a_form_of_more_than_its_share_is_refused(http: FlaskClient) -> None:
    form = {"client_id": "x" * 2 * 1024 * 1024, "client_secret": "s"}
    assert http.post("/oauth/token", data=form).status_code == 413


def test_what_is_compressed_is_refused_unread(ingrid: Caller) -> None:
    packed = gzip.compress(GOOD)
    answer = ingrid.send(
        "POST", "/prebooking", data=packed, content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("client_id=a&client_secret=%C3%A9", 401),
        ("client_id=a&client_secret=%E9", 400),
        ("client_id=a&client_secret=b&client_id=c", 400),
        ("client_id=a%00&client_secret=b", 400),
    ],
)
def test_a_form_is_read_as_strictly(http: FlaskClient, form: str, status: int) -> None:
    answer = http.post("/oauth/token", data=form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status
    assert answer.get_json()["errors"]


def test_a_body_on_a_route_that_has_none_is_ignored(ingrid: Caller) -> None:
    answer = ingrid.send("DELETE", "/booking/packages/1", data=b"{", content_type="text/plain")
    assert answer.status_code == 200


def test_unknown_fields_are_ignored_at_every_depth(ingrid: Caller, backend: FakeBackend) -> None:
    body = sample("booking_request")
    ingrid.post("/booking", body)
    ingrid.post("/booking", _with_news(body))
    plain, with_news = backend.asked
    assert plain.fingerprint == with_news.fingerprint  # type: ignore[attr-defined]  # both are orders


def _with_news(value: object) -> object:
    if isinstance(value, dict):
        return {**{name: _with_news(inner) for name, inner in value.items()}, "new in v1.9": [{"deep": None}]}
    return [_with_news(inner) for inner in value] if isinstance(value, list) else value
