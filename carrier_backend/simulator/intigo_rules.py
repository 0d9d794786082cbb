"""How strict Intigo is: the fields of its document, their form, and that nothing else is taken.

Where the document says "required" and gives no shortest length (`description`), an empty text is refused.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value should be, in words and as a test."""

    expected: str
    holds: Callable[[Any], bool]


def _text(shortest: int, longest: int) -> Rule:
    return Rule(
        f"a string of {shortest}-{longest} characters",
        lambda value: isinstance(value, str) and shortest <= len(value) <= longest,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(*choices: int) -> Rule:
    return Rule(f"one of {choices}", lambda value: _is_number(value) and value in choices)


_AMOUNT = Rule("a number of 0-3000", lambda value: _is_number(value) and 0 <= value <= 3000)
_FLAG = Rule("true or false", lambda value: isinstance(value, bool))
_NID = _text(5, 9)
_PHONE = Rule(
    "a string of 8 digits",
    lambda value: isinstance(value, str) and len(value) == 8 and value.isascii() and value.isdigit(),
)
_PLACE = Rule("a string", lambda value: isinstance(value, str))

_PARCEL = {
    "cid": _text(5, 20),
    "name": _text(3, 20),
    "phone": _PHONE,
    "amount": _AMOUNT,
    "city": _PLACE,
    "subDivision": _PLACE,
    "address": _text(3, 100),
    "size": _one_of(1, 4, 5),
    "isFragile": _FLAG,
    "isExchange": _FLAG,
    "description": _text(1, 500),
    "additionalInformation": _text(1, 500),
    "pickUpAddress": _text(3, 500),
    "pickUpCity": _PLACE,
    "pickUpSubDivision": _PLACE,
}
_PARCEL_NEEDS = _PARCEL.keys() - {"isFragile", "isExchange"}

_TICKET = {
    "nid": _NID,
    "ticketType": _one_of(1, 2, 3, 4, 8),
    "service": _one_of(1, 2),
    "title": _text(1, 50),
    "description": _text(1, 500),
    "newAmount": _AMOUNT,
    "newPhone": _PHONE,
    "newCity": _PLACE,
    "newSubDivision": _PLACE,
    "newAddress": _text(1, 500),
}
_TICKET_NEEDS = {
    1: {"title", "description"},
    2: {"newAmount"},
    3: {"newAddress", "newSubDivision", "newCity"},
    4: {"newPhone"},
}

# The table allows a cid of 3 characters here and 5 on creation.
_QUERY = {"cid": _text(3, 20), "nid": _NID}


class Regions:
    """The predefined list of cities and their subdivisions; spelling and capitals count."""

    def __init__(self) -> None:
        text = resources.files("carrier_backend.simulator").joinpath("regions.json").read_text("utf-8")
        self.listed: list[dict[str, Any]] = json.loads(text)
        self._subdivisions = {city["city"]: set(city["subDivisions"]) for city in self.listed}

    def faults(self, body: Mapping[str, Any], city_field: str, subdivision_field: str) -> list[str]:
        city, subdivision = body.get(city_field), body.get(subdivision_field)
        if city not in self._subdivisions:
            return [f"{city_field} must be one of the cities of /regions"]
        if subdivision not in self._subdivisions[city]:
            return [f"{subdivision_field} must be one of the subdivisions of {city}"]
        return []


def parcel_faults(body: Any, regions: Regions) -> list[str]:
    """What is wrong with one parcel to be created."""
    return _form_faults(body, _PARCEL, _PARCEL_NEEDS) or [
        *regions.faults(body, "city", "subDivision"),
        *regions.faults(body, "pickUpCity", "pickUpSubDivision"),
        *(["name Refuse Me is not served"] if body["name"] == "Refuse Me" else []),
    ]


def batch_faults(body: Any, regions: Regions) -> list[str]:
    if not isinstance(body, list) or not body:
        return ["the body must be an array of parcels"]
    return [f"{place}.{fault}" for place, item in enumerate(body) for fault in parcel_faults(item, regions)]


def ticket_faults(body: Any, regions: Regions) -> list[str]:
    """What is wrong with a ticket: its type's fields must be there, other documented ones may be."""
    faults = _form_faults(body, _TICKET, {"nid", "ticketType"})
    if faults:
        return faults
    missing = _TICKET_NEEDS.get(body["ticketType"], set()) - body.keys()
    if missing:
        return [f"{name} should not be empty" for name in sorted(missing)]
    is_moved = "newCity" in body or "newSubDivision" in body
    return regions.faults(body, "newCity", "newSubDivision") if is_moved else []


def query_faults(query: Mapping[str, str]) -> list[str]:
    """What is wrong with the query of "Get a parcel"; both ids at once, which may surprise, are refused."""
    given = {name: query[name] for name in _QUERY if name in query}
    if len(given) != 1:
        return ["either cid or nid is required"]
    return _form_faults(given, _QUERY, set())


def nid_faults(nids: Sequence[str]) -> list[str]:
    return [f"nid must be {_NID.expected}" for nid in nids if not _NID.holds(nid)]


def ticket_number_faults(number: str) -> list[str]:
    is_fit = number.isascii() and number.isdigit() and 5 <= len(number) <= 9
    return [] if is_fit else ["ticketNumber must be a number of 5-9 digits"]


def _form_faults(body: Any, rules: Mapping[str, Rule], needed: set[str]) -> list[str]:
    if not isinstance(body, dict):
        return ["the body must be an object"]
    unknown = [f"property {name} should not exist" for name in body if name not in rules]
    missing = [f"{name} should not be empty" for name in rules if name in needed and name not in body]
    wrong = [
        f"{name} must be {rule.expected}" for name, rule in rules.items() if name in body and not rule.holds(body[name])
    ]
    return unknown + missing + wrong
