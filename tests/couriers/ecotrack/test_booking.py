"""Drafts first, validated together, one order for each package: whatever is lost, killed or refused on the way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from carrier_backend.domain.errors import Declined, LockedOut, Unreachable, Unsure, Withdrawn
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.parcels import LabelFormat, Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Untimely
from tests.couriers.ecotrack.stage import Stage, a_route, a_shipment
from tests.couriers.fakes import Crash, MemoryJournal

SIDES = pytest.mark.parametrize("side", ["crash_before", "crash_after"])
HALF_AN_HOUR = timedelta(minutes=30)


def in_half_an_hour(parcels: int = 1) -> Shipment:
    return a_shipment(parcels, route=a_route({"validate": {"after_minutes": 30}}))


def booked_state(shipment: Shipment, *called_off: int, by: BookingState = BookingState.CANCELLED) -> Shipment:
    """As the service knows it once its booking was recorded, some of its parcels called off since."""
    parcels = tuple(
        replace(parcel, booking=by if place in called_off else BookingState.BOOKED)
        for place, parcel in enumerate(shipment.parcels)
    )
    return replace(shipment, state=BookingState.BOOKED, parcels=parcels)


def until_it_dies(journal: MemoryJournal, side: str, write: int, work: Callable[[], object]) -> bool:
    """Whether it came to its end before the process died at that write."""
    journal.writes_anew()
    setattr(journal, side, write)
    try:
        work()
    except Crash:
        return False
    finally:
        setattr(journal, side, 0)
    return True


@SIDES
def test_a_process_killed_at_any_write_ends_with_one_validated_order_per_package(stage: Stage, side: str) -> None:
    for write in count(1):
        shipment, journal = stage.shipment(parcels=3), stage.journal()
        before = len(stage.validated())
        is_over = until_it_dies(journal, side, write, lambda: stage.courier.book(shipment, journal))  # noqa: B023
        stage.pass_time(stage.quiet_window)
        booked = stage.courier.book(shipment, journal)
        assert stage.validated()[before:] == [parcel.number for parcel in booked]
        assert all(order["validated_at"] for order in stage.orders())
        if is_over:
            break
    assert write == 13


@SIDES
def test_a_process_killed_at_any_write_of_an_undoing_leaves_no_draft_behind(stage: Stage, side: str) -> None:
    for write in count(1):
        shipment, journal = in_half_an_hour(parcels=3), stage.journal()
        stage.courier.book(shipment, journal)
        is_over = until_it_dies(
            journal,
            side,
            write,
            lambda: stage.courier.undo(shipment, journal, ask=False),  # noqa: B023
        )
        assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE
        assert stage.orders() == []
        if is_over:
            break
    assert write == 7


@SIDES
def test_a_booking_killed_anywhere_can_be_undone_without_a_draft_left(stage: Stage, side: str) -> None:
    for write in count(1):
        shipment, journal = in_half_an_hour(parcels=2), stage.journal()
        is_over = until_it_dies(journal, side, write, lambda: stage.courier.book(shipment, journal))  # noqa: B023
        stage.pass_time(stage.quiet_window)
        assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE
        assert stage.orders() == []
        if is_over:
            break


def test_all_drafts_come_before_the_first_validation(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(stage.shipment(parcels=2), journal)
    calls = [call["operation"] for call in stage.books()["calls"]]
    assert [call for call in calls if call in ("create", "validate")] == ["create"] * 2 + ["validate"] * 2


def test_a_draft_that_is_refused_leaves_the_others_to_be_deleted(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=3)
    stage.script("refuse", skip=2, status=200, body={"success": False, "error": 10002, "message": "Pas de livraison"})
    with pytest.raises(Declined, match="Pas de livraison"):
        stage.courier.book(shipment, journal)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE
    assert (stage.orders(), stage.validated()) == ([], [])


def test_a_product_may_leave_the_validation_to_the_merchant(stage: Stage, journal: MemoryJournal) -> None:
    (booked,) = stage.courier.book(a_shipment(route=a_route({"validate": "never"})), journal)
    stage.pass_time(timedelta(days=3))
    assert (booked.resume_at, stage.validated()) == (None, [])
    assert stage.courier.label(booked, LabelFormat()).fault is None


def test_a_cancel_window_passes_before_the_validation(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour(parcels=2)
    booked = stage.courier.book(shipment, journal)
    assert {parcel.resume_at for parcel in booked} == {stage.clock.now() + HALF_AN_HOUR}
    stage.pass_time(HALF_AN_HOUR - timedelta(seconds=1))
    assert stage.courier.book(booked_state(shipment), journal) == booked
    assert stage.validated() == []
    stage.pass_time(timedelta(seconds=1))
    later = stage.courier.book(booked_state(shipment), journal)
    assert stage.validated() == [parcel.number for parcel in later]
    assert {parcel.resume_at for parcel in later} == {None}


def test_what_was_cancelled_in_its_window_is_not_validated(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour(parcels=2)
    first, second = stage.courier.book(shipment, journal)
    assert stage.courier.cancel(first, journal).outcome is Outcome.DONE
    stage.pass_time(HALF_AN_HOUR)
    stage.courier.book(booked_state(shipment, 0), journal)
    assert stage.validated() == [second.number]


@pytest.mark.parametrize("state", [BookingState.CANCELLING, BookingState.CANCELLED])
def test_what_is_called_off_by_its_state_alone_is_not_validated(
    stage: Stage, journal: MemoryJournal, state: BookingState
) -> None:
    shipment = in_half_an_hour(parcels=2)
    _, second = stage.courier.book(shipment, journal)
    stage.pass_time(HALF_AN_HOUR)
    stage.courier.book(booked_state(shipment, 0, by=state), journal)
    assert stage.validated() == [second.number]


def test_what_is_being_called_off_keeps_its_later_step(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour(parcels=2)
    first, _ = stage.courier.book(shipment, journal)
    stage.pass_time(HALF_AN_HOUR)
    later = stage.courier.book(booked_state(shipment, 0, by=BookingState.CANCELLING), journal)
    assert [parcel.resume_at for parcel in later] == [first.resume_at, None]
    stage.courier.book(booked_state(shipment), journal)  # for it could not be called off after all
    assert len(stage.validated()) == 2


def test_the_cancel_window_counts_from_the_last_draft(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour(parcels=2)
    stage.script("rate_limit", skip=1)
    with pytest.raises(Unreachable):
        stage.courier.book(shipment, journal)
    stage.pass_time(timedelta(minutes=10))
    booked = stage.courier.book(shipment, journal)
    assert {parcel.resume_at for parcel in booked} == {stage.clock.now() + HALF_AN_HOUR}


def test_a_cancel_that_was_refused_after_all_leaves_the_order_to_be_validated(
    stage: Stage, journal: MemoryJournal
) -> None:
    shipment = in_half_an_hour()
    (booked,) = stage.courier.book(shipment, journal)
    for fault, error in (("error_before", Unsure), ("fail", Declined)):
        stage.script_for("delete", fault)
        with pytest.raises(error):
            stage.courier.cancel(booked, journal)
    stage.pass_time(HALF_AN_HOUR)
    stage.courier.book(booked_state(shipment), journal)
    assert stage.validated() == [booked.number]


def test_a_deletion_that_was_only_begun_keeps_an_order_from_being_validated(
    stage: Stage, journal: MemoryJournal
) -> None:
    shipment = in_half_an_hour()
    (booked,) = stage.courier.book(shipment, journal)
    stage.script_for("delete", "error_before")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.pass_time(HALF_AN_HOUR)
    with pytest.raises(Declined, match="was being deleted"):  # so that people see it
        stage.courier.book(booked_state(shipment), journal)
    assert stage.validated() == []


def test_what_was_begun_to_be_deleted_and_is_validated_needs_nobody(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour()
    (booked,) = stage.courier.book(shipment, journal)
    stage.script_for("delete", "error_before")
    with pytest.raises(Unsure):
        stage.courier.cancel(booked, journal)
    stage.client.validate(booked.number, ask_collection=False)
    stage.pass_time(HALF_AN_HOUR)
    (later,) = stage.courier.book(booked_state(shipment), journal)
    assert later.resume_at is None


@SIDES
def test_a_process_killed_at_any_write_of_the_later_step_validates_once(stage: Stage, side: str) -> None:
    for write in count(1):
        shipment, journal = in_half_an_hour(parcels=2), stage.journal()
        before = len(stage.validated())
        stage.courier.book(shipment, journal)
        stage.pass_time(HALF_AN_HOUR)
        booked = booked_state(shipment)
        is_over = until_it_dies(journal, side, write, lambda: stage.courier.book(booked, journal))  # noqa: B023
        stage.courier.book(booked, journal)
        assert len(stage.validated()) == before + 2
        if is_over:
            break
    assert write == 5


@pytest.mark.parametrize("fault", ["hang_after", "drop", "error_after", "garbage"])
def test_a_validation_whose_answer_is_lost_is_found(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    stage.script_for("validate", fault)
    (booked,) = stage.courier.book(stage.shipment(), journal)
    assert stage.validated() == [booked.number]
    assert stage.calls_of("validate") == 1


def test_a_validation_that_never_arrived_is_repeated(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script_for("validate", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    (booked,) = stage.courier.book(shipment, journal)
    assert stage.validated() == [booked.number]


def test_what_the_merchant_has_validated_meanwhile_counts(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour()
    (booked,) = stage.courier.book(shipment, journal)
    stage.client.validate(booked.number, ask_collection=False)
    stage.pass_time(HALF_AN_HOUR)
    (later,) = stage.courier.book(booked_state(shipment), journal)
    assert later.resume_at is None
    assert stage.validated() == [booked.number]


def test_a_draft_that_the_merchant_has_deleted_is_refused(stage: Stage, journal: MemoryJournal) -> None:
    shipment = in_half_an_hour()
    (booked,) = stage.courier.book(shipment, journal)
    stage.client.delete(booked.number)
    stage.pass_time(HALF_AN_HOUR)
    with pytest.raises(Declined):
        stage.courier.book(booked_state(shipment), journal)


def test_looking_alone_validates_nothing(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script_for("validate", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    journal.only_looks = True
    with pytest.raises(Untimely):
        stage.courier.book(shipment, journal)
    assert stage.validated() == []


def test_two_hundred_lost_answers_make_two_hundred_orders(stage: Stage) -> None:
    stage.script("hang_after", times=200)
    for _ in range(200):
        stage.courier.book(stage.shipment(), stage.journal())
    assert len(stage.made()) == len(set(stage.made())) == len(stage.validated()) == 200


@pytest.mark.parametrize("before", [0, 5, 10])
def test_a_lost_order_is_found_on_whichever_page_it_stands(stage: Stage, journal: MemoryJournal, before: int) -> None:
    stage.tell(tenant={"page_length": 3})
    shipment = stage.shipment()
    for _ in range(before):
        stage.courier.book(stage.shipment(), stage.journal())
    stage.script("hang_after")
    stage.script_for("orders", "error_before", times=1)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    for _ in range(10 - before):
        stage.courier.book(stage.shipment(), stage.journal())
    stage.pass_time(stage.quiet_window)
    (booked,) = stage.courier.book(shipment, journal)
    assert stage.made().count(booked.reference) == 1


def test_a_lost_order_is_looked_for_on_the_day_before_and_the_day_after(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script("hang_after")
    stage.script_for("orders", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.pass_time(timedelta(hours=30))
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_while_the_list_cannot_be_read_nobody_knows(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script("error_before")
    stage.script_for("orders", "error_before", times=2)
    for _ in range(2):
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)
    stage.pass_time(stage.quiet_window)
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_an_order_that_cannot_be_read_may_be_ours(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script("error_before")
    stage.script_for("orders", "refuse", status=200, body={"data": [{"tracking": None}], "last_page": 1}, times=2)
    for _ in range(2):
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)
        stage.pass_time(stage.quiet_window)
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_an_order_with_our_reference_and_anothers_phone_is_not_ours(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.courier.book(a_shipment(), stage.journal())
    stage.order_again(stage.orders()[0], reference=shipment.references[0], telephone="0661000000")
    stage.script("error_before")
    for _ in range(2):
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)
        stage.pass_time(stage.quiet_window)
    assert len(stage.validated()) == 1


def test_an_order_that_came_into_being_twice_is_left_once(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script("commit_late", seconds=60)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.pass_time(timedelta(seconds=60))
    stage.order_again(stage.orders()[0])
    (booked,) = stage.courier.book(shipment, journal)
    assert [left["tracking"] for left in stage.orders()] == [booked.number]
    assert stage.validated() == [booked.number]


@pytest.mark.parametrize("passing", ["body", "query"])
def test_an_order_goes_out_in_the_way_that_the_tenant_takes(stage: Stage, journal: MemoryJournal, passing: str) -> None:
    stage.courier.book(a_shipment(route=a_route(passing=passing)), journal)
    (created,) = [call for call in stage.books()["calls"] if call["operation"] == "create"]
    assert ("nom_client" in created["path"]) is (passing == "query")


def test_a_lost_token_makes_no_order(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.courier.accept(shipment)
    for strangers in ("json", "page", "redirect"):
        stage.tell(tenant={"strangers": strangers})
        locked_out = stage.courier_with("not the token")
        with pytest.raises(LockedOut):
            locked_out.book(shipment, journal)
    assert (len(journal), stage.made()) == (0, [])


def test_labels_come_before_the_validation_where_the_tenant_prints_drafts(stage: Stage, journal: MemoryJournal) -> None:
    booked = stage.courier.book(stage.shipment(parcels=2), journal)
    for parcel in booked:
        assert parcel.number.encode() in stage.courier.label(parcel, LabelFormat()).content
    calls = [call["operation"] for call in stage.books()["calls"]]
    assert calls.index("label") < calls.index("validate")
    assert calls.count("label") == 2


def test_labels_come_after_the_validation_where_it_does_not(stage: Stage, journal: MemoryJournal) -> None:
    stage.tell(tenant={"labels": "validated"})
    (booked,) = stage.courier.book(stage.shipment(), journal)
    assert stage.courier.label(booked, LabelFormat()).fault is None


def test_an_early_label_is_asked_for_before_the_first_validation_only(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.script_for("validate", "error_before", skip=1)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.courier.book(shipment, journal)
    assert stage.calls_of("label") == 2


@pytest.mark.parametrize("validate", ["never", {"after_minutes": 30}])
def test_without_labels_for_drafts_people_are_told_to_validate_on_booking(
    stage: Stage, journal: MemoryJournal, validate: object
) -> None:
    stage.tell(tenant={"labels": "validated"})
    (booked,) = stage.courier.book(a_shipment(route=a_route({"validate": validate})), journal)
    with pytest.raises(Unreachable, match="validated on_booking"):
        stage.courier.label(booked, LabelFormat())


@pytest.mark.parametrize("fault", ["empty_label", "broken_label", "html_label", "late_label"])
def test_a_label_that_is_none_yet_is_never_taken_for_one(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    stage.script_for("label", fault, times=2)
    (booked,) = stage.courier.book(stage.shipment(), journal)
    try:
        label = stage.courier.label(booked, LabelFormat())
    except (Declined, Unreachable):
        pass
    else:
        assert label.fault
    assert stage.courier.label(booked, LabelFormat()).fault is None


def test_the_courier_is_asked_to_come_where_that_is_agreed(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(a_shipment(route=a_route(ask_collection=True)), journal)
    assert [validation["ask_collection"] for validation in stage.books()["validations"]] == [True]


def test_an_undoing_asks_nobody_unless_it_may(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.courier.book(shipment, journal)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.calls_of("delete") == stage.calls_of("ask_return") == stage.calls_of("add_remark") == 0
    assert stage.courier.undo(shipment, journal, ask=True).outcome is Outcome.ASKED
    assert all(order["remarks"] for order in stage.orders())


def test_of_a_shipment_validated_in_part_nothing_is_deleted_unasked(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.script_for("validate", "error_before", skip=1)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.calls_of("delete") == 0
    assert len(stage.courier.book(shipment, journal)) == len(stage.validated()) == 2


def test_a_shipment_that_was_being_taken_back_is_not_booked_in_part(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.script_for("validate", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.script_for("delete", "error_before", skip=1)
    with pytest.raises(Unsure):
        stage.courier.undo(shipment, journal, ask=False)
    with pytest.raises(Withdrawn):
        stage.courier.book(shipment, journal)
    assert stage.validated() == []
