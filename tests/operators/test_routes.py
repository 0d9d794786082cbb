"""What operators see of parcels, and do about them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.domain.errors import Declined, LockedOut, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.services.backend import Backend
from tests.builders import a_journey, an_order
from tests.fakes import FakeChannel, FakeCourier, FrozenClock, a_label
from tests.operators.conftest import BECAUSE, Caller


@pytest.fixture
def barcode(backend: Backend) -> str:
    """A parcel that was booked."""
    return barcode_of(backend, an_order())


def barcode_of(backend: Backend, order: Any) -> str:
    (package,) = json.loads(backend.book(order).body)["packages"]
    found: str = package["barcode"]
    return found


def errors(answer: Any) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


def test_a_parcel_is_shown_with_what_it_belongs_to(backend: Backend, viewer: Caller) -> None:
    order = an_order(journey=a_journey(tos_id="tos-1"))
    barcode = barcode_of(backend, order)
    shown = viewer.get(f"/admin/parcels/{barcode}").get_json()
    reference = shown["parcel"].pop("reference")
    assert backend.oversee.timeline(reference).parcel.barcode == barcode
    assert shown["parcel"] == {
        "barcode": barcode,
        "package_id": order.packages[0].package_id,
        "courier": "fake",
        "number": barcode,
        "booking": "booked",
        "status": "submitted",
        "status_at": "2026-11-23T09:00:00.000000Z",
        "cancellation": None,
        "weight_grams": 1500,
        "dimensions": {"length_mm": 300, "width_mm": 200, "height_mm": 100},
    }
    assert shown["shipment"].pop("id")
    assert shown["shipment"] == {
        "external_id": "Order 1001",
        "tos_id": "tos-1",
        "shipper_id": "shop-1",
        "shipping_method": "fake-home",
        "direction": "outbound",
        "state": "booked",
        "trace_id": "TRACE1",
        "created_at": "2026-11-23T09:00:00.000000Z",
    }


def test_of_the_receiver_only_what_tells_parcels_apart_is_shown(viewer: Caller, barcode: str) -> None:
    answer = viewer.get(f"/admin/parcels/{barcode}")
    assert answer.get_json()["receiver"] == {
        "name": "Amira Trabelsi",
        "city": "La Marsa",
        "postal_code": "2070",
        "country": "TN",
    }
    for withheld in ("rue de la Plage", "+21620123456", "amira@example.com"):
        assert withheld not in answer.text


def test_the_timeline_is_in_the_order_of_time(viewer: Caller, operator: Caller, barcode: str) -> None:
    operator.post(f"/admin/parcels/{barcode}/acts/remark", {**BECAUSE, "arguments": {"text": "call first"}})
    entries = viewer.get(f"/admin/parcels/{barcode}").get_json()["entries"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert {entry["kind"] for entry in entries} >= {"request", "booking", "event", "status update", "operator"}
    assert all(entry["at"].endswith("Z") for entry in entries)


def test_a_parcel_that_no_courier_knows_yet_is_found_by_our_reference(
    backend: Backend, courier: FakeCourier, viewer: Caller
) -> None:
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    (reference,) = courier.creates
    shown = viewer.get(f"/admin/parcels/{reference}").get_json()["parcel"]
    assert (shown["booking"], shown["barcode"], shown["number"]) == (BookingState.UNSURE, None, None)


@pytest.mark.parametrize("name", ["12345", "a%20b", "%D9%A1", "x" * 128])
def test_an_unknown_parcel_is_not_found(viewer: Caller, name: str) -> None:
    answer = viewer.get(f"/admin/parcels/{name}")
    assert (answer.status_code, errors(answer)) == (404, ["package was not found"])


def test_a_label_is_a_document_to_be_saved(viewer: Caller, courier: FakeCourier, barcode: str) -> None:
    answer = viewer.get(f"/admin/parcels/{barcode}/label")
    (reference,) = courier.books
    assert (answer.status_code, answer.content_type, answer.data) == (200, "application/pdf", a_label(reference))
    assert answer.headers["Content-Disposition"] == f"attachment; filename={barcode}.pdf"


def test_any_clients_parcel_can_be_cancelled(operator: Caller, courier: FakeCourier, barcode: str) -> None:
    answer = operator.post(f"/admin/parcels/{barcode}/cancel")
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert courier.books == {}


def test_where_people_decide_a_cancellation_is_a_conflict_that_says_so(
    operator: Caller, courier: FakeCourier, barcode: str
) -> None:
    courier.cancels_certainly = False
    answer = operator.post(f"/admin/parcels/{barcode}/cancel")
    assert answer.status_code == 409
    assert errors(answer) == ["the package cannot be cancelled automatically: ticket 7 was filed"]


def test_what_was_asked_of_whom_is_shown(operator: Caller, courier: FakeCourier, barcode: str) -> None:
    courier.cancels_certainly = False
    operator.post(f"/admin/parcels/{barcode}/cancel")
    shown = operator.get(f"/admin/parcels/{barcode}").get_json()["parcel"]
    assert shown["cancellation"] == {"outcome": "asked", "note": "ticket 7 was filed"}


def test_an_act_of_the_couriers_answers_in_its_words(operator: Caller, courier: FakeCourier, barcode: str) -> None:
    courier.acts = {"remark": lambda booked, arguments: {"noted": arguments["text"], "of": booked.number}}
    wanted = {**BECAUSE, "arguments": {"text": "call first"}}
    answer = operator.post(f"/admin/parcels/{barcode}/acts/remark", wanted)
    assert (answer.status_code, answer.get_json()) == (200, {"noted": "call first", "of": barcode})


def test_an_act_is_in_the_timeline_with_who_and_why(operator: Caller, barcode: str) -> None:
    operator.post(f"/admin/parcels/{barcode}/acts/remark", {**BECAUSE, "arguments": {"text": "call first"}})
    entries = operator.get(f"/admin/parcels/{barcode}").get_json()["entries"]
    (act,) = [entry for entry in entries if entry["kind"] == "operator"]
    assert (act["title"], act["facts"]["operator"], act["facts"]["reason"]) == (
        "remark",
        "the operator",
        BECAUSE["reason"],
    )


def test_an_act_that_the_courier_does_not_have_is_unknown(operator: Caller, barcode: str) -> None:
    answer = operator.post(f"/admin/parcels/{barcode}/acts/teleport")
    assert (answer.status_code, errors(answer)) == (404, ["no act 'teleport': there are remark"])


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (Declined("fake", "remark", "too long", "too rude"), 422, "fake (remark): too long; too rude"),
        (LockedOut("fake", "remark", "status 401"), 503, "fake (remark): status 401"),
        (Unreachable("fake", "remark"), 503, "fake (remark): no reason given"),
        (
            Unsure("fake", "remark", "no answer"),
            503,
            "fake (remark): no answer; it may have been done: look before it is done again",
        ),
    ],
)
def test_operators_are_told_what_ails_a_courier(
    operator: Caller, courier: FakeCourier, barcode: str, error: Exception, status: int, message: str
) -> None:
    def fail(*_: object) -> dict[str, object]:
        raise error

    courier.acts = {"remark": fail}
    answer = operator.post(f"/admin/parcels/{barcode}/acts/remark")
    assert (answer.status_code, errors(answer)) == (status, [message])


def park(backend: Backend, channel: FakeChannel) -> None:
    """Have one status update refused for good."""
    backend.book(an_order())
    channel.refuse(Declined("ingrid", "update status", "unknown site"))
    backend.push_statuses.run_once()
    channel.agree()


def test_a_status_update_is_shown_with_its_exact_body(
    backend: Backend, channel: FakeChannel, viewer: Caller, barcode: str
) -> None:
    backend.push_statuses.run_once()
    (update,) = viewer.get("/admin/status-updates").get_json()["items"]
    assert update["body"].encode() == channel.accepted[0]
    assert (update["barcode"], update["state"], update["error"], update["next_try_at"]) == (
        barcode,
        "sent",
        None,
        None,
    )
    assert (update["attempts"], update["created_at"]) == (1, "2026-11-23T09:00:00.000000Z")


@pytest.mark.usefixtures("barcode")
def test_a_status_update_tells_how_often_it_was_tried(backend: Backend, viewer: Caller) -> None:
    assert [update["attempts"] for update in viewer.get("/admin/status-updates").get_json()["items"]] == [0]
    backend.push_statuses.run_once()
    assert [update["attempts"] for update in viewer.get("/admin/status-updates").get_json()["items"]] == [1]


@pytest.mark.usefixtures("barcode")
def test_what_waits_says_what_came_of_the_last_try_and_which_destination_is_paused(
    backend: Backend, clock: FrozenClock, channel: FakeChannel, viewer: Caller
) -> None:
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    backend.push_statuses.run_once()
    clock.advance(timedelta(seconds=10))
    backend.book(an_order())
    untried, tried = viewer.get("/admin/status-updates?state=waiting").get_json()["items"]
    refused_at = "2026-11-23T09:00:00.000000Z"
    assert tried["last_try"] == {"at": refused_at, "outcome": "lockedout", "note": "wrong signature"}
    assert untried["last_try"] is None
    reason = "our credentials are refused: wrong signature"
    assert tried["paused"] == {"destination": "ingrid", "paused_at": refused_at, "reason": reason}
    assert untried["paused"] == tried["paused"]
    assert untried["next_try_at"] == tried["next_try_at"] == "2026-11-23T09:00:30.000000Z"


def test_a_timeline_says_why_an_update_waits(
    backend: Backend, channel: FakeChannel, viewer: Caller, barcode: str
) -> None:
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    backend.push_statuses.run_once()
    entries = viewer.get(f"/admin/parcels/{barcode}").get_json()["entries"]
    (waits,) = (entry["facts"] for entry in entries if entry["kind"] == "status update")
    assert waits["paused"] == "ingrid: our credentials are refused: wrong signature"


def test_nothing_keeps_an_update_that_was_sent(backend: Backend, channel: FakeChannel, viewer: Caller) -> None:
    backend.book(an_order())
    backend.push_statuses.run_once()
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    backend.book(an_order())
    backend.push_statuses.run_once()
    _, sent = viewer.get("/admin/status-updates").get_json()["items"]
    assert (sent["state"], sent["paused"], sent["last_try"]["outcome"]) == ("sent", None, "accepted")


def test_status_updates_are_listed_by_state(backend: Backend, channel: FakeChannel, viewer: Caller) -> None:
    park(backend, channel)
    backend.book(an_order())
    listed = {
        state: [update["state"] for update in viewer.get(f"/admin/status-updates?state={state}").get_json()["items"]]
        for state in ("", "waiting", "parked", "sent")
    }
    assert listed == {"": ["waiting", "parked"], "waiting": ["waiting"], "parked": ["parked"], "sent": []}


def test_a_long_list_comes_in_pages(backend: Backend, viewer: Caller) -> None:
    for _ in range(51):
        backend.book(an_order())
    first = viewer.get("/admin/status-updates").get_json()
    second = viewer.get(f"/admin/status-updates?cursor={first['next']}").get_json()
    ids = [update["id"] for update in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 1, None)
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("state=lost", "state: must be one of waiting, sent, parked"),
        ("cursor=x", "cursor: is not one that was given out here"),
        (f"cursor={10**30}", "cursor: is not one that was given out here"),
    ],
)
def test_a_filter_that_is_none_is_named(viewer: Caller, query: str, message: str) -> None:
    answer = viewer.get(f"/admin/status-updates?{query}")
    assert (answer.status_code, errors(answer)) == (400, [message])


def test_a_parked_update_is_sent_again_once(backend: Backend, channel: FakeChannel, operator: Caller) -> None:
    park(backend, channel)
    (parked,) = operator.get("/admin/status-updates?state=parked").get_json()["items"]
    replay = f"/admin/status-updates/{parked['id']}/replay"
    assert [operator.post(replay).status_code for _ in range(2)] == [200, 409]
    backend.push_statuses.run_once()
    assert [body.decode() for body in channel.accepted] == [parked["body"]]


@pytest.mark.parametrize("number", ["0", "99", str(2**63 - 1), str(2**63), "-1", "x"])
def test_an_update_that_is_not_there_cannot_be_sent(operator: Caller, number: str) -> None:
    assert operator.post(f"/admin/status-updates/{number}/replay").status_code == 404


def test_a_paused_destination_is_resumed(backend: Backend, channel: FakeChannel, operator: Caller) -> None:
    backend.book(an_order())
    channel.refuse(LockedOut("ingrid", "update status", "status 401"))
    backend.push_statuses.run_once()
    answers = [operator.post("/admin/destinations/ingrid/resume") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]


def test_a_place_name_is_taught_shown_and_forgotten(operator: Caller) -> None:
    alias = {"name": "المرسى", "city": "Tunis", "subdivision": "La Marsa"}
    taught = operator.put("/admin/aliases", {**BECAUSE, "courier": "fake", **alias})
    assert (taught.status_code, taught.get_json()) == (200, {})
    assert operator.get("/admin/aliases?courier=fake").get_json() == {"items": [alias], "next": None}
    forgotten = operator.delete("/admin/aliases?courier=fake&name=المرسى")
    assert (forgotten.status_code, forgotten.get_json()) == (200, {})
    assert operator.get("/admin/aliases?courier=fake").get_json() == {"items": [], "next": None}


def test_a_place_name_that_was_never_taught_cannot_be_forgotten(operator: Caller) -> None:
    answer = operator.delete("/admin/aliases?courier=fake&name=Marsa")
    assert (answer.status_code, errors(answer)) == (404, ["there is no alias 'Marsa'"])


def test_aliases_are_some_couriers(viewer: Caller) -> None:
    nobodys = viewer.get("/admin/aliases")
    strangers = viewer.get("/admin/aliases?courier=dhl")
    assert (nobodys.status_code, errors(nobodys)) == (400, ["courier: is required"])
    assert (strangers.status_code, errors(strangers)) == (404, ["there is no courier 'dhl'"])
