"""Of a message stays what is known to name nobody: everything else is withheld, and its shape is kept."""

import base64
import hashlib
import json
from typing import Any

import pytest

from carrier_backend.support import redaction
from carrier_backend.support.redaction import LONGEST_KEPT, LONGEST_READ_BYTES, WITHHELD

ALLOWED = frozenset({"nid", "status", "", "dates", "page"})


def kept(body: Any, allowed: redaction.Allowed = ALLOWED) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    written = redaction.written(allowed, body=raw)
    return None if written is None else json.loads(written)["body"]


def test_values_stand_under_names_that_are_allowed_and_nowhere_else() -> None:
    body = {"nid": "1097367", "name": "Amira", "parcels": [{"nid": 7, "phone": 20123456, "isFragile": False}]}
    assert kept(body) == {
        "nid": "1097367",
        "name": WITHHELD,
        "parcels": [{"nid": 7, "phone": WITHHELD, "isFragile": False}],
    }


def test_a_bare_value_goes_by_the_empty_name_and_a_list_by_its_own() -> None:
    assert kept(12.5) == 12.5
    assert kept({"dates": ["2026-11-23", "2026-11-24 08:00:00"]}) == {"dates": ["2026-11-23", "2026-11-24 08:00:00"]}


@pytest.mark.parametrize("text", ["Amira Trabelsi", "amira@shop.example", "7, rue de la Plage", "Béja", "x" * 81])
def test_what_does_not_look_like_a_code_is_withheld_even_where_a_code_belongs(text: str) -> None:
    assert kept({"nid": text}) == {"nid": WITHHELD}


@pytest.mark.parametrize("name", ["Amira Trabelsi", "+21620123456", "20123456", "a@b.example"])
def test_a_name_that_is_no_fields_is_withheld(name: str) -> None:
    assert kept({name: {"nid": "7"}}) == {WITHHELD: {"nid": "7"}}


def test_of_a_label_its_own_hash_is_kept_however_it_comes() -> None:
    pdf = b"%PDF-1.4 " + bytes(range(256)) * 4
    told = f"[{len(pdf)} bytes, sha256 {hashlib.sha256(pdf).hexdigest()}]"
    assert kept(pdf) == told
    assert kept({"label_data": base64.b64encode(pdf).decode()}) == {"label_data": told}


@pytest.mark.parametrize("body", [b"<html>Amira</html>", b'{"nid": 1, "nid": 2}', b'{"nid":', b"\xff\xfe"])
def test_of_what_cannot_be_read_the_hash_is_kept(body: bytes) -> None:
    assert kept(body) == f"[{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()}]"


def test_what_is_very_long_is_not_even_read() -> None:
    assert "bytes, sha256" in kept(json.dumps(["7"] * LONGEST_READ_BYTES).encode())


def test_what_is_kept_is_cut_off_and_says_so() -> None:
    written = redaction.written(ALLOWED, body=json.dumps([{"nid": "7"}] * 10_000).encode())
    assert written is not None
    assert len(written) < LONGEST_KEPT + 50
    assert "[cut off: " in written


def test_a_query_is_redacted_alike() -> None:
    query = [("api_token", "a secret"), ("page", "2"), ("nid", "Amira Trabelsi")]
    written = redaction.written(ALLOWED, query=query)
    assert written == '{"query":{"api_token":"[withheld]","page":"2","nid":"[withheld]"}}'


def test_of_headers_only_those_about_limits_and_traces_are_kept() -> None:
    headers = {
        "Retry-After": "7",
        "X-RateLimit-Remaining-Minute": "49",
        "x-trace-id": "TRACE1",
        "Set-Cookie": "session=a",
        "Authorization": "Bearer a",
        "Date": "today",
    }
    written = redaction.written(ALLOWED, headers=headers)
    assert written == '{"headers":{"retry-after":"7","x-ratelimit-remaining-minute":"49","x-trace-id":"TRACE1"}}'


def test_where_nothing_is_to_be_kept_nothing_is() -> None:
    assert redaction.written(None, query=[("nid", "7")], body=b'{"nid":"7"}') is None
    assert redaction.written(ALLOWED) is None
