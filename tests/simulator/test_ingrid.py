"""Ingrid's webhook: only what is rightly signed and rightly formed is taken, and everything is kept."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
from flask import Flask

from carrier_backend.simulator.mount import Mount
from tests.simulator.callers import Director

SITE = "5f5c1bd1-c365-4555-8771-739213e19b49"


class Carrier:
    """Pushes statuses; signs the very bytes it sends."""

    def __init__(self, app: Flask) -> None:
        self._session = requests.Session()
        self._session.mount("http://simulator", Mount(app))

    def push(self, body: Any, **changes: str) -> requests.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"carrier": "us", "query": f"site_id={SITE}", "secret": "secret", **changes}
        signature = base64.b64encode(hmac.digest(told["secret"].encode(), raw, hashlib.sha256)).decode()
        headers = {"Authorization": told.get("authorization", f"HMAC-SHA256 {signature}")}
        address = f"http://simulator/ingrid/v1/integrations/{told['carrier']}/update.status?{told['query']}"
        return self._session.post(address, data=raw, headers=headers, timeout=1, allow_redirects=False)


def an_update(**changes: Any) -> dict[str, Any]:
    update = {
        "barcode": "1097367",
        "shipping_method": "intigo-home",
        "shipper_id": "shop-1",
        "event_status": "delivered",
        "event_time": "2026-11-21T10:00:00Z",
    }
    return update | changes


@pytest.fixture
def carrier(app: Flask) -> Carrier:
    return Carrier(app)


def test_a_signed_update_is_accepted_and_kept_to_the_byte(carrier: Carrier, director: Director) -> None:
    raw = '{"barcode": "1", "shipping_method":"m","shipper_id":"s","event_status":"سُلِّم 📦 136.0",'
    raw += '"event_time":"2026-11-21T10:00:00.123Z"}'

    answer = carrier.push(raw.encode())

    assert (answer.status_code, answer.json()) == (200, {})
    (push,) = director.books("ingrid")["pushes"]
    assert base64.b64decode(push["raw_base64"]) == raw.encode()
    assert (push["signature"], push["accepted"], push["status"], push["site_id"]) == (
        "valid",
        True,
        200,
        SITE,
    )


def test_the_documents_update_is_accepted(carrier: Carrier) -> None:
    arrival = {"start": "2023-07-31T23:30:00Z", "end": "2023-07-31T23:30:00Z"}

    assert carrier.push(an_update(estimated_arrival_time=arrival)).status_code == 200


@pytest.mark.parametrize("secret", ["secret", "old-secret"])
def test_either_secret_is_good_while_they_rotate(carrier: Carrier, secret: str) -> None:
    assert carrier.push(an_update(), secret=secret).status_code == 200


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"secret": "wrong"}, "invalid"),
        ({"authorization": "HMAC-SHA256 é"}, "invalid"),
        ({"authorization": ""}, "missing"),
        ({"authorization": "Bearer secret"}, "missing"),
    ],
)
def test_a_bad_signature_is_refused_in_the_documents_words(
    carrier: Carrier, director: Director, changes: dict[str, str], verdict: str
) -> None:
    answer = carrier.push(an_update(), **changes)

    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"message": "invalid or missing authorization header"}]}
    (push,) = director.books("ingrid")["pushes"]
    assert (push["signature"], push["accepted"], push["status"]) == (verdict, False, 401)


def test_the_signature_vector_of_the_specification_holds(carrier: Carrier, director: Director) -> None:
    header = "HMAC-SHA256 0666ug+Lid0lEjD7bZwM6JWVfQdLDLVOWCA24Dtv8ns="

    carrier.push(b'{"barcode":"A1","event_status":"submitted"}', authorization=header)

    assert director.books("ingrid")["pushes"][0]["signature"] == "valid"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"barcode": 1097367}, "barcode"),
        ({"shipping_method": ""}, "shipping_method"),
        ({"shipper_id": None}, "shipper_id"),
        ({"event_status": 6}, "event_status"),
        ({"event_time": "2026-11-21T10:00:00"}, "event_time"),
        ({"event_time": "2026-11-21T10:00:00+01:00"}, "event_time"),
        ({"event_time": "2026-13-21T10:00:00Z"}, "event_time"),
        ({"estimated_arrival_time": None}, "estimated_arrival_time"),
        ({"estimated_arrival_time": {"start": "2026-11-21T10:00:00Z"}}, "estimated_arrival_time"),
        (
            {"estimated_arrival_time": {"start": "2026-11-21T10:00:01Z", "end": "2026-11-21T10:00:00Z"}},
            "estimated_arrival_time",
        ),
        ({"location": "Tunis"}, "location"),
    ],
)
def test_a_body_out_of_form_is_refused_by_name(
    carrier: Carrier, director: Director, changes: dict[str, Any], named: str
) -> None:
    answer = carrier.push(an_update(**changes))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(f"{named}: ")
    assert director.books("ingrid")["pushes"][0]["accepted"] is False


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(carrier: Carrier, raw: bytes) -> None:
    assert carrier.push(raw).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"), [({"carrier": "them"}, 404), ({"query": ""}, 400), ({"query": "site_id=1"}, 400)]
)
def test_carrier_and_site_must_be_known(carrier: Carrier, changes: dict[str, str], status: int) -> None:
    assert carrier.push(an_update(), **changes).status_code == status


@pytest.mark.parametrize(
    ("fault", "parameters", "status", "accepted"),
    [
        ("refuse", {"status": 410, "body": {"errors": [{"message": "gone"}]}}, 410, False),
        ("error_before", {"status": 503}, 503, False),
        ("error_after", {"status": 502}, 502, True),
        ("rate_limit", {"retry_after": "5"}, 429, False),
        ("redirect", {}, 302, False),
        ("slow", {"seconds": 0.01}, 200, True),
    ],
)
def test_a_push_may_be_refused_fail_or_be_accepted_under_an_error(
    carrier: Carrier, director: Director, fault: str, parameters: dict[str, Any], status: int, accepted: bool
) -> None:
    director.tell(system="ingrid", operation="push", fault=fault, **parameters)

    answer = carrier.push(an_update())

    assert answer.status_code == status
    (push,) = director.books("ingrid")["pushes"]
    assert (push["accepted"], push["status"]) == (accepted, status)


@pytest.mark.parametrize(("fault", "error"), [("drop", requests.ConnectionError), ("slow", requests.ReadTimeout)])
def test_a_push_may_be_accepted_and_its_answer_lost(
    carrier: Carrier, director: Director, fault: str, error: type[Exception]
) -> None:
    told = {"seconds": 60} if fault == "slow" else {}
    director.tell(system="ingrid", operation="push", fault=fault, **told)

    with pytest.raises(error):
        carrier.push(an_update())
    (push,) = director.books("ingrid")["pushes"]
    assert (push["accepted"], push["status"]) == (True, None)
