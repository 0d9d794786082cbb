"""Paid once, whatever the answers say; and what paid nothing is neither counted nor held on to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.domain.errors import CounterpartError, Declined, LockedOut, NotServed, Unreachable, Unsure
from carrier_backend.domain.parcels import Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Untimely
from tests.couriers.fakes import MemoryJournal
from tests.couriers.parcel2go.stage import Stage, a_route, a_shipment

DEAR = "100000"
NOT_TODAY = {"Errors": [{"Name": "X", "Description": "Not today"}]}
UNREADABLE = ["21/11/2026 10:15:00", "/Date(1795255200000)/", "2026-11-21T10:15:00.48+0000 GMT", 1795255200, "true"]

Book = Callable[[], object]


@pytest.fixture
def shipment() -> Shipment:
    return a_shipment()


@pytest.fixture
def book(stage: Stage, shipment: Shipment, journal: MemoryJournal) -> Book:
    """Goes on with the one booking."""
    return lambda: stage.courier.book(shipment, journal)


def tells_of_the_order(stage: Stage, body: Any, times: int = 1, status: int = 200) -> None:
    stage.script_for("read_order", "refuse", status=status, times=times, body=body)


def an_order_waits_for_money(stage: Stage, book: Book) -> None:
    """An order stands, and nothing of it was paid."""
    stage.tell(top_up={"amount": f"-{DEAR}"})
    with pytest.raises(LockedOut):
        book()
    stage.tell(top_up={"amount": DEAR})


def a_late_payment_is_tried_again(stage: Stage, book: Book, **second: Any) -> None:
    """The first payment lands after the quiet window; the second, meanwhile, does nothing."""
    stage.script("commit_late", seconds=200)
    with pytest.raises(Unsure):
        book()
    stage.pass_time(stage.quiet_window + timedelta(seconds=1))
    stage.script(**second)
    with pytest.raises(CounterpartError):
        book()
    stage.pass_time(timedelta(seconds=300))


@pytest.mark.parametrize("date", UNREADABLE)
def test_a_date_of_payment_that_cannot_be_read_is_not_taken_for_none(stage: Stage, book: Book, date: Any) -> None:
    stage.script("drop")
    tells_of_the_order(stage, {"PaidDate": date}, times=2)
    for _ in range(2):
        with pytest.raises(Unsure):
            book()
        stage.pass_time(stage.quiet_window)
    assert len(stage.made()) == stage.calls_of("pay") == 1


@pytest.mark.parametrize("order", [{}, [], "null", "login", {"Paid": None}, [{"PaidDate": None}]])
def test_an_order_that_says_nothing_of_its_payment_is_not_paid_again(stage: Stage, book: Book, order: Any) -> None:
    stage.script("drop")
    tells_of_the_order(stage, order, times=2)
    for _ in range(2):
        with pytest.raises(Unsure):
            book()
        stage.pass_time(stage.quiet_window)
    assert stage.calls_of("pay") == 1


@pytest.mark.parametrize("never", [None, "", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z"])
def test_an_order_that_was_never_paid_is_paid_after_the_quiet_window(stage: Stage, book: Book, never: Any) -> None:
    stage.script("hang_before")
    tells_of_the_order(stage, {"PaidDate": never}, times=2)
    with pytest.raises(Unsure):
        book()
    stage.pass_time(stage.quiet_window)
    book()
    assert len(stage.made()) == 1


def test_within_the_quiet_window_it_is_only_looked(stage: Stage, book: Book) -> None:
    stage.script("hang_before")
    with pytest.raises(Unsure):
        book()
    stage.pass_time(stage.quiet_window - timedelta(seconds=1))
    with pytest.raises(Unsure) as confirming:
        book()
    assert (stage.calls_of("pay"), confirming.value.retry_after_seconds) == (1, 1)


def test_nobody_is_asked_to_wait_for_the_whole_quiet_window(stage: Stage, book: Book) -> None:
    stage.script("hang_before")
    with pytest.raises(Unsure):
        book()
    with pytest.raises(Unsure) as confirming:
        book()
    assert confirming.value.retry_after_seconds == 30


@pytest.mark.parametrize("second", [{"fault": "rate_limit"}, {"fault": "refuse", "body": NOT_TODAY}], ids=str)
def test_a_payment_that_was_unclear_is_read_back_before_each_try(stage: Stage, book: Book, second: Any) -> None:
    a_late_payment_is_tried_again(stage, book, **second)
    book()
    assert len(stage.made()) == 1


@pytest.mark.parametrize("second", [{"fault": "rate_limit"}, {"fault": "refuse", "body": NOT_TODAY}], ids=str)
def test_a_payment_that_was_unclear_is_read_back_before_it_is_undone(
    stage: Stage, book: Book, shipment: Shipment, journal: MemoryJournal, second: Any
) -> None:
    a_late_payment_is_tried_again(stage, book, **second)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert stage.courier.undo(shipment, journal, ask=True).outcome is Outcome.ASKED


def test_an_unclear_payment_is_neither_undone_nor_forgotten(
    stage: Stage, book: Book, shipment: Shipment, journal: MemoryJournal
) -> None:
    stage.script("hang_before")
    with pytest.raises(Unsure):
        book()
    with pytest.raises(Unsure):
        stage.courier.undo(shipment, journal, ask=True)
    stage.pass_time(stage.quiet_window)
    assert stage.courier.undo(shipment, journal, ask=True).outcome is Outcome.DONE


@pytest.mark.parametrize("fault", [{"fault": "rate_limit"}, {"fault": "refuse", "body": NOT_TODAY}], ids=str)
def test_a_first_attempt_that_paid_nothing_is_withdrawn(
    stage: Stage, book: Book, journal: MemoryJournal, fault: Any
) -> None:
    stage.script(**fault)
    with pytest.raises((Unreachable, Declined)):
        book()
    assert journal.step("pay") is None
    looked = stage.calls_of("read_order")
    book()
    assert (len(stage.made()), stage.calls_of("read_order")) == (1, looked)


def test_a_no_to_what_is_paid_is_a_yes(stage: Stage, book: Book, journal: MemoryJournal) -> None:
    stage.script("refuse", body={"Message": "The order is paid already"})
    tells_of_the_order(stage, {"PaidDate": "2026-11-21T10:15:00.4805536+00:00"})
    assert book()
    step = journal.step("pay")
    assert step is not None
    assert step.is_done


def test_a_balance_that_is_spent_meanwhile_is_ours_to_fill(stage: Stage, book: Book) -> None:
    stage.script("refuse", body=NOT_TODAY)
    stage.script_for("prepay", "refuse", skip=1, status=200, body={"Balance": 0})
    with pytest.raises(LockedOut, match="topped up"):
        book()
    book()
    assert len(stage.made()) == len(stage.books()["orders"]) == 1


def test_a_balance_that_is_just_enough_pays(stage: Stage, book: Book) -> None:
    an_order_waits_for_money(stage, book)
    (order,) = stage.books()["orders"]
    stage.script_for("prepay", "refuse", status=200, body={"Balance": order["total_price"]})
    book()
    assert len(stage.made()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"Message": "Your balance is too low", "ErrorCode": "Prepay", "Help": ""},
        {"errors": [{"Description": "no"}]},
        {},
        "null",
        [],
        "login",
    ],
    ids=str,
)
def test_a_200_that_does_not_say_paid_is_not_taken_for_paid(stage: Stage, book: Book, body: Any) -> None:
    stage.script("refuse", status=200, body=body)
    with pytest.raises(CounterpartError):
        book()
    assert stage.made() == []
    stage.pass_time(stage.quiet_window)
    book()
    assert len(stage.made()) == 1


def test_a_no_inside_a_200_is_a_no(stage: Stage, book: Book, journal: MemoryJournal) -> None:
    stage.script("refuse", status=200, body={"Message": "Your balance is too low", "ErrorCode": 7, "Help": ""})
    with pytest.raises(Declined, match="balance is too low"):
        book()
    assert journal.step("pay") is None


def test_an_order_that_they_forgot_is_refused_and_undone(
    stage: Stage, book: Book, shipment: Shipment, journal: MemoryJournal
) -> None:
    gone = {"Message": "There is no such order."}
    stage.script("refuse", status=404, body=gone)
    tells_of_the_order(stage, gone, status=404)
    with pytest.raises(Declined, match="no such order"):
        book()
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE


def test_an_order_that_is_gone_after_an_unclear_payment_leaves_it_unclear(stage: Stage, book: Book) -> None:
    stage.script("hang_after")
    tells_of_the_order(stage, {"Message": "There is no such order."}, times=2, status=404)
    for _ in range(2):
        with pytest.raises(Unsure):
            book()
        stage.pass_time(stage.quiet_window)
    book()
    assert len(stage.made()) == 1


def test_an_order_whose_payment_is_unclear_is_kept_though_its_day_is_over(stage: Stage, book: Book) -> None:
    stage.script("hang_after")
    tells_of_the_order(stage, "login")
    with pytest.raises(Unsure):
        book()
    stage.pass_time(timedelta(days=14))
    book()
    assert len(stage.books()["orders"]) == len(stage.made()) == 1


def test_a_quote_above_the_ceiling_is_not_even_ordered(stage: Stage, journal: MemoryJournal) -> None:
    with pytest.raises(NotServed, match="no more than"):
        stage.courier.book(a_shipment(route=a_route({"max_price": "1.00"})), journal)
    assert stage.books()["orders"] == []


@pytest.mark.parametrize(("of_product", "of_merchant"), [("1.00", "40.00"), ("40.00", "1.00")])
def test_the_lower_ceiling_holds(stage: Stage, journal: MemoryJournal, of_product: str, of_merchant: str) -> None:
    route = a_route({"max_price": of_product}, max_price=of_merchant)
    with pytest.raises(NotServed, match="no more than"):
        stage.courier.book(a_shipment(route=route), journal)


def test_a_price_that_just_reaches_the_ceiling_is_paid(stage: Stage, book: Book) -> None:
    book()
    (order,) = stage.books()["orders"]
    route = a_route({"max_price": order["total_price"]})
    stage.courier.book(a_shipment(route=route), stage.journal())
    assert len(stage.made()) == 2


@pytest.mark.parametrize("fault", [{"fault": "rate_limit"}, {"fault": "refuse", "body": NOT_TODAY}], ids=str)
def test_the_days_limit_counts_only_what_was_spent(stage: Stage, fault: Any) -> None:
    route = a_route(daily_limit="5.00")
    stage.script(**fault)
    with pytest.raises(CounterpartError):
        stage.courier.book(a_shipment(route=route), stage.journal())
    stage.courier.book(a_shipment(route=route), stage.journal())
    assert len(stage.made()) == 1


def test_the_days_limit_counts_nothing_of_what_is_undone(stage: Stage) -> None:
    route = a_route(daily_limit="5.00")
    shipment, journal = a_shipment(route=route), stage.journal()
    stage.script("hang_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    with pytest.raises(NotServed):
        stage.courier.book(a_shipment(route=route), stage.journal())
    stage.pass_time(stage.quiet_window)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE
    stage.courier.book(a_shipment(route=route), stage.journal())


def test_beyond_the_days_limit_an_order_is_neither_paid_nor_begun_to_be(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_shipment(route=a_route(daily_limit="1.00"))
    with pytest.raises(NotServed):
        stage.courier.book(shipment, journal)
    assert (stage.calls_of("pay"), journal.step("pay"), stage.accounts.spent_for) == (0, None, {})
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE


def test_another_day_has_a_limit_of_its_own(stage: Stage) -> None:
    route = a_route(daily_limit="5.00")
    for _ in range(2):
        stage.courier.book(a_shipment(route=route), stage.journal())
        stage.pass_time(timedelta(days=1))
    assert len(stage.made()) == 2


@pytest.mark.parametrize("limit", ["5.00", "1.00"])
def test_who_may_only_look_counts_nothing_and_refuses_nothing(stage: Stage, journal: MemoryJournal, limit: str) -> None:
    shipment = a_shipment(route=a_route(daily_limit=limit))
    an_order_stands(stage, shipment, journal)
    calls, journal.only_looks = stage.calls(), True
    with pytest.raises(Untimely):
        stage.courier.book(shipment, journal)
    assert (stage.calls(), stage.accounts.spent_for) == (calls, {})


def an_order_stands(stage: Stage, shipment: Shipment, journal: MemoryJournal) -> None:
    stage.script_for("prepay", "error_before")
    with pytest.raises((Unreachable, NotServed)):
        stage.courier.book(shipment, journal)
