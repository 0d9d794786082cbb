"""What every courier must keep, whatever it is like; each brings a stage on which its simulator plays it."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any, Protocol

import pytest
from requests import Session

from carrier_backend.domain.errors import (
    CarrierError,
    Declined,
    LockedOut,
    Malformed,
    NotAllowed,
    NotServed,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.health import Condition
from carrier_backend.domain.parcels import LabelFormat, Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Courier, Delivery, Untimely
from tests.couriers.drift import drift_into
from tests.couriers.fakes import Crash, MemoryJournal, MemoryOutages

ANSWERS_DRIFTING = int(os.environ.get("ANSWERS_DRIFTING", "150"))


class Stage(Protocol):
    """A courier, its simulator, and a clock for both."""

    courier: Courier
    session: Session
    outages: MemoryOutages

    def __init__(self, api_key: str = ...) -> None:
        """The courier is given that key, or else the one that its simulator takes."""

    def shipment(self, parcels: int = 1) -> Shipment:
        """One that it carries."""

    def shipment_elsewhere(self) -> Shipment:
        """One to a place that it does not serve."""

    def journal(self) -> MemoryJournal:
        """An empty one."""

    def script(self, fault: str, **parameters: Any) -> None:
        """A fault (see simulator/world.py) for the next call that would make parcels."""

    def quiet_window_of(self, parcels: int) -> timedelta:
        """How long so many parcels may still be coming into being after an answer was lost."""

    def pass_time(self, span: timedelta) -> None:
        """For the courier and its simulator."""

    def made(self) -> list[str]:
        """The references of all parcels ever made, as its simulator's books say."""

    def live(self) -> list[str]:
        """Of those, the ones that are not cancelled."""

    def numbers(self) -> set[str]:
        """Those of all parcels ever made."""

    def calls(self) -> int:
        """How many calls it got."""

    def strange_deliveries(self) -> Sequence[Delivery]:
        """Calls of people who are not the courier; none where it never calls."""


class Promises:
    """To be collected with a fixture `stage`."""

    def test_each_parcel_gets_a_number_of_its_own_in_order(self, stage: Stage) -> None:
        shipment = stage.shipment(parcels=3)

        booked = stage.courier.book(shipment, stage.journal())

        assert [parcel.reference for parcel in booked] == list(shipment.references)
        assert len({parcel.number for parcel in booked}) == 3
        assert sorted(stage.made()) == sorted(shipment.references)

    def test_booking_again_gives_the_same_parcels(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(parcels=2), stage.journal()
        booked = stage.courier.book(shipment, journal)

        assert stage.courier.book(shipment, journal) == booked
        assert len(stage.made()) == 2

    @pytest.mark.parametrize("side", ["crash_before", "crash_after"])
    @pytest.mark.parametrize("parcels", [1, 3])
    def test_a_crash_at_any_write_ends_with_one_parcel_per_package(self, stage: Stage, parcels: int, side: str) -> None:
        for write in count(1):
            shipment, journal = stage.shipment(parcels), stage.journal()
            setattr(journal, side, write)
            has_crashed = not _books(stage, shipment, journal)
            _books(stage, shipment, journal)
            stage.pass_time(stage.quiet_window_of(parcels))

            booked = stage.courier.book(shipment, journal)

            assert [parcel.reference for parcel in booked] == list(shipment.references)
            assert all(stage.made().count(reference) == 1 for reference in shipment.references)
            if not has_crashed:
                assert write > 1
                break

    @pytest.mark.parametrize("fault", ["hang_after", "drop", "error_after", "garbage"])
    @pytest.mark.parametrize("parcels", [1, 3])
    def test_a_lost_answer_makes_nothing_twice(self, stage: Stage, parcels: int, fault: str) -> None:
        shipment, journal = stage.shipment(parcels), stage.journal()
        stage.script(fault)
        _books(stage, shipment, journal)
        stage.pass_time(stage.quiet_window_of(parcels))

        booked = stage.courier.book(shipment, journal)

        assert len(booked) == parcels
        assert sorted(stage.made()) == sorted(shipment.references)

    def test_another_parcels_number_is_not_adopted(self, stage: Stage) -> None:
        (others,) = stage.courier.book(stage.shipment(), stage.journal())
        shipment, journal = stage.shipment(), stage.journal()

        for number in (others.number, others.number[:-1] + "0", "?", ""):
            with pytest.raises((Declined, Malformed)):
                stage.courier.adopt(shipment, shipment.references[0], {"number": number}, journal)

        assert len(journal) == 0

    @pytest.mark.parametrize("parcels", [1, 3])
    def test_what_may_still_come_is_not_made_again(self, stage: Stage, parcels: int) -> None:
        shipment, journal = stage.shipment(parcels), stage.journal()
        stage.script("commit_late", seconds=stage.quiet_window_of(parcels).total_seconds() - 1)

        for _ in range(2):
            with pytest.raises(Unsure):
                stage.courier.book(shipment, journal)
        stage.pass_time(stage.quiet_window_of(parcels))

        assert len(stage.courier.book(shipment, journal)) == parcels
        assert sorted(stage.made()) == sorted(shipment.references)

    @pytest.mark.parametrize("fault", ["error_before", "redirect"])
    @pytest.mark.parametrize("parcels", [1, 2])
    def test_what_never_arrived_is_made_after_the_quiet_window(self, stage: Stage, parcels: int, fault: str) -> None:
        shipment, journal = stage.shipment(parcels), stage.journal()
        stage.script(fault)
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)

        stage.pass_time(stage.quiet_window_of(parcels))

        assert len(stage.courier.book(shipment, journal)) == parcels
        assert sorted(stage.made()) == sorted(shipment.references)

    def test_where_nothing_was_done_nothing_has_to_be_waited_for(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(), stage.journal()
        stage.script("rate_limit")

        with pytest.raises(Unreachable):
            stage.courier.book(shipment, journal)

        assert stage.courier.book(shipment, journal)

    def test_a_refusal_is_passed_on_and_leaves_nothing_behind(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(parcels=2), stage.journal()
        stage.script("refuse", body={"message": "the moon is in the wrong quarter"})

        with pytest.raises(Declined, match="the moon is in the wrong quarter"):
            stage.courier.book(shipment, journal)

        assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE
        assert stage.made() == []

    def test_a_journal_for_looking_makes_nothing(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(), stage.journal()
        journal.only_looks = True

        with pytest.raises(Untimely):
            stage.courier.book(shipment, journal)

        assert stage.made() == []

    def test_what_was_never_begun_is_undone_without_a_call(self, stage: Stage) -> None:
        undone = stage.courier.undo(stage.shipment(), stage.journal(), ask=True)

        assert undone.outcome is Outcome.DONE
        assert stage.calls() == 0

    def test_undoing_says_done_only_when_nothing_is_left(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(parcels=2), stage.journal()
        stage.courier.book(shipment, journal)

        undone = stage.courier.undo(shipment, journal, ask=False)

        left = {Outcome.DONE: 0, Outcome.UNABLE: 2}
        assert len(stage.live()) == left[undone.outcome]

    def test_undoing_waits_for_what_may_still_come(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(), stage.journal()
        stage.script("commit_late", seconds=60)
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)

        with pytest.raises(Unsure):
            stage.courier.undo(shipment, journal, ask=True)

    def test_cancelling_again_says_the_same(self, stage: Stage) -> None:
        journal = stage.journal()
        (booked,) = stage.courier.book(stage.shipment(), journal)

        cancellation = stage.courier.cancel(booked, journal)

        assert stage.courier.cancel(booked, journal) == cancellation
        assert (cancellation.outcome is Outcome.DONE) == (stage.live() == [])

    def test_a_label_is_a_whole_document_of_its_own_parcel(self, stage: Stage) -> None:
        booked = stage.courier.book(stage.shipment(parcels=2), stage.journal())

        labels = [stage.courier.label(parcel, LabelFormat()) for parcel in booked]

        assert [label.fault for label in labels] == [None, None]
        assert labels[0].digest != labels[1].digest

    def test_news_is_of_the_parcels_asked_about(self, stage: Stage) -> None:
        booked = stage.courier.book(stage.shipment(parcels=2), stage.journal())

        answered = stage.courier.track(booked[: stage.courier.tracks_at_once], {})

        assert list(answered.parcels) == booked[: stage.courier.tracks_at_once]
        assert {event.number for event in answered.events} <= {parcel.number for parcel in answered.parcels}

    def test_what_it_can_carry_is_accepted(self, stage: Stage) -> None:
        stage.courier.accept(stage.shipment(parcels=2))

        assert stage.made() == []

    def test_a_place_it_does_not_serve_is_refused_by_its_field(self, stage: Stage) -> None:
        with pytest.raises(NotServed) as refusal:
            stage.courier.accept(stage.shipment_elsewhere())

        assert any(fault.field.startswith("receiver.address.") for fault in refusal.value.faults)

    def test_a_check_tells_a_good_key_from_a_bad_one(self, stage: Stage) -> None:
        assert stage.courier.check().is_well
        assert type(stage)(api_key="not the key").courier.check().condition is Condition.WRONG_KEY

    def test_no_call_goes_out_while_all_accounts_are_cut_off(self, stage: Stage) -> None:
        shipment, journal = stage.shipment(), stage.journal()
        (booked,) = stage.courier.book(shipment, journal)
        stage.outages.is_everybodys = True
        calls = stage.calls()

        for call in (
            lambda: stage.courier.book(stage.shipment(), stage.journal()),
            lambda: stage.courier.undo(shipment, journal, ask=True),
            lambda: stage.courier.cancel(booked, journal),
            lambda: stage.courier.label(booked, LabelFormat()),
            lambda: stage.courier.track([booked], {}),
            stage.courier.check,
        ):
            with suppress(CarrierError):
                call()

        assert stage.calls() == calls

    def test_the_first_call_of_all_does_not_go_out_either(self, stage: Stage) -> None:
        stage.outages.is_everybodys = True

        assert not stage.courier.check().is_well
        assert stage.calls() == 0

    def test_a_bad_key_is_ours_to_mend_and_refuses_nothing(self, stage: Stage) -> None:
        locked_out = type(stage)(api_key="not the key")
        journal = locked_out.journal()

        with pytest.raises(LockedOut):
            locked_out.courier.book(locked_out.shipment(), journal)

        assert len(journal) == 0

    def test_whatever_type_an_answer_drifts_to_no_parcel_gets_a_wrong_number(self, stage: Stage) -> None:
        _fetch_whatever_is_kept(stage)
        drifting = drift_into(stage.session, "http://simulator", seed=1)

        while drifting.changed < ANSWERS_DRIFTING:
            shipment = stage.shipment(parcels=2)
            with suppress(CarrierError):  # and nothing else
                booked = stage.courier.book(shipment, stage.journal())
                assert [parcel.reference for parcel in booked] == list(shipment.references)
                assert {parcel.number for parcel in booked} <= stage.numbers()
                for parcel in booked:
                    stage.courier.label(parcel, LabelFormat())
                    stage.courier.track([parcel], {})
                    stage.courier.cancel(parcel, stage.journal())
            stage.pass_time(timedelta(minutes=1))

    def test_strangers_are_not_heard(self, stage: Stage) -> None:
        webhook = stage.courier.webhook
        for delivery in stage.strange_deliveries():
            assert webhook is not None
            with pytest.raises(NotAllowed):
                webhook.verify(delivery)


def _fetch_whatever_is_kept(stage: Stage) -> None:
    stage.courier.book(stage.shipment(), stage.journal())


def _books(stage: Stage, shipment: Shipment, journal: MemoryJournal) -> bool:
    """Whether booking came to its end."""
    try:
        stage.courier.book(shipment, journal)
    except (Crash, Unsure):
        return False
    return True
