"""How the pretended Parcel2Go calls: signed as documented, and again until it is answered 200."""

import hashlib
import hmac
import json
from typing import Any

import pytest
import requests

from carrier_backend.simulator.parcel2go_webhooks import RETRY_SECONDS, sign
from tests.simulator.callers import Director, Listener
from tests.simulator.customers import Customer


@pytest.fixture
def line(customer: Customer) -> str:
    return customer.paid_line()


def heard(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in listener.heard]


def is_signed(envelope: dict[str, Any]) -> bool:
    moment = envelope["Timestamp"].replace("T", " ")[:19]
    message = f"{envelope['Id']}:{moment}:{envelope['Type']}"
    return bool(hmac.new(b"abcd", message.encode(), hashlib.sha256).hexdigest() == envelope["Signature"])


def test_the_documents_example_has_its_signature() -> None:
    signature = sign("33bb3c63-c2ec-4b69-8db3-301fa8cfe024", "2018-01-01T00:00:00.0000000+00:00", "Case", "abcd")

    assert signature == "5055442f8fa1ebbf6d7c74772faa5dcbf3489b00b59269ad5bfd352eb58f2197"


def test_a_move_is_told_as_documented(director: Director, listener: Listener, line: str) -> None:
    at = "2026-11-21T09:36:07.4805536+00:00"

    director.parcel2go(move={"line": line, "stage": "Delivered", "at": at})

    (envelope,) = heard(listener)
    assert listener.heard[0][0] == "http://backend/parcel2go"
    assert envelope.keys() == {"Id", "Timestamp", "Signature", "Type", "Payload"}
    assert len(envelope["Timestamp"]) == len(at)
    assert is_signed(envelope)
    assert envelope["Payload"] == {
        "OrderLineId": int(line),
        "Timestamp": at,
        "StatusCode": "DEL",
        "StatusDescription": "Handed to Customer",
        "TrackingStage": "Delivered",
    }


def test_a_silent_move_is_found_by_polling_only(
    customer: Customer, director: Director, listener: Listener, line: str
) -> None:
    director.parcel2go(move={"line": line, "stage": "InTransit", "silent": True})

    assert len(customer.get(f"/tracking/{line}").json()["Results"]) == 1
    assert listener.heard == []


def test_one_envelope_may_come_twice(director: Director, listener: Listener, line: str) -> None:
    director.parcel2go(move={"line": line, "stage": "InTransit", "times": 2})
    director.parcel2go(redeliver={"webhook": 0})

    first, second, third = listener.heard
    assert first == second == third


def test_another_payload_goes_out_under_the_same_header(director: Director, listener: Listener, line: str) -> None:
    director.parcel2go(move={"line": line, "stage": "InTransit"})

    director.parcel2go(swap={"webhook": 0, "payload": {"TrackingStage": "Delivered"}})

    true, false = heard(listener)
    assert false["Payload"] == true["Payload"] | {"TrackingStage": "Delivered"}
    assert {**true, "Payload": None} == {**false, "Payload": None}


def test_a_stale_envelope_is_signed_for_the_time_that_is_written(
    director: Director, listener: Listener, line: str
) -> None:
    stale = "2026-01-01T10:00:00.1234567+01:00"

    director.parcel2go(move={"line": line, "stage": "InTransit", "sent_at": stale})

    (envelope,) = heard(listener)
    assert envelope["Timestamp"] == stale
    assert is_signed(envelope)


def test_the_director_tells_what_nothing_bears_out(
    customer: Customer, director: Director, listener: Listener, line: str
) -> None:
    payload = {"OrderLineId": int(line), "TrackingStage": "Delivered"}

    director.parcel2go(tell={"type": "Tracking", "payload": payload})
    director.parcel2go(tell={"type": "Tracking", "payload": payload, "id": "of-ours", "signature": "00"})

    true, forged = heard(listener)
    assert (is_signed(true), is_signed(forged)) == (True, False)
    assert (forged["Id"], forged["Payload"]) == ("of-ours", payload)
    assert customer.get(f"/tracking/{line}").json()["Results"] == []


def test_a_case_names_our_references(director: Director, listener: Listener, line: str) -> None:
    director.parcel2go(case={"line": line, "status": "Opened", "case_type": "Enquiry"})

    (envelope,) = heard(listener)
    assert envelope["Type"] == "Case"
    assert envelope["Payload"] == {
        "OrderLineId": line,
        "CustomerReference": "BOOKING-1",
        "CaseId": f"7{line}",
        "Reference": "OURS-1",
        "Status": "Opened",
        "CaseType": "Enquiry",
    }


def test_what_is_not_answered_200_comes_again_as_it_was(director: Director, listener: Listener, line: str) -> None:
    listener.status = 204
    director.parcel2go(move={"line": line, "stage": "InTransit"})
    director.tell(clock={"advance_seconds": RETRY_SECONDS[0] - 1})
    before = len(listener.heard)

    listener.status = 200
    for seconds in RETRY_SECONDS:
        director.tell(clock={"advance_seconds": seconds + 1})

    assert before == 1
    assert listener.heard == [listener.heard[0]] * 2
    assert [(told["attempt"], told["status"]) for told in director.books("parcel2go")["webhooks"]] == [
        (1, 204),
        (2, 200),
    ]


def test_patience_ends(director: Director, listener: Listener, line: str) -> None:
    listener.error = requests.ConnectionError("nobody there")
    director.parcel2go(move={"line": line, "stage": "InTransit"})

    for seconds in (*RETRY_SECONDS, *RETRY_SECONDS):
        director.tell(clock={"advance_seconds": seconds + 1})

    tries = director.books("parcel2go")["webhooks"]
    assert len(tries) == 1 + len(RETRY_SECONDS)
    assert {(told["status"], told["error"]) for told in tries} == {(None, "nobody there")}
