"""What became of parcels: asked for a hundred at a time, told once, and with their own times where these can be had."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.couriers.ecotrack import tracking
from carrier_backend.couriers.ecotrack.client import NAME, EcotrackClient
from carrier_backend.domain.errors import Declined, LockedOut, Unreachable
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.quotas import Urgency
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.ports import Account
from tests.couriers.ecotrack.stage import BASE_URL, TOKEN, Stage, a_route, a_shipment

HOUR = timedelta(hours=1)
SAID_NOWHERE: dict[str, Any] = {"activity": "notification_on_order"}


class Follower:
    """Asks about parcels again and again, and remembers what that gave."""

    def __init__(self, stage: Stage, parcels: Sequence[Booked]) -> None:
        self._stage = stage
        self._parcels = parcels
        self._seen: dict[str, list[Seen]] = {}

    def ask(self) -> list[TrackingEvent]:
        """What is new."""
        known = {(reference, one) for reference, ones in self._seen.items() for one in ones}
        events = self._stage.courier.track(self._parcels, self._seen).events
        fresh = [event for event in events if (event.reference, Seen(event.code, event.at)) not in known]
        for event in sorted(fresh, key=lambda event: event.at):
            self._seen.setdefault(event.reference, []).append(Seen(event.code, event.at))
        return fresh

    def told(self) -> list[Status | None]:
        """Of what is new, what would be passed on."""
        news = [event for event in self.ask() if not event.is_for_timeline_only]
        return [event.status for event in news if event.status is not Status.SUBMITTED]


def a_parcel(stage: Stage) -> tuple[str, Follower]:
    (booked,) = stage.courier.book(stage.shipment(), stage.journal())
    follower = Follower(stage, [booked])
    stage.pass_time(HOUR)
    follower.ask()
    return booked.number, follower


def test_a_way_to_the_door_is_told_step_by_step_and_once(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    told: list[Status | None] = []
    for status in ("en_hub", "vers_wilaya", "en_preparation", "en_livraison", "livre_non_encaisse"):
        stage.move(number, status)
        stage.pass_time(HOUR)
        told += follower.told()
        assert follower.told() == []
    assert told == [
        Status.AT_DEPOT,
        Status.IN_TRANSIT,
        Status.AT_DEPOT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]


def test_news_bears_the_time_that_the_history_gives_by_the_clocks_of_algiers(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "en_livraison")
    moved_at = stage.clock.now()
    stage.pass_time(HOUR)
    (event,) = [event for event in follower.ask() if event.code == "dispatched_to_driver"]
    assert event.at == moved_at


def test_what_was_missed_between_two_questions_is_told_in_its_order(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    for status in ("en_hub", "en_livraison", "suspendu", "en_livraison", "livre_non_encaisse"):
        stage.move(number, status)
    assert follower.told() == [
        Status.AT_DEPOT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERY_FAILED,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]


@pytest.mark.parametrize("fault", ["reorder", "duplicate_item"])
def test_a_history_in_disorder_is_put_in_order(stage: Stage, fault: str) -> None:
    number, follower = a_parcel(stage)
    for status in ("en_hub", "en_livraison"):
        stage.move(number, status)
    stage.script_for("history", fault)
    assert list(dict.fromkeys(follower.told())) == [Status.AT_DEPOT, Status.OUT_FOR_DELIVERY]


def test_a_line_of_history_from_before_does_not_stand_for_what_is_new(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    told: list[list[Status | None]] = []
    for status, activity in (("en_livraison", {}), ("suspendu", {}), ("en_livraison", SAID_NOWHERE)):
        stage.move(number, status, **activity)
        stage.pass_time(HOUR)
        told.append(follower.told())
    assert told[-1] == [Status.OUT_FOR_DELIVERY]


def test_without_quota_to_spare_the_moment_of_asking_is_the_events(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "en_livraison")
    stage.allowed.rooms.discard(Urgency.SPARE)
    stage.pass_time(HOUR)
    (event,) = follower.ask()
    assert (event.status, event.at) == (Status.OUT_FOR_DELIVERY, stage.clock.now())
    assert stage.calls_of("history") == 1  # of the first question, before


def test_history_is_read_only_of_what_moved(stage: Stage) -> None:
    booked = stage.courier.book(stage.shipment(parcels=5), stage.journal())
    follower = Follower(stage, booked)
    follower.ask()
    before = stage.calls_of("history")
    stage.move(booked[3].number, "en_livraison")
    for _ in range(3):
        follower.ask()
    assert stage.calls_of("history") == before + 1


def test_a_draft_that_waits_is_no_news(stage: Stage) -> None:
    booked = stage.courier.book(a_shipment(route=a_route({"validate": "never"})), stage.journal())
    assert Follower(stage, booked).told() == []
    assert stage.calls_of("history") == 0


def test_money_that_moves_after_the_delivery_is_no_event(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "livre_non_encaisse")
    assert follower.told() == [Status.DELIVERED]
    for status in ("encaisse_non_paye", "paiements_prets"):
        stage.move(number, status)
        assert set(follower.told()) <= {Status.DELIVERED}  # no move from one delivery to the next: nobody is told


def test_an_archived_parcel_is_not_lost(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "en_livraison")
    follower.ask()
    stage.tell(archive={"tracking": number})
    stage.pass_time(HOUR)
    assert follower.told() == []


def test_of_an_archived_parcel_the_history_still_tells_the_end(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "livre_non_encaisse")
    stage.tell(archive={"tracking": number})
    assert follower.told() == [Status.DELIVERED]


def test_a_parcel_that_nobody_knows_is_not_lost_either(stage: Stage) -> None:
    unknown = Booked("A" * 20, "EC1234567", "shop-1")
    assert stage.courier.track([unknown], {}).events == []


@pytest.mark.parametrize("fault", ["broken_item", "foreign_item", "drop_item"])
def test_one_entry_that_cannot_be_read_loses_none_of_the_other_ninety_nine(stage: Stage, fault: str) -> None:
    booked = [stage.courier.book(stage.shipment(), stage.journal())[0] for _ in range(100)]
    for parcel in booked:
        stage.tell(move={"tracking": parcel.number, "status": "en_livraison"})
    stage.script_for("statuses", fault)
    events = stage.courier.track(booked, {}).events
    out = {event.number for event in events if event.status is Status.OUT_FOR_DELIVERY}
    assert len(out) >= 99
    assert out <= {parcel.number for parcel in booked}
    assert stage.calls_of("statuses") == 1


def test_a_status_that_no_table_knows_goes_on_raw(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.script_for("statuses", "refuse", status=200, body={"data": {number: {"status": "en_orbite"}}})
    (event,) = [event for event in follower.ask() if not event.is_for_timeline_only and event.status is None]
    assert (event.code, event.text) == ("en_orbite", "en_orbite")


def test_a_status_with_an_accent_is_the_same(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.script_for("statuses", "refuse", status=200, body={"data": {number: {"status": "payé_et_archivé"}}})
    assert Status.DELIVERED in follower.told()


def test_the_question_is_put_by_the_hundred_and_in_addresses_that_servers_take(stage: Stage) -> None:
    long_numbers = [Booked(f"{place:020}", f"EC{place:038}", "shop-1") for place in range(100)]
    stage.allowed.rooms.discard(Urgency.SPARE)
    stage.courier.track(long_numbers, {})
    asked = [call for call in stage.books()["calls"] if call["operation"] == "statuses"]
    assert len(asked) == 2
    assert all(len(f"http://simulator{call['path']}".encode()) <= 4000 for call in asked)
    assert all(call["status"] == 200 for call in asked)


def test_each_account_is_asked_about_its_own_and_none_holds_up_another(stage: Stage) -> None:
    stage.accounts.held["shop-2"] = Account(f"{BASE_URL}/", {"api_token": "not the token"})
    (booked,) = stage.courier.book(stage.shipment(), stage.journal())
    other = Booked("A" * 20, "EC1234567", "shop-2")
    stage.move(booked.number, "en_livraison")
    answered = stage.courier.track([other, booked], {})
    assert {event.number for event in answered.events} == {booked.number}
    assert (answered.parcels, type(answered.failure)) == ([booked], LockedOut)
    with pytest.raises(LockedOut):
        stage.courier.track([other], {})


def test_one_token_is_one_account_whoever_it_is_entered_for(stage: Stage) -> None:
    stage.accounts.held["shop-2"] = Account(f"{BASE_URL}/", {"api_token": TOKEN})
    stage.accounts.held["shop-3"] = Account("http://simulator/ecotrack//", {"api_token": TOKEN})
    parcels = [Booked(f"{place:020}", f"EC123456{place}", f"shop-{place}") for place in range(1, 4)]
    stage.allowed.rooms.discard(Urgency.SPARE)
    stage.courier.track(parcels, {})
    assert stage.calls_of("statuses") == 1


def test_what_was_answered_before_a_question_failed_is_not_lost(stage: Stage) -> None:
    long_numbers = [Booked(f"{place:020}", f"EC{place:038}", "shop-1") for place in range(100)]
    stage.allowed.rooms = {Urgency.SOON}
    stage.script_for("statuses", "error_before", skip=1)
    stage.script_for("statuses", "refuse", status=200, body={"data": {long_numbers[0].number: {"status": "en_hub"}}})
    answered = stage.courier.track(long_numbers, {})
    assert [event.status for event in answered.events] == [Status.AT_DEPOT]
    assert 0 < len(answered.parcels) < 100
    assert isinstance(answered.failure, Unreachable)


class Picky(EcotrackClient):
    """The client of a tenant that takes no question in which certain numbers stand."""

    def __init__(self, stage: Stage, bad: Collection[str]) -> None:
        super().__init__(stage.http, BASE_URL, TOKEN)
        self.asked: list[Sequence[str]] = []
        self._bad = bad

    def statuses(self, trackings: Sequence[str]) -> Mapping[str, object]:
        self.asked.append(trackings)
        if set(self._bad) & set(trackings):
            raise Declined(NAME, "order statuses", "Le tracking est invalide")
        return {tracking: {"status": "en_hub"} for tracking in trackings}


NUMBERED = [Booked(f"{place:020}", f"EC{place:06}", "shop-1") for place in range(100)]


@pytest.mark.parametrize("bad", [{0}, {99}, {17, 18}, {3, 50, 77}])
def test_one_number_that_is_not_taken_blinds_no_other(stage: Stage, bad: set[int]) -> None:
    client = Picky(stage, {NUMBERED[place].number for place in bad})
    answered = tracking.news(client, NUMBERED, {}, stage.clock.now())
    assert {event.number for event in answered.events} == {
        booked.number for place, booked in enumerate(NUMBERED) if place not in bad
    }
    assert (len(answered.parcels), answered.failure) == (100, None)
    assert len(client.asked) <= 1 + 14 * len(bad)


def test_a_tenant_that_takes_no_number_at_all_is_not_asked_about_each(stage: Stage) -> None:
    client = Picky(stage, {booked.number for booked in NUMBERED})
    answered = tracking.news(client, NUMBERED, {}, stage.clock.now())
    assert (answered.events, len(answered.parcels), answered.failure) == ([], 100, None)
    assert len(client.asked) == 7


def test_without_quota_for_the_halves_the_rest_is_asked_later(stage: Stage) -> None:
    stage.script_for("statuses", "refuse", status=422, body={"message": "The given data was invalid."})
    stage.script_for("statuses", "rate_limit", skip=2)
    answered = stage.courier.track(NUMBERED, {})
    assert len(answered.parcels) == 50
    assert isinstance(answered.failure, Unreachable)


def test_an_archived_parcel_comes_to_its_end_however_busy_the_account(stage: Stage) -> None:
    number, follower = a_parcel(stage)
    stage.move(number, "livre_non_encaisse")
    stage.tell(archive={"tracking": number})
    stage.allowed.rooms.discard(Urgency.SPARE)
    assert follower.told() == [Status.DELIVERED]


def test_after_the_first_history_that_is_not_to_be_had_none_is_asked_for(stage: Stage) -> None:
    booked = stage.courier.book(stage.shipment(parcels=5), stage.journal())
    for parcel in booked:
        stage.tell(move={"tracking": parcel.number, "status": "en_livraison"})
    stage.script_for("history", "error_before", times=5)
    answered = stage.courier.track(booked, {})
    assert stage.calls_of("history") == 1
    assert [event.status for event in answered.events] == [Status.OUT_FOR_DELIVERY] * 5


def test_one_history_that_they_decline_keeps_no_other_from_being_read(stage: Stage) -> None:
    booked = stage.courier.book(stage.shipment(parcels=3), stage.journal())
    for parcel in booked:
        stage.tell(move={"tracking": parcel.number, "status": "en_livraison"})
    stage.script_for("history", "refuse", status=422, body={"message": "invalid"})
    stage.courier.track(booked, {})
    assert stage.calls_of("history") == 3


def test_a_word_of_history_that_no_table_knows_does_not_make_an_old_status_new(stage: Stage) -> None:
    (booked,) = stage.courier.book(stage.shipment(), stage.journal())
    stage.move(booked.number, "en_livraison")
    seen = [Seen("en_livraison", stage.clock.now()), Seen("rescheduled", stage.clock.now())]
    assert stage.courier.track([booked], {booked.reference: seen}).events == []


def test_a_tenant_that_does_not_answer_is_asked_later(stage: Stage) -> None:
    booked = stage.courier.book(stage.shipment(), stage.journal())
    stage.script_for("statuses", "error_before")
    with pytest.raises(Unreachable):
        stage.courier.track(booked, {})


@pytest.mark.parametrize(
    ("status", "intervals"),
    [(Status.OUT_FOR_DELIVERY, 1), (Status.DELIVERY_FAILED, 2), (Status.AT_DEPOT, 4), (Status.SUBMITTED, 8), (None, 8)],
)
def test_what_is_near_the_door_is_asked_about_more_often(stage: Stage, status: Status | None, intervals: int) -> None:
    quarter = timedelta(minutes=15)
    patience = stage.courier.patience(status, is_cancelling=False, age=HOUR, interval=quarter)
    assert patience == quarter * intervals


@pytest.mark.parametrize("status", [None, Status.SUBMITTED, Status.DELAYED])
def test_what_is_to_be_cancelled_is_asked_about_as_often_as_at_the_door(stage: Stage, status: Status | None) -> None:
    assert stage.courier.patience(status, is_cancelling=True, age=timedelta(days=40), interval=HOUR) == HOUR


def test_what_is_old_is_asked_about_less_often_but_at_the_door(stage: Stage) -> None:
    ages = [timedelta(days=days) for days in (1, 15, 40)]
    waits = [stage.courier.patience(Status.DELAYED, is_cancelling=False, age=age, interval=HOUR) for age in ages]
    assert waits == [HOUR * 4, HOUR * 8, HOUR * 24]
    assert {
        stage.courier.patience(Status.OUT_FOR_DELIVERY, is_cancelling=False, age=age, interval=HOUR) for age in ages
    } == {HOUR}
