"""What operators are told of how it goes, and parcels for a spreadsheet."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.services.export_parcels import PART
from carrier_backend.storage.store import Store
from tests.builders import a_journey, a_merchant, a_package, an_order
from tests.conftest import BY_TEST
from tests.fakes import MONDAY, FakeCourier, FrozenClock
from tests.operators.conftest import Caller
from tests.storage.kept import booked, intended

HEADER = [
    "created_at",
    "reference",
    "barcode",
    "external_id",
    "tos_id",
    "package_id",
    "shipper_id",
    "shipping_method",
    "courier",
    "direction",
    "booking",
    "status",
    "status_at",
    "booked_at",
]


def errors(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


def heard(backend: Backend, courier: FakeCourier, position: int, status: Status, after: timedelta) -> None:
    number = list(courier.books.values())[position]
    event = TrackingEvent(number, "", status, "", status, MONDAY + after)
    delivery = Delivery("status", {}, number.encode())
    backend.record_tracking.from_webhook("fake", delivery, Heard([event]), "TRACE2", OURS)


def exported(caller: Caller, query: str = "") -> list[dict[str, str]]:
    answer = caller.get(f"/admin/export.csv{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode(), newline="")))


@pytest.mark.parametrize("route", ["stats", "export.csv"])
def test_a_span_that_ends_before_it_begins_is_refused(viewer: Caller, route: str) -> None:
    answer = viewer.get(f"/admin/{route}?since=2026-11-24T00:00:00Z&until=2026-11-24T00:59:59%2B01:00")
    assert (answer.status_code, errors(answer)) == (400, ["since: must be before `until`"])


def test_figures_count_what_became_of_parcels(backend: Backend, courier: FakeCourier, viewer: Caller) -> None:
    backend.book(an_order(parcels=3))
    heard(backend, courier, 0, Status.DELIVERED, timedelta(hours=30))
    heard(backend, courier, 1, Status.DELAYED, timedelta(hours=2))
    figures = viewer.get("/admin/stats?until=2026-11-24T00:00:00Z").get_json()
    counted = {
        "parcels": 3,
        "bookings": {"booked": 3},
        "statuses": {"delivered": 1, "delayed": 1, "submitted": 1},
        "late_share": 0.3333,
        "failed_share": 0.0,
    }
    assert figures == {
        "since": "2026-10-25T00:00:00.000000Z",
        "until": "2026-11-24T00:00:00.000000Z",
        "shipments": 1,
        **counted,
        "by_merchant": [{"name": "shop-1", **counted}],
        "by_courier": [{"name": "fake", **counted}],
        "by_product": [{"name": "fake-home", **counted}],
        "delivery_hours": {"fake": {"p50": 31, "p90": 31, "p99": 31}},
    }


def test_figures_are_of_a_span(backend: Backend, viewer: Caller, clock: FrozenClock) -> None:
    backend.book(an_order())
    clock.advance(timedelta(hours=1))

    def parcels(query: str) -> int:
        counted: int = viewer.get(f"/admin/stats?{query}").get_json()["parcels"]
        return counted

    assert [parcels(""), parcels("since=2026-11-23T09:00:00Z"), parcels("until=2026-11-23T09:00:00Z")] == [1, 1, 0]
    clock.advance(timedelta(days=31))
    assert [parcels(""), parcels("since=2026-11-23T00:00:00Z")] == [0, 1]


@pytest.mark.parametrize("query", ["since=2026-01-01T00:00:00Z", "since=2027-01-01T00:00:00Z"])
def test_a_span_that_is_too_long_or_none_is_refused(viewer: Caller, query: str) -> None:
    answer = viewer.get(f"/admin/stats?{query}")
    assert (answer.status_code, errors(answer)) == (
        400,
        ["since: must be before `until`, and 93 days before it at most"],
    )


def test_where_nothing_was_booked_there_are_no_shares(store: Store, viewer: Caller) -> None:
    intended(store)
    figures = viewer.get("/admin/stats?until=2026-11-24T00:00:00Z").get_json()
    assert (figures["bookings"], figures["late_share"], figures["failed_share"]) == ({"intended": 1}, None, None)


def test_an_export_tells_what_a_parcel_is_called_and_what_became_of_it(store: Store, viewer: Caller) -> None:
    order = an_order(journey=a_journey(tos_id="tos-1"))
    shipment = booked(store, order)
    (parcel,) = exported(viewer)
    assert parcel == {
        "created_at": "2026-11-23T09:00:00Z",
        "reference": shipment.references[0],
        "barcode": shipment.parcels[0].barcode,
        "external_id": "Order 1001",
        "tos_id": "tos-1",
        "package_id": order.packages[0].package_id,
        "shipper_id": "shop-1",
        "shipping_method": "fake-home",
        "courier": "fake",
        "direction": "outbound",
        "booking": "booked",
        "status": "",
        "status_at": "",
        "booked_at": "2026-11-23T09:00:00Z",
    }


def test_an_export_is_a_document_to_be_saved(viewer: Caller) -> None:
    answer = viewer.get("/admin/export.csv")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == "attachment; filename=parcels.csv"
    assert answer.data.decode() == ",".join(HEADER) + "\r\n"


def test_nobodys_person_is_exported(backend: Backend, viewer: Caller) -> None:
    backend.book(an_order())
    answer = viewer.get("/admin/export.csv").text
    assert "Order 1001" in answer
    for withheld in ("Amira", "La Marsa", "rue de la Plage", "+21620123456", "amira@example.com"):
        assert withheld not in answer


def test_an_export_is_of_a_span_a_courier_a_shipper(backend: Backend, store: Store, viewer: Caller) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    for shipper_id in ("shop-1", "shop-2"):
        booked(store, an_order(journey=a_journey(shipper_id=shipper_id)))
    found = {
        query: len(exported(viewer, f"?{query}"))
        for query in (
            "shipper_id=shop-2",
            "courier=fake",
            "courier=dhl",
            "since=2026-11-23T09:00:00Z",
            "since=2026-11-23T09:00:01Z",
            "until=2026-11-23T09:00:00Z",
        )
    }
    assert list(found.values()) == [1, 2, 0, 2, 0, 0]


@pytest.mark.parametrize("parcels", [PART, PART + 1, 2 * PART + 3])
def test_a_long_export_has_every_parcel_once_and_in_order(store: Store, viewer: Caller, parcels: int) -> None:
    intended(store, an_order(packages=tuple(a_package(package_id=f"box {n}") for n in range(parcels))))
    found = [parcel["reference"] for parcel in exported(viewer)]
    assert len(found) == parcels
    assert found == sorted(set(found))


def test_no_cell_is_a_formula(store: Store, viewer: Caller) -> None:
    risky: list[Any] = [f"{start}1+1" for start in "=+-@"] + ["＝1", " =1"]
    for external_id in risky:
        intended(store, an_order(journey=a_journey(external_id=external_id)))
    assert sorted(parcel["external_id"] for parcel in exported(viewer)) == sorted(f"'{text}" for text in risky)
