"""The simulator refuses what Intigo's document does not allow, and takes what it does."""

import math
from typing import Any

import pytest

from carrier_backend.simulator.intigo_rules import (
    Regions,
    batch_faults,
    nid_faults,
    parcel_faults,
    query_faults,
    ticket_faults,
    ticket_number_faults,
)
from tests.simulator.callers import a_parcel

REGIONS = Regions()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cid", "ABCD"),
        ("cid", "A" * 21),
        ("cid", 12345),
        ("name", "Al"),
        ("name", "A" * 21),
        ("phone", "2234567"),
        ("phone", "+2234567"),
        ("phone", "٢٢٣٤٥٦٧٨"),
        ("phone", 22345678),
        ("amount", "10"),
        ("amount", True),
        ("amount", math.nan),
        ("amount", -1),
        ("amount", 3001),
        ("city", "tunis"),
        ("subDivision", "la marsa"),
        ("subDivision", "Hammam sousse"),
        ("address", "7"),
        ("address", "A" * 101),
        ("size", 2),
        ("size", "1"),
        ("size", True),
        ("isFragile", 1),
        ("isExchange", "false"),
        ("description", ""),
        ("description", "A" * 501),
        ("additionalInformation", "A" * 501),
        ("additionalInformation", None),
        ("pickUpAddress", "12"),
        ("pickUpCity", "Soussa"),
        ("pickUpSubDivision", "Hammam Sousse"),
    ],
)
def test_a_field_out_of_form_is_refused_by_name(field: str, value: Any) -> None:
    (fault,) = parcel_faults(a_parcel(**{field: value}), REGIONS)

    assert fault.startswith(f"{field} must be ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cid", "ABCDE"),
        ("name", "أمينة بن صالح"),
        ("name", "A" * 20),
        ("amount", 0.5),
        ("amount", 3000),
        ("address", "A" * 100),
        ("size", 5),
        ("isFragile", True),
        ("isExchange", False),
        ("description", "A" * 500),
    ],
)
def test_a_field_at_its_limits_is_taken(field: str, value: Any) -> None:
    assert parcel_faults(a_parcel(**{field: value}), REGIONS) == []


@pytest.mark.parametrize("field", sorted(a_parcel()))
def test_every_field_but_the_two_flags_is_required(field: str) -> None:
    parcel = a_parcel()
    del parcel[field]

    assert f"{field} should not be empty" in parcel_faults(parcel, REGIONS)


def test_an_undeclared_field_is_refused() -> None:
    assert parcel_faults(a_parcel(weight=1500), REGIONS) == ["property weight should not exist"]


def test_the_magic_recipient_is_declined() -> None:
    assert parcel_faults(a_parcel(name="Refuse Me"), REGIONS) == ["name Refuse Me is not served"]


def test_a_batch_names_the_item_at_fault() -> None:
    batch = [a_parcel(), a_parcel(size=2)]

    (fault,) = batch_faults(batch, REGIONS)

    assert fault.startswith("1.size")


@pytest.mark.parametrize("body", [{}, [], None, a_parcel()])
def test_a_batch_is_an_array_of_at_least_one(body: Any) -> None:
    assert batch_faults(body, REGIONS) == ["the body must be an array of parcels"]


def test_a_batch_item_is_an_object() -> None:
    assert batch_faults(["parcel"], REGIONS) == ["0.the body must be an object"]


@pytest.mark.parametrize(
    "ticket",
    [
        {"ticketType": 1, "title": "T" * 50, "description": "Annuler"},
        {"ticketType": 2, "newAmount": 10, "service": 1},
        {"ticketType": 3, "newAddress": "1 rue", "newCity": "Tunis", "newSubDivision": "Carthage"},
        {"ticketType": 4, "newPhone": "22345678"},
        {"ticketType": 8},
    ],
)
def test_each_type_of_ticket_is_taken_with_its_fields(ticket: dict[str, Any]) -> None:
    assert ticket_faults({"nid": "1097367", **ticket}, REGIONS) == []


@pytest.mark.parametrize(
    ("ticket", "named"),
    [
        ({"ticketType": 5}, "ticketType"),
        ({"ticketType": "1"}, "ticketType"),
        ({"ticketType": 8, "service": 3}, "service"),
        ({"ticketType": 1, "title": "Annuler"}, "description"),
        ({"ticketType": 1, "title": "T" * 51, "description": "x"}, "title"),
        ({"ticketType": 1, "title": "x", "description": "x" * 501}, "description"),
        ({"ticketType": 2}, "newAmount"),
        ({"ticketType": 2, "newAmount": 3001}, "newAmount"),
        ({"ticketType": 3, "newAddress": "1 rue", "newCity": "Tunis"}, "newSubDivision"),
        ({"ticketType": 3, "newAddress": "1", "newCity": "Tunis", "newSubDivision": "X"}, "newSubDivision"),
        ({"ticketType": 4, "newPhone": "+21622345678"}, "newPhone"),
        ({"ticketType": 8, "reason": "x"}, "property reason"),
    ],
)
def test_a_ticket_out_of_form_is_refused_by_name(ticket: dict[str, Any], named: str) -> None:
    (fault,) = ticket_faults({"nid": "1097367", **ticket}, REGIONS)

    assert fault.startswith(named)


@pytest.mark.parametrize("query", [{}, {"cid": "ABCDE", "nid": "10973"}, {"nid": "1097"}, {"cid": "AB"}])
def test_a_parcel_is_asked_for_by_one_fitting_id(query: dict[str, str]) -> None:
    assert len(query_faults(query)) == 1


def test_numbers_have_five_to_nine_characters() -> None:
    assert nid_faults(["10973", "109736789"]) == ticket_number_faults("50001") == []
    assert nid_faults(["1097", "1097367890"]) == ["nid must be a string of 5-9 characters"] * 2
    assert ticket_number_faults("5000x") == ["ticketNumber must be a number of 5-9 digits"]


def test_the_regions_are_all_of_tunisia_with_one_name_in_two_cities() -> None:
    names = [name for city in REGIONS.listed for name in city["subDivisions"]]

    assert len(REGIONS.listed) == 24
    assert {name for name in names if names.count(name) > 1} == {"Ezzouhour"}
