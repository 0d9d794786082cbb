"""The ways of other tenants, and the faults of this one, as seen by a sender and in the books."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask

from carrier_backend.simulator.ecotrack_api import OPERATIONS
from tests.simulator.callers import Director
from tests.simulator.senders import TOKEN, Sender

CALLS: dict[str, Callable[[Sender, str, str], requests.Response]] = {
    "create": lambda sender, *_: sender.create(),
    "delete": lambda sender, draft, _: sender.delete(draft),
    "validate": lambda sender, draft, _: sender.validate(draft),
    "label": lambda sender, draft, _: sender.label(draft),
    "orders": lambda sender, *_: sender.get("get/orders"),
    "statuses": lambda sender, draft, _: sender.ask_statuses(draft),
    "history": lambda sender, draft, _: sender.get("get/tracking/info", tracking=draft),
    "remarks": lambda sender, draft, _: sender.get("get/maj", tracking=draft),
    "add_remark": lambda sender, _, shipped: sender.remark(shipped, "vite"),
    "ask_return": lambda sender, _, shipped: sender.ask_return(shipped),
    "wilayas": lambda sender, *_: sender.get("get/wilayas"),
    "communes": lambda sender, *_: sender.get("get/communes"),
    "desks": lambda sender, *_: sender.get("get/desks"),
    "fees": lambda sender, *_: sender.get("get/fees"),
    "token": lambda sender, *_: sender.get("validate/token", api_token=TOKEN),
}


def script(director: Director, operation: str, fault: str, **parameters: Any) -> None:
    director.ecotrack(operation=operation, fault=fault, **parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_can_fail_and_answers_well_otherwise(
    sender: Sender, director: Director, operation: str
) -> None:
    draft, shipped = sender.draft(), sender.shipped()
    script(director, operation, "error_before", status=502)

    answers = [CALLS[operation](sender, draft, shipped).status_code for _ in range(2)]

    assert answers == [502, 200]


@pytest.mark.parametrize("fault", ["hang_after", "drop"])
def test_a_lost_order_has_been_made(sender: Sender, director: Director, fault: str) -> None:
    script(director, "create", fault)

    with pytest.raises(requests.RequestException):
        sender.create()

    assert len(sender.listed()) == 1


def test_a_late_order_shows_after_so_many_look_ups_in_vain(sender: Sender, director: Director) -> None:
    script(director, "create", "commit_late", after_lookups=2)

    assert sender.create().status_code == 504

    assert [len(sender.listed()) for _ in range(3)] == [0, 0, 1]


def test_a_late_order_is_made_when_the_clock_gets_there(sender: Sender, director: Director) -> None:
    script(director, "create", "commit_late", seconds=60)
    sender.create()
    before = sender.listed()

    director.tell(clock={"advance_seconds": 60})

    assert (before, len(sender.listed())) == ([], 1)


@pytest.mark.parametrize("operation", ["validate", "delete"])
def test_a_write_whose_answer_was_lost_has_been_done(sender: Sender, director: Director, operation: str) -> None:
    draft = sender.draft()
    script(director, operation, "drop")

    with pytest.raises(requests.ConnectionError):
        CALLS[operation](sender, draft, "")

    assert sender.statuses(draft).get(draft) == {"validate": "vers_hub"}.get(operation)


def test_a_page_may_come_where_json_should(sender: Sender, director: Director) -> None:
    script(director, "orders", "garbage")

    assert "<html>" in sender.get("get/orders").text


def test_a_success_may_come_without_a_tracking(sender: Sender, director: Director) -> None:
    script(director, "create", "without_tracking")

    assert sender.create().json() == {"success": True}
    assert len(sender.listed()) == 1


def test_a_deletion_may_fail(sender: Sender, director: Director) -> None:
    draft = sender.draft()
    script(director, "delete", "fail")

    assert (sender.delete(draft).json(), sender.listed()) == ({"delete": "fail"}, [draft])


def test_a_label_can_go_wrong_in_many_ways(sender: Sender, director: Director) -> None:
    oldest, draft = sender.draft(), sender.draft()
    good = sender.label(draft).content
    for fault in OPERATIONS["label"]:
        script(director, "label", fault)

    late, empty, broken, page, same = (sender.label(draft) for _ in OPERATIONS["label"])

    assert (late.status_code, empty.content, good.startswith(broken.content)) == (404, b"", True)
    assert page.headers["Content-Type"].startswith("text/html")
    assert oldest.encode() in same.content


def test_one_row_of_many_may_be_of_another_shape(sender: Sender, director: Director) -> None:
    first, second = sender.draft(), sender.draft()
    script(director, "statuses", "broken_item", item=1)

    told = sender.ask_statuses(first, second).json()["data"]

    assert (told[first]["status"], isinstance(told[second]["status"], str)) == ("prete_a_expedier", False)


def test_rows_may_be_missing_or_anothers_or_accented(sender: Sender, director: Director) -> None:
    first, second = sender.draft(), sender.draft()
    for fault in ("drop_item", "foreign_item", "accented"):
        script(director, "statuses", fault)

    dropped, foreign, accented = (sender.statuses(first, second) for _ in range(3))

    assert (list(dropped), len(foreign), set(accented.values())) == ([second], 3, {"prête_à_expédier"})


def test_a_history_may_be_backwards_and_repeat_itself(sender: Sender, director: Director) -> None:
    shipped = sender.shipped()
    director.ecotrack(move={"tracking": shipped, "status": "en_hub"})
    good = sender.activities(shipped)
    for fault in ("reorder", "duplicate_item"):
        script(director, "history", fault)

    assert sender.activities(shipped) == good[::-1]
    assert sender.activities(shipped) == [*good, good[0]]


@pytest.mark.parametrize(
    ("way", "status", "content_type"),
    [("page", 200, "text/html; charset=UTF-8"), ("redirect", 302, "text/html; charset=UTF-8")],
)
def test_a_stranger_may_be_shown_to_the_login(
    app: Flask, director: Director, way: str, status: int, content_type: str
) -> None:
    director.ecotrack(tenant={"strangers": way})

    answer = Sender(app, token="another").get("get/orders")

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert answer.headers.get("Location") == ("http://simulator/login" if way == "redirect" else None)


def test_a_tenant_may_give_labels_after_validation_only(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"labels": "validated"})
    draft = sender.draft()
    before = sender.label(draft)

    sender.validate(draft)

    assert (before.status_code, before.text[:15]) == (404, "<!DOCTYPE html>")
    assert sender.label(draft).content[:4] == b"%PDF"


def test_a_tenant_may_answer_in_results_and_in_a_word(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"created": "results", "deleted": "word"})

    made = sender.create(reference="OURS").json()["results"]["OURS"]

    assert made["success"] is True
    assert sender.delete(made["tracking"]).json() == {"delete": "success"}


def test_desks_are_nested_or_flat_or_not_there(sender: Sender, director: Director) -> None:
    nested = sender.get("get/desks").json()
    director.ecotrack(tenant={"desks": "flat"})
    flat = sender.get("get/desks").json()
    director.ecotrack(tenant={"desks": "absent"})

    assert sender.get("get/desks").status_code == 404
    assert nested["my_desk"] == flat["my_desk"]
    assert [desk["location"]["commune"] for desk in nested["other_desks"]] == [
        desk["commune"] for desk in flat["other_desks"]
    ]
    assert flat["other_desks"][0]["code_wilaya"] == "1"


@pytest.mark.parametrize(("flags", "flag"), [("number", 1), ("string", "1"), ("bool", True)])
def test_communes_are_keyed_or_a_list_and_flags_are_of_any_kind(
    sender: Sender, director: Director, flags: str, flag: object
) -> None:
    keyed = sender.get("get/communes", wilaya_id=6).json()
    director.ecotrack(tenant={"communes": "list", "flags": flags})

    listed = sender.get("get/communes", wilaya_id=6).json()

    assert keyed == {"0": {"nom": "Béjaïa", "wilaya_id": 6, "code_postal": "06000", "has_stop_desk": 1}}
    assert listed == [{**keyed["0"], "has_stop_desk": flag}]


def test_pages_may_be_shorter_than_documented(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"page_length": 2})
    made = [sender.draft() for _ in range(3)]

    assert [sender.listed(page=page) for page in (1, 2)] == [[made[2], made[1]], [made[0]]]


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ({"tenant": {"desk": "flat"}}, "desk"),
        ({"tenant": {"desks": "round"}}, "nested"),
        ({"limits": {"week": 1}}, "minute"),
        ({"move": {"status": "en_hub"}}, "tracking"),
        ({"move": {"status": "en_hub", "tracking": "ECNONE"}}, "ECNONE"),
        ({"move": {"status": "en_hub", "reference": "NONE"}}, "NONE"),
        ({"archive": {"tracking": "ECNONE"}}, "ECNONE"),
        ({"travel": {"steps": [], "trackings": ["ECNONE"]}}, "ECNONE"),
    ],
)
def test_a_command_that_cannot_be_followed_is_refused_by_name(app: Flask, command: Any, named: str) -> None:
    answer = app.test_client().post("/_control", json={"system": "ecotrack", **command})

    assert answer.status_code == 400
    assert named in answer.get_json()["error"]


def test_an_order_can_be_meant_by_its_reference(sender: Sender, director: Director) -> None:
    shipped = sender.shipped(reference="OURS")

    director.ecotrack(move={"reference": "OURS", "status": "en_hub"})

    assert sender.statuses(shipped) == {shipped: "en_hub"}
