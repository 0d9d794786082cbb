"""What holds for every admin route alike."""

import json
from io import BytesIO

import pytest
from flask import Flask

from tests.operators.conftest import BECAUSE, Caller
from tests.operators.test_access import every_call


def errors(caller: Caller, method: str, path: str, **options: object) -> list[str]:
    answer = caller.send(method, path, **options)
    assert answer.status_code == 400, (method, path)
    return [error["message"] for error in answer.get_json()["errors"]]


def test_every_act_asks_why(app: Flask, admin: Caller) -> None:
    for name, method, path in every_call(app):
        if method not in ("GET", "HEAD"):
            assert "reason: is required" in errors(admin, method, path), name
            assert "reason: is required" in errors(admin, method, path, json={"reason": " "}), name


def test_a_filter_with_a_slip_in_it_does_not_find_everything(app: Flask, admin: Caller) -> None:
    for name, method, path in every_call(app):
        if method == "GET" and "<" not in name:
            assert "shiper_id: is not known here" in errors(admin, method, f"{path}?shiper_id=shop-1"), name


def test_no_answer_is_for_a_cache(app: Flask, admin: Caller) -> None:
    for name, method, path in every_call(app):
        for caller in (admin, Caller(app, None)):
            headers = caller.send(method, path).headers
            assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff"), name


def test_a_reason_may_stand_in_the_query(admin: Caller) -> None:
    assert admin.send("DELETE", "/admin/clients/ingrid?reason=compromised").status_code == 200


def test_a_reason_in_the_body_of_a_delete_will_do(admin: Caller) -> None:
    assert admin.delete("/admin/clients/ingrid", BECAUSE).status_code == 200


def test_a_body_of_no_stated_length_is_read(admin: Caller) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    body = BytesIO(json.dumps(BECAUSE).encode())
    answer = admin.send("DELETE", "/admin/clients/ingrid", input_stream=body, environ_overrides=chunked)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["?name=Marsa", "?reason=a&reason=b"])
def test_what_is_said_twice_is_not_done(operator: Caller, path: str) -> None:
    body = {"courier": "fake", "name": "La Marsa"}
    (message,) = errors(operator, "DELETE", f"/admin/aliases{path}", json=body)
    assert message.endswith("is given more than once")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b'["reason"]', "the body must be a JSON object"),
        (b'{"reason":"a","reason":"b"}', "a key stands twice in one object"),
        (b'{"reason":"a\\u0000"}', "a text contains the character NUL"),
    ],
)
def test_bodies_are_read_strictly(admin: Caller, body: bytes, message: str) -> None:
    found = errors(admin, "POST", "/admin/clients", data=body, content_type="application/json")
    assert found[0].startswith(message)


@pytest.mark.parametrize("query", ["q=%ff", "q=a&q=b", "q=%C3", "cursor=1&cursor=2"])
def test_queries_are_read_strictly(admin: Caller, query: str) -> None:
    assert len(errors(admin, "GET", f"/admin/shipments?{query}")) == 1


def test_a_flag_in_the_query_is_spelled_as_in_a_body(admin: Caller) -> None:
    counted = admin.send("POST", "/admin/status-updates/replay?dry_run=true&reason=x")
    assert counted.get_json()["dry_run"] is True
    wrong = errors(admin, "POST", "/admin/status-updates/replay?dry_run=1&reason=x")
    assert wrong == ["dry_run: must be true or false"]


@pytest.mark.parametrize("flag", [1, 0, 1.0, "true", "yes", [True], {"is": True}])
def test_what_reads_like_a_flag_is_none(admin: Caller, flag: object) -> None:
    body = {**BECAUSE, "dry_run": flag}
    assert errors(admin, "POST", "/admin/status-updates/replay", json=body) == ["dry_run: must be true or false"]


@pytest.mark.parametrize("serial", ["%D9%A1", "%EF%BC%91", "-1", "1.0", "0x1", "9" * 19, "9" * 5000])
def test_a_serial_is_of_plain_digits(admin: Caller, serial: str) -> None:
    assert admin.post(f"/admin/status-updates/{serial}/replay").status_code == 404


def test_a_form_is_no_body(admin: Caller) -> None:
    assert admin.send("POST", "/admin/clients", data=BECAUSE).status_code == 415


@pytest.mark.parametrize("name", ["%00", "a%00b", "a%0Ab", "x" * 129])
def test_what_cannot_be_a_name_reaches_nobody(app: Flask, admin: Caller, name: str) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin/") and rule.arguments and "update_id" not in rule.arguments:
            path = rule.rule
            for argument in rule.arguments:
                path = path.replace(f"<name:{argument}>", name)
            method = min((rule.methods or set()) - {"HEAD"})
            assert admin.send(method, path, json=BECAUSE).status_code == 404, path
