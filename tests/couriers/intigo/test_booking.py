"""How parcels come into being and are taken back, with answers lost, shuffled and refused."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.errors import Declined, Unreachable, Unsure
from carrier_backend.domain.parcels import Booked, Outcome
from carrier_backend.ports import Courier
from tests.couriers.fakes import MemoryJournal
from tests.couriers.intigo.samples import sample
from tests.couriers.intigo.stage import Stage, a_shipment

QUIET_FOR_A_BATCH = timedelta(minutes=15)  # where one parcel has the stage's two
SECOND = timedelta(seconds=1)
BATCHES = 60


def numbers_by_cid(stage: Stage) -> dict[str, str]:
    return {parcel["cid"]: parcel["nid"] for parcel in stage.director.books()["parcels"]}


def test_one_parcel_goes_alone_and_brings_its_secret_code(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    (booked,) = intigo.book(a_shipment(), journal)

    (parcel,) = stage.director.books()["parcels"]
    assert booked.facts["secret_code"] == parcel["secretCode"]
    assert stage.calls_of("create") == 1


def test_several_parcels_go_as_a_batch(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    intigo.book(a_shipment(parcels=3), journal)

    assert (stage.calls_of("create"), stage.calls_of("create_batch")) == (0, 1)


@pytest.mark.parametrize("fault", ["reorder", "drop_item", "duplicate_item", "success_without_nid"])
def test_a_batch_is_matched_by_our_ids_whatever_comes_back(
    stage: Stage, intigo: Courier, journal: MemoryJournal, fault: str
) -> None:
    stage.director.script("create_batch", fault)

    booked = intigo.book(a_shipment(parcels=4), journal)

    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)


def test_in_no_order_of_a_batchs_answer_a_parcel_gets_anothers_number(stage: Stage, intigo: Courier) -> None:
    faults = itertools.cycle(["reorder", "drop_item", "duplicate_item"])
    booked: list[Booked] = []
    for fault in itertools.islice(faults, BATCHES):
        stage.director.script("create_batch", fault)
        booked += intigo.book(a_shipment(parcels=5), stage.journal())
    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)


def test_numbers_that_stand_on_two_parcels_are_looked_up(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment(parcels=2)
    wrong = [{"nid": "1234567", "cid": reference} for reference in shipment.references]
    stage.director.script("create_batch", "garbage", body=wrong, content_type="application/json")

    booked = intigo.book(shipment, journal)

    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)


def test_parcels_of_others_in_the_answer_are_not_ours(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment(parcels=2)
    stage.director.script("create_batch", "garbage", body=sample("batch_answer"), content_type="application/json")

    booked = intigo.book(shipment, journal)

    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)
    assert intigo.undo(shipment, journal, ask=True).note.count("ticket") == 2


def test_a_lost_answer_is_found_at_once(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    stage.script("drop")

    (booked,) = intigo.book(a_shipment(), journal)

    assert numbers_by_cid(stage) == {booked.reference: booked.number}


def test_a_batch_made_in_part_by_a_lost_call_is_completed(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment(parcels=3)
    stage.director.script("create_batch", "partial", made=1)
    stage.director.script("find", "error_before", times=1)
    with pytest.raises(Unsure):
        intigo.book(shipment, journal)
    stage.pass_time(QUIET_FOR_A_BATCH)

    booked = intigo.book(shipment, journal)

    assert stage.calls_of("create_batch") == 2
    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)


def test_a_batch_is_not_created_again_while_it_may_still_be_worked_on(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment(parcels=2)
    stage.director.script("create_batch", "error_before")
    for age in (timedelta(), stage.quiet_window, QUIET_FOR_A_BATCH - stage.quiet_window - SECOND):
        stage.pass_time(age)
        with pytest.raises(Unsure):
            intigo.book(shipment, journal)
    assert stage.calls_of("create_batch") == 1

    stage.pass_time(SECOND)

    assert len(intigo.book(shipment, journal)) == 2


def test_the_one_parcel_that_is_missing_of_a_batch_is_waited_for_as_one(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment(parcels=2)
    stage.director.script("create_batch", "partial", made=1)
    with pytest.raises(Declined):
        intigo.book(shipment, journal)
    stage.director.script("create", "error_before")
    with pytest.raises(Unsure):
        intigo.book(shipment, journal)
    stage.pass_time(stage.quiet_window)

    booked = intigo.book(shipment, journal)

    assert {parcel.reference: parcel.number for parcel in booked} == numbers_by_cid(stage)


def test_a_parcel_that_the_staff_cancelled_before_we_found_it_is_not_booked(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment()
    stage.script("drop")
    stage.director.script("find", "error_before")
    with pytest.raises(Unsure):
        intigo.book(shipment, journal)
    (number,) = numbers_by_cid(stage).values()
    stage.director.intigo(move={"status": 8, "nid": number})

    with pytest.raises(Declined, match="cancelled"):
        intigo.book(shipment, journal)


def test_a_look_that_fails_leaves_the_parcel_unsure(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    stage.script("error_before")
    stage.director.script("find", "error_before", times=2)

    for _ in range(2):
        with pytest.raises(Unsure):
            intigo.book(shipment, journal)


def test_waiting_is_asked_for_no_longer_than_needed(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    stage.script("error_before")
    waits = []
    for age in (0, 50, 60):
        stage.pass_time(timedelta(seconds=age))
        with pytest.raises(Unsure) as unsure:
            intigo.book(shipment, journal)
        waits.append(unsure.value.retry_after_seconds)

    assert waits == [None, 30, 10]


def test_a_batch_refused_in_part_leaves_tickets_for_what_exists(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment(parcels=3)
    stage.director.script("create_batch", "partial", made=2)
    with pytest.raises(Declined):
        intigo.book(shipment, journal)

    undone = intigo.undo(shipment, journal, ask=True)

    tickets = stage.director.books()["tickets"]
    assert undone.outcome is Outcome.ASKED
    assert [ticket["nid"] for ticket in tickets] == list(numbers_by_cid(stage).values())
    assert all(f"ticket {ticket['ticketNumber']} was filed" in undone.note for ticket in tickets)


def test_undoing_without_asking_files_no_ticket(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    intigo.book(shipment, journal)

    assert intigo.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.director.books()["tickets"] == []


def test_undoing_again_files_no_second_ticket(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment(parcels=2)
    intigo.book(shipment, journal)

    assert intigo.undo(shipment, journal, ask=True) == intigo.undo(shipment, journal, ask=True)
    assert len(stage.director.books()["tickets"]) == 2


def test_what_the_staff_cancelled_is_undone(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    (booked,) = intigo.book(shipment, journal)
    stage.director.intigo(move={"status": 8, "nid": booked.number})

    assert intigo.undo(shipment, journal, ask=False).outcome is Outcome.DONE


def test_what_never_arrived_is_undone_after_the_quiet_window(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment()
    stage.script("error_before")
    with pytest.raises(Unsure):
        intigo.book(shipment, journal)
    stage.pass_time(stage.quiet_window)

    assert intigo.undo(shipment, journal, ask=False).outcome is Outcome.DONE


def test_a_parcel_refused_because_it_is_there_is_taken_for_made(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    stage.director.script("create", "garbage", body={"message": "cid exists"}, status=409, done=True)

    (booked,) = intigo.book(a_shipment(), journal)

    assert numbers_by_cid(stage) == {booked.reference: booked.number}


def test_cancelling_files_one_ticket_that_names_the_parcel(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    (booked,) = intigo.book(a_shipment(), journal)

    cancellation = intigo.cancel(booked, journal)

    (ticket,) = stage.director.books()["tickets"]
    assert (cancellation.outcome, cancellation.note) == (
        Outcome.ASKED,
        f"ticket {ticket['ticketNumber']} was filed",
    )
    assert booked.number in ticket["request"]["description"]


def test_a_parcel_that_the_staff_cancelled_is_cancelled(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    (booked,) = intigo.book(a_shipment(), journal)
    intigo.cancel(booked, journal)
    stage.director.intigo(move={"status": 8, "nid": booked.number})

    assert intigo.cancel(booked, journal).outcome is Outcome.DONE


def test_a_ticket_whose_answer_was_lost_is_left_to_people_after_the_quiet_window(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    (booked,) = intigo.book(a_shipment(), journal)
    stage.director.script("ticket", "error_before")
    for _ in range(2):
        with pytest.raises(Unsure):
            intigo.cancel(booked, journal)
    assert stage.director.books()["tickets"] == []

    stage.pass_time(stage.quiet_window)

    assert intigo.cancel(booked, journal).outcome is Outcome.UNABLE
    assert stage.director.books()["tickets"] == []


def test_a_ticket_that_could_not_be_filed_may_be_filed_at_once(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    (booked,) = intigo.book(a_shipment(), journal)
    stage.director.script("ticket", "rate_limit")
    with pytest.raises(Unreachable):
        intigo.cancel(booked, journal)

    assert intigo.cancel(booked, journal).outcome is Outcome.ASKED


def test_a_parcel_that_people_found_is_adopted_and_the_others_are_waited_for_as_a_batch(
    stage: Stage, intigo: Courier, journal: MemoryJournal
) -> None:
    shipment = a_shipment(parcels=2)
    (found,) = intigo.book(replace(shipment, parcels=shipment.parcels[:1]), stage.journal())
    journal.begin("create", {})

    intigo.adopt(shipment, found.reference, {"number": found.number}, journal)

    stage.pass_time(QUIET_FOR_A_BATCH - SECOND)
    with pytest.raises(Unsure):
        intigo.book(shipment, journal)
    stage.pass_time(SECOND)
    assert intigo.book(shipment, journal)[0].number == found.number
    assert sorted(stage.made()) == sorted(shipment.references)


def test_what_intigo_has_cancelled_is_not_adopted(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    (booked,) = intigo.book(shipment, stage.journal())
    stage.director.intigo(move={"status": 8, "nid": booked.number})
    with pytest.raises(Declined, match="has cancelled"):
        intigo.adopt(shipment, booked.reference, {"number": booked.number}, journal)
    assert len(journal) == 0


def test_a_parcel_is_not_adopted_in_anothers_place(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    shipment = a_shipment()
    (booked,) = intigo.book(shipment, stage.journal())
    entry = {"nid": "1234567", "cid": booked.reference}
    journal.begin("create", {booked.reference: entry})
    with pytest.raises(Declined, match="1234567 already"):
        intigo.adopt(shipment, booked.reference, {"number": booked.number}, journal)
