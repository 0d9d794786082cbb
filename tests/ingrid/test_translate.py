"""Ingrid's samples in, our domain out, and back."""

import base64
import json
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest

from carrier_backend.domain.addresses import (
    Address,
    Contact,
    Coordinates,
    OpeningHours,
    Party,
    PickupPoint,
    PlaceKind,
    Window,
)
from carrier_backend.domain.errors import Unknown
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import Order, Package
from carrier_backend.domain.parcels import Dimensions, Label, LabelEncoding, LabelFormat, LabelSize, Parcel
from carrier_backend.domain.products import Addon, Calendar, Direction, Merchant, Product, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import StatusUpdate
from carrier_backend.ingrid import translate
from carrier_backend.ingrid.schemas.booking import BOOKING_REQUEST, PREBOOKING_REQUEST
from carrier_backend.ingrid.schemas.options import OPTIONS_REQUEST
from tests.fakes import MONDAY
from tests.ingrid.samples import changed, sample

WAREHOUSE = Address(
    country="SE", name="Test Merchant", lines=("Test warehouse street 15",), city="Kalmar", postal_code="39357"
)
HOME = Address(country="SE", name="Test Testson", lines=("Test street 1",), city="Kalmar", postal_code="39356")
SHOPPER = Contact("+48000000000", "customer@ingrid.com")
LATE = datetime(2023, 7, 31, 23, 30, tzinfo=UTC)


def an_order(path: str = "shipping_method", value: object = "velove-std") -> Order:
    """The document's order with one value replaced."""
    body = changed(sample("booking_request"), path, value)
    return translate.order(BOOKING_REQUEST.load(body), "client-7", "trace-1")


def test_a_booking_becomes_an_order() -> None:
    order = an_order()
    assert order.journey.sender == Party(WAREHOUSE)
    assert order.journey.receiver == Party(HOME, SHOPPER)
    assert order.journey.delivery == Window(LATE, LATE)
    assert (order.journey.client_id, order.journey.trace_id) == ("client-7", "trace-1")
    assert (order.journey.shipper_id, order.journey.shipping_method) == ("id of the merchant", "velove-std")
    assert (order.journey.tos_id, order.journey.external_id) == ("01H6AAXCB6S6K679DPEC38TPMR", "Order 001")
    assert (order.journey.pickup_point_id, order.journey.direction) == ("", Direction.OUTBOUND)
    assert order.packages == (Package("delivery 1 uuid", 15000, Dimensions(200, 300, 150)),)
    assert (order.addons, order.instructions) == (tuple(Addon), "")
    assert order.label == LabelFormat(LabelEncoding.PDF, LabelSize.NORMAL)


def test_on_a_return_nobody_is_swapped_and_the_sender_is_the_shopper() -> None:
    journey = an_order("direction_type", "return").journey
    assert journey.direction is Direction.RETURN
    assert journey.sender == Party(WAREHOUSE, SHOPPER)
    assert journey.receiver == Party(HOME)


def test_a_chosen_pickup_point_is_named() -> None:
    assert an_order("parties.to.id", "9101").journey.pickup_point_id == "9101"


def test_a_method_left_out_is_left_to_the_catalogue() -> None:
    assert an_order("shipping_method", "").journey.shipping_method == ""


def test_a_prebooking_is_the_same_journey() -> None:
    asked = PREBOOKING_REQUEST.load(sample("prebooking_request"))
    assert translate.prebooking(asked, "client-7", "trace-1").journey == an_order().journey


def test_the_same_booking_has_the_same_fingerprint_however_it_is_written() -> None:
    body = sample("booking_request")
    turned = {name: body[name] for name in reversed(body)}
    turned["delivery_time"] = {"end": "2023-08-01T01:30:00+02:00", "start": "2023-07-31T23:30:00.000Z"}
    del turned["delivery_instructions"]
    again = translate.order(BOOKING_REQUEST.load(turned), "client-7", "another trace")
    assert again.fingerprint == an_order().fingerprint
    assert len(again.fingerprint) == 64


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("packages.0.weight", 15001),
        ("parties.shipper.id", "another"),
        ("parties.customer.phone", ""),
        ("delivery_time", None),
        ("print_config.label_size", "small"),
        ("addons", []),
    ],
)
def test_other_content_has_another_fingerprint(path: str, value: object) -> None:
    assert an_order(path, value).fingerprint != an_order().fingerprint


def test_an_order_keeps_the_request_in_ingrids_words_and_plain_json() -> None:
    order = an_order()
    assert json.loads(json.dumps(order.body)) == order.body
    assert order.body["packages"] == sample("booking_request")["packages"]


def test_a_shoppers_question_becomes_a_query() -> None:
    query = translate.options_query(OPTIONS_REQUEST.load(sample("options_request")), "client-7", "TRACE")
    assert (query.client_id, query.shipper_id) == ("client-7", "id of the merchant")
    assert (query.origin, query.area.address) == (WAREHOUSE, HOME)
    assert (query.area.limit, query.area.radius_km) == (25, 15.42)
    assert query.area.kinds == frozenset(PlaceKind)
    starts_at = datetime(2023, 7, 30, 23, 30, tzinfo=UTC)
    assert query.collection == Window(starts_at, starts_at)


def test_a_limit_or_radius_of_nothing_is_none_at_all() -> None:
    search = {"address": {"country": "SE"}, "location_limit": 0, "location_radius": 0, "location_types": []}
    asked = OPTIONS_REQUEST.load(changed(sample("options_request"), "parties.search", search))
    area = translate.options_query(asked, "client-7", "TRACE").area
    assert (area.limit, area.radius_km, area.kinds) == (None, None, frozenset(PlaceKind))


def test_kinds_of_places_narrow_the_search() -> None:
    body = changed(sample("options_request"), "parties.search.location_types", ["locker", "store"])
    query = translate.options_query(OPTIONS_REQUEST.load(body), "client-7", "TRACE")
    assert query.area.kinds == {PlaceKind.LOCKER, PlaceKind.STORE}


AKROPOLE = Coordinates(56.9238129, 24.1752396)


def a_locker(coordinates: Coordinates | None = AKROPOLE) -> PickupPoint:
    address = Address(
        country="LV",
        name="Rīgas T/C Akropole pakomāts",
        lines=("Maskavas iela 257",),
        city="Rīga",
        postal_code="LV-9101",
        coordinates=coordinates,
    )
    hours = (
        OpeningHours(1, "08:00", "11:00", "+02:00"),
        OpeningHours(1, "12:00", "23:59", "+02:00"),
        OpeningHours(2, "08:00", "23:59", "+02:00"),
    )
    return PickupPoint("9101", address, PlaceKind.LOCKER, hours)


def test_options_are_answered_as_in_the_document() -> None:
    start = datetime(2023, 7, 31, 17, 30, tzinfo=UTC)
    hour, three = timedelta(hours=1), timedelta(hours=3)
    windows = (Window(start, start + hour), Window(start + three, start + three + hour))
    answer = translate.options_answer(Options(windows, (a_locker(),)))
    assert json.loads(answer) == sample("options_answer")
    assert "Rīgas T/C Akropole pakomāts".encode() in answer


def test_both_lists_are_always_there() -> None:
    assert translate.options_answer(Options()) == b'{"delivery_times":[],"delivery_locations":[]}'


def test_a_point_that_no_map_can_show_is_not_offered() -> None:
    assert json.loads(translate.options_answer(Options((), (a_locker(None),))))["delivery_locations"] == []


def test_a_booking_is_answered_in_the_order_of_the_request() -> None:
    shipment = a_shipment(a_parcel("900002", b"%PDF-\xff\xfe two"), a_parcel("900001", b"%PDF- one"))
    answer = translate.IngridWire().booking(shipment)
    packages = json.loads(answer)["packages"]
    assert [package["barcode"] for package in packages] == ["900002", "900001"]
    labels = [base64.b64decode(package["label_data"], validate=True) for package in packages]
    assert labels == [b"%PDF-\xff\xfe two", b"%PDF- one"]


def a_shipment(*parcels: Parcel) -> Shipment:
    calendar = Calendar("Africa/Tunis", time(14), frozenset(range(6)), (1, 3))
    product = Product("velove-std", "a courier", frozenset({"SE"}), calendar)
    route = Route(product, Merchant("id of the merchant", "Test Merchant", "a site"))
    journey = an_order().journey
    return Shipment("s1", journey, route, parcels, (), LabelFormat(), "", BookingState.BOOKED, MONDAY)


def a_parcel(barcode: str, label: bytes) -> Parcel:
    return Parcel(
        package_id=barcode,
        reference="A" * 20,
        weight_grams=1,
        dimensions=Dimensions(1, 1, 1),
        booking=BookingState.BOOKED,
        barcode=barcode,
        label=Label(LabelEncoding.PDF, label),
    )


def an_update(**changes: Any) -> StatusUpdate:
    told: dict[str, Any] = {
        "barcode": "tracking number",
        "shipping_method": "velove-std",
        "shipper_id": "id of the merchant",
        "event_status": "submitted",
        "event_at": LATE,
        "estimated_arrival": Window(LATE, LATE),
    }
    return StatusUpdate(**{**told, **changes})


def test_a_status_is_told_as_in_the_document() -> None:
    body = translate.IngridWire().status(an_update())
    assert json.loads(body) == sample("status_update")
    assert list(json.loads(body)) == list(sample("status_update"))


def test_an_arrival_nobody_estimated_is_left_out() -> None:
    body = translate.IngridWire().status(an_update(estimated_arrival=None))
    assert "estimated_arrival_time" not in json.loads(body)


def test_a_status_is_compact_utf_8() -> None:
    body = translate.IngridWire().status(an_update(event_status="تم التسليم 🎁", estimated_arrival=None))
    assert (
        body
        == (
            '{"barcode":"tracking number","shipping_method":"velove-std","shipper_id":"id of the merchant",'
            '"event_status":"تم التسليم 🎁","event_time":"2023-07-31T23:30:00Z"}'
        ).encode()
    )


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (MONDAY, "2026-11-23T09:00:00Z"),
        (MONDAY + timedelta(milliseconds=7), "2026-11-23T09:00:00.007Z"),
        (MONDAY + timedelta(microseconds=999_999), "2026-11-23T09:00:00.999Z"),
        (MONDAY.astimezone(timezone(timedelta(hours=1))), "2026-11-23T09:00:00Z"),
    ],
)
def test_moments_are_told_in_utc(at: datetime, told: str) -> None:
    assert json.loads(translate.IngridWire().status(an_update(event_at=at)))["event_time"] == told


@pytest.mark.parametrize("barcode", ["7", "P2G-123", "yal-ABC-" + "9" * 56])
def test_a_barcode_is_letters_digits_and_dashes(barcode: str) -> None:
    assert translate.barcode(barcode) == barcode


@pytest.mark.parametrize("text", ["", "a b", "a\n", "é", "٣", "a/b", "a_b", "x" * 65])
def test_another_text_is_no_barcode(text: str) -> None:
    with pytest.raises(Unknown, match="package was not found"):
        translate.barcode(text)
