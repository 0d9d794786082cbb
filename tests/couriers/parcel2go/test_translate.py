"""Parcel2Go's own samples, and what they mean to us."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.translate import (
    Line,
    PlacedOrder,
    as_moment,
    from_facts,
    placed_order,
    reasons,
    standing_order,
    status_of,
    to_facts,
    tracking_event,
    was_paid,
)
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from tests.couriers.parcel2go.samples import sample

ITEM = "48867b5a-016e-4931-956c-e59b6eb84355"
HASH = "hXJHm9/gsMM8QkLhu7z/QbRc+IdhzpLXx86f1te9p0o="
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAID_AT = "2026-11-21T09:36:07Z"
BOOKED = Booked("ABCDEFGHIJKLMNOPQRST", "P2G1234567", "shop-1")


def test_the_documents_order_is_read_whole() -> None:
    line = Line("115030194", "9DXy5SLf6adMMqpZUljifjp92AfLwJuXaK+KYHCw9JA=")
    assert placed_order(sample("order_answer")) == PlacedOrder("76423942", HASH, Decimal("7.38"), {ITEM: line})
    assert line.number == "P2G115030194"


def test_an_order_comes_back_out_of_the_journal() -> None:
    order = placed_order(sample("order_answer"))
    assert order is not None
    assert from_facts(to_facts(order)) == order


@pytest.mark.parametrize("key", ["OrderId", "Hash", "TotalPrice", "OrderlineIdMap"])
def test_an_order_that_lacks_anything_is_none(key: str) -> None:
    assert placed_order({name: value for name, value in sample("order_answer").items() if name != key}) is None


@pytest.mark.parametrize("price", [-0.01, "-5", "1E+999999", None])
def test_what_costs_less_than_nothing_or_no_sum_of_money_is_no_order(price: object) -> None:
    assert placed_order(sample("order_answer") | {"TotalPrice": price}) is None
    assert standing_order({"TotalPrice": price}) is None


def test_an_item_that_stands_there_twice_makes_it_unclear() -> None:
    answer = sample("order_answer")
    assert placed_order({**answer, "OrderlineIdMap": answer["OrderlineIdMap"] * 2}) is None


def test_each_reason_is_told_once_however_many_items_it_is_about() -> None:
    failed = sample("failed_order")
    assert reasons({"Errors": failed["Errors"] * 2}) == [error["Error"] for error in failed["Errors"]]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"Errors": [{"Name": "Balance", "Description": "Too low"}]}, ["Too low"]),
        ({"Message": "No", "ErrorCode": 7, "Help": "…"}, ["No"]),
        ("<html>Login</html>", []),
    ],
)
def test_every_shape_of_error_is_read(answer: Any, told: list[str]) -> None:
    assert reasons(answer) == told


@pytest.mark.parametrize(
    "stage",
    ["DroppedOff", "Collected", "InTransit", "AtDepot", "DeliveryScheduled", "Delivered", "Booked", "MajorError"],
)
def test_every_stage_has_a_row(stage: str) -> None:
    assert status_of(stage) is not None


def test_words_that_carry_nothing_hide_no_text() -> None:
    assert status_of("Your parcel has been delivered") is Status.DELIVERED


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel will be delivered today",
        "Undelivered",
        "Delivered to the wrong address",
        "Awaiting collection",
        "Ready for Collection",
        "Available for collection",
        "Collection attempted",
        "To be returned to sender",
        "Cancelled",
        "Redelivered to depot",
        "",
    ],
)
def test_no_text_is_guessed_at(text: str) -> None:
    assert status_of(text) is None


@pytest.mark.parametrize(
    ("text", "status"),
    [("Handed to Customer", Status.DELIVERED), ("OUT FOR DELIVERY", Status.OUT_FOR_DELIVERY), ("Rained on", None)],
)
def test_a_text_is_looked_up_and_an_unknown_one_passed_on_raw(text: str, status: Status | None) -> None:
    entry = {"Timestamp": "2026-11-21T09:36:07.4805536+00:00", "Description": text, "StatusCode": "ABC"}
    event = tracking_event(BOOKED, entry, NOW)
    assert event is not None
    assert (event.number, event.code, event.text, event.status) == ("P2G1234567", "ABC", text, status)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Parcel returned to depot, we will try again tomorrow", "Returned to Sender"),
        ("Collection cancelled by courier, rebooked for tomorrow", "Cancelled"),
        ("Delivered to your local depot", "Delivered"),
        ("Lost time in transit: delay", "Delivered"),
        ("Available for collection", "Collected"),
    ],
)
def test_a_code_says_nothing_against_its_text(text: str, code: str) -> None:
    event = tracking_event(BOOKED, {"Timestamp": SAID_AT, "Description": text, "StatusCode": code}, NOW)
    assert event is not None
    assert (event.status, event.text, event.code) == (None, text, code)


def test_a_code_alone_is_all_there_is() -> None:
    event = tracking_event(BOOKED, {"Timestamp": SAID_AT, "Description": None, "StatusCode": "Delivered"}, NOW)
    assert event is not None
    assert (event.status, event.text, event.code) == (Status.DELIVERED, "Delivered", "Delivered")


@pytest.mark.parametrize(
    "entry", [None, [], "Delivered", {"Timestamp": SAID_AT}, {"Description": "Delivered"}], ids=str
)
def test_what_tells_nothing_is_no_news(entry: Any) -> None:
    assert tracking_event(BOOKED, entry, NOW) is None


@pytest.mark.parametrize(
    ("date", "is_paid"),
    [
        ("2026-11-21T10:15:00.4805536+00:00", True),
        ("2026-11-21T10:15:00", True),
        (None, False),
        ("", False),
        ("0001-01-01T00:00:00", False),
        ("21/11/2026 10:15:00", None),
        ("/Date(1795255200000)/", None),
        ("1999-12-31T00:00:00", None),
        (1795255200, None),
        (True, None),
        (False, None),
        (0, None),
        ({}, None),
    ],
    ids=repr,
)
def test_only_a_date_says_paid_and_only_never_says_unpaid(date: Any, is_paid: bool | None) -> None:
    assert was_paid(date) is is_paid


@pytest.mark.parametrize("at", ["", None, "yesterday", "0001-01-01T00:00:00", "2099-01-01T00:00:00"])
def test_what_has_no_date_that_can_be_is_no_news(at: Any) -> None:
    assert tracking_event(BOOKED, {"Timestamp": at, "Description": "Delivered"}, NOW) is None


@pytest.mark.parametrize(
    ("told", "hour"),
    [("2026-07-01T12:00:00.4805536+00:00", 12), ("2026-07-01T12:00:00", 11), ("2026-07-01T12:00:00Z", 12)],
)
def test_a_date_without_zone_is_british(told: str, hour: int) -> None:
    at = as_moment(told)
    assert at is not None
    assert at.hour == hour
