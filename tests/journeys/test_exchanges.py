"""Whoever has to explain a parcel at night sees all that was said about it, by one clock and by trace ids."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from carrier_backend.domain.access import Role
from tests.conftest import BY_TEST
from tests.journeys.conftest import Body, Stage


def reader(stage: Stage) -> Callable[[str], Any]:
    token = stage.backend.oversee.add_operator("viewer", Role.VIEWER, BY_TEST)
    return lambda path: stage.ingrid.get(path, headers={"Authorization": f"Bearer {token}"}).get_json()


def book(stage: Stage, body: Body, trace_id: str) -> TestResponse:
    return stage.ingrid.post("/booking", json=body, headers={**stage.headers, "x-trace-id": trace_id})


def barcode_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    barcode: str = answer.get_json()["packages"][0]["barcode"]
    return barcode


def said(entries: list[Body], *kinds: str) -> list[str]:
    return [entry["title"] for entry in entries if entry["kind"] in kinds]


def test_a_booking_is_told_by_what_was_said_both_ways(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = barcode_of(book(stage, a_booking(), "BOOKING1"))
    items = reader(stage)("/admin/exchanges?trace_id=BOOKING1")["items"]
    told = [(item["direction"], item["who"], item["operation"], item["status"]) for item in items]
    assert sorted(told) == [
        ("in", "ingrid", "book", 200),
        ("out", "intigo", "create parcel", 201),
        ("out", "intigo", "label", 201),
    ]
    answer = next(item for item in items if item["direction"] == "in")
    (package,) = json.loads(answer["response"])["body"]["packages"]
    assert package["barcode"] == barcode
    assert "bytes, sha256 " in package["label_data"]


def test_a_parcels_timeline_shows_repeats_cancels_and_what_came_of_them(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    body = a_booking(courier="ecotrack")
    stage.control(system="ecotrack", operation="create", fault="hang_after")
    assert book(stage, body, "FIRST").status_code == 503
    stage.clock.advance(timedelta(minutes=3))
    barcode = barcode_of(book(stage, body, "SECOND"))
    headers = {**stage.headers, "x-trace-id": "CANCEL"}
    assert stage.ingrid.delete(f"/booking/packages/{barcode}", headers=headers).status_code == 409
    stage.work()
    entries = reader(stage)(f"/admin/parcels/{barcode}")["entries"]
    traces = {entry["facts"]["trace_id"] for entry in entries if entry["kind"] in ("call", "called by")}
    assert traces == {"FIRST", "SECOND", "CANCEL"}
    assert sorted(said(entries, "called by")) == ["ingrid: book", "ingrid: book", "ingrid: cancel"]
    assert said(entries, "call").count("ingrid: update status") == 1
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    failed = [entry["facts"]["verdict"] for entry in entries if entry["title"] == "ecotrack: create order"]
    assert "Unsure" in failed


def test_what_a_hint_caused_bears_the_hints_trace_id(stage: Stage, a_booking: Callable[..., Body]) -> None:
    """Parcel2Go calls; we ask; Ingrid is told."""
    barcode = barcode_of(book(stage, a_booking(courier="parcel2go"), "BOOKING1"))
    stage.clock.advance(timedelta(hours=1))
    stage.control(system="parcel2go", move={"line": barcode.removeprefix("P2G"), "stage": "Collected"})
    stage.work()
    read = reader(stage)
    (hint,) = [item for item in read("/admin/exchanges?courier=parcel2go")["items"] if item["direction"] == "in"]
    caused = read(f"/admin/exchanges?trace_id={hint['trace_id']}")["items"]
    assert sorted((item["who"], item["operation"]) for item in caused) == [
        ("ingrid", "update status"),
        ("parcel2go", "tracking"),
        ("parcel2go", "webhook"),
    ]
    assert stage.books("ingrid")["pushes"][-1]["trace_id"] == hint["trace_id"]
    entries = read(f"/admin/parcels/{barcode}")["entries"]
    assert "parcel2go: webhook" in said(entries, "called by")


def test_a_poll_has_a_trace_id_of_its_own(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = barcode_of(book(stage, a_booking(courier="ecotrack"), "BOOKING1"))
    stage.control(system="ecotrack", move={"tracking": barcode, "status": "en_livraison"})
    stage.clock.advance(timedelta(days=1))
    stage.work()
    entries = reader(stage)(f"/admin/parcels/{barcode}")["entries"]
    (event,) = [entry for entry in entries if entry["title"] == "out_for_delivery" and entry["kind"] == "event"]
    trace_id = event["facts"]["trace_id"]
    assert trace_id not in ("", "BOOKING1")
    caused = {entry["title"] for entry in entries if entry["facts"].get("trace_id") == trace_id}
    assert {"ecotrack: order statuses", "ingrid: update status"} <= caused


def test_of_a_couriers_token_only_the_fact_is_kept(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode_of(book(stage, a_booking(courier="parcel2go"), "BOOKING1"))
    items = reader(stage)("/admin/exchanges?courier=parcel2go")["items"]
    tokens = [(item["request"], item["response"]) for item in items if item["operation"] == "token"]
    assert tokens == [(None, None)]


def test_what_an_order_cost_and_is_called_there_is_told(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = barcode_of(book(stage, a_booking(courier="parcel2go"), "BOOKING1"))
    entries = reader(stage)(f"/admin/parcels/{barcode}")["entries"]
    (order,) = stage.books("parcel2go")["orders"]
    ordered = next(entry for entry in entries if entry["title"] == "order done")
    assert (ordered["facts"]["order_id"], ordered["facts"]["total"]) == (order["order_id"], order["total_price"])
    assert "hash" not in ordered["facts"]
    (spent,) = [entry for entry in entries if entry["kind"] == "spending"]
    assert float(spent["facts"]["amount"]) == float(order["total_price"])


def test_an_act_of_an_operators_is_told_with_its_calls(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = barcode_of(book(stage, a_booking(), "BOOKING1"))
    token = stage.backend.oversee.add_operator("operator", Role.OPERATOR, BY_TEST)
    answer = stage.ingrid.post(
        f"/admin/parcels/{barcode}/acts/ticket-status",
        json={"reason": "they asked", "arguments": {"number": "12345"}},
        headers={"Authorization": f"Bearer {token}", "x-trace-id": "ACT1"},
    )
    assert answer.status_code == 422, answer.text
    entries = reader(stage)(f"/admin/parcels/{barcode}")["entries"]
    acts = [entry["title"] for entry in entries if entry["facts"].get("trace_id") == "ACT1"]
    assert acts == ["intigo: read ticket"]


def test_admin_and_health_are_no_exchanges(stage: Stage) -> None:
    read = reader(stage)
    read("/admin/shipments")
    stage.ingrid.get("/healthz")
    items = read("/admin/exchanges")["items"]
    assert {item["operation"] for item in items if item["direction"] == "in"} == {"token"}
    assert {(item["request"], item["response"]) for item in items if item["direction"] == "in"} == {(None, None)}


def test_strangers_leave_nothing(stage: Stage) -> None:
    stage.ingrid.post("/booking", json={}, headers={"Authorization": "Bearer a-guess", "x-trace-id": "STRANGER"})
    stage.ingrid.post("/webhooks/intigo/status", json={}, headers={"x-trace-id": "STRANGER"})
    stage.ingrid.post("/webhooks/nobody/status", json={}, headers={"x-trace-id": "STRANGER"})
    assert reader(stage)("/admin/exchanges?trace_id=STRANGER")["items"] == []


def test_a_check_of_a_courier_is_found_by_the_trace_id_of_whoever_asked(stage: Stage) -> None:
    token = stage.backend.oversee.add_operator("anna", Role.OPERATOR, BY_TEST)
    headers = {"Authorization": f"Bearer {token}", "x-trace-id": "CHECK1"}
    stage.ingrid.post("/admin/couriers/intigo/check", json={"reason": "slow today"}, headers=headers)
    (told,) = reader(stage)("/admin/exchanges?trace_id=CHECK1")["items"]
    assert (told["direction"], told["operation"]) == ("out", "check")
