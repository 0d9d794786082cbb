"""What shoppers are told, what people see, and what is refused before a call."""

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from carrier_backend.couriers.parcel2go.courier import faults_in_options
from carrier_backend.couriers.parcel2go.lanes import FAILURE_SECONDS
from carrier_backend.couriers.parcel2go.offers import Box, Offer, Wish, choose
from carrier_backend.domain.addresses import Contact, Party
from carrier_backend.domain.errors import LockedOut, NotServed, Unreachable
from carrier_backend.domain.health import Condition, Means
from carrier_backend.domain.options import Options
from carrier_backend.domain.parcels import Dimensions, Label, LabelFormat, LabelSize, Outcome
from carrier_backend.ports import Account
from carrier_backend.support.bounds import BoundsContext
from tests.couriers.fakes import MemoryJournal
from tests.couriers.parcel2go.stage import BASE_URL, CLIENT_ID, CLIENT_SECRET, HOME, Stage, a_query, a_route, a_shipment

CHEAP = Offer("cheap", Decimal(2))
BOX = Box(1000, Dimensions(300, 200, 100))


@pytest.fixture
def stocked(stage: Stage) -> Stage:
    """With the list of countries fetched, as the worker has it done."""
    stage.courier.chores[0].run()
    return stage


def test_a_quote_promises_a_day(stocked: Stage) -> None:
    (window,) = stocked.courier.options(a_query(), a_route()).windows
    assert window.start_at > stocked.clock.now()
    assert window.end_at - window.start_at == timedelta(days=1)


def test_one_question_answers_all_shoppers_of_an_outward_code(stocked: Stage) -> None:
    for postal_code in ("YO12 7JZ", "yo12 7jz", "YO12 5AB"):
        stocked.courier.options(a_query(postal_code=postal_code), a_route())
    assert stocked.calls_of("quotes") == 1


def test_a_postcode_without_quotes_is_not_covered(stocked: Stage) -> None:
    with pytest.raises(NotServed, match="provided postal code is not covered"):
        stocked.courier.options(a_query(postal_code="ZZ1 1ZZ"), a_route())


def test_the_calendar_answers_where_no_quote_comes(stocked: Stage) -> None:
    stocked.script_for("quotes", "error_before")
    assert stocked.courier.options(a_query(), a_route()) == Options()


@pytest.mark.parametrize(
    "unfit",
    [
        replace(CHEAP, max_sides_m=(Decimal("0.3"), Decimal("0.2"), Decimal("0.09"))),
        replace(CHEAP, max_weight_kg=Decimal("0.5")),
        replace(CHEAP, needs_printer=False),
        replace(CHEAP, is_to_the_door=False),
        replace(CHEAP, is_collected=False),
    ],
)
def test_what_will_not_do_is_not_taken_however_cheap(unfit: Offer) -> None:
    dear = replace(CHEAP, slug="dear", price=Decimal(9))
    assert choose([unfit, dear], Wish("cheapest", (BOX,))) == dear


def test_every_fault_is_told_at_once(stocked: Stage) -> None:
    bare = Party(replace(HOME, city="", postal_code=""), Contact())
    with pytest.raises(NotServed) as refusal:
        stocked.courier.accept(a_shipment(receiver=bare))
    fields = [fault.field for fault in refusal.value.faults]
    assert fields == ["receiver.address.postal_code", "receiver.contact.email", "receiver.address.city"]


def test_a_paid_parcel_is_for_people_to_cancel(stage: Stage, journal: MemoryJournal) -> None:
    (booked,) = stage.courier.book(stage.shipment(), journal)
    cancellation = stage.courier.cancel(booked, journal)
    assert cancellation.outcome is Outcome.ASKED
    assert "refund" in cancellation.note


def test_people_see_the_balance_and_how_long_it_lasts(stage: Stage, journal: MemoryJournal) -> None:
    assert stage.courier.check().note == "prepay balance £100000.00; nothing was spent in the last seven days"
    stage.courier.book(stage.shipment(), journal)
    (payment,) = stage.books()["payments"]
    spent = Decimal(str(payment["amount"]))
    stage.tell(top_up={"amount": str(10 * spent + spent - 100000)})
    health = stage.courier.check()
    assert health.is_well
    assert f"£{spent:.2f} were spent in the last seven days: it lasts for 70.0 days" in health.note


def test_a_balance_that_ends_within_days_is_not_well(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(stage.shipment(), journal)
    stage.tell(top_up={"amount": "-99997"})
    assert stage.courier.check().condition is Condition.LOW_BALANCE


def test_quotes_are_asked_for_under_the_shoppers_trace_id(stocked: Stage) -> None:
    with BoundsContext(stocked.clock)(trace_id="SHOPPER-1", seconds=1.5):
        stocked.courier.options(a_query(), a_route())
    asked = {each.trace_id for each in stocked.exchanges.recorded if each.operation == "quotes"}
    assert asked == {"SHOPPER-1"}


def test_an_empty_balance_is_no_wrong_key(stage: Stage) -> None:
    stage.tell(top_up={"amount": "-100000"})
    health = stage.courier.check()
    assert (health.condition, health.note) == (
        Condition.EMPTY_BALANCE,
        "prepay balance £0.00: nothing is booked until it is more",
    )


def test_a_check_fetches_a_token_though_one_is_held(stage: Stage) -> None:
    stage.courier.check()
    stage.courier.check()
    assert stage.calls_of("token") == 2
    assert stage.courier.means().token_ends_at is not None


def test_the_balance_of_a_merchants_own_account_is_told_without_our_runway(stage: Stage) -> None:
    stage.accounts.held["shop-1"] = Account(BASE_URL, {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    assert stage.courier.check("shop-1").note == "prepay balance £100000.00"


def seen_balance(stage: Stage) -> Decimal | None:
    balance = stage.courier.means().balance
    return balance.amount if balance else None


def test_a_balance_that_a_check_just_read_is_the_one_that_is_seen(stage: Stage) -> None:
    stage.courier.chores[1].run()
    stage.tell(top_up={"amount": "-100002.52"})
    stage.courier.check()
    assert seen_balance(stage) == Decimal("-2.52")


def test_a_balance_that_a_booking_found_too_low_is_the_one_that_is_seen(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.chores[1].run()
    stage.tell(top_up={"amount": "-99999"})
    with pytest.raises(LockedOut):
        stage.courier.book(stage.shipment(), journal)
    assert seen_balance(stage) == Decimal(1)


def test_the_balance_of_a_merchants_own_account_is_not_taken_for_ours(stage: Stage, journal: MemoryJournal) -> None:
    stage.accounts.held["shop-1"] = Account(BASE_URL, {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    stage.tell(top_up={"amount": "-99999"})
    stage.courier.check("shop-1")
    with pytest.raises(LockedOut):
        stage.courier.book(stage.shipment(), journal)
    assert seen_balance(stage) is None


def test_whatever_watches_over_us_sees_balance_and_runway_without_a_call(stage: Stage, journal: MemoryJournal) -> None:
    note_balance = stage.courier.chores[1].run
    assert stage.courier.means() == Means()
    stage.courier.book(stage.shipment(), journal)
    note_balance()
    calls = stage.calls()
    balance = stage.courier.means().balance
    assert balance is not None
    assert (balance.currency, balance.noted_at) == ("GBP", stage.clock.now())
    assert balance.days_left == pytest.approx(balance.amount / (100000 - balance.amount) * 7)
    assert stage.calls() == calls


def test_the_days_limit_counts_each_order_once(stage: Stage, journal: MemoryJournal) -> None:
    route = a_route(daily_limit="5.00")
    shipment = a_shipment(route=route)
    stage.courier.book(shipment, journal)
    stage.courier.book(shipment, journal)
    with pytest.raises(NotServed, match="beyond the day's"):
        stage.courier.book(a_shipment(route=route), stage.journal())
    assert len(stage.made()) == 1


def test_terms_and_options_are_judged_with_every_fault(stage: Stage) -> None:
    assert len(faults_in_options({"service": "", "max_price": "free", "speed": 1})) == 3
    assert len(stage.courier.faults_in_terms({"vat_status": "Rich", "daily_limit": "-1", "origin_country": "GBR"})) == 3
    assert stage.courier.faults_in_terms(a_route().terms) == []


def a_label_of(stage: Stage, journal: MemoryJournal, size: LabelSize = LabelSize.NORMAL) -> Label:
    (booked,) = stage.courier.book(stage.shipment(), journal)
    return stage.courier.label(booked, LabelFormat(size=size))


@pytest.mark.parametrize(("size", "medium"), [(LabelSize.NORMAL, "A4"), (LabelSize.SMALL, "Label4X6")])
def test_a_label_comes_on_the_paper_that_is_wanted(
    stage: Stage, journal: MemoryJournal, size: LabelSize, medium: str
) -> None:
    assert a_label_of(stage, journal, size).fault is None
    assert stage.books()["labels"][-1]["media"] == medium


@pytest.mark.parametrize("fault", ["late_label", "failed_label", "empty_label"])
def test_a_label_that_is_not_there_yet_is_to_come(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    stage.script_for("labels", fault)
    with pytest.raises(Unreachable, match="not ready yet"):
        a_label_of(stage, journal)


def test_two_labels_for_one_parcel_are_none(stage: Stage, journal: MemoryJournal) -> None:
    label = base64.b64encode(b"%PDF-1.4 of whom?").decode()
    stage.script_for("labels", "refuse", status=200, body={"Base64EncodedLabels": [label, label]})
    with pytest.raises(Unreachable, match="more than one label"):
        a_label_of(stage, journal)


@pytest.mark.parametrize("labels", [["no base64!"], [7], "JVBERi0=", None], ids=str)
def test_what_is_no_label_is_none(stage: Stage, journal: MemoryJournal, labels: object) -> None:
    stage.script_for("labels", "refuse", status=200, body={"Base64EncodedLabels": labels})
    with pytest.raises(Unreachable):
        a_label_of(stage, journal)


def test_a_parcel_of_an_unpaid_order_was_never_one(stage: Stage, journal: MemoryJournal) -> None:
    (booked,) = stage.courier.book(stage.shipment(), journal)
    stage.script_for("read_order", "refuse", status=200, body={"PaidDate": None})
    assert stage.courier.cancel(booked, journal).outcome is Outcome.DONE


@pytest.mark.parametrize("body", [{"PaidDate": "21/11/2026 10:15:00"}, {}, "login"], ids=str)
def test_a_payment_that_cannot_be_read_cancels_nothing(stage: Stage, journal: MemoryJournal, body: object) -> None:
    (booked,) = stage.courier.book(stage.shipment(), journal)
    stage.script_for("read_order", "refuse", status=200, body=body)
    with pytest.raises(Unreachable):
        stage.courier.cancel(booked, journal)


def quoted(stage: Stage, **times: str) -> None:
    """The next quote is of these times."""
    quote = {"TotalPrice": 5.99, "Service": {"Slug": "swift-next-day"}, **times}
    stage.script_for("quotes", "refuse", status=200, body={"Quotes": [quote]})


def at(stage: Stage, hours: float) -> str:
    return (stage.clock.now() + timedelta(hours=hours)).isoformat()


def test_a_quote_promises_nothing_once_its_cut_off_is_over(stocked: Stage) -> None:
    quoted(stocked, CutOff=at(stocked, 0.1), EstimatedDeliveryDate=at(stocked, 72))
    assert stocked.courier.options(a_query(), a_route()).windows
    stocked.pass_time(timedelta(hours=0.1))
    assert stocked.courier.options(a_query(), a_route()) == Options()


def test_a_day_that_has_begun_is_promised_to_nobody(stocked: Stage) -> None:
    quoted(stocked, EstimatedDeliveryDate=at(stocked, 0))
    assert stocked.courier.options(a_query(), a_route()) == Options()


def test_a_quote_without_a_day_of_arrival_promises_none(stocked: Stage) -> None:
    quoted(stocked, CutOff=at(stocked, 24))
    assert stocked.courier.options(a_query(), a_route()) == Options()


def test_one_bad_postcode_closes_no_outward_code(stocked: Stage) -> None:
    stocked.script_for("quotes", "refuse", status=400, body={"Message": "Postcode is not valid"})
    assert stocked.courier.options(a_query(postal_code="YO12 9ZZ"), a_route()) == Options()
    stocked.pass_time(timedelta(seconds=FAILURE_SECONDS))
    assert stocked.courier.options(a_query(postal_code="YO12 7JZ"), a_route()).windows


@pytest.mark.parametrize("body", [[], [{"name": "x"}], {}, "login"], ids=str)
def test_a_list_of_no_countries_refuses_nobody(stage: Stage, body: object) -> None:
    stage.script_for("countries", "refuse", status=200, body=body)
    with pytest.raises(Unreachable):
        stage.courier.accept(stage.shipment())
    stage.courier.accept(stage.shipment())


def test_a_list_that_was_kept_outlives_an_empty_one(stocked: Stage) -> None:
    stocked.script_for("countries", "refuse", status=200, body=[])
    stocked.courier.chores[0].run()
    assert stocked.courier.options(a_query(), a_route()).windows


def test_a_line_that_they_cannot_track_yet_has_no_news(stage: Stage, journal: MemoryJournal) -> None:
    booked = stage.courier.book(stage.shipment(), journal)
    stage.script_for("tracking", "refuse", status=404, body={"Message": "There are no results"})
    assert stage.courier.track(booked, {}).events == []
