"""A shipment moves as one, by the table, and says what may still be done with it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import NOT_YET_MOVING, BookingState, Status
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding, Parcel
from carrier_backend.domain.products import Route
from carrier_backend.domain.shipments import Shipment, refuse_to_cancel
from tests.builders import a_merchant, a_product, an_order
from tests.fakes import MONDAY, a_label


def mint() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"REFERENCE{next(numbers)}"


def a_shipment(parcels: int = 2) -> Shipment:
    route = Route(a_product(), a_merchant())
    return Shipment.of(an_order(parcels=parcels), route, id="shipment-1", created_at=MONDAY, mint=mint())


def booked(reference: str, number: str) -> tuple[Booked, Label]:
    return Booked(reference, number, "shop-1"), Label(LabelEncoding.PDF, a_label(number))


def a_parcel(booking: BookingState = BookingState.BOOKED, status: Status | None = Status.SUBMITTED) -> Parcel:
    return replace(a_shipment().parcels[0], booking=booking, status=status)


def test_a_new_shipment_is_intended_and_unknown_to_any_courier() -> None:
    shipment = a_shipment()
    assert shipment.state is BookingState.INTENDED
    assert [(parcel.booking, parcel.barcode) for parcel in shipment.parcels] == [(BookingState.INTENDED, None)] * 2


def test_parcels_stand_in_the_order_of_the_packages() -> None:
    order = an_order(parcels=3)
    shipment = Shipment.of(order, Route(a_product(), a_merchant()), id="1", created_at=MONDAY, mint=mint())
    assert [parcel.package_id for parcel in shipment.parcels] == [package.package_id for package in order.packages]


def test_every_parcel_is_named_by_us() -> None:
    assert a_shipment().references == ("REFERENCE1", "REFERENCE2")


def test_a_parcel_is_found_by_its_reference() -> None:
    shipment = a_shipment()
    assert shipment.parcel("REFERENCE2") is shipment.parcels[1]


def test_the_courier_is_that_of_the_product() -> None:
    assert a_shipment().courier == "fake"


def test_the_parcels_follow_their_shipment() -> None:
    unsure = a_shipment().become(BookingState.UNSURE)
    assert {unsure.state, *(parcel.booking for parcel in unsure.parcels)} == {BookingState.UNSURE}


def test_an_illegal_move_names_both_ends() -> None:
    with pytest.raises(Conflict, match=r"^a shipment that is intended cannot become cancelled$"):
        a_shipment().become(BookingState.CANCELLED)


def test_becoming_what_one_is_changes_nothing() -> None:
    shipment = a_shipment()
    assert shipment.become(BookingState.INTENDED) is shipment


def test_numbers_and_labels_go_to_the_parcels_they_are_for() -> None:
    answered = [booked("REFERENCE2", "222"), booked("REFERENCE1", "111")]
    shipment = a_shipment().with_booked(*zip(*answered, strict=True))
    assert [(parcel.reference, parcel.barcode) for parcel in shipment.parcels] == [
        ("REFERENCE1", "111"),
        ("REFERENCE2", "222"),
    ]
    assert [parcel.booked for parcel in shipment.parcels] == [answered[1][0], answered[0][0]]
    assert [parcel.label and parcel.label.content for parcel in shipment.parcels] == [a_label("111"), a_label("222")]
    assert shipment.state is BookingState.BOOKED


def test_a_label_too_few_is_no_booking() -> None:
    first, label = booked("REFERENCE1", "111")
    second, _ = booked("REFERENCE2", "222")
    with pytest.raises(ValueError, match="zip"):
        a_shipment().with_booked([first, second], [label])


def test_a_parcel_that_the_courier_did_not_confirm_is_no_booking() -> None:
    first, label = booked("REFERENCE1", "111")
    with pytest.raises(KeyError):
        a_shipment().with_booked([first], [label])


@pytest.mark.parametrize("status", [None, *sorted(NOT_YET_MOVING)])
def test_a_parcel_that_can_still_be_stopped_may_be_cancelled(status: Status | None) -> None:
    refuse_to_cancel(a_parcel(status=status), NOT_YET_MOVING)


@pytest.mark.parametrize("status", sorted(set(Status) - NOT_YET_MOVING))
def test_a_parcel_too_far_on_its_way_may_not_be_cancelled(status: Status) -> None:
    with pytest.raises(Conflict, match=f"can no longer be cancelled: it is {status}"):
        refuse_to_cancel(a_parcel(status=status), NOT_YET_MOVING)


@pytest.mark.parametrize("booking", sorted(set(BookingState) - {BookingState.BOOKED, BookingState.CANCELLING}))
def test_without_a_booking_there_is_nothing_to_cancel(booking: BookingState) -> None:
    with pytest.raises(Conflict, match=f"the package is {booking}"):
        refuse_to_cancel(a_parcel(booking=booking), NOT_YET_MOVING)


def test_a_wish_to_cancel_may_be_repeated() -> None:
    refuse_to_cancel(a_parcel(booking=BookingState.CANCELLING), NOT_YET_MOVING)
