"""The pretended Ecotrack as its documents have it: orders, what becomes of them, and how they are asked about."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.simulator.callers import Director
from tests.simulator.senders import TOKEN, Sender, an_ecotrack_order

NOT_MODIFIABLE = {"success": False, "error": 10001, "message": "Commande non modifiable"}
UNKNOWN = {
    "message": "The given data was invalid.",
    "errors": {"tracking": ["Le champ tracking sélectionné est invalide."]},
}
AS_TEXT = {"code_wilaya": "6", "montant": "0", "type": "1"}


def move(director: Director, tracking: str, *statuses: str, **told: str) -> None:
    for status in statuses:
        director.ecotrack(move={"tracking": tracking, "status": status, **told})


@pytest.mark.parametrize("way", ["json", "data", "params"])
def test_an_order_may_come_as_json_as_a_form_or_in_the_query(sender: Sender, director: Director, way: str) -> None:
    sent = {"query" if way == "params" else way: an_ecotrack_order()}

    made = sender.call("POST", "create/order", **sent).json()

    assert (made["success"], made["tracking"][:2]) == (True, "EC")
    assert director.books("ecotrack")["orders"][0]["request"] == {**an_ecotrack_order(), **AS_TEXT}


def test_a_reference_may_come_twice(sender: Sender) -> None:
    assert len({sender.draft(reference="ONE"), sender.draft(reference="ONE")}) == 2


def test_a_draft_can_be_deleted_and_is_then_unknown(sender: Sender, director: Director) -> None:
    draft = sender.draft()

    assert sender.delete(draft).json() == {"success": True, "message": "Commande supprimée"}

    assert (sender.delete(draft).status_code, sender.delete(draft).json()) == (422, UNKNOWN)
    assert (sender.listed(), sender.statuses(draft)) == ([], {})
    assert director.books("ecotrack")["orders"][0]["deleted_at"]


def test_a_validated_order_can_neither_be_deleted_nor_validated_again(sender: Sender, director: Director) -> None:
    shipped = sender.shipped()

    assert sender.delete(shipped).json() == NOT_MODIFIABLE
    assert sender.validate(shipped).json() == NOT_MODIFIABLE
    assert [one["tracking"] for one in director.books("ecotrack")["validations"]] == [shipped]


@pytest.mark.parametrize(("ask_collection", "status"), [(1, "en_ramassage"), (0, "vers_hub")])
def test_validation_hands_an_order_over(sender: Sender, ask_collection: int, status: str) -> None:
    draft = sender.draft()
    before = (sender.statuses(draft), sender.activities(draft))

    sender.validate(draft, ask_collection=ask_collection)

    assert before == ({draft: "prete_a_expedier"}, [])
    assert (sender.statuses(draft), sender.activities(draft)) == (
        {draft: status},
        ["order_information_received_by_carrier"],
    )


def test_a_label_is_a_pdf_of_its_order_for_a_draft_too(sender: Sender) -> None:
    draft = sender.draft()

    label = sender.label(draft)

    assert (label.headers["Content-Type"], label.content[:4]) == ("application/pdf", b"%PDF")
    assert draft.encode() in label.content
    assert sender.label(sender.draft()).content != label.content


CALLS_ABOUT_ONE = [
    ("DELETE", "delete/order"),
    ("POST", "valid/order"),
    ("GET", "get/order/label"),
    ("GET", "get/tracking/info"),
    ("GET", "get/maj"),
    ("POST", "ask/for/order/return"),
]


@pytest.mark.parametrize(("method", "path"), CALLS_ABOUT_ONE)
def test_an_unknown_tracking_is_invalid(sender: Sender, method: str, path: str) -> None:
    answer = sender.call(method, path, {"tracking": "ECNONE2611210000001"})

    assert (answer.status_code, answer.json()) == (422, UNKNOWN)


@pytest.mark.parametrize(("method", "path"), CALLS_ABOUT_ONE)
def test_a_tracking_is_required(sender: Sender, method: str, path: str) -> None:
    answer = sender.call(method, path)

    assert (answer.status_code, answer.json()["errors"]) == (422, {"tracking": ["Le champ tracking est obligatoire."]})


def test_both_vocabularies_tell_the_same_journey(sender: Sender, director: Director) -> None:
    shipped, told = sender.shipped(), []

    for status in ("vers_hub", "en_hub", "vers_wilaya", "en_preparation", "en_livraison", "livre_non_encaisse"):
        move(director, shipped, status)
        told.append(sender.statuses(shipped)[shipped])

    assert told == ["vers_hub", "en_hub", "vers_wilaya", "en_preparation", "en_livraison", "livre_non_encaisse"]
    assert sender.activities(shipped)[1:] == [
        "picked",
        "accepted_by_carrier",
        "accepted_by_carrier",
        "dispatched_to_driver",
        "livred",
    ]


def test_a_journey_goes_by_the_clock(sender: Sender, director: Director) -> None:
    steps = [[3600, "en_hub"], [7200, "en_livraison"]]
    director.ecotrack(travel={"steps": steps})
    shipped, waiting = sender.shipped(), sender.draft()

    told = []
    for _ in range(3):
        told.append(sender.statuses(shipped)[shipped])
        director.tell(clock={"advance_seconds": 3600})

    assert told == ["vers_hub", "en_hub", "en_livraison"]
    assert sender.statuses(waiting) == {waiting: "prete_a_expedier"}


def test_one_order_can_be_sent_on_a_journey_of_its_own(sender: Sender, director: Director) -> None:
    director.tell(clock={"stand_at": "2026-11-21T08:00:00+00:00"})
    shipped, other, deleted = sender.shipped(), sender.shipped(), sender.draft()

    director.ecotrack(travel={"steps": [[60, "en_hub"]], "trackings": [shipped, deleted]})
    sender.delete(deleted)
    director.tell(clock={"advance_seconds": 60})

    assert sender.statuses(shipped, other) == {shipped: "en_hub", other: "vers_hub"}
    assert director.books("ecotrack")["orders"][-1]["status"] == "prete_a_expedier"


def test_history_has_local_times_and_no_status_of_the_whole(sender: Sender, director: Director) -> None:
    director.tell(clock={"stand_at": "2026-11-21T23:30:00+00:00"})

    history = sender.get("get/tracking/info", tracking=f" {sender.shipped()}").json()

    assert history["activity"] == [
        {"date": "2026-11-22", "time": "00:30:00", "status": "order_information_received_by_carrier", "station": ""}
    ]
    assert (history["recipientName"], history["destLocationCity"]) == ("Amina Bensalah", 6)
    assert "status" not in history


def test_a_driver_gives_reasons_which_are_no_status(sender: Sender, director: Director) -> None:
    shipped = sender.shipped()
    move(director, shipped, "suspendu", reason="Client ne réponds pas", postponed_to="2026-11-25")

    told = sender.ask_statuses(shipped).json()["data"][shipped]

    assert told["status"] == "suspendu"
    assert [(one["reason"], one["postponed_to"]) for one in told["activity"]] == [
        ("Client ne réponds pas", "2026-11-25")
    ]


def test_orders_are_listed_forty_a_page_the_newest_first(sender: Sender) -> None:
    made = [sender.draft(reference=f"R{number}") for number in range(42)]

    first, second, none = (sender.get("get/orders", page=page).json() for page in (1, 2, 3))

    assert [row["tracking"] for row in first["data"] + second["data"]] == made[::-1]
    assert (first["per_page"], first["last_page"], first["total"], first["next_page_url"]) == (40, 2, 42, "/?page=2")
    assert (second["current_page"], second["next_page_url"]) == (2, None)
    assert (none["data"], none["last_page"]) == ([], 2)


def test_a_list_of_nothing_has_one_page(sender: Sender) -> None:
    listed = sender.get("get/orders").json()

    assert (listed["data"], listed["last_page"], listed["total"]) == ([], 1, 0)


def test_a_row_has_text_for_amounts_and_what_was_asked_for(sender: Sender) -> None:
    sender.draft(montant=1500, telephone_2="0660123456")

    row = sender.get("get/orders").json()["data"][0]

    asked = {"reference": "ABCDEFGHIJKLMNOPQRST", "phone": "0550123456", "phone_2": "0660123456", "montant": "1500"}
    assert asked.items() <= row.items()


def test_orders_are_listed_by_their_local_day(sender: Sender, director: Director) -> None:
    director.tell(clock={"stand_at": "2026-11-21T22:59:00+00:00"})
    before = sender.draft()
    director.tell(clock={"advance_seconds": 120})
    after = sender.draft()

    assert sender.listed() == [after, before]
    assert sender.listed(start_date="2026-11-21", end_date="2026-11-21") == [before]
    assert sender.listed(start_date="2026-11-22", end_date="2026-11-22") == [after]
    assert sender.listed(tracking=before) == [before]


def test_the_last_ninety_days_are_listed_unless_others_are_named(sender: Sender, director: Director) -> None:
    director.tell(clock={"stand_at": "2026-06-01T12:00:00+00:00"})
    old = sender.draft()
    director.tell(clock={"stand_at": "2026-11-21T12:00:00+00:00"})

    assert (sender.listed(), sender.listed(start_date="2026-06-01")) == ([], [old])


@pytest.mark.parametrize("status", ["paye_et_archive", "retour_archive"])
def test_archived_orders_leave_the_list(sender: Sender, director: Director, status: str) -> None:
    shipped = sender.shipped()

    move(director, shipped, status)

    assert (sender.listed(), sender.listed(tracking=shipped)) == ([], [])
    assert sender.statuses(shipped) == {shipped: status}


def test_of_an_archived_order_only_the_history_is_left(sender: Sender, director: Director) -> None:
    shipped = sender.shipped()

    director.ecotrack(archive={"tracking": shipped})

    assert (sender.listed(), sender.ask_statuses(shipped).json()) == ([], {"data": []})
    assert sender.activities(shipped) == ["order_information_received_by_carrier"]


def test_statuses_are_told_of_those_asked_for_alone(sender: Sender, director: Director) -> None:
    shipped, moved = sender.shipped(), sender.shipped()
    move(director, moved, "en_livraison")

    told = sender.ask_statuses(shipped, moved, "ECNONE", status="en_livraison,en_hub").json()["data"]

    assert list(told) == [moved]
    assert told[moved]["driver_phone"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"trackings": ",".join(map(str, range(101)))}, "trackings"),
        ({"trackings": ""}, "trackings"),
        ({"status": ""}, "status"),
        ({"status": "livre"}, "status"),
        ({"api_token": ""}, "api_token"),
    ],
)
def test_statuses_are_asked_for_as_documented(sender: Sender, query: dict[str, str], field: str) -> None:
    answer = sender.ask_statuses("ECNONE", **query)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_remarks_are_kept_and_noted_in_the_history(sender: Sender) -> None:
    shipped = sender.shipped()

    assert sender.remark(shipped, "Livraison avant 17:00 h").json() == {
        "success": True,
        "message": "Mise a jour avec success",
    }

    remark = sender.get("get/maj", tracking=shipped).json()[0]
    assert (remark["remarque"], remark["livreur"]) == ("Test Shop : Livraison avant 17:00 h", "")
    assert sender.activities(shipped)[-1] == "notification_on_order"
    assert sender.ask_statuses(shipped).json()["data"][shipped]["activity"] == []


def test_a_draft_takes_no_remarks_and_a_remark_has_its_length(sender: Sender) -> None:
    assert sender.remark(sender.draft(), "vite").json() == NOT_MODIFIABLE
    assert sender.remark(sender.shipped(), "x" * 256).status_code == 422


def test_remarks_are_asked_for_with_get(sender: Sender) -> None:
    assert sender.call("POST", "get/maj", {"tracking": sender.shipped()}).status_code == 405


def test_a_return_is_asked_for_in_delivery_only_and_is_no_more_than_asked_for(
    sender: Sender, director: Director
) -> None:
    shipped = sender.shipped()
    refused = sender.ask_return(shipped).json()
    move(director, shipped, "en_livraison")

    assert sender.ask_return(shipped).json() == {"success": True, "message": "Retour demandé avec succès"}

    assert (refused["success"], refused["error"]) == (False, 10003)
    assert sender.statuses(shipped) == {shipped: "en_livraison"}
    assert [one["tracking"] for one in director.books("ecotrack")["returns_asked"]] == [shipped]


@pytest.mark.parametrize(("token", "told"), [(TOKEN, (True, "VALID_TOKEN")), ("other", (False, "INVALID_TOKEN"))])
def test_a_token_can_be_asked_about(sender: Sender, token: str, told: Any) -> None:
    answer = sender.get("validate/token", api_token=token).json()

    assert (answer["success"], answer["message"]) == told


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer another"}, {"Authorization": TOKEN + "x"}])
def test_a_stranger_is_not_let_in(sender: Sender, headers: dict[str, str]) -> None:
    sender.headers = headers

    answer = sender.get("get/orders")

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


def test_a_token_in_the_query_lets_in_too_but_not_a_wrong_one(sender: Sender) -> None:
    wrong = sender.get("get/wilayas", api_token="another").status_code
    sender.headers = {}

    assert (sender.get("get/wilayas", api_token=TOKEN).status_code, wrong) == (200, 401)


@pytest.mark.parametrize(("trackings", "status"), [(100, 200), (101, 422), (200, 414)])
def test_no_more_than_a_hundred_are_asked_about_and_no_address_is_endless(
    sender: Sender, trackings: int, status: int
) -> None:
    assert sender.ask_statuses(*["ECSIMU261121" + "0" * 8] * trackings).status_code == status


def test_an_order_has_room_in_an_address(sender: Sender) -> None:
    texts = dict.fromkeys(("nom_client", "adresse", "remarque"), "م" * 255)

    assert sender.call("POST", "create/order", an_ecotrack_order(**texts)).json()["success"] is True
    assert sender.call("POST", "create/order", an_ecotrack_order(**texts, produit="م" * 700)).status_code == 414


def test_someone_refused_is_refused_within_a_success(sender: Sender, director: Director) -> None:
    answer = sender.create(nom_client="Refuse Me")

    assert (answer.status_code, answer.json()["success"], answer.json()["error"]) == (200, False, 10002)
    assert director.books("ecotrack")["orders"] == []


def test_someone_who_times_out_has_an_order_all_the_same(sender: Sender) -> None:
    with pytest.raises(requests.ReadTimeout):
        sender.create(nom_client="Timeout Me")

    assert len(sender.listed()) == 1


def test_calls_are_kept_with_their_times(sender: Sender, director: Director) -> None:
    director.tell(clock={"stand_at": "2026-11-21T08:00:00+01:00"})

    sender.get("get/wilayas")

    call = director.books("ecotrack")["calls"][-1]
    assert (call["operation"], datetime.fromisoformat(call["at"])) == ("wilayas", datetime(2026, 11, 21, 7, tzinfo=UTC))


def test_a_reset_begins_anew_but_for_the_numbers(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"labels": "validated"})
    before = sender.draft()

    director.reset()

    books = director.books("ecotrack")
    assert (books["orders"], books["calls"], books["worst"]) == ([], [], {"minute": 0, "hour": 0, "day": 0})
    assert sender.draft()[-8:] > before[-8:]
    assert sender.label(sender.draft()).status_code == 200
