"""What shoppers are told, what people see, and what is refused before a call."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from carrier_backend.couriers.parcel2go.offers import Box, Offer, Wish, choose
from carrier_backend.domain.addresses import Contact, Party
from carrier_backend.domain.errors import NotServed
from carrier_backend.domain.options import Options
from carrier_backend.domain.parcels import Dimensions, Outcome
from tests.couriers.fakes import MemoryJournal
from tests.couriers.parcel2go.stage import HOME, WAREHOUSE, Stage, a_query, a_route, a_shipment

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
    assert not stage.courier.check().is_well


def test_whatever_watches_over_us_sees_balance_and_runway_without_a_call(stage: Stage, journal: MemoryJournal) -> None:
    note_balance = stage.courier.chores[1].run
    assert stage.courier.figures() == ()
    stage.courier.book(stage.shipment(), journal)
    note_balance()
    calls = stage.calls()
    balance, runway = stage.courier.figures()
    assert (balance.name, runway.name) == ("carrier_prepay_balance_pounds", "carrier_prepay_runway_days")
    assert runway.value == pytest.approx(balance.value / (100000 - balance.value) * 7)
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
    assert len(stage.courier.faults_in_options({"service": "", "max_price": "free", "speed": 1})) == 3
    assert len(stage.courier.faults_in_terms({"vat_status": "Rich", "daily_limit": "-1", "origin_country": "GBR"})) == 3
    assert stage.courier.faults_in_terms(a_route().terms) == []


def test_both_ends_have_a_house_number(stage: Stage, journal: MemoryJournal) -> None:
    sender = Party(replace(WAREHOUSE, lines=("The Old Mill", "Mill Lane")))
    stage.courier.book(a_shipment(sender=sender), journal)
    (order,) = stage.books()["orders"]
    address = order["request"]["Items"][0]["CollectionAddress"]
    assert (address["Property"], address["Street"]) == ("The Old Mill", "Mill Lane")
