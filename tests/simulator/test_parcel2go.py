"""Parcel2Go's API as a customer sees it, from the token to tracking."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.simulator.callers import Director
from tests.simulator.customers import AMERICAN, CUSTOMS, QUOTE, Customer, an_address

CONTENTS = [{"Description": "Slippers", "Quantity": "1", "EstimatedValue": "10"}]
EXPORT: dict[str, Any] = {
    "Service": "export-air",
    "parcel": {"DeliveryAddress": AMERICAN, "Contents": CONTENTS},
    **CUSTOMS,
}


def test_a_token_comes_as_documented(customer: Customer) -> None:
    answer = customer.authorize()

    told = answer.json()
    assert (answer.status_code, told["expires_in"], told["token_type"]) == (200, 7200, "Bearer")
    assert told.keys() == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": "another"}, "invalid_client"),
        ({"scope": "public-api my-profile"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_no_token_for_the_wrong_words(customer: Customer, changes: dict[str, str], error: str) -> None:
    answer = customer.authorize(**changes)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_call_without_a_token_is_denied(customer: Customer) -> None:
    customer.token = "of our own making"

    assert customer.get("/prepay").status_code == 401


def test_a_token_ends(customer: Customer, director: Director) -> None:
    director.tell(clock={"advance_seconds": 7199})
    before = customer.get("/prepay").status_code

    director.tell(clock={"advance_seconds": 2})

    assert (before, customer.get("/prepay").status_code) == (200, 401)


def test_all_tokens_can_be_revoked(customer: Customer, director: Director) -> None:
    director.parcel2go(revoke={})

    assert customer.get("/prepay").status_code == 401


def test_paying_needs_its_own_scope(app: Flask) -> None:
    customer = Customer(app, scope="public-api")
    order = customer.order()

    assert customer.pay(order).status_code == 403
    assert customer.read(order).json()["PaidDate"] is None


def test_countries_have_a_main_row_and_rows_for_regions_priced_apart(customer: Customer) -> None:
    rows = customer.get("/countries").json()

    british = [row["Subdivision"] for row in rows if row["Iso3Code"] == "GBR"]
    assert british == [None, "NIR", "HIGH", "IOM"]
    assert "IMN" not in {row["Iso3Code"] for row in rows}


def test_quotes_are_of_several_services_also_of_some_that_will_not_do(customer: Customer) -> None:
    services = {quote["Service"]["Slug"]: quote["Service"] for quote in customer.quotes()}

    assert len(services) > 3
    assert services["pocket-economy"]["MaxWeight"] < QUOTE["Parcels"][0]["Weight"]
    assert services["pocket-economy"]["MaxHeight"] < QUOTE["Parcels"][0]["Height"] / 100
    assert not services["myhermes"]["IsPrinterRequired"]
    assert services["locker-saver"]["DeliveryType"] == "Locker"


def test_a_quote_has_prices_and_dates(customer: Customer) -> None:
    quote = customer.quotes()[0]

    collected, due = (datetime.fromisoformat(quote[name]) for name in ("Collection", "EstimatedDeliveryDate"))
    assert datetime.fromisoformat(quote["CutOff"]) < collected < due
    assert quote["TotalPrice"] == pytest.approx(quote["TotalPriceExVat"] + quote["TotalVat"])


def test_one_service_alone_can_be_quoted(customer: Customer) -> None:
    assert [quote["Service"]["Slug"] for quote in customer.quotes(Service="myhermes")] == ["myhermes"]


def test_an_extra_that_is_wished_for_is_in_the_price_and_no_longer_on_offer(customer: Customer) -> None:
    plain, signed = customer.quotes()[0], customer.quotes(Extras=[{"Type": "Signature"}])[0]

    assert signed["Extras"] == [{"Type": "Signature", "Amount": 0.5}]
    assert "Signature" in [extra["Type"] for extra in plain["AvailableExtras"]]
    assert "Signature" not in [extra["Type"] for extra in signed["AvailableExtras"]]
    assert signed["TotalPrice"] - plain["TotalPrice"] == pytest.approx(0.6)


def test_an_island_is_dearer_only_if_it_is_named(customer: Customer) -> None:
    island = {"Country": "GBR", "Postcode": "BT1 1AA"}

    mainland, named = (
        customer.quotes(DeliveryAddress=island | region)[0]["TotalPrice"] for region in ({}, {"Subdivision": "NIR"})
    )

    assert named > mainland == customer.quotes()[0]["TotalPrice"]


def test_nobody_goes_to_some_places(customer: Customer) -> None:
    assert customer.quotes(DeliveryAddress={"Country": "GBR", "Postcode": "ZZ1 1ZZ"}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Parcels": []},
        {"Parcels": [QUOTE["Parcels"][0] | {"Value": 0}]},
        {"DeliveryAddress": {"Country": "IMN"}},
        {"DeliveryAddress": {"Country": "GB"}},
        {"Extras": [{"Type": "Drone"}]},
        {"Colour": "red"},
    ],
)
def test_a_quote_for_nothing_sensible_is_refused(customer: Customer, changes: dict[str, Any]) -> None:
    answer = customer.call("POST", "/quotes", QUOTE | changes)

    assert answer.status_code == 400
    assert answer.json().keys() == {"Message", "ErrorCode", "Help"}


def test_couriers_come_on_working_days_and_on_saturdays_for_more(customer: Customer) -> None:
    wanted = {"ServiceSlug": "swift-next-day", "Postcode": "YO17 7LL", "CountryISO3Code": "GBR"}

    dates = customer.call("POST", "/collectiondates", wanted).json()["CollectionDates"]

    days = {datetime.fromisoformat(one["CollectionDate"]).weekday(): one["Surcharge"] for one in dates}
    assert (6 in days, days[5]) == (False, 3.5)
    assert {days[day] for day in range(5)} == {0}


@pytest.mark.parametrize(("hour", "first_day"), [(16, 1), (18, 2)])
def test_after_the_cut_off_nobody_comes_the_next_day(
    customer: Customer, director: Director, hour: int, first_day: int
) -> None:
    now = datetime.now(UTC)
    wednesday = (now + timedelta(days=(2 - now.weekday()) % 7 + 7)).replace(hour=hour)
    director.tell(clock={"advance_seconds": (wednesday - now).total_seconds()})
    customer.token = customer.authorize().json()["access_token"]

    first = datetime.fromisoformat(customer.collection_days()[0])

    assert first.date() == wednesday.date() + timedelta(days=first_day)


def test_nobody_comes_for_what_is_dropped_off(customer: Customer) -> None:
    wanted = {"ServiceSlug": "myhermes", "Postcode": "YO17 7LL", "CountryISO3Code": "GBR"}

    assert customer.call("POST", "/collectiondates", wanted).status_code == 400


def test_drop_shops_are_near_and_one_of_them_comes_twice(customer: Customer) -> None:
    shops = customer.get("/dropshops/HERMES/location", location="LS1 1AA", iso3CountryCode="GBR").json()["Results"]

    assert [shop["Id"] for shop in shops].count("HER-1001") == 2
    assert {shop["Postcode"] for shop in shops} == {"LS1 1AA"}
    assert customer.get("/dropshops/NOBODY/location", location="LS1 1AA").status_code == 404


def test_an_order_is_answered_as_documented(customer: Customer) -> None:
    body = customer.an_order({}, {"Reference": "OURS-2"})

    made = customer.call("POST", "/orders", body).json()

    prices = {"TotalPrice", "TotalVat", "TotalPriceExVat", "TotalDiscount"}
    assert made.keys() == {"OrderId", "Links", "Hash", "OrderlineIdMap", *prices}
    assert isinstance(made["OrderId"], str)
    assert [line["ItemId"] for line in made["OrderlineIdMap"]] == [item["Id"] for item in body["Items"]]
    assert len({made["Hash"], *(line["Hash"] for line in made["OrderlineIdMap"])}) == 3
    assert made["Links"]["PayWithPrePay"].endswith(f"/api/orders/{made['OrderId']}/paywithprepay?hash={made['Hash']}")


def test_verifying_tells_the_cost_and_makes_nothing(customer: Customer, director: Director) -> None:
    body = customer.an_order({"Upsells": [{"Type": "Sms"}]})

    verified = customer.call("POST", "/orders/verify", body).json()

    assert director.books("parcel2go")["orders"] == []
    assert verified == {"Errors": [], "Cost": customer.call("POST", "/orders", body).json()["TotalPrice"]}


def test_an_order_is_unpaid_until_it_is_paid(customer: Customer) -> None:
    order = customer.order()

    before, paid, after = customer.read(order).json(), customer.pay(order), customer.read(order).json()

    assert before["PaidDate"] is None
    assert (paid.status_code, paid.json().keys()) == (200, {"Links"})
    assert datetime.fromisoformat(after["PaidDate"]).tzinfo
    assert [item["Reference"] for item in after["Items"]] == ["OURS-1"]


def test_paying_again_charges_again(customer: Customer, director: Director) -> None:
    order = customer.paid_order()
    paid_at = customer.read(order).json()["PaidDate"]

    assert customer.pay(order).status_code == 200

    books = director.books("parcel2go")
    assert [payment["order_id"] for payment in books["payments"]] == [order["OrderId"]] * 2
    assert float(books["balance"]) == pytest.approx(100 - 2 * order["TotalPrice"])
    assert customer.get("/prepay").json() == float(books["balance"])
    assert customer.read(order).json()["PaidDate"] == paid_at


def test_what_is_not_there_cannot_be_paid_with(customer: Customer, director: Director) -> None:
    order = customer.order()
    director.parcel2go(top_up={"amount": -99})

    refused = customer.pay(order)
    director.parcel2go(top_up={"amount": "50.00"})

    assert refused.status_code == 400
    assert refused.json()["Errors"][0].keys() == {"Name", "Description"}
    assert director.books("parcel2go")["payments"] == []
    assert customer.pay(order).status_code == 200


def test_a_hash_as_it_is_in_the_link_does_not_pay(customer: Customer, director: Director) -> None:
    order = customer.order()

    raw = customer.call("POST", f"/orders/{order['OrderId']}/paywithprepay?hash={order['Hash']}")

    assert raw.status_code == 403
    assert director.books("parcel2go")["payments"] == []


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_no_call_cancels_an_order(customer: Customer, method: str) -> None:
    order = customer.paid_order()

    assert customer.call(method, f"/orders/{order['OrderId']}").status_code in {404, 405}


def test_an_unpaid_order_has_no_labels(customer: Customer) -> None:
    line = customer.order()["OrderlineIdMap"][0]

    assert customer.labels(line).status_code == 404


@pytest.mark.parametrize(("medium", "box"), [("A4", b"595.2756 841.8898"), ("Label4X6", b"283.4646 425.1969")])
def test_a_label_is_of_its_line_on_the_paper_that_was_asked_for(customer: Customer, medium: str, box: bytes) -> None:
    order = customer.paid_order({}, {})
    first, second = order["OrderlineIdMap"]

    answer = customer.labels(second, labelMedia=medium).json()

    pdf = base64.b64decode(answer["Base64EncodedLabels"][0], validate=True)
    assert (answer["SuccessfulLabels"], answer["FailedLabels"]) == (1, 0)
    assert pdf.startswith(b"%PDF-")
    assert box in pdf
    assert f"P2G{second['OrderLineId']}".encode() in pdf
    assert first["OrderLineId"].encode() not in pdf


def test_a_label_that_was_not_asked_for_as_pdf_is_a_picture(customer: Customer) -> None:
    order = customer.paid_order()

    answer = customer.get(f"/labels/{order['OrderId']}", referenceType="OrderId", hash=order["Hash"]).json()

    assert base64.b64decode(answer["Base64EncodedLabels"][0]).startswith(b"\x89PNG")


def test_an_order_has_the_labels_of_all_its_lines(customer: Customer) -> None:
    order = customer.paid_order({}, {})

    answer = customer.get(f"/labels/{order['OrderId']}", referenceType="OrderId", hash=order["Hash"])

    assert answer.json()["SuccessfulLabels"] == 2


def test_a_label_is_for_who_has_the_hash(customer: Customer) -> None:
    order, other = customer.paid_order(), customer.paid_order()
    (line,) = order["OrderlineIdMap"]

    given = [customer.labels(line, hash=one).status_code for one in (line["Hash"], order["Hash"], other["Hash"], "")]

    assert given == [200, 200, 403, 403]


@pytest.mark.parametrize("query", [{"labelFormat": "ZPL"}, {"labelMedia": "A5"}, {"referenceType": ""}])
def test_a_label_in_no_form_of_theirs_is_refused(customer: Customer, query: dict[str, str]) -> None:
    assert customer.labels(customer.paid_order()["OrderlineIdMap"][0], **query).status_code == 400


def test_other_papers_are_for_exports(customer: Customer) -> None:
    at_home, abroad = (customer.paid_order(item)["OrderlineIdMap"][0] for item in ({}, EXPORT))

    found = [customer.labels(line, detailLevel="CommercialInvoice").status_code for line in (at_home, abroad)]

    assert found == [404, 200]


def test_tracking_numbers_are_late(customer: Customer, director: Director) -> None:
    order = customer.paid_order()
    numbers = [customer.call("POST", f"/orders/{order['OrderId']}/parcelnumbers").json()["TrackingNumbers"]]
    line = order["OrderlineIdMap"][0]["OrderLineId"]

    director.parcel2go(move={"line": line, "stage": "Collected"})
    numbers.append(customer.call("POST", f"/orders/{order['OrderId']}/parcelnumbers").json()["TrackingNumbers"])

    (before,), (after,) = numbers
    assert (before["ParcelId"], before["TrackingNumber"]) == (after["ParcelId"], None)
    assert isinstance(after["TrackingNumber"], str)


def test_tracking_is_read_by_either_number_and_knows_no_stages(customer: Customer, director: Director) -> None:
    line = customer.paid_line()
    director.parcel2go(move={"line": f"P2G{line}", "stage": "Collected"})
    director.parcel2go(move={"line": line, "stage": "Delivered", "description": "Left in porch", "code": "D7"})

    first, second = (customer.get(f"/tracking/{number}").json()["Results"] for number in (line, f"P2G{line}"))

    assert first == second
    assert [(one["StatusCode"], one["Description"]) for one in first] == [
        ("COL", "Parcel collected"),
        ("D7", "Left in porch"),
    ]
    assert "TrackingStage" not in first[0]


@pytest.mark.parametrize("path", ["/tracking/1", "/orders?orderId=1&hash=x", "/labels/1?referenceType=OrderId"])
def test_what_does_not_exist_is_not_found(customer: Customer, path: str) -> None:
    assert customer.get(path).status_code == 404


def test_the_books_hold_what_was_asked_for_and_paid(customer: Customer, director: Director) -> None:
    address = an_address(Subdivision="NIR", Postcode="BT1 1AA")
    order = customer.paid_order({"parcel": {"DeliveryAddress": address}})

    (kept,) = director.books("parcel2go")["orders"]

    assert (kept["order_id"], float(kept["total_price"])) == (order["OrderId"], order["TotalPrice"])
    assert kept["paid_at"]
    assert kept["lines"][0]["reference"] == "OURS-1"
    assert kept["request"]["Items"][0]["Parcels"][0]["DeliveryAddress"] == address
