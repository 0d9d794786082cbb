"""Intigo's secure-api as an account holder sees it."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.simulator.callers import AccountHolder, Director, Listener, a_parcel


@pytest.mark.parametrize("header", ["{ apiKey: wrong }", "Bearer a-key-of-intigo", "{apiKey: a-key-of-intigo}", ""])
def test_only_the_literal_header_is_let_in(app: Flask, director: Director, header: str) -> None:
    answer = AccountHolder(app, key=header).create()

    assert answer.status_code == 401
    assert director.cids() == []


def test_a_created_parcel_has_a_number_of_seven_digits_and_a_secret(holder: AccountHolder) -> None:
    answer = holder.create(cid="PARCEL-1")

    made = answer.json()
    assert answer.status_code == 201
    assert made.keys() == {"status", "nid", "cid", "secretCode"}
    assert made["cid"] == "PARCEL-1"
    assert len(made["nid"]) == 7


def test_a_refusal_lists_every_fault(holder: AccountHolder, director: Director) -> None:
    answer = holder.create(size=2, phone="1")

    assert answer.status_code == 400
    assert len(answer.json()["message"]) == 2
    assert director.cids() == []


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff"])
def test_what_is_not_json_is_refused(app: Flask, raw: bytes) -> None:
    header = {"Authorization": "{ apiKey: a-key-of-intigo }"}

    answer = app.test_client().post("/intigo/parcels", data=raw, headers=header)

    assert answer.status_code == 400


def test_a_repeated_cid_makes_a_second_parcel_and_is_found_as_the_latest(holder: AccountHolder) -> None:
    first, second = holder.nid(cid="TWICE"), holder.nid(cid="TWICE")

    found = holder.get("/parcels/parcel?cid=TWICE").json()

    assert first != second == found["nid"]


def test_a_parcel_is_found_by_its_number_with_the_same_four_fields(holder: AccountHolder) -> None:
    made = holder.create().json()

    answer = holder.get(f"/parcels/parcel?nid={made['nid']}")

    assert answer.status_code == 201
    assert answer.json() == made


@pytest.mark.parametrize(
    "path",
    ["/parcels/parcel?cid=UNKNOWN", "/bordereaux/9999999", "/parcels/9999999/history", "/tickets/99999"],
)
def test_what_does_not_exist_is_not_found(holder: AccountHolder, path: str) -> None:
    assert holder.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/parcels/parcel",
        "/parcels/parcel?cid=ABCDE&nid=1097367",
        "/bordereaux/1",
        "/bordereaux?nids=1097367",
        "/parcels/1/history",
        "/tickets/abcde",
    ],
)
def test_what_is_asked_in_the_wrong_form_is_refused(holder: AccountHolder, path: str) -> None:
    assert holder.get(path).status_code == 400


def test_a_batch_answers_in_order_with_its_own_fields_and_no_secret(holder: AccountHolder) -> None:
    answer = holder.create_batch("FIRST", "SECOND")

    first, second = answer.json()
    assert answer.status_code == 201
    assert [first["cid"], second["cid"]] == ["FIRST", "SECOND"]
    assert first.keys() == {*("status", "nid", "cid", "amount", "city", "subDivision", "isExchange", "nbTentative")}


def test_a_batch_with_one_bad_parcel_makes_none(holder: AccountHolder, director: Director) -> None:
    answer = holder.call("POST", "/parcels/batch", [a_parcel(), a_parcel(name="Refuse Me")])

    assert answer.status_code == 400
    assert director.cids() == []


def test_a_label_is_a_pdf_that_names_its_parcel(holder: AccountHolder) -> None:
    nid = holder.nid(cid="LABELLED", name="Amina Ben Salah")

    answer = holder.get(f"/bordereaux/{nid}")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.rstrip().endswith(b"%%EOF")
    assert all(text in answer.content for text in (nid.encode(), b"LABELLED", b"Amina Ben Salah"))


def test_a_label_is_always_the_same_and_never_another_parcels(holder: AccountHolder) -> None:
    nid, twin = holder.nid(), holder.nid()

    first, again, other = (holder.get(f"/bordereaux/{one}").content for one in (nid, nid, twin))

    assert first == again != other


def test_labels_of_several_parcels_come_as_one_pdf(holder: AccountHolder) -> None:
    holder.create_batch("FIRST", "SECOND")
    nids = [holder.get(f"/parcels/parcel?cid={cid}").json()["nid"] for cid in ("FIRST", "SECOND")]

    pdf = holder.get(f"/bordereaux?nids={nids[0]}&nids={nids[1]}").content

    assert pdf.count(b"/Type /Page\n") == 2
    assert b"(FIRST)" in pdf
    assert b"(SECOND)" in pdf


def test_a_recipient_in_arabic_gets_a_label(holder: AccountHolder) -> None:
    nid = holder.nid(name="أمينة بن صالح")

    pdf = holder.get(f"/bordereaux/{nid}").content

    assert pdf.startswith(b"%PDF-")
    assert b"\\006#\\006E" in pdf


def test_a_ticket_is_filed_under_number_and_read_under_ticket_number(holder: AccountHolder) -> None:
    nid = holder.nid()
    wish = {"nid": nid, "ticketType": 1, "title": "Annulation", "description": "Merci d'annuler"}

    filed = holder.call("POST", "/tickets", wish)
    read = holder.get(f"/tickets/{filed.json()['number']}")

    assert filed.status_code == read.status_code == 201
    number = filed.json()["number"]
    assert read.json() == {"title": "Annulation", "status": 1, "nid": nid, "ticketNumber": number}


def test_a_ticket_for_an_unknown_parcel_is_not_found(holder: AccountHolder) -> None:
    assert holder.call("POST", "/tickets", {"nid": "9999999", "ticketType": 8}).status_code == 404


def test_the_region_list_is_given_to_those_with_a_key(app: Flask, holder: AccountHolder) -> None:
    assert {"city", "subDivisions"} == holder.get("/regions").json()[0].keys()
    assert AccountHolder(app, key="").get("/regions").status_code == 401


def test_every_call_is_written_down_with_its_status(holder: AccountHolder, director: Director) -> None:
    holder.create()
    holder.create(size=2)

    calls = director.books()["calls"]

    assert [(call["operation"], call["status"]) for call in calls] == [("create", 201), ("create", 400)]
    assert calls[0]["path"] == "/intigo/parcels"


def test_moving_a_parcel_adds_to_its_history_and_calls_the_webhook(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    nid = holder.nid(cid="MOVED")

    director.intigo(move={"nid": nid, "status": 25, "date": "2026-11-21T10:00:00.000Z"})

    assert holder.get(f"/parcels/{nid}/history").json()[-1] == {
        "status": 25,
        "date": "2026-11-21T10:00:00.000Z",
        "centrale": True,
    }
    url, headers, body = listener.heard[0]
    assert (url, headers["Authorization"]) == ("http://backend/status", "Bearer a-key-of-intigo")
    assert json.loads(body) == {
        "status": 25,
        "message": "Colis entré au Centrale Tunis",
        "date": "2026-11-21T10:00:00.000Z",
        "parcels": [{"nid": nid, "cid": "MOVED"}],
    }


def test_a_silent_move_is_found_by_polling_only(holder: AccountHolder, director: Director, listener: Listener) -> None:
    nid = holder.nid()

    director.intigo(move={"nid": nid, "status": 6, "silent": True})

    assert holder.get(f"/parcels/parcel?nid={nid}").json()["status"] == 6
    assert listener.heard == []


def test_one_webhook_may_tell_of_many_parcels_and_come_twice(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    nids = [holder.nid(), holder.nid()]

    director.intigo(move={"nids": nids, "status": 2, "times": 2})

    (_, _, first), (_, _, second) = listener.heard
    assert first == second
    assert [parcel["nid"] for parcel in json.loads(first)["parcels"]] == nids


def test_an_older_step_does_not_set_a_parcel_back(holder: AccountHolder, director: Director) -> None:
    holder.create(cid="BACKWARDS")

    director.intigo(move={"cid": "BACKWARDS", "status": 6})
    director.intigo(move={"cid": "BACKWARDS", "status": 10, "date": "2020-01-01T10:00:00"})

    assert holder.get("/parcels/parcel?cid=BACKWARDS").json()["status"] == 6


def test_an_undocumented_status_goes_out_as_it_is(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    director.intigo(move={"nid": holder.nid(), "status": 6900, "message": "Colis retrouvé"})

    told = json.loads(listener.heard[0][2])

    assert (told["status"], told["message"]) == (6900, "Colis retrouvé")


def test_the_batch_webhook_names_what_was_made_with_its_codes(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    holder.create_batch("FIRST", "SECOND")

    director.intigo(announce={"cids": ["SECOND"]})

    url, _, body = listener.heard[0]
    (told,) = json.loads(body)
    assert url == "http://backend/parcels"
    assert told.keys() == {"status", "nid", "cid", "scanCode", "secretCode"}
    assert told["cid"] == "SECOND"


def test_a_webhook_can_be_sent_again_byte_for_byte(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    director.intigo(move={"nid": holder.nid(), "status": 2})

    director.intigo(redeliver={"webhook": 0})

    assert listener.heard[0] == listener.heard[1]


@pytest.mark.parametrize(("answer", "is_echo"), [(None, True), (b"{}", False)])
def test_the_books_tell_whether_the_webhook_was_echoed(
    holder: AccountHolder, director: Director, listener: Listener, answer: bytes | None, is_echo: bool
) -> None:
    listener.answer = answer

    told = director.intigo(move={"nid": holder.nid(), "status": 2})

    assert told["delivered"] == director.books()["webhooks"]
    assert (told["delivered"][0]["status"], told["delivered"][0]["echoed"]) == (200, is_echo)


def test_a_ticket_is_moved_on_by_staff(holder: AccountHolder, director: Director) -> None:
    wish = {"nid": holder.nid(), "ticketType": 8}
    number = holder.call("POST", "/tickets", wish).json()["number"]

    director.intigo(progress={"ticket": number, "status": 3})

    assert holder.get(f"/tickets/{number}").json()["status"] == 3


def test_the_ledger_holds_what_was_asked(holder: AccountHolder, director: Director) -> None:
    holder.create(isFragile=True)

    kept: Any = director.books()["parcels"][0]["request"]

    assert kept == a_parcel(isFragile=True)
