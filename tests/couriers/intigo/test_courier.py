"""The courier's other powers: places, labels, history, settings."""

from datetime import timedelta

import pytest
from environs import Env
from werkzeug import Response

from carrier_backend.couriers.intigo.courier import Settings
from carrier_backend.couriers.intigo.regions import REGIONS
from carrier_backend.domain.addresses import Address
from carrier_backend.domain.errors import Declined, LockedOut, NotServed, Unreachable
from carrier_backend.domain.health import Condition
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import SearchArea
from carrier_backend.domain.parcels import Booked, LabelFormat
from carrier_backend.domain.products import Route
from carrier_backend.ports import Account, Courier
from carrier_backend.simulator.mount import Mount
from tests.builders import a_merchant, a_product, an_options_query
from tests.couriers.fakes import MemoryJournal
from tests.couriers.intigo.stage import BASE_URL, KEY, Stage, a_shipment

ROUTE = Route(a_product(courier="intigo"), a_merchant())


@pytest.fixture
def booked(intigo: Courier, journal: MemoryJournal) -> Booked:
    (booked,) = intigo.book(a_shipment(), journal)
    return booked


def options_in(intigo: Courier, city: str) -> Options:
    return intigo.options(an_options_query(area=SearchArea(Address("TN", city=city))), ROUTE)


def refresh_regions(intigo: Courier) -> None:
    (chore,) = intigo.chores
    chore.run()


def test_a_place_of_the_list_is_left_to_the_calendar(intigo: Courier) -> None:
    refresh_regions(intigo)

    assert options_in(intigo, "la marsa") == Options()


def test_a_shopper_is_told_of_a_place_not_served_with_names_like_it(intigo: Courier) -> None:
    refresh_regions(intigo)

    with pytest.raises(NotServed, match=r"area.address.city: 'La Mersa' is not .* did you mean La Marsa"):
        options_in(intigo, "La Mersa")


def test_a_governorate_alone_is_enough_to_shop(intigo: Courier) -> None:
    refresh_regions(intigo)

    assert options_in(intigo, "Tunis") == Options()


def test_without_a_city_the_country_decides(intigo: Courier) -> None:
    refresh_regions(intigo)

    assert options_in(intigo, "") == Options()


def test_options_never_call_out(stage: Stage, intigo: Courier) -> None:
    assert options_in(intigo, "Atlantis") == Options()
    assert stage.calls() == 0


def test_the_list_is_fetched_once_for_the_first_booking(stage: Stage, intigo: Courier) -> None:
    intigo.accept(a_shipment())
    intigo.accept(a_shipment())

    assert stage.calls_of("regions") == 1


def test_where_a_merchants_parcels_are_collected_is_judged_once_there_is_a_list(stage: Stage, intigo: Courier) -> None:
    nowhere = {"pickup_city": "Atlantis"}
    assert list(intigo.faults_in_terms(nowhere)) == []
    assert stage.calls() == 0
    refresh_regions(intigo)
    assert list(intigo.faults_in_terms(nowhere)) == ["pickup_city: 'Atlantis' is not a place we know"]


def test_no_list_at_all_is_something_to_try_again(stage: Stage, intigo: Courier) -> None:
    stage.director.script("regions", "error_before")

    with pytest.raises(Unreachable):
        intigo.accept(a_shipment())


def test_a_list_that_cannot_be_read_does_not_replace_the_last_good_one(stage: Stage, intigo: Courier) -> None:
    refresh_regions(intigo)
    stage.director.script("regions", "garbage")

    with pytest.raises(Unreachable):
        refresh_regions(intigo)

    kept = stage.snapshots.read(REGIONS)
    assert kept is not None
    assert kept.version == 1


def test_the_list_is_refreshed_daily(intigo: Courier) -> None:
    assert [chore.interval for chore in intigo.chores] == [timedelta(hours=24)]


@pytest.mark.parametrize("fault", ["late_label", "error_before", "rate_limit"])
def test_a_label_that_is_not_there_is_for_another_time(
    stage: Stage, intigo: Courier, booked: Booked, fault: str
) -> None:
    stage.director.script("label", fault)

    with pytest.raises((Unreachable, Declined), match="label"):
        intigo.label(booked, LabelFormat())


def test_it_is_told_how_long_to_wait_for_a_label(stage: Stage, intigo: Courier, booked: Booked) -> None:
    stage.director.script("label", "rate_limit", retry_after="7")

    with pytest.raises(Unreachable) as told:
        intigo.label(booked, LabelFormat())

    assert (told.value.retry_after_seconds, stage.calls_of("label")) == (7, 1)


def test_a_history_is_told_oldest_first(stage: Stage, intigo: Courier, booked: Booked) -> None:
    for status, date in ((10, "2026-11-21T10:00:00Z"), (25, "2026-11-20T10:00:00Z")):
        stage.director.intigo(move={"status": status, "date": date, "nid": booked.number})

    events = intigo.track([booked], {}).events

    assert [event.code for event in events if event.status] == ["25", "10"]
    assert {event.reference for event in events} == {booked.reference}


def test_an_unreadable_entry_does_not_hold_up_the_others(stage: Stage, intigo: Courier, booked: Booked) -> None:
    said = [{"status": 6, "date": "2026-11-20T10:00:00Z"}, {"status": None}, "?"]
    stage.director.script("history", "garbage", body=said, content_type="application/json")

    assert [event.status for event in intigo.track([booked], {}).events] == [Status.DELIVERED]


def test_a_history_without_a_readable_entry_is_no_answer(stage: Stage, intigo: Courier, booked: Booked) -> None:
    said = [{"status": 6, "date": "21/11/2026"}]
    stage.director.script("history", "garbage", body=said, content_type="application/json")

    with pytest.raises(Unreachable):
        intigo.track([booked], {})


@pytest.mark.parametrize(
    ("status", "is_cancelling", "hours"),
    [
        (None, False, 24),
        (Status.SUBMITTED, False, 24),
        (Status.IN_TRANSIT, False, 12),
        (Status.OUT_FOR_DELIVERY, False, 6),
        (Status.SUBMITTED, True, 6),
    ],
)
def test_patience_is_shorter_where_news_is_near(
    intigo: Courier, status: Status | None, is_cancelling: bool, hours: int
) -> None:
    patience = intigo.patience(status, is_cancelling=is_cancelling, age=timedelta(), interval=timedelta())
    assert patience == timedelta(hours=hours)


def test_a_check_says_what_to_mend(stage: Stage, intigo: Courier) -> None:
    stage.session.mount("http://simulator", Mount(Response(status=401)))
    assert intigo.check().condition is Condition.WRONG_KEY
    assert "INTIGO_API_KEY" in intigo.check().note

    stage.session.mount("http://simulator", Mount(Response(status=503)))
    assert intigo.check().condition is Condition.FAILING
    assert "answered 503" in intigo.check().note

    stage.session.mount("http://simulator", Mount(Response(status=429)))
    assert intigo.check().condition is Condition.SPENT_QUOTA


def test_a_check_of_a_merchants_own_account_names_that(stage: Stage, intigo: Courier) -> None:
    stage.accounts.held["shop-1"] = Account(BASE_URL, {"api_key": "the merchant's own"})

    assert intigo.check().is_well
    assert intigo.check("shop-1").condition is Condition.WRONG_KEY
    assert "the account of merchant 'shop-1' with Intigo" in intigo.check("shop-1").note
    assert intigo.account("shop-1") != intigo.account()


def test_a_key_is_good_whatever_they_think_of_the_question(stage: Stage, intigo: Courier) -> None:
    stage.session.mount("http://simulator", Mount(Response(status=422)))

    assert intigo.check().is_well


def test_a_merchants_own_account_is_used(stage: Stage, intigo: Courier, journal: MemoryJournal) -> None:
    intigo.accept(a_shipment())
    stage.accounts.held["shop-1"] = Account(BASE_URL, {"api_key": "the merchant's own"})
    with pytest.raises(LockedOut):
        intigo.book(a_shipment(), journal)

    stage.accounts.held["shop-1"] = Account(BASE_URL, {"api_key": KEY})

    assert intigo.book(a_shipment(), journal)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTIGO_API_KEY", "key")
    monkeypatch.setenv("INTIGO_WEBHOOK_TOKEN", "new-token, old-token,")
    env = Env()

    with env.prefixed("INTIGO_"):
        settings = Settings.read(env)

    assert settings == Settings("https://external-api.intigo.tn/secure-api", "key", ("new-token", "old-token"))


def test_settings_show_no_secrets() -> None:
    assert "secret" not in repr(Settings(BASE_URL, "a secret", ("another secret",)))
