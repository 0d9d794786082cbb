"""Parcel2Go from the checkout to the door: paid once, its hints confirmed, its refusals passed on."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from carrier_backend.domain.lifecycle import Standing
from carrier_backend.services.reconcile import STUCK_AFTER_ATTEMPTS
from carrier_backend.simulator.orders import JOURNEYS
from tests.conftest import BY_TEST
from tests.journeys.conftest import Body, Stage
from tests.journeys.test_checkout_to_delivery import barcodes

Booking = Callable[..., Body]


@pytest.fixture
def a_british_booking(a_booking: Booking) -> Booking:
    return partial(a_booking, courier="parcel2go")


def move(stage: Stage, barcode: str, at_stage: str, **how: Any) -> None:
    """Parcel2Go moves a parcel, an hour later, and calls us."""
    stage.clock.advance(timedelta(hours=1))
    at = stage.clock.now().isoformat()
    stage.control(system="parcel2go", move={"line": barcode, "stage": at_stage, "at": at, **how})
    stage.work()


def debits(stage: Stage) -> list[str]:
    return [payment["order_id"] for payment in stage.books("parcel2go")["payments"]]


def test_a_booking_becomes_a_parcel_and_its_news_reach_ingrid(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    for at_stage in ("Collected", "InTransit", "AtDepot", "DeliveryScheduled", "Delivered"):
        move(stage, barcode, at_stage)
    assert stage.told() == list(JOURNEYS[1].told)


def test_every_label_belongs_to_its_own_package_in_their_order(stage: Stage, a_british_booking: Booking) -> None:
    answer = stage.book(a_british_booking(packages=3)).get_json()
    (order,) = stage.books("parcel2go")["orders"]
    assert barcodes(answer) == [f"P2G{line['order_line_id']}" for line in order["lines"]]
    for package in answer["packages"]:
        assert package["barcode"].encode() in base64.b64decode(package["label_data"], validate=True)
    assert len(debits(stage)) == 1


def test_a_shopper_is_told_the_day_that_a_quote_promises(stage: Stage, a_british_booking: Booking) -> None:
    body = a_british_booking()
    query = {**body, "parties": {**body["parties"], "search": {"address": body["parties"]["to"]["address"]}}}
    answer = stage.post("/shipping-options", query)
    assert answer.status_code == 200, answer.text
    assert len(answer.get_json()["delivery_times"]) == 1


def test_a_payment_whose_answer_is_lost_is_found_and_not_repeated(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="pay", fault="hang_after")
    assert stage.book(a_british_booking()).status_code == 200
    assert len(debits(stage)) == 1


def test_a_payment_that_comes_late_is_waited_for(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="pay", fault="commit_late", after_lookups=3)
    body = a_british_booking()
    answers = [stage.book(body).status_code for _ in range(4)]
    assert answers == [503, 503, 503, 200]
    assert len(debits(stage)) == 1


def test_a_label_that_does_not_come_is_fetched_on_the_repeat(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="labels", fault="late_label", times=8)
    body = a_british_booking()
    assert [stage.book(body).status_code for _ in range(2)] == [503, 200]
    assert len(debits(stage)) == 1


REFUSED_FOR_NOW: tuple[Body, ...] = (
    {"status": 400, "body": {"Message": "Labels are not ready yet"}},
    {"status": 200, "body": {"Errors": [{"Description": "No label yet"}]}},
    {"status": 409, "body": {}},
)


@pytest.mark.parametrize("how", REFUSED_FOR_NOW, ids=str)
def test_a_label_that_is_refused_does_not_end_a_paid_booking(
    stage: Stage, a_british_booking: Booking, how: Body
) -> None:
    stage.control(system="parcel2go", operation="labels", fault="refuse", times=20, **how)
    answer = stage.book(a_british_booking())
    assert answer.status_code == 503
    assert "its label is not there yet" in answer.get_json()["errors"][0]["message"]
    for _ in range(8):
        stage.clock.advance(timedelta(minutes=20))
        stage.work()
    assert stage.told() == ["submitted"]
    assert len(debits(stage)) == 1


def test_a_label_that_is_refused_for_ever_is_shown_to_people(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="labels", fault="refuse", times=100_000, **REFUSED_FOR_NOW[0])
    stage.book(a_british_booking())
    for _ in range(STUCK_AFTER_ATTEMPTS + 1):
        stage.clock.advance(timedelta(hours=1))
        stage.work()
    assert len(stage.backend.find_shipments(standing=Standing.STUCK).items) == len(debits(stage)) == 1


def test_an_empty_balance_keeps_the_order_until_it_is_filled(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", top_up={"amount": "-10000"})
    body = a_british_booking()
    assert stage.book(body).status_code == 503
    stage.control(system="parcel2go", top_up={"amount": "100"})
    assert stage.book(body).status_code == 200
    assert len(stage.books("parcel2go")["orders"]) == len(debits(stage)) == 1


def test_while_the_balance_is_empty_the_worker_only_looks(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", top_up={"amount": "-10000"})
    body = a_british_booking()
    stage.book(body)
    calls = len(stage.books("parcel2go")["calls"])
    stage.clock.advance(timedelta(minutes=3))
    stage.work()
    assert len(stage.books("parcel2go")["calls"]) == calls
    stage.control(system="parcel2go", top_up={"amount": "100"})
    assert stage.book(body).status_code == 200


def test_a_price_above_the_ceiling_is_not_paid(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="create_order", fault="dear", factor=10)
    answer = stage.book(a_british_booking())
    assert answer.status_code == 422
    assert debits(stage) == []


def test_a_paid_parcel_cannot_be_cancelled_by_itself(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    answers = [stage.cancel(barcode) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "refund has to be asked for" in answers[0].get_json()["errors"][0]["message"]


def test_a_swapped_payload_delivers_nothing(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    news = {"OrderLineId": int(barcode.removeprefix("P2G")), "TrackingStage": "Delivered"}
    stage.control(system="parcel2go", tell={"type": "Tracking", "payload": news})
    stage.work()
    assert stage.told() == ["submitted"]


def test_a_replayed_envelope_gives_no_cause_to_look(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    move(stage, barcode, "Collected")
    asked = _trackings(stage)
    for _ in range(20):
        stage.control(system="parcel2go", redeliver={"webhook": 0})
        stage.work()
    assert _trackings(stage) == asked
    assert stage.told() == ["submitted", "picked_up"]


def test_a_true_envelope_after_a_swapped_one_is_still_reason_to_look(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    move(stage, barcode, "Collected", silent=True)
    header = {"type": "Tracking", "id": str(uuid4()), "sent_at": stage.clock.now().isoformat()}
    for line in (1, int(barcode.removeprefix("P2G"))):
        stage.control(system="parcel2go", tell={**header, "payload": {"OrderLineId": line}})
    assert [call["status"] for call in stage.books("parcel2go")["webhooks"]] == [200, 200]
    stage.work()
    assert stage.told() == ["submitted", "picked_up"]


def test_a_swapped_case_adds_no_second_line(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    header = {"type": "Case", "id": str(uuid4()), "sent_at": stage.clock.now().isoformat()}
    for number, status in enumerate(("Approved", "Refused")):
        case = {"OrderLineId": barcode.removeprefix("P2G"), "CaseId": number, "CaseType": "Claim", "Status": status}
        stage.control(system="parcel2go", tell={**header, "payload": case})
    told = " ".join(f"{entry.title} {dict(entry.facts)}" for entry in stage.backend.oversee.timeline(barcode).entries)
    assert "Approved" in told
    assert "Refused" not in told


def test_news_that_comes_before_our_own_commit_is_looked_up(stage: Stage, a_british_booking: Booking) -> None:
    stage.control(system="parcel2go", operation="labels", fault="late_label", times=20)
    body = a_british_booking()
    assert stage.book(body).status_code == 503
    ((line,),) = (order["lines"] for order in stage.books("parcel2go")["orders"])
    stage.clock.advance(timedelta(seconds=10))
    at = stage.clock.now().isoformat()
    stage.control(system="parcel2go", move={"line": line["order_line_id"], "stage": "Collected", "at": at})
    while stage.book(body).status_code != 200:
        pass
    stage.work()
    assert stage.told() == ["submitted", "picked_up"]


LONG = "Your parcel could not be delivered because nobody was at home, a card was left by the driver"


def test_a_long_text_without_a_code_reaches_ingrid_and_holds_up_nobody(
    stage: Stage, a_british_booking: Booking
) -> None:
    one, two = (barcodes(stage.book(a_british_booking()).get_json())[0] for _ in range(2))
    stage.clock.advance(timedelta(hours=1))
    news = {"Timestamp": stage.clock.now().isoformat(), "Description": LONG, "StatusCode": None}
    of_one = {"match": one.removeprefix("P2G"), "times": 50, "status": 200, "body": {"Results": [news]}}
    stage.control(system="parcel2go", operation="tracking", fault="refuse", **of_one)
    move(stage, two, "Delivered", silent=True)
    stage.clock.advance(timedelta(days=1))
    stage.work()
    assert sorted(stage.told()) == sorted(["submitted", "submitted", LONG, "delivered"])


def test_an_old_envelope_is_reason_enough_to_look(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    old = (stage.clock.now() - timedelta(days=3)).isoformat()
    move(stage, barcode, "Collected", sent_at=old)
    assert stage.told() == ["submitted", "picked_up"]


def test_a_case_is_for_the_timeline_alone(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    case = {"OrderLineId": barcode.removeprefix("P2G"), "CaseId": "12345", "CaseType": "Claim", "Status": "Approved"}
    now = stage.clock.now().isoformat()
    stage.control(system="parcel2go", tell={"type": "Case", "payload": case, "sent_at": now})
    stage.work()
    entries = stage.backend.oversee.timeline(barcode).entries
    assert "Claim" in " ".join(f"{entry.title} {dict(entry.facts)}" for entry in entries)
    assert stage.told() == ["submitted"]


def test_news_that_nobody_called_about_is_found_by_asking(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    move(stage, barcode, "Delivered", silent=True)
    assert stage.told() == ["submitted"]
    stage.clock.advance(timedelta(days=1))
    stage.work()
    assert stage.told() == ["submitted", "delivered"]


def test_the_days_limit_of_a_merchant_holds(stage: Stage, a_british_booking: Booking) -> None:
    merchant = next(one for one in stage.backend.oversee.merchants() if one.shipper_id == "shop-2")
    terms = {"parcel2go": {**merchant.couriers["parcel2go"], "daily_limit": "6.00"}}
    stage.backend.oversee.put_merchant(replace(merchant, couriers=terms), BY_TEST)
    stage.clock.advance(timedelta(seconds=1))
    statuses = [stage.book(a_british_booking()).status_code for _ in range(3)]
    assert statuses[0] == 200
    assert 422 in statuses
    assert len(debits(stage)) == statuses.count(200)


def test_a_merchant_with_a_long_name_may_have_a_days_limit(stage: Stage, a_british_booking: Booking) -> None:
    merchant = next(one for one in stage.backend.oversee.merchants() if one.shipper_id == "shop-2")
    named = replace(merchant, shipper_id="shop-" + "x" * 123)
    stage.backend.oversee.put_merchant(named, BY_TEST)
    stage.clock.advance(timedelta(seconds=1))
    body = a_british_booking()
    parties = {**body["parties"], "shipper": {"id": named.shipper_id}}
    assert stage.book({**body, "parties": parties}).status_code == 200


def _trackings(stage: Stage) -> int:
    return [call["operation"] for call in stage.books("parcel2go")["calls"]].count("tracking")


def test_a_hundred_and_fifty_false_calls_move_nothing(stage: Stage, a_british_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_british_booking()).get_json())
    news = {"OrderLineId": int(barcode.removeprefix("P2G")), "TrackingStage": "Delivered"}
    old = (stage.clock.now() - timedelta(days=3)).isoformat()
    for _ in range(30):
        stage.control(system="parcel2go", tell={"type": "Tracking", "payload": news, "signature": "00" * 32})
        stage.control(system="parcel2go", tell={"type": "Tracking", "payload": news, "sent_at": old})
        stage.control(system="parcel2go", tell={"type": "Tracking", "payload": news})
        sent = len(stage.books("parcel2go")["webhooks"]) - 1
        stage.control(system="parcel2go", redeliver={"webhook": sent})
        stage.control(
            system="parcel2go", swap={"webhook": sent, "payload": {"StatusDescription": "Handed to Customer"}}
        )
    stage.work()
    answers = [call["status"] for call in stage.books("parcel2go")["webhooks"]]
    assert (answers.count(401), answers.count(200)) == (30, 120)
    assert stage.told() == ["submitted"]
