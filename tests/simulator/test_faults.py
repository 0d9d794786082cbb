"""Each fault does what world.py says of it, as seen by a caller and in the books."""

import json
from typing import Any

import pytest
import requests

from tests.simulator.callers import AccountHolder, Director, Listener


def test_a_refusal_does_nothing_and_says_what_was_scripted(holder: AccountHolder, director: Director) -> None:
    director.script("create", "refuse", status=403, body={"message": ["no"]})

    answer = holder.create()

    assert (answer.status_code, answer.json()) == (403, {"message": ["no"]})
    assert director.cids() == []


def test_a_refusal_in_plain_text_is_no_json(holder: AccountHolder, director: Director) -> None:
    director.script("create", "refuse", body="Nope")

    answer = holder.create()

    assert (answer.text, answer.headers["Content-Type"]) == ("Nope", "text/plain; charset=utf-8")


def test_an_error_before_does_nothing(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_before", status=502)

    assert holder.create().status_code == 502
    assert director.cids() == []


def test_an_error_after_has_done_it(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_after", status=503)

    assert holder.create(cid="DONE-1").status_code == 503
    assert director.cids() == ["DONE-1"]


def test_a_dropped_connection_has_done_it(holder: AccountHolder, director: Director) -> None:
    director.script("create", "drop")

    with pytest.raises(requests.ConnectionError):
        holder.create(cid="DONE-1")
    assert director.cids() == ["DONE-1"]
    assert director.books()["calls"][0]["status"] is None


@pytest.mark.parametrize(("fault", "done"), [("hang_before", []), ("hang_after", ["HUNG-1"])])
def test_a_long_hang_times_out_without_waiting(
    holder: AccountHolder, director: Director, fault: str, done: list[str]
) -> None:
    director.script("create", fault, seconds=3600)

    with pytest.raises(requests.ReadTimeout):
        holder.create(cid="HUNG-1")
    assert director.cids() == done


def test_a_short_hang_is_answered(holder: AccountHolder, director: Director) -> None:
    director.script("create", "hang_after", seconds=0.01)
    director.script("create", "hang_before", seconds=0.01, skip=1)

    assert [holder.create().status_code for _ in range(2)] == [201, 504]


@pytest.mark.parametrize("fault", ["drop", "hang_after", "error_after"])
def test_a_fault_befalls_also_a_look_up_in_vain(holder: AccountHolder, director: Director, fault: str) -> None:
    director.script("find", fault)

    try:
        status = holder.get("/parcels/parcel?cid=UNKNOWN").status_code
    except requests.RequestException:
        status = 0

    assert status != 404


def test_slow_is_only_slow(holder: AccountHolder, director: Director) -> None:
    director.script("create", "slow", seconds=0.01)

    assert holder.create().status_code == 201


def test_too_slow_is_done_behind_the_callers_back(holder: AccountHolder, director: Director) -> None:
    director.script("create", "slow", seconds=3600)

    with pytest.raises(requests.ReadTimeout):
        holder.create(cid="SLOW-1")
    assert director.cids() == ["SLOW-1"]


def test_a_late_commit_shows_after_so_many_look_ups_in_vain(holder: AccountHolder, director: Director) -> None:
    director.script("create", "commit_late", after_lookups=2)
    assert holder.create(cid="LATE-1").status_code == 504

    seen = [holder.get("/parcels/parcel?cid=LATE-1").status_code for _ in range(3)]

    assert seen == [404, 404, 201]


def test_a_late_commit_shows_when_the_clock_gets_there(holder: AccountHolder, director: Director) -> None:
    director.script("create", "commit_late", seconds=60)
    holder.create(cid="LATE-1")
    assert director.cids() == []

    director.tell(clock={"advance_seconds": 61})

    assert director.cids() == ["LATE-1"]


def test_a_late_commit_may_let_its_caller_time_out(holder: AccountHolder, director: Director) -> None:
    director.script("create", "commit_late", answer_seconds=3600)

    with pytest.raises(requests.ReadTimeout):
        holder.create()
    assert director.cids() == []


def test_a_late_batch_is_announced_once_it_is_made(
    holder: AccountHolder, director: Director, listener: Listener
) -> None:
    director.script("create_batch", "commit_late", seconds=60, announce=True)
    holder.create_batch("FIRST", "SECOND")
    assert listener.heard == []

    director.tell(clock={"advance_seconds": 61})

    assert [told["cid"] for told in json.loads(listener.heard[0][2])] == ["FIRST", "SECOND"]


def test_a_system_that_is_healed_has_no_faults_any_more(holder: AccountHolder, director: Director) -> None:
    director.script("create", "refuse", times=1000)
    assert holder.create().status_code == 400

    director.intigo(heal={})

    assert holder.create().status_code == 201


@pytest.mark.parametrize(("done", "cids"), [(True, ["RUBBISH-1"]), (False, [])])
def test_garbage_is_served_with_or_without_the_deed(
    holder: AccountHolder, director: Director, done: bool, cids: list[str]
) -> None:
    director.script("create", "garbage", body="<html>", done=done)

    answer = holder.create(cid="RUBBISH-1")

    assert (answer.status_code, answer.text) == (200, "<html>")
    assert answer.headers["Content-Type"] == "text/html"
    assert director.cids() == cids


def test_garbage_may_be_json_of_any_shape(holder: AccountHolder, director: Director) -> None:
    director.script("find", "garbage", body=None, content_type="application/json")

    assert holder.get("/parcels/parcel?cid=UNKNOWN").json() is None


def test_a_redirect_points_elsewhere(holder: AccountHolder, director: Director) -> None:
    director.script("create", "redirect", status=307, location="http://canary.example/")

    answer = holder.create()

    assert (answer.status_code, answer.headers["Location"]) == (307, "http://canary.example/")
    assert director.cids() == []


def test_a_rate_limit_says_when_to_come_again(holder: AccountHolder, director: Director) -> None:
    director.script("create", "rate_limit", retry_after="17")

    answer = holder.create()

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


@pytest.mark.parametrize("operation", ["create", "create_batch"])
def test_a_success_may_lack_its_number(holder: AccountHolder, director: Director, operation: str) -> None:
    director.script(operation, "success_without_nid")

    answer = holder.create() if operation == "create" else holder.create_batch("FIRST")

    assert answer.status_code == 201
    assert "nid" not in answer.text
    assert len(director.cids()) == 1


@pytest.mark.parametrize(
    ("fault", "parameters", "answered"),
    [
        ("reorder", {}, ["ITEM-C", "ITEM-B", "ITEM-A"]),
        ("reorder", {"order": [1, 2, 0]}, ["ITEM-B", "ITEM-C", "ITEM-A"]),
        ("drop_item", {"item": 1}, ["ITEM-A", "ITEM-C"]),
        ("duplicate_item", {"item": 0}, ["ITEM-A", "ITEM-B", "ITEM-C", "ITEM-A"]),
    ],
)
def test_a_batch_answer_may_be_out_of_order_short_or_long(
    holder: AccountHolder, director: Director, fault: str, parameters: dict[str, Any], answered: list[str]
) -> None:
    director.script("create_batch", fault, **parameters)

    items = holder.create_batch("ITEM-A", "ITEM-B", "ITEM-C").json()

    assert [item["cid"] for item in items] == answered
    assert director.cids() == ["ITEM-A", "ITEM-B", "ITEM-C"]


def test_a_partial_batch_makes_some_and_refuses(holder: AccountHolder, director: Director) -> None:
    director.script("create_batch", "partial", made=2)

    assert holder.create_batch("ITEM-A", "ITEM-B", "ITEM-C").status_code == 400
    assert director.cids() == ["ITEM-A", "ITEM-B"]


def test_a_late_label_comes_in_the_end(holder: AccountHolder, director: Director) -> None:
    nid = holder.nid()
    director.script("label", "late_label", times=2)

    assert [holder.get(f"/bordereaux/{nid}").status_code for _ in range(3)] == [404, 404, 201]


def test_a_label_may_be_empty_or_broken(holder: AccountHolder, director: Director) -> None:
    nid = holder.nid()
    director.script("label", "empty_label")
    director.script("label", "broken_label")

    empty, broken = (holder.get(f"/bordereaux/{nid}").content for _ in range(2))

    assert empty == b""
    assert broken.startswith(b"%PDF-")
    assert b"%%EOF" not in broken


def test_a_label_may_be_another_parcels(holder: AccountHolder, director: Director) -> None:
    other, nid = holder.nid(), holder.nid()
    director.script("label", "same_label", match=nid)

    assert holder.get(f"/bordereaux/{nid}").content == holder.get(f"/bordereaux/{other}").content


def test_the_magic_recipient_is_made_and_times_out(holder: AccountHolder, director: Director) -> None:
    with pytest.raises(requests.ReadTimeout):
        holder.create(cid="MAGIC-1", name="Timeout Me")
    assert director.cids() == ["MAGIC-1"]


def test_a_fault_lets_some_calls_pass_and_then_hits_so_many(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_before", skip=1, times=2)

    assert [holder.create().status_code for _ in range(4)] == [201, 500, 500, 201]


def test_faults_of_one_operation_come_one_after_another(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_before", status=501)
    director.script("create", "error_before", status=502, skip=1)
    director.script("create", "error_before", status=503)

    assert [holder.create().status_code for _ in range(4)] == [501, 502, 503, 201]


def test_a_fault_waits_for_the_call_it_is_meant_for(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_before", match="MEANT")

    assert holder.get("/regions").status_code == 201
    assert [holder.create(cid=cid).status_code for cid in ("OTHER", "MEANT")] == [201, 500]


def test_the_ledger_tells_which_fault_befell_a_call(holder: AccountHolder, director: Director) -> None:
    director.script("create", "error_before")
    holder.create()

    (call,) = director.books()["calls"]

    assert (call["fault"], call["status"]) == ("error_before", 500)
