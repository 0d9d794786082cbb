"""What operators see of shipments that they look for."""

import json
from typing import Any

import pytest

from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import StuckOver
from carrier_backend.services.backend import Backend
from carrier_backend.storage import shipments
from carrier_backend.storage.store import Store
from tests.builders import a_journey, an_order
from tests.fakes import FakeCourier
from tests.operators.conftest import Caller


def listed(caller: Caller, query: str) -> list[dict[str, Any]]:
    answer = caller.get(f"/admin/shipments?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_a_shipment_is_shown_with_what_tells_it_from_others(
    backend: Backend, courier: FakeCourier, viewer: Caller
) -> None:
    order = an_order(journey=a_journey(tos_id="tos-1"))
    backend.book(order)
    ((reference, barcode),) = courier.books.items()
    (shown,) = listed(viewer, "q=tos-1")
    assert len(shown.pop("id")) == 32
    assert shown == {
        "external_id": "Order 1001",
        "tos_id": "tos-1",
        "shipper_id": "shop-1",
        "shipping_method": "fake-home",
        "courier": "fake",
        "state": "booked",
        "created_at": "2026-11-23T09:00:00.000000Z",
        "trace_id": "TRACE1",
        "stuck_at": None,
        "unclaimed_at": None,
        "erased_at": None,
        "parcels": [
            {
                "barcode": barcode,
                "reference": reference,
                "package_id": order.packages[0].package_id,
                "booking": "booked",
                "status": "submitted",
                "cancellation": None,
            }
        ],
    }


def test_nobodys_person_is_shown_in_a_list(backend: Backend, viewer: Caller) -> None:
    backend.book(an_order())
    answer = viewer.get("/admin/shipments").text
    assert "Order 1001" in answer
    for withheld in ("Amira", "La Marsa", "rue de la Plage", "+21620123456", "amira@example.com"):
        assert withheld not in answer


def test_a_wish_to_cancel_that_waits_for_people_is_shown_with_what_was_asked(
    backend: Backend, courier: FakeCourier, viewer: Caller
) -> None:
    courier.cancels_certainly = False
    barcode = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    with pytest.raises(Conflict):
        backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    (shown,) = listed(viewer, "state=cancelling")
    assert shown["parcels"][0]["cancellation"] == {"outcome": "asked", "note": "ticket 7 was filed"}


def test_since_when_a_shipment_waits_is_shown(backend: Backend, store: Store, viewer: Caller) -> None:
    backend.book(an_order())
    (shown,) = listed(viewer, "")
    with store.begin() as unit:
        shipments.note_stuck(unit, shown["id"], StuckOver.UNDOING, "people were asked")
        shipments.note_unclaimed(unit, shown["id"])
    for queue in ("stuck", "unclaimed"):
        (waiting,) = listed(viewer, f"state={queue}")
        assert waiting[f"{queue}_at"] == "2026-11-23T09:00:00.000000Z"


def test_a_list_is_of_one_shipper_and_one_courier(backend: Backend, viewer: Caller) -> None:
    backend.book(an_order())
    assert len(listed(viewer, "shipper_id=shop-1&courier=fake&state=booked")) == 1
    others = [listed(viewer, query) for query in ("shipper_id=shop-2", "courier=dhl", "state=refused")]
    assert others == [[], [], []]


@pytest.mark.parametrize("query", ["q=Order%201001", "q=%20Order%201001%20", "q=Order", "q=", "q=%20"])
def test_blanks_around_a_name_do_not_matter(backend: Backend, viewer: Caller, query: str) -> None:
    backend.book(an_order())
    assert len(listed(viewer, query)) == 1


def test_a_long_list_is_turned_over_page_by_page(backend: Backend, viewer: Caller) -> None:
    for _ in range(51):
        backend.book(an_order())
    first = viewer.get("/admin/shipments?q=Order").get_json()
    second = viewer.get(f"/admin/shipments?q=Order&cursor={first['next']}").get_json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 1, None)
    assert len({shipment["id"] for shipment in first["items"] + second["items"]}) == 51


STATES = "intended, unsure, booked, undoing, refused, abandoned, cancelled, cancelling, stuck, unclaimed"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("state=lost", f"state: must be one of {STATES}"),
        ("cursor=x", "cursor: is not one that was given out here"),
        (f"cursor={'0' * 32}", "cursor: is not one that was given out here"),
        (f"q={'x' * 129}", "q: is longer than 128 characters"),
        ("q=a%00b", "q: has control characters"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_its_name(viewer: Caller, query: str, message: str) -> None:
    answer = viewer.get(f"/admin/shipments?{query}")
    assert (answer.status_code, answer.get_json()) == (400, {"errors": [{"message": message}]})
