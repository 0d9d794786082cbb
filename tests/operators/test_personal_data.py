"""How operators erase what is known of an order's people."""

import json

import pytest
from werkzeug.test import TestResponse

from carrier_backend.services.backend import Backend
from tests.builders import an_order
from tests.operators.conftest import BECAUSE, Caller

ORDER = "/admin/personal-data?external_id=Order%201001"


def errors(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


@pytest.fixture
def barcode(backend: Backend) -> str:
    found: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    return found


def test_an_order_that_was_cancelled_is_erased(backend: Backend, admin: Caller, barcode: str) -> None:
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    answer = admin.delete(ORDER, BECAUSE)
    assert (answer.status_code, answer.get_json()) == (200, {"shipments": 1, "erased_before": 0, "prebookings": 0})
    assert admin.get(f"/admin/parcels/{barcode}").status_code == 404


def test_an_order_that_is_under_way_is_not(admin: Caller, barcode: str) -> None:
    answer = admin.delete(f"{ORDER}&reason=asked&shipper_id=shop-1", None)
    assert answer.status_code == 409
    assert barcode in errors(answer)[0]


def test_whose_data_is_meant_has_to_be_said(admin: Caller) -> None:
    answer = admin.delete("/admin/personal-data", BECAUSE)
    assert (answer.status_code, errors(answer)) == (400, ["external_id: is required"])
