"""Taken back: before anything is deleted all is looked at, and what one order refuses saves none of the others."""

import pytest

from carrier_backend.domain.errors import Declined, Unreachable, Unsure, Withdrawn
from carrier_backend.domain.parcels import Outcome
from carrier_backend.domain.shipments import Shipment
from tests.couriers.ecotrack.stage import Stage, a_route, a_shipment
from tests.couriers.fakes import MemoryJournal

WINDOWS = pytest.mark.parametrize("validate", ["never", {"after_minutes": 60}])
NO = {"success": False, "error": 10002, "message": "Pas de livraison"}


def left_to_the_merchant(parcels: int = 2) -> Shipment:
    return a_shipment(parcels, route=a_route({"validate": "never"}))


@WINDOWS
def test_what_is_half_taken_back_is_not_booked(stage: Stage, journal: MemoryJournal, validate: object) -> None:
    shipment = a_shipment(2, route=a_route({"validate": validate}))
    stage.courier.book(shipment, journal)
    stage.script_for("delete", "rate_limit", skip=1)
    with pytest.raises(Unreachable):
        stage.courier.undo(shipment, journal, ask=False)
    with pytest.raises(Withdrawn):
        stage.courier.book(shipment, journal)
    stage.pass_time(stage.quiet_window)
    assert stage.courier.undo(shipment, journal, ask=True).outcome is Outcome.DONE
    assert stage.orders() == []


def test_where_one_was_validated_by_the_merchant_nothing_is_deleted_unasked(
    stage: Stage, journal: MemoryJournal
) -> None:
    shipment = left_to_the_merchant()
    _, second = stage.courier.book(shipment, journal)
    stage.client.validate(second.number, ask_collection=False)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert (len(stage.orders()), stage.calls_of("delete")) == (2, 0)


def test_where_one_is_validated_while_others_are_deleted_the_shipment_is_not_booked(
    stage: Stage, journal: MemoryJournal
) -> None:
    shipment = left_to_the_merchant()
    stage.courier.book(shipment, journal)
    stage.script_for("delete", "refuse", skip=1, status=200, body={"success": False, "error": 10001, "message": "non"})
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    with pytest.raises(Withdrawn):
        stage.courier.book(shipment, journal)


def test_a_validation_that_was_granted_and_never_answered_is_asked_about(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script_for("validate", "hang_after")
    stage.script_for("orders", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.calls_of("delete") == 0


def test_a_granted_validation_that_only_the_history_tells_of_is_seen(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script_for("validate", "hang_after")
    stage.script_for("orders", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    (order,) = stage.orders()
    listed = {"data": [{"tracking": order["tracking"], "status": "prete_a_expedier"}]}
    stage.script_for("orders", "refuse", status=200, body=listed, times=2)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.calls_of("delete") == 0


def test_a_status_that_nobody_knows_is_no_certainty(stage: Stage, journal: MemoryJournal) -> None:
    shipment = left_to_the_merchant(parcels=1)
    (booked,) = stage.courier.book(shipment, journal)
    stage.script_for("orders", "refuse", status=200, body={"data": [{"tracking": booked.number, "status": None}]})
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert len(stage.orders()) == 1


def test_a_refused_wish_leaves_no_draft_behind(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_shipment(3, route=a_route(late_cancel=[]))
    stage.script_for("validate", "refuse", skip=1, status=200, body=NO)
    with pytest.raises(Declined):
        stage.courier.book(shipment, journal)
    with pytest.raises(Declined, match="it was validated"):
        stage.courier.undo(shipment, journal, ask=True)
    assert [order["tracking"] for order in stage.orders()] == stage.validated()


def test_a_refused_deletion_leaves_no_other_draft_behind(stage: Stage, journal: MemoryJournal) -> None:
    shipment = left_to_the_merchant(parcels=3)
    first, *_ = stage.courier.book(shipment, journal)
    stage.script_for("delete", "fail")
    with pytest.raises(Declined):
        stage.courier.undo(shipment, journal, ask=True)
    assert stage.live() == [first.reference]


def test_what_was_asked_is_told_beside_what_was_refused(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.courier.book(shipment, journal)
    stage.script_for("add_remark", "refuse", status=200, body=NO)
    with pytest.raises(Declined, match=r"Pas de livraison.*by a remark"):
        stage.courier.undo(shipment, journal, ask=True)
