"""What a booking and a prebooking may look like, and what is said of those that may not."""

from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from carrier_backend.ingrid.schemas.booking import BOOKING_REQUEST, PREBOOKING_REQUEST
from carrier_backend.support.faults import flatten
from tests.ingrid.samples import changed, sample, without


def faults(body: object, schema: Schema = BOOKING_REQUEST) -> list[str]:
    """What is wrong with a body, a line for each fault."""
    try:
        schema.load(body)  # type: ignore[arg-type]  # it may be anything
    except ValidationError as error:
        return list(map(str, flatten(error.messages)))
    return []


def booking(path: str, value: object) -> Any:
    return changed(sample("booking_request"), path, value)


def test_the_documents_bodies_are_in_order() -> None:
    assert faults(sample("booking_request")) == []
    assert faults(sample("prebooking_request"), PREBOOKING_REQUEST) == []


def test_what_is_read_is_the_body_as_sent() -> None:
    sent = sample("booking_request")
    read = BOOKING_REQUEST.load(sent)
    assert read["packages"] == sent["packages"]
    assert read["parties"]["to"] == sent["parties"]["to"]
    assert read["parties"]["from"] == sent["parties"]["from"]
    assert read["references"] == sent["references"]
    assert read["print_config"] == sent["print_config"]


@pytest.mark.parametrize("blank", ["", " ", None])
@pytest.mark.parametrize(
    "path",
    [
        "shipping_method",
        "parties.customer",
        "parties.to.id",
        "parties.to.address.care_of",
        "parties.from.address.address_lines",
        "delivery_time",
        "delivery_instructions",
        "print_config",
        "print_config.label_size",
        "references.external_id",
        "addons",
        "direction_type",
    ],
)
def test_blank_is_as_good_as_missing(path: str, blank: object) -> None:
    missing = BOOKING_REQUEST.load(without(sample("booking_request"), path))
    assert BOOKING_REQUEST.load(booking(path, blank)) == missing


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("parties.customer", {}),
        ("parties.customer", {"phone": "", "email": None}),
        ("print_config", {}),
        ("delivery_time", {"start": "", "end": ""}),
        ("addons", []),
        ("parties.from.address.address_lines", []),
    ],
)
def test_what_holds_nothing_is_as_good_as_missing(path: str, empty: object) -> None:
    missing = BOOKING_REQUEST.load(without(sample("booking_request"), path))
    assert BOOKING_REQUEST.load(booking(path, empty)) == missing


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("shipping_method", {}),
        ("shipping_method", []),
        ("direction_type", []),
        ("print_config", []),
        ("print_config.label_format", {}),
        ("addons", {}),
        ("parties.to.address.name", []),
        ("packages.0.weight", []),
    ],
)
def test_the_wrong_kind_of_nothing_is_a_fault(path: str, wrong: object) -> None:
    (fault,) = faults(booking(path, wrong))
    assert "must be" in fault


def test_what_is_left_out_has_its_documented_meaning() -> None:
    body = sample("booking_request")
    for path in ("print_config", "direction_type", "addons", "delivery_time", "parties.customer"):
        without(body, path)
    read = BOOKING_REQUEST.load(body)
    assert read["print_config"] == {"label_format": "pdf", "label_size": "normal"}
    assert (read["direction_type"], read["addons"], read["delivery_time"]) == ("outbound", [], None)
    assert read["parties"]["customer"] == {"phone": "", "email": ""}


@pytest.mark.parametrize("blank", ["", None, "  "])
@pytest.mark.parametrize(
    "path",
    [
        "parties.shipper.id",
        "parties.to.address.country",
        "parties.from.address.country",
        "packages.0.references.package_id",
        "packages.0.weight",
        "packages.0.dimensions.length",
    ],
)
def test_what_cannot_be_done_without_is_asked_for(path: str, blank: object) -> None:
    shown = path.replace("packages.0", "packages[0]")
    more = booking(path.rpartition(".")[0] + ".new", "not blank")  # so that only the field itself is blank
    assert faults(changed(more, path, blank)) == [f"{shown}: is required"]
    assert faults(without(more, path)) == [f"{shown}: is required"]


@pytest.mark.parametrize("packages", [[], None, ""])
def test_a_booking_without_packages_is_none(packages: object) -> None:
    assert faults(booking("packages", packages)) == ["packages: is required"]


@pytest.mark.parametrize("path", ["", "parties", "parties.to", "parties.to.address", "packages.0", "references"])
@pytest.mark.parametrize("value", [7, "text", ["list"], True])
def test_an_object_is_no_other_thing(path: str, value: object) -> None:
    (fault,) = faults(booking(path, value) if path else value)
    assert fault.endswith("must be an object")


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("packages.0.weight", 0, "packages[0].weight: must be between 1 and 1000000"),
        ("packages.0.weight", -5, "packages[0].weight: must be between 1 and 1000000"),
        ("packages.0.weight", 1_000_001, "packages[0].weight: must be between 1 and 1000000"),
        ("packages.0.weight", 1e9, "packages[0].weight: must be a whole number"),
        ("packages.0.weight", 15000.0, "packages[0].weight: must be a whole number"),
        ("packages.0.weight", "15000", "packages[0].weight: must be a whole number"),
        ("packages.0.weight", True, "packages[0].weight: must be a whole number"),
        ("packages.0.weight", [1], "packages[0].weight: must be a whole number"),
        ("packages.0.dimensions.height", 0, "packages[0].dimensions.height: must be between 1 and 10000"),
        ("packages.0.dimensions.width", 10_001, "packages[0].dimensions.width: must be between 1 and 10000"),
        ("packages.0.dimensions.length", "٣", "packages[0].dimensions.length: must be a whole number"),
        ("print_config.label_format", "png", "print_config.label_format: must be one of pdf, zpl"),
        ("print_config.label_size", "A4", "print_config.label_size: must be one of normal, small"),
        ("direction_type", "inbound", "direction_type: must be one of outbound, return"),
        (
            "addons",
            ["take_signature", "gift_wrap"],
            "addons[1]: must be one of take_signature, id_check, age_check_16, age_check_18, age_check_21",
        ),
        ("addons", "id_check", "addons: must be a list"),
        ("addons", ["id_check", ""], "addons[1]: is required"),
        ("packages", [None], "packages[0]: is required"),
        ("packages", {"0": 1}, "packages: must be a list"),
        ("shipping_method", 7, "shipping_method: must be text"),
        ("parties.customer.phone", 48_000_000_000, "parties.customer.phone: must be text"),
        ("parties.to.address.address_lines", "Street 1", "parties.to.address.address_lines: must be a list"),
        ("parties.to.address.address_lines", [7], "parties.to.address.address_lines[0]: must be text"),
        ("parties.to.address.name", "x" * 257, "parties.to.address.name: is longer than 256 characters"),
        ("delivery_instructions", "x" * 1001, "delivery_instructions: is longer than 1000 characters"),
        ("references.tos_id", "x" * 129, "references.tos_id: is longer than 128 characters"),
        ("parties.to.address.city", "Kal\x07mar", "parties.to.address.city: has control characters"),
        ("parties.to.address.city", "\u202eKalmar", "parties.to.address.city: has control characters"),
        ("parties.shipper.id", "shop\u2066", "parties.shipper.id: has control characters"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(path: str, value: object, fault: str) -> None:
    assert faults(booking(path, value)) == [fault]


@pytest.mark.parametrize("country", ["SWE", "S", "ÅÄ", "S1", "é ", "S\n", 46])
def test_a_country_is_two_letters(country: object) -> None:
    (fault,) = faults(booking("parties.to.address.country", country))
    assert fault.startswith("parties.to.address.country: must be")


def test_a_country_in_small_letters_is_one() -> None:
    read = BOOKING_REQUEST.load(booking("parties.to.address.country", "tn"))
    assert read["parties"]["to"]["address"]["country"] == "TN"


@pytest.mark.parametrize(
    "name", ["Amélie Ñandú", "أميرة بن صالح", "李小龍", "Zoë 🎁👩‍👩‍👧", 'O\'Brien "&" <b>', "two\nlines", "\u200fعلي"]
)
def test_real_names_come_through_unchanged(name: str) -> None:
    read = BOOKING_REQUEST.load(booking("parties.to.address.name", name))
    assert read["parties"]["to"]["address"]["name"] == name


def test_text_is_brought_into_normal_form() -> None:
    read = BOOKING_REQUEST.load(booking("parties.to.address.city", "Be\u0301ja"))
    assert read["parties"]["to"]["address"]["city"] == "Béja"


def test_what_is_far_too_long_is_refused_before_its_accents_are_put_in_order() -> None:
    marks = "\u0315\u0300" * 250_000  # all of a body; ordered as a whole, it would take minutes
    assert faults(booking("parties.to.address.city", f"a{marks}")) == [
        "parties.to.address.city: is longer than 256 characters"
    ]


def test_as_many_characters_as_may_be_are_read_however_they_are_spelled() -> None:
    read = BOOKING_REQUEST.load(booking("parties.to.address.city", "\u03b1\u0313\u0300\u0345" * 256))
    assert read["parties"]["to"]["address"]["city"] == "\u1f82" * 256


def test_blank_address_lines_are_no_lines() -> None:
    read = BOOKING_REQUEST.load(booking("parties.to.address.address_lines", ["", "Street 1", None, " "]))
    assert read["parties"]["to"]["address"]["address_lines"] == ["Street 1"]


@pytest.mark.parametrize(
    ("moment", "in_utc"),
    [
        ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00+00:00"),
        ("2026-12-01t10:00:00z", "2026-12-01T10:00:00+00:00"),
        ("2026-12-01T11:00:00+01:00", "2026-12-01T10:00:00+00:00"),
        ("2026-12-01T10:00:00.000Z", "2026-12-01T10:00:00+00:00"),
        ("2026-12-01T10:00:00.123456789Z", "2026-12-01T10:00:00.123456+00:00"),
    ],
)
def test_one_moment_has_one_spelling(moment: str, in_utc: str) -> None:
    read = BOOKING_REQUEST.load(booking("delivery_time", {"start": moment, "end": moment}))
    assert read["delivery_time"] == {"start": in_utc, "end": in_utc}


@pytest.mark.parametrize(
    "moment",
    [
        "2026-12-01",
        "2026-12-01T10:00:00",
        "2026-12-01 10:00:00Z",
        "2026-12-01T10:00Z",
        "2026-02-30T10:00:00Z",
        "2026-12-31T23:59:60Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٦-12-01T10:00:00Z",
        "20261201T100000Z",
        "tomorrow",
        1_785_000_000,
    ],
)
def test_a_moment_without_its_zone_or_sense_is_refused(moment: object) -> None:
    span = {"start": moment, "end": "2026-12-01T10:00:00Z"}
    (fault,) = faults(booking("delivery_time", span))
    assert fault.startswith("delivery_time.start: must be")


def test_a_span_runs_forwards() -> None:
    backwards = {"start": "2026-12-01T10:00:00.5Z", "end": "2026-12-01T11:00:00+01:00"}
    assert faults(booking("delivery_time", backwards)) == ["delivery_time.end: must not be before the start"]


def test_a_span_has_both_ends() -> None:
    half = {"start": "2026-12-01T10:00:00Z", "end": ""}
    assert faults(booking("delivery_time", half)) == ["delivery_time.end: is required"]


@pytest.mark.parametrize("schema", [BOOKING_REQUEST, PREBOOKING_REQUEST])
def test_an_order_has_a_name(schema: Schema) -> None:
    expected = ["references: must hold a tos_id or an external_id"]
    assert faults(booking("references", {"tos_id": "", "external_id": ""}), schema) == expected
    assert faults(without(sample("booking_request"), "references"), schema) == expected
    assert faults(booking("references", {"external_id": "Order 001"}), schema) == []


def test_packages_that_share_an_id_are_named_by_index() -> None:
    (package,) = sample("booking_request")["packages"]
    other = {**package, "references": {"package_id": "other"}}
    assert faults(booking("packages", [package, other, package, other])) == [
        "packages[2].references.package_id: is that of packages[0] too",
        "packages[3].references.package_id: is that of packages[1] too",
    ]


def test_fifty_packages_are_carried_and_one_more_is_not() -> None:
    (package,) = sample("booking_request")["packages"]
    many = [{**package, "references": {"package_id": str(number)}} for number in range(51)]
    assert faults(booking("packages", many[:50])) == []
    assert faults(booking("packages", many)) == ["packages: must not hold more than 50 entries"]


@pytest.mark.parametrize("path", ["packages", "addons", "parties.to.address.address_lines"])
def test_a_list_that_is_far_too_long_is_not_read(path: str) -> None:
    (fault,) = faults(booking(path, [7] * 10_000))
    assert fault.endswith("entries")


def test_an_addon_asked_for_twice_is_asked_for_once() -> None:
    read = BOOKING_REQUEST.load(booking("addons", ["id_check", "take_signature", "id_check"]))
    assert read["addons"] == ["id_check", "take_signature"]


def test_faults_in_several_places_come_together() -> None:
    body = booking("parties", {"shipper": {}, "to": {"address": 7}})
    body["packages"][0]["weight"] = None
    assert set(faults(body)) == {
        "parties.from: is required",
        "parties.shipper.id: is required",
        "parties.to.address: must be an object",
        "packages[0].weight: is required",
    }


@pytest.mark.parametrize("moment", ["1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:30:00Z"])
def test_a_moment_beyond_all_calendars_is_a_fault(moment: str) -> None:
    assert faults(booking("delivery_time.end", moment)) == [
        "delivery_time.end: must lie between the years 2000 and 2199"
    ]
