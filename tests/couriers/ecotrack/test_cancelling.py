"""Called off: deleted for certain while it is a draft, asked for once it is validated, and the same said again."""

from typing import Any

import pytest

from carrier_backend.couriers.ecotrack.cancelling import deletion
from carrier_backend.domain.errors import Declined, Unreachable, Unsure
from carrier_backend.domain.parcels import Booked, Outcome
from tests.couriers.ecotrack.stage import Stage, a_route, a_shipment
from tests.couriers.fakes import Crash, MemoryJournal


def a_draft(stage: Stage, journal: MemoryJournal) -> Booked:
    (booked,) = stage.courier.book(a_shipment(route=a_route({"validate": "never"})), journal)
    return booked


def validated(stage: Stage, journal: MemoryJournal, **terms: Any) -> Booked:
    (booked,) = stage.courier.book(a_shipment(route=a_route(**terms)), journal)
    return booked


@pytest.mark.parametrize("deleted", ["message", "word"])
def test_a_draft_is_deleted_and_that_is_certain(stage: Stage, journal: MemoryJournal, deleted: str) -> None:
    stage.tell(tenant={"deleted": deleted})
    booked = a_draft(stage, journal)
    for _ in range(2):
        assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE
    assert (stage.orders(), stage.calls_of("delete")) == ([], 1)


@pytest.mark.parametrize("fault", ["hang_after", "drop", "error_after", "garbage"])
def test_a_deletion_whose_answer_is_lost_is_seen(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", fault)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


def test_a_deletion_that_never_arrived_is_repeated(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "error_before")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE
    assert stage.orders() == []


def test_a_deletion_that_comes_late_is_found_done(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "commit_late", after_lookups=1)
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.client.order(booked.number)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


@pytest.mark.parametrize("side", ["crash_before", "crash_after"])
@pytest.mark.parametrize("write", [1, 2])
def test_a_process_killed_while_it_deletes_ends_with_no_order(
    stage: Stage, journal: MemoryJournal, side: str, write: int
) -> None:
    booked = a_draft(stage, journal)
    journal.writes_anew()
    setattr(journal, side, write)
    with pytest.raises(Crash):
        stage.courier.cancel(booked, journal)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE
    assert stage.orders() == []


def test_an_order_that_nobody_knows_is_not_called_cancelled(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.client.delete(booked.number)  # in the courier's panel, by whomever
    with pytest.raises(Declined, match="no such order"):
        stage.courier.cancel(booked, journal)


@pytest.mark.parametrize("fault", ["fail", "rate_limit"])
def test_a_deletion_that_was_not_done_leaves_no_trace(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    booked = a_draft(stage, journal)
    steps = len(journal)
    stage.script_for("delete", fault)
    with pytest.raises((Declined, Unreachable)):
        stage.courier.cancel(booked, journal)
    assert len(journal) == steps
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


def test_a_deletion_that_may_have_been_done_is_remembered(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "hang_after")
    stage.script_for("orders", "error_before")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.script_for("delete", "rate_limit")
    with pytest.raises(Unreachable):
        stage.courier.cancel(booked, journal)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


@pytest.mark.parametrize("listed", [[{"tracking": None}], [{"tracking": "ECOTHER1000", "status": "prete_a_expedier"}]])
def test_an_order_that_a_list_does_not_tell_of_is_not_called_cancelled(
    stage: Stage, journal: MemoryJournal, listed: list[dict[str, object]]
) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "error_before")
    stage.script_for("orders", "refuse", status=200, body={"data": listed, "last_page": 9})
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    assert stage.live() == [booked.reference]


def test_an_order_that_is_in_no_list_is_deleted_once_more(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "error_before")
    stage.script_for("orders", "drop_item")
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE
    assert stage.orders() == []


def test_an_order_that_is_archived_is_not_called_cancelled(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.client.validate(booked.number, ask_collection=False)
    stage.move(booked.number, "livre_non_encaisse")
    stage.tell(archive={"tracking": booked.number})
    stage.script_for("delete", "error_before")
    assert stage.courier.cancel(booked, journal).outcome is Outcome.ASKED


@pytest.mark.parametrize("fault", ["fail", "rate_limit", "error_before"])
def test_while_no_second_deletion_confirms_it_nobody_knows(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "error_after")
    stage.script_for("delete", fault)
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.pass_time(stage.quiet_window)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


def test_a_repeat_that_is_refused_ends_the_deletion_of_an_order_that_is_still_there(
    stage: Stage, journal: MemoryJournal
) -> None:
    booked = a_draft(stage, journal)
    steps = len(journal)
    for fault, error in (("error_before", Unsure), ("fail", Declined)):
        stage.script_for("delete", fault)
        with pytest.raises(error):
            stage.courier.cancel(booked, journal)
    assert len(journal) == steps


@pytest.mark.parametrize("look", ["drop_item", "error_before"])
def test_a_repeat_that_is_refused_ends_nothing_where_the_order_is_not_seen(
    stage: Stage, journal: MemoryJournal, look: str
) -> None:
    booked = a_draft(stage, journal)
    stage.script_for("delete", "error_before")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.script_for("delete", "fail")
    stage.script_for("orders", look)
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


def test_what_the_merchant_has_validated_is_no_draft_any_more(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.client.validate(booked.number, ask_collection=False)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.ASKED


def test_what_is_found_validated_is_no_longer_being_deleted(stage: Stage, journal: MemoryJournal) -> None:
    booked = a_draft(stage, journal)
    stage.client.validate(booked.number, ask_collection=False)
    stage.courier.cancel(booked, journal)
    assert journal.step(deletion(booked.reference)) is None


def test_out_for_delivery_its_return_is_asked_for_once(stage: Stage, journal: MemoryJournal) -> None:
    booked = validated(stage, journal)
    stage.move(booked.number, "en_livraison")
    first, second = (stage.courier.cancel(booked, journal) for _ in range(2))
    assert first == second
    assert (first.outcome, "asked to return it" in first.note) == (Outcome.ASKED, True)
    assert [asked["tracking"] for asked in stage.books()["returns_asked"]] == [booked.number]


def test_before_that_a_remark_asks_to_stop_it_once(stage: Stage, journal: MemoryJournal) -> None:
    booked = validated(stage, journal)
    for _ in range(2):
        assert "by a remark" in stage.courier.cancel(booked, journal).note
    (order,) = stage.orders()
    assert len(order["remarks"]) == 1
    assert booked.reference in order["remarks"][0]


@pytest.mark.parametrize(
    ("wishes", "reason"), [([], "it was validated"), (["return"], "Le retour ne peut pas"), ("return", "Le retour")]
)
def test_a_merchant_may_wish_for_less(stage: Stage, journal: MemoryJournal, wishes: object, reason: str) -> None:
    booked = validated(stage, journal, late_cancel=wishes)
    with pytest.raises(Declined, match=reason):
        stage.courier.cancel(booked, journal)
    assert stage.orders()[0]["remarks"] == []


def test_a_remark_whose_answer_is_lost_is_read_back(stage: Stage, journal: MemoryJournal) -> None:
    booked = validated(stage, journal)
    stage.script_for("add_remark", "hang_after")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.ASKED
    assert len(stage.orders()[0]["remarks"]) == 1


def test_a_remark_that_may_still_come_is_not_written_again(stage: Stage, journal: MemoryJournal) -> None:
    booked = validated(stage, journal)
    stage.script_for("add_remark", "error_before")
    for _ in range(2):
        with pytest.raises(Unsure):
            stage.courier.cancel(booked, journal)
    stage.pass_time(stage.quiet_window)
    assert stage.courier.cancel(booked, journal).outcome is Outcome.ASKED
    assert len(stage.orders()[0]["remarks"]) == 1
