"""How strict the pretended Parcel2Go is with an order; the documents' own examples come out as they show."""

from copy import deepcopy
from typing import Any

import pytest

from tests.simulator.callers import Director
from tests.simulator.customers import AMERICAN, CUSTOMS, GUID, Customer, an_address

CONTENTS = [{"Description": "Slippers", "Quantity": "1", "EstimatedValue": "10"}]
ABROAD: dict[str, Any] = {"DeliveryAddress": AMERICAN}
DECLARED: dict[str, Any] = {"Service": "export-road", "parcel": ABROAD | {"Contents": CONTENTS}, **CUSTOMS}


def errors(customer: Customer, *items: dict[str, Any], **changes: Any) -> list[str]:
    answer = customer.create(*items, **changes)
    assert answer.status_code == 400, answer.text
    return [error["Error"] for error in answer.json()["Errors"]]


def test_an_international_order_without_customs_data_fails_as_the_document_shows(customer: Customer) -> None:
    answer = customer.create({"Id": GUID, "Service": "export-air", "parcel": ABROAD})

    assert answer.status_code == 400
    assert answer.json() == {
        "Errors": [
            {
                "Type": "Customs",
                "Error": "Please supply the reason for exporting your parcel.",
                "ItemId": GUID,
            },
            {"Type": "Customs", "Error": "Please supply your VAT status.", "ItemId": GUID},
            {
                "Type": "Customs",
                "Error": "Please supply details of your parcel's country of manufacture.",
                "ItemId": GUID,
            },
            {
                "Type": "Customs",
                "Error": "Please supply details of your international parcel's contents.",
                "ItemId": GUID,
            },
            {
                "Type": "Service",
                "Error": "A price could not be found for these specifications.",
                "ItemId": GUID,
            },
        ]
    }


def test_verifying_such_an_order_says_the_same_inside_a_200(customer: Customer, director: Director) -> None:
    body = customer.an_order({"Service": "export-air", "parcel": ABROAD})

    verified, created = (customer.call("POST", path, body) for path in ("/orders/verify", "/orders"))

    assert (verified.status_code, verified.json()["Cost"]) == (200, None)
    assert verified.json()["Errors"] == created.json()["Errors"]
    assert director.books("parcel2go")["orders"] == []


def test_each_item_has_errors_of_its_own(customer: Customer) -> None:
    answer = customer.create(*[{"Service": "export-air", "parcel": ABROAD}] * 2)

    ids = [error["ItemId"] for error in answer.json()["Errors"]]
    assert sorted(map(ids.count, set(ids))) == [5, 5]


def test_the_documents_declared_order_is_taken(customer: Customer) -> None:
    assert customer.create(DECLARED).status_code == 200


def test_the_documents_order_with_extras_is_taken_and_dearer(customer: Customer) -> None:
    address = {"CountryId": 0, "Organisation": "", "Locality": "", "County": "North Yorkshire"}
    sender = an_address(**address, Postcode="YO17 7LL", Phone="07587569852", SpecialInstructions="")
    plain = {"CollectionAddress": sender, "parcel": {"DeliveryAddress": an_address(**address)}}

    extra, without = (customer.order(plain | {"Upsells": wished})["TotalPrice"] for wished in ([{"Type": "Sms"}], []))

    assert extra - without == pytest.approx(0.36)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"ExportReason": "Greed"}, "reason for exporting"),
        ({"VatStatus": "None"}, "VAT status"),
        ({"OriginCountry": "GB"}, "country of manufacture"),
        ({"parcel": ABROAD | {"Contents": []}}, "contents"),
        ({"VatStatus": "Registered", "EoriNumber": "GB1"}, "VAT number"),
        ({"VatStatus": "Registered", "VatNumber": "GB1"}, "EORI number"),
    ],
)
def test_customs_data_has_to_be_whole(customer: Customer, changes: dict[str, Any], wanted: str) -> None:
    told = errors(customer, DECLARED | changes)

    assert wanted in told[0]
    assert told[1:] == ["A price could not be found for these specifications."]


@pytest.mark.parametrize("name", ["Id", "CollectionDate", "Service", "CollectionAddress", "Parcels"])
def test_an_item_needs_its_fields(customer: Customer, name: str) -> None:
    body = customer.an_order()
    del body["Items"][0][name]

    answer = customer.call("POST", "/orders", body)

    assert answer.status_code == 400
    assert name in answer.json()["Errors"][0]["Error"]


@pytest.mark.parametrize(
    "name",
    ["Id", "Height", "Length", "Width", "Weight", "EstimatedValue", "ContentsSummary", "DeliveryAddress"],
)
def test_a_parcel_needs_its_fields(customer: Customer, name: str) -> None:
    body = customer.an_order()
    del body["Items"][0]["Parcels"][0][name]

    answer = customer.call("POST", "/orders", body)

    assert answer.status_code == 400
    assert f"Parcels[0].{name}" in answer.json()["Errors"][0]["Error"]


@pytest.mark.parametrize(
    "name", ["ContactName", "Email", "Property", "Street", "Town", "Postcode", "CountryIsoCode", "Phone"]
)
def test_the_address_of_collection_needs_its_fields_filled(customer: Customer, name: str) -> None:
    told = errors(customer, {"CollectionAddress": an_address(Phone="07587569852") | {name: ""}})

    assert f"Items[0].CollectionAddress.{name} is required." in told


def test_the_address_of_delivery_needs_no_telephone(customer: Customer) -> None:
    assert errors(customer, {"parcel": {"DeliveryAddress": an_address(Email="")}}) == [
        "Items[0].Parcels[0].DeliveryAddress.Email is required."
    ]


@pytest.mark.parametrize("name", ["Email", "Forename", "Surname"])
def test_the_customer_has_a_name_in_two_parts_and_an_email(customer: Customer, name: str) -> None:
    details = {"Email": "a@b.example", "Forename": "Joe", "Surname": "Joggs"} | {name: ""}

    assert errors(customer, CustomerDetails=details) == [f"CustomerDetails.{name} is required."]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"Extras": [{"Type": "Sms"}]}, "Extras is not a field"),
        ({"Upsells": ["Sms"]}, "Upsells"),
        ({"Upsells": [{"Type": "PrintInStore"}]}, "not available for the service"),
        ({"Reference": "x" * 51}, "longer than 50"),
        ({"CollectionDate": "2020-01-06T09:00:00+00:00"}, "collection date"),
        ({"CollectionDate": "tomorrow"}, "CollectionDate"),
        ({"Service": "no-such-service"}, "price could not be found"),
        ({"Service": "export-air"}, "price could not be found"),
        ({"parcel": {"Weight": 25.01}}, "price could not be found"),
        ({"parcel": {"Width": 130}}, "price could not be found"),
        ({"parcel": {"Weight": 0}}, "Weight"),
        ({"parcel": {"Colour": "red"}}, "Colour is not a field"),
        ({"parcel": {"DeliveryAddress": an_address(Postcode="yo177ll")}}, "same postcode"),
        ({"parcel": {"DeliveryAddress": an_address(CountryIsoCode="IMN")}}, "country or subdivision"),
        ({"parcel": {"DeliveryAddress": an_address(Subdivision="GB-XX")}}, "country or subdivision"),
        ({"parcel": {"DeliveryAddress": an_address(ContactName="Refuse Me")}}, "cannot deliver"),
        ({"CollectionAddress": an_address(Phone="1", Postcode="YO17 7LL", ShopId="HER-1001")}, "no drop shop"),
    ],
)
def test_what_an_order_must_not_be(customer: Customer, director: Director, item: dict[str, Any], text: str) -> None:
    (told,) = errors(customer, item)

    assert text in told
    assert director.books("parcel2go")["orders"] == []


def test_what_is_dropped_off_may_name_a_shop_that_is_known(customer: Customer) -> None:
    sender = an_address(Phone="1", Postcode="YO17 7LL")
    shops = ("HER-1001", "NOWHERE")

    answers = [
        customer.create({"Service": "myhermes", "CollectionAddress": sender | {"ShopId": shop}}) for shop in shops
    ]

    assert [answer.status_code for answer in answers] == [200, 400]


def test_a_parcel_may_be_turned_over(customer: Customer) -> None:
    assert customer.create({"parcel": {"Height": 115, "Length": 60, "Width": 20}}).status_code == 200


def test_items_need_ids_of_their_own(customer: Customer) -> None:
    assert errors(customer, {"Id": GUID}, {"Id": GUID}) == ["Each item needs an Id of its own."]


@pytest.mark.parametrize("body", [[], {}, {"Items": []}, {"Items": {}}, None])
def test_an_order_of_nothing_is_refused(customer: Customer, body: Any) -> None:
    assert customer.call("POST", "/orders", deepcopy(body)).status_code == 400
