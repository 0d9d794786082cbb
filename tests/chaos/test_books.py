"""The couriers' books, read from a simulator in which everything has happened once."""

from typing import Any

from tests.chaos import books
from tests.chaos.ledgers import Heard, Held

INTIGO = {
    "parcels": [
        {"nid": "11", "status": 1, "request": {"name": "Amel A"}},
        {"nid": "12", "status": 8, "request": {"name": "Amel A"}},
    ],
    "tickets": [{"nid": "12"}],
    "calls": [
        {"operation": "create_batch", "fault": "refuse"},
        {"operation": "create", "fault": "drop"},
        {"operation": "label", "fault": "refuse"},
    ],
}
ITEM = {"Parcels": [{"Weight": 1.5, "DeliveryAddress": {"ContactName": "Amel B"}}]}
PARCEL2GO = {
    "orders": [
        {"order_id": "1", "lines": [{"order_line_id": "21"}], "request": {"Items": [ITEM]}},
        {"order_id": "2", "lines": [{"order_line_id": "22"}], "request": {"Items": [ITEM]}},
    ],
    "payments": [{"order_id": "2"}, {"order_id": "2"}],
    "calls": [],
}
WANTED = {"nom_client": "Amel C", "weight": "9"}
MOMENT = "2026-11-21T12:00:00+01:00"
ORDER: dict[str, Any] = {"deleted_at": None, "validated_at": None, "remarks": [], "request": WANTED}
ECOTRACK = {
    "orders": [
        {**ORDER, "tracking": "31"},
        {**ORDER, "tracking": "32", "deleted_at": MOMENT},
        {**ORDER, "tracking": "33", "validated_at": MOMENT, "remarks": ["stop it"]},
    ],
    "calls": [],
}
BODY = {"barcode": "11", "event_status": "submitted", "event_time": "2026-11-21T11:00:00Z"}
PUSH = {"body": BODY, "accepted": True, "status": None}
STATE: dict[str, Any] = {"intigo": INTIGO, "parcel2go": PARCEL2GO, "ecotrack": ECOTRACK, "ingrid": {"pushes": [PUSH]}}


def test_what_the_couriers_hold_is_read_from_their_books() -> None:
    assert books.held(STATE) == [
        Held("intigo", "11", "Amel A"),
        Held("intigo", "12", "Amel A", is_live=False, is_asked_back=True),
        Held("parcel2go", "P2G21", "Amel B", 1500, is_live=False, payments=0),
        Held("parcel2go", "P2G22", "Amel B", 1500, payments=2),
        Held("ecotrack", "31", "Amel C", 9000, is_binding=False),
        Held("ecotrack", "32", "Amel C", 9000, is_live=False, is_binding=False),
        Held("ecotrack", "33", "Amel C", 9000, is_asked_back=True),
    ]


def test_an_update_whose_answer_was_lost_was_heard_all_the_same() -> None:
    assert books.heard(STATE) == [Heard("11", "submitted", "2026-11-21T11:00:00Z", is_accepted=True, is_answered=False)]


def test_only_refused_creations_are_refusals() -> None:
    assert books.refusals(STATE) == 1
