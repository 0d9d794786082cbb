"""One order, paid once: what is asked, what is refused before anything exists, and what a lost answer costs."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from carrier_backend.domain.addresses import Party
from carrier_backend.domain.errors import Declined, LockedOut, NotServed, Unreachable, Unsure
from carrier_backend.domain.parcels import LabelFormat, LabelSize, Outcome
from carrier_backend.domain.products import Addon
from tests.couriers.fakes import Crash, MemoryJournal
from tests.couriers.parcel2go.samples import sample
from tests.couriers.parcel2go.stage import (
    ABROAD,
    CUSTOMS,
    HOME,
    SHOPPER,
    Stage,
    a_return,
    a_route,
    a_shipment,
)


def test_two_hundred_payments_answered_by_a_timeout_are_debited_once_each(stage: Stage) -> None:
    stage.script("hang_after", times=200)
    for _ in range(200):
        stage.courier.book(stage.shipment(), stage.journal())
    books = stage.books()
    assert len(books["payments"]) == len({payment["order_id"] for payment in books["payments"]}) == 200


@pytest.mark.parametrize("side", ["crash_before", "crash_after"])
def test_a_process_killed_at_any_write_pays_one_order_and_labels_in_order(stage: Stage, side: str) -> None:
    for write in count(1):
        shipment, journal = stage.shipment(parcels=2), stage.journal()
        setattr(journal, side, write)
        before = len(stage.books()["payments"])
        try:
            stage.courier.book(shipment, journal)
        except Crash:
            stage.pass_time(stage.quiet_window)
        else:
            break
        booked = stage.courier.book(shipment, journal)
        labels = [stage.courier.label(parcel, LabelFormat()) for parcel in booked]
        assert len(stage.books()["payments"]) == before + 1
        for reference, label in zip(shipment.references, labels, strict=True):
            assert reference.encode() in label.content
    assert write == 5


def test_an_international_booking_without_customs_is_refused_in_their_words(
    stage: Stage, journal: MemoryJournal
) -> None:
    shipment = a_shipment(2, receiver=Party(ABROAD, SHOPPER))
    with pytest.raises(Declined) as refusal:
        stage.courier.book(shipment, journal)
    assert list(refusal.value.reasons) == [error["Error"] for error in sample("failed_order")["Errors"]]
    assert (stage.books()["orders"], len(journal)) == ([], 0)


def test_customs_of_the_merchants_make_it_a_parcel(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_shipment(receiver=Party(ABROAD, SHOPPER), route=a_route({}, **CUSTOMS))
    stage.courier.book(shipment, journal)
    (order,) = stage.books()["orders"]
    item = order["request"]["Items"][0]
    assert (item["ExportReason"], item["VatStatus"], item["OriginCountry"]) == ("Sale", "Individual", "GBR")
    assert item["Parcels"][0]["Contents"][0]["TariffCode"] == "640520"


def test_a_signature_is_ordered_as_an_upsell(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(a_shipment(addons=(Addon.TAKE_SIGNATURE,)), journal)
    (order,) = stage.books()["orders"]
    assert order["request"]["Items"][0]["Upsells"] == [{"Type": "Signature"}]


def test_an_island_is_named_by_its_subdivision(stage: Stage, journal: MemoryJournal) -> None:
    island = replace(HOME, city="Portree", postal_code="IV51 9EW")
    stage.courier.book(a_shipment(receiver=Party(island, SHOPPER)), journal)
    (order,) = stage.books()["orders"]
    assert order["request"]["Items"][0]["Parcels"][0]["DeliveryAddress"]["Subdivision"] == "HIGH"


def test_a_return_is_handed_in_at_a_shop_near_the_shopper(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_return(route=a_route({"service": "swift-drop-off"}))
    stage.courier.book(shipment, journal)
    (order,) = stage.books()["orders"]
    item = order["request"]["Items"][0]
    assert item["CollectionAddress"]["ContactName"] == "John Doe"
    assert item["CollectionAddress"]["ShopId"]
    assert item["Parcels"][0]["DeliveryAddress"]["ContactName"] == "Test Merchant"


def test_a_price_above_the_ceiling_is_not_paid(stage: Stage, journal: MemoryJournal) -> None:
    stage.script_for("create_order", "dear", factor=10)
    shipment = a_shipment(route=a_route({"max_price": "5.00"}))
    with pytest.raises(NotServed, match="no more than"):
        stage.courier.book(shipment, journal)
    assert stage.made() == []
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.DONE


def test_an_empty_balance_is_ours_to_fill_and_the_order_waits(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.tell(top_up={"amount": "-100000"})
    with pytest.raises(LockedOut, match="topped up"):
        stage.courier.book(shipment, journal)
    stage.tell(top_up={"amount": "50"})
    stage.courier.book(shipment, journal)
    assert len(stage.books()["orders"]) == len(stage.made()) == 1


def test_an_order_whose_answer_is_lost_is_placed_again_and_paid_once(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment(parcels=2)
    stage.script_for("create_order", "drop")
    with pytest.raises(Unreachable):
        stage.courier.book(shipment, journal)
    stage.courier.book(shipment, journal)
    first, second = ({line["item_id"] for line in order["lines"]} for order in stage.books()["orders"])
    assert not first & second
    assert len(stage.books()["payments"]) == 1


@pytest.mark.parametrize("fault", ["drop_item", "duplicate_item", "without_id"])
def test_an_order_of_other_parcels_is_not_paid(stage: Stage, journal: MemoryJournal, fault: str) -> None:
    stage.script_for("create_order", fault)
    with pytest.raises(Unreachable):
        stage.courier.book(stage.shipment(parcels=2), journal)
    assert stage.made() == []


def test_links_are_not_followed(stage: Stage, journal: MemoryJournal) -> None:
    stage.script_for("create_order", "links_elsewhere")
    assert stage.courier.book(stage.shipment(), journal)


def test_an_error_inside_a_success_is_an_error(stage: Stage, journal: MemoryJournal) -> None:
    stage.script("refuse", status=200, body={"Errors": [{"Name": "X", "Description": "Not today"}]})
    with pytest.raises(Declined, match="Not today"):
        stage.courier.book(stage.shipment(), journal)
    assert stage.made() == []


def test_while_the_order_cannot_be_read_nobody_knows(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.script("hang_after")
    stage.script_for("read_order", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.courier.book(shipment, journal)
    assert len(stage.made()) == 1


def test_an_unpaid_order_whose_day_is_over_is_placed_anew(stage: Stage, journal: MemoryJournal) -> None:
    shipment = stage.shipment()
    stage.tell(top_up={"amount": "-100000"})
    with pytest.raises(LockedOut):
        stage.courier.book(shipment, journal)
    stage.tell(top_up={"amount": "50"})
    stage.pass_time(timedelta(days=14))
    stage.courier.book(shipment, journal)
    assert (len(stage.books()["orders"]), len(stage.made())) == (2, 1)


@pytest.mark.parametrize("size", list(LabelSize))
def test_a_label_that_is_not_there_is_for_another_time(stage: Stage, journal: MemoryJournal, size: LabelSize) -> None:
    (booked,) = stage.courier.book(stage.shipment(), journal)
    stage.script_for("labels", "late_label")
    with pytest.raises(Unreachable, match="not ready"):
        stage.courier.label(booked, LabelFormat(size=size))
    assert stage.courier.label(booked, LabelFormat(size=size)).fault is None


def test_a_token_that_ended_is_renewed_once_and_the_call_repeated(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.check()
    stage.tell(revoke={})
    stage.courier.book(stage.shipment(), journal)
    assert stage.calls_of("token") == 2


def test_while_an_order_is_half_adopted_no_other_is_placed(stage: Stage, journal: MemoryJournal) -> None:
    """A process died between the two commits of an adoption: the order of which people know is paid."""
    shipment = stage.shipment()
    journal.begin("pay", {"order_id": "77"})
    with pytest.raises(Unsure, match="order 77 was being adopted"):
        stage.courier.book(shipment, journal)
    assert stage.courier.undo(shipment, journal, ask=False).outcome is Outcome.UNABLE
    assert "order 77 is paid" in stage.courier.undo(shipment, journal, ask=True).note
    assert stage.books()["orders"] == []


def test_an_order_line_is_one_number_with_its_prefix_and_without(stage: Stage) -> None:
    assert {stage.courier.number_of({"number": number}) for number in ("P2G123", "123", " 123 ")} == {"P2G123"}
