"""The faults of the pretended Parcel2Go, as seen by a customer and in the books."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests

from carrier_backend.simulator.parcel2go_api import OPERATIONS
from tests.simulator.callers import Director
from tests.simulator.customers import QUOTE, Customer, an_address

COLLECTION = {"ServiceSlug": "steady-two-day", "Postcode": "YO17 7LL", "CountryISO3Code": "GBR"}
CALLS: dict[str, Callable[[Customer, dict[str, Any]], requests.Response]] = {
    "token": lambda customer, _: customer.authorize(),
    "countries": lambda customer, _: customer.get("/countries"),
    "quotes": lambda customer, _: customer.call("POST", "/quotes", QUOTE),
    "collection_dates": lambda customer, _: customer.call("POST", "/collectiondates", COLLECTION),
    "drop_shops": lambda customer, _: customer.get(
        "/dropshops/SWIFT/location", location="LS1 1AA", iso3CountryCode="GBR"
    ),
    "verify": lambda customer, _: customer.call("POST", "/orders/verify", customer.an_order()),
    "create_order": lambda customer, _: customer.create(),
    "read_order": lambda customer, order: customer.read(order),
    "pay": lambda customer, order: customer.pay(order),
    "prepay": lambda customer, _: customer.get("/prepay"),
    "labels": lambda customer, order: customer.labels(order["OrderlineIdMap"][0]),
    "parcel_numbers": lambda customer, order: customer.call("POST", f"/orders/{order['OrderId']}/parcelnumbers"),
    "tracking": lambda customer, order: customer.get(f"/tracking/{order['OrderlineIdMap'][0]['OrderLineId']}"),
}


def script(director: Director, operation: str, fault: str, **parameters: Any) -> None:
    director.parcel2go(operation=operation, fault=fault, **parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_can_fail_and_answers_well_otherwise(
    customer: Customer, director: Director, operation: str
) -> None:
    order = customer.paid_order()
    script(director, operation, "error_before", status=502)

    answers = [CALLS[operation](customer, order).status_code for _ in range(2)]

    assert answers == [502, 200]


@pytest.mark.parametrize("operation", ["create_order", "pay", "verify"])
def test_an_error_may_come_inside_a_success(customer: Customer, director: Director, operation: str) -> None:
    order, inside = customer.order(), {"Errors": [{"Type": "Service", "Error": "No.", "ItemId": None}]}
    script(director, operation, "refuse", status=200, body=inside)

    answer = CALLS[operation](customer, order)

    assert (answer.status_code, answer.json()) == (200, inside)
    assert len(director.books("parcel2go")["orders"]) == 1
    assert director.books("parcel2go")["payments"] == []


@pytest.mark.parametrize("fault", ["hang_after", "drop"])
def test_a_lost_payment_has_been_made(customer: Customer, director: Director, fault: str) -> None:
    order = customer.order()
    script(director, "pay", fault)

    with pytest.raises(requests.RequestException):
        customer.pay(order)

    assert len(director.books("parcel2go")["payments"]) == 1
    assert customer.read(order).json()["PaidDate"]


def test_a_late_payment_shows_after_so_many_look_ups_in_vain(customer: Customer, director: Director) -> None:
    order = customer.order()
    script(director, "pay", "commit_late", after_lookups=2)

    assert customer.pay(order).status_code == 504

    assert [bool(customer.read(order).json()["PaidDate"]) for _ in range(3)] == [False, False, True]


def test_a_late_order_is_made_when_the_clock_gets_there(customer: Customer, director: Director) -> None:
    script(director, "create_order", "commit_late", seconds=60)
    customer.create()
    assert director.books("parcel2go")["orders"] == []

    director.tell(clock={"advance_seconds": 61})

    assert len(director.books("parcel2go")["orders"]) == 1


def test_the_magic_recipient_is_paid_for_and_times_out(customer: Customer, director: Director) -> None:
    order = customer.order({"parcel": {"DeliveryAddress": an_address(ContactName="Timeout Me")}})

    with pytest.raises(requests.ReadTimeout):
        customer.pay(order)

    assert len(director.books("parcel2go")["payments"]) == 1


def test_an_order_may_be_dearer_than_it_was_quoted(customer: Customer, director: Director) -> None:
    usual = customer.order()["TotalPrice"]
    script(director, "create_order", "dear")

    assert customer.order()["TotalPrice"] == pytest.approx(10 * usual)


def test_links_may_lead_elsewhere(customer: Customer, director: Director) -> None:
    for operation in ("create_order", "pay"):
        script(director, operation, "links_elsewhere", host="http://canary.example")

    order = customer.order()
    paid = customer.pay(order).json()

    assert {link.split("/")[2] for link in order["Links"].values()} == {"canary.example"}
    assert {link["Link"].split("/")[2] for link in paid["Links"]} == {"canary.example"}


def test_an_order_may_lack_its_number(customer: Customer, director: Director) -> None:
    script(director, "create_order", "without_id")

    assert "OrderId" not in customer.create().json()


@pytest.mark.parametrize(
    ("fault", "parameters", "answered"),
    [
        ("reorder", {}, [2, 1, 0]),
        ("reorder", {"order": [1, 2, 0]}, [1, 2, 0]),
        ("drop_item", {"item": 1}, [0, 2]),
        ("duplicate_item", {"item": 0}, [0, 1, 2, 0]),
    ],
)
def test_the_map_of_lines_may_be_out_of_order_short_or_long(
    customer: Customer, director: Director, fault: str, parameters: dict[str, Any], answered: list[int]
) -> None:
    body = customer.an_order({}, {}, {})
    script(director, "create_order", fault, **parameters)

    lines = customer.call("POST", "/orders", body).json()["OrderlineIdMap"]

    assert [line["ItemId"] for line in lines] == [body["Items"][place]["Id"] for place in answered]


def test_nobody_may_want_to_go(customer: Customer, director: Director) -> None:
    script(director, "quotes", "unserved")

    assert [len(customer.quotes()) > 0 for _ in range(2)] == [False, True]


def test_a_token_may_be_short_lived(customer: Customer, director: Director) -> None:
    script(director, "token", "short_lived", seconds=5)
    customer.token = customer.authorize().json()["access_token"]

    director.tell(clock={"advance_seconds": 6})

    assert customer.get("/prepay").status_code == 401


def test_the_balance_may_come_in_an_object(customer: Customer, director: Director) -> None:
    script(director, "prepay", "in_an_object")

    assert customer.get("/prepay").json() == {"Balance": 100.0}


def test_a_late_label_comes_in_the_end(customer: Customer, director: Director) -> None:
    line = customer.paid_order()["OrderlineIdMap"][0]
    script(director, "labels", "late_label", times=2)

    assert [customer.labels(line).status_code for _ in range(3)] == [404, 404, 200]
    assert len(director.books("parcel2go")["labels"]) == 1


def test_a_label_may_have_failed(customer: Customer, director: Director) -> None:
    script(director, "labels", "failed_label")

    answer = customer.labels(customer.paid_order()["OrderlineIdMap"][0]).json()

    assert answer == {"SuccessfulLabels": 0, "FailedLabels": 1, "Base64EncodedLabels": []}


@pytest.mark.parametrize(
    ("fault", "start"),
    [("empty_label", b""), ("broken_label", b"%PDF-"), ("html_label", b"<html>"), ("png_label", b"\x89PNG")],
)
def test_a_label_may_be_no_label(customer: Customer, director: Director, fault: str, start: bytes) -> None:
    script(director, "labels", fault)

    answer = customer.labels(customer.paid_order()["OrderlineIdMap"][0]).json()

    served = base64.b64decode(answer["Base64EncodedLabels"][0])
    assert served.startswith(start)
    assert b"%%EOF" not in served
    assert (served == b"") == (fault == "empty_label")


def test_a_label_may_be_another_lines(customer: Customer, director: Director) -> None:
    oldest, line = customer.paid_order({}, {})["OrderlineIdMap"]
    script(director, "labels", "same_label", match=line["OrderLineId"])

    assert customer.labels(line).json() == customer.labels(oldest).json()


@pytest.mark.parametrize(
    "command",
    [
        {"move": {"line": "1", "stage": "Collected"}},
        {"case": {"line": "1"}},
        {"redeliver": {"webhook": 0}},
        {"swap": {"webhook": 0, "payload": {}}},
        {"top_up": {"amount": "much"}},
        {"tell": {"type": "Tracking", "payload": {}, "sent_at": "yesterday"}},
    ],
)
def test_what_makes_no_sense_is_not_followed(director: Director, command: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="error"):
        director.parcel2go(**command)


def test_beginning_anew_forgets_all(customer: Customer, director: Director) -> None:
    customer.paid_order()

    director.reset()

    kept = director.books("parcel2go")
    assert kept == {"orders": [], "payments": [], "balance": "100.00", "labels": [], "calls": [], "webhooks": []}
