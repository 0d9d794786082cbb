"""From the checkout to the door, and what Ingrid hears of it."""

import base64
from collections.abc import Callable

from tests.journeys.conftest import Body, Stage


def barcodes(answer: Body) -> list[str]:
    return [package["barcode"] for package in answer["packages"]]


def test_a_booking_becomes_a_parcel_and_its_news_reach_ingrid(stage: Stage, a_booking: Callable[..., Body]) -> None:
    (barcode,) = barcodes(stage.book(a_booking()).get_json())
    for status in (2, 27, 25, 10, 6):
        stage.move(barcode, status)
    stage.work()
    assert stage.told() == ["submitted", "in_transit", "in_transit", "at_depot", "out_for_delivery", "delivered"]


def test_every_label_belongs_to_its_own_package(stage: Stage, a_booking: Callable[..., Body]) -> None:
    answer = stage.book(a_booking(packages=3)).get_json()
    for package in answer["packages"]:
        label = base64.b64decode(package["label_data"], validate=True)
        assert label.startswith(b"%PDF-")
        assert package["barcode"].encode() in label


def test_a_batch_answered_in_another_order_puts_no_label_on_a_wrong_box(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    stage.control(system="intigo", operation="create_batch", fault="reorder")
    body = a_booking(packages=3)
    for number, package in enumerate(body["packages"], start=1):
        package["weight"] = number * 6000  # each of another size, by which the books tell them apart
    answer = stage.book(body).get_json()
    sizes = {parcel["nid"]: parcel["request"]["size"] for parcel in stage.books("intigo")["parcels"]}
    assert [sizes[barcode] for barcode in barcodes(answer)] == [4, 4, 5]


def test_options_prebooking_and_booking_agree(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    query = {**body, "parties": {**body["parties"], "search": {"address": body["parties"]["to"]["address"]}}}
    windows = stage.post("/shipping-options", query).get_json()["delivery_times"]
    prebooking = {**body, "delivery_time": windows[0]}
    assert stage.post("/prebooking", prebooking).get_json() == {}
    bare = {key: value for key, value in body.items() if key != "delivery_time"}
    assert stage.book(bare).status_code == 200


def test_a_place_that_is_misspelt_is_refused_with_near_names(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    body["parties"] = {**body["parties"], "to": {"address": body["parties"]["to"]["address"] | {"city": "La Marssa"}}}
    answer = stage.book(body)
    assert answer.status_code == 422
    assert "La Marsa" in answer.get_json()["errors"][0]["message"]
    assert stage.books("intigo")["parcels"] == []


def test_shopping_goes_on_while_intigo_is_down(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="regions", fault="error_before", times=100)
    body = a_booking()
    query = {**body, "parties": {**body["parties"], "search": {"address": body["parties"]["to"]["address"]}}}
    assert stage.post("/shipping-options", query).status_code == 200
