"""The couriers' books, read from a simulator in which everything has happened once."""

from typing import Any

from tests.chaos import books
from tests.chaos.ledgers import Heard, Held

INTIGO = {
    "parcels": [
        {"nid": "11", "status": 1, "request": {"name": "Amel A"}},
        {"nid": "12", "status": 8, "request": {"name": "Amel A"}},
    ]
}
ITEM = {"Parcels": [{"Weight": 1.5, "DeliveryAddress": {"ContactName": "Amel B"}}]}
PARCEL2GO = {
    "orders": [
        {"order_id": "1", "lines": [{"order_line_id": "21"}], "request": {"Items": [ITEM]}},
        {"order_id": "2", "lines": [{"order_line_id": "22"}], "request": {"Items": [ITEM]}},
    ],
    "payments": [{"order_id": "2"}, {"order_id": "2"}],
}
WANTED = {"nom_client": "Amel C", "weight": "9"}
ECOTRACK = {
    "orders": [
        {"tracking": "31", "deleted_at": None, "validated_at": None, "request": WANTED},
        {"tracking": "32", "deleted_at": "2026-11-21T12:00:00+01:00", "validated_at": None, "request": WANTED},
        {"tracking": "33", "deleted_at": None, "validated_at": "2026-11-21T12:00:00+01:00", "request": WANTED},
    ]
}
PUSH = {"body": {"barcode": "11", "event_status": "submitted"}, "raw_base64": "e30=", "accepted": True, "status": None}
STATE: dict[str, Any] = {"intigo": INTIGO, "parcel2go": PARCEL2GO, "ecotrack": ECOTRACK, "ingrid": {"pushes": [PUSH]}}


def test_what_the_couriers_hold_is_read_from_their_books() -> None:
    assert books.held(STATE) == [
        Held("intigo", "11", "Amel A"),
        Held("intigo", "12", "Amel A", is_live=False),
        Held("parcel2go", "P2G21", "Amel B", 1500, is_live=False, payments=0),
        Held("parcel2go", "P2G22", "Amel B", 1500, payments=2),
        Held("ecotrack", "31", "Amel C", 9000, is_binding=False),
        Held("ecotrack", "32", "Amel C", 9000, is_live=False, is_binding=False),
        Held("ecotrack", "33", "Amel C", 9000),
    ]


def test_an_update_whose_answer_was_lost_was_heard_all_the_same() -> None:
    assert books.heard(STATE) == [Heard("11", "submitted", "e30=", is_accepted=True, is_answered=False)]
