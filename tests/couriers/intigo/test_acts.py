"""Tickets and labels of several parcels, as operators ask for them."""

import base64
from typing import Any

import pytest

from carrier_backend.domain.errors import Malformed, Unreachable
from carrier_backend.domain.parcels import Booked
from carrier_backend.ports import Courier
from tests.couriers.fakes import MemoryJournal
from tests.couriers.intigo.stage import Stage, a_shipment


@pytest.fixture
def booked(intigo: Courier, journal: MemoryJournal) -> Booked:
    (booked,) = intigo.book(a_shipment(), journal)
    return booked


def filed(stage: Stage) -> list[dict[str, Any]]:
    return [ticket["request"] for ticket in stage.director.books()["tickets"]]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (
            {"type": 1, "title": "Question", "description": "Quand ?"},
            {"title": "Question", "description": "Quand ?"},
        ),
        ({"type": 2, "amount": "49.500"}, {"newAmount": 49.5}),
        (
            {"type": 3, "city": "tunis", "subdivision": "carthage", "address": "3 rue des Roses"},
            {"newCity": "Tunis", "newSubDivision": "Carthage", "newAddress": "3 rue des Roses"},
        ),
        ({"type": 4, "phone": "+216 20 123 456"}, {"newPhone": "20123456"}),
        ({"type": "8"}, {}),
    ],
)
def test_a_ticket_bears_what_its_type_needs_and_no_more(
    stage: Stage, intigo: Courier, booked: Booked, arguments: dict[str, object], sent: dict[str, object]
) -> None:
    answer = intigo.acts["ticket"](booked, arguments)

    assert filed(stage) == [{"nid": booked.number, "ticketType": int(str(arguments["type"])), **sent}]
    assert set(answer) == {"number"}


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({}, ["type"]),
        ({"type": 5}, ["type"]),
        ({"type": True}, ["type"]),
        ({"type": 1}, ["description", "title"]),
        ({"type": 1, "title": "x" * 51, "description": 7}, ["title", "description"]),
        ({"type": 2, "amount": "3001"}, ["amount"]),
        ({"type": 2, "amount": 1, "phone": "20123456"}, ["phone"]),
        ({"type": 3, "city": "Tunis", "subdivision": "Atlantis", "address": ""}, ["address", "subdivision"]),
        ({"type": 4, "phone": "123"}, ["phone"]),
        ({"type": 8, "title": "x"}, ["title"]),
    ],
    ids=str,
)
def test_a_ticket_that_makes_no_sense_is_refused_by_its_fields(
    stage: Stage, intigo: Courier, booked: Booked, arguments: dict[str, object], fields: list[str]
) -> None:
    with pytest.raises(Malformed) as refusal:
        intigo.acts["ticket"](booked, arguments)

    assert [fault.field for fault in refusal.value.faults] == fields
    assert filed(stage) == []


@pytest.mark.parametrize(
    ("code", "word"), [(1, "pending"), (2, "in progress"), (3, "treated"), (4, "transferred to administration")]
)
def test_a_ticket_can_be_followed(stage: Stage, intigo: Courier, booked: Booked, code: int, word: str) -> None:
    number = intigo.acts["ticket"](booked, {"type": 8})["number"]
    stage.director.intigo(progress={"ticket": int(str(number)), "status": code})

    answer = intigo.acts["ticket-status"](booked, {"number": number})

    assert answer == {"number": number, "parcel": booked.number, "title": "Relance du colis", "status": word}


@pytest.mark.parametrize(("act", "field"), [("ticket-status", "number"), ("bordereaux", "numbers")])
@pytest.mark.parametrize("value", [None, "", "../x", [], ["1097367"]], ids=str)
def test_numbers_that_cannot_be_are_refused(
    intigo: Courier, booked: Booked, act: str, field: str, value: object
) -> None:
    with pytest.raises(Malformed) as refusal:
        intigo.acts[act](booked, {field: value})

    assert refusal.value.faults[0].field == field


def test_a_bad_number_among_several_is_named(intigo: Courier, booked: Booked) -> None:
    with pytest.raises(Malformed, match=r"numbers\[1\]"):
        intigo.acts["bordereaux"](booked, {"numbers": [booked.number, "?"]})


def test_labels_of_several_parcels_come_as_one_document(stage: Stage, intigo: Courier) -> None:
    booked = intigo.book(a_shipment(parcels=2), stage.journal())

    answer = intigo.acts["bordereaux"](booked[0], {"numbers": [parcel.number for parcel in booked]})

    assert answer["encoding"] == "pdf"
    assert base64.b64decode(str(answer["content"])).startswith(b"%PDF-")


def test_a_document_that_is_none_is_no_answer(stage: Stage, intigo: Courier) -> None:
    booked = intigo.book(a_shipment(parcels=2), stage.journal())
    stage.director.script("labels", "broken_label")

    with pytest.raises(Unreachable, match="not a whole PDF"):
        intigo.acts["bordereaux"](booked[0], {"numbers": [parcel.number for parcel in booked]})
