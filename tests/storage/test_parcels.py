"""Parcels by their names, their labels, and the wish to cancel them."""

import pytest

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.parcels import Cancellation, Label, LabelEncoding, Outcome, Parcel
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage import parcels, shipments
from carrier_backend.storage.store import Store
from tests.builders import a_journey, an_order
from tests.fakes import a_label
from tests.storage.kept import booked, intended


def kept(store: Store, shipment: Shipment) -> Parcel:
    with store.read() as unit:
        return shipments.get(unit, shipment.id).parcels[0]


def found(store: Store, name: str, client_id: str | None = None) -> tuple[str, str] | None:
    with store.read() as unit:
        return parcels.find_parcel(unit, name, client_id)


def test_a_parcel_is_found_by_its_barcode_or_our_reference(store: Store) -> None:
    shipment = booked(store, an_order(parcels=2))
    second = shipment.parcels[1]
    assert second.barcode
    assert found(store, second.barcode) == found(store, second.reference) == (shipment.id, second.reference)


def test_a_parcel_that_is_not_booked_is_found_by_our_reference(store: Store) -> None:
    shipment = intended(store)
    assert found(store, shipment.references[0]) == (shipment.id, shipment.references[0])


@pytest.mark.parametrize("name", ["", "nobody", "%", "' OR '1'='1", "None"])
def test_other_names_find_nothing(store: Store, name: str) -> None:
    booked(store)
    assert found(store, name) is None


def test_a_client_finds_its_own_parcels_by_barcode_alone(store: Store) -> None:
    shipment = booked(store, an_order(journey=a_journey(client_id="anna")))
    (parcel,) = shipment.parcels
    assert parcel.barcode
    assert found(store, parcel.barcode, "anna") == (shipment.id, parcel.reference)
    assert found(store, parcel.reference, "anna") is None
    assert found(store, parcel.barcode, "bilal") is None


def test_a_label_is_kept_byte_for_byte(store: Store) -> None:
    shipment = booked(store)
    with store.read() as unit:
        assert parcels.label(unit, shipment.references[0]) == shipment.parcels[0].label


def test_before_the_booking_there_is_no_label(store: Store) -> None:
    shipment = intended(store)
    with store.read() as unit:
        assert parcels.label(unit, shipment.references[0]) is None


def test_labels_that_came_before_the_booking_are_kept_for_its_next_try(store: Store) -> None:
    shipment = intended(store, an_order(parcels=2))
    first = Label(LabelEncoding.PDF, a_label("the first"))
    with store.begin() as unit:
        assert parcels.labels(unit, shipment.id) == {}
        parcels.keep_labels(unit, {shipment.references[0]: first})
    with store.read() as unit:
        assert parcels.labels(unit, shipment.id) == {shipment.references[0]: first}


def test_a_barcode_in_use_names_its_courier(store: Store) -> None:
    barcode = str(booked(store).parcels[0].barcode)
    with store.read() as unit:
        assert parcels.holders(unit, [barcode, "free"]) == {barcode: "fake"}


def test_a_label_in_use_is_known_by_its_digest(store: Store) -> None:
    label = booked(store).parcels[0].label
    assert label
    with store.read() as unit:
        assert parcels.labels_in_use(unit, [label.digest, "another"]) == {label.digest}


def test_a_wish_to_cancel_is_noted_and_taken_back(store: Store) -> None:
    shipment = booked(store)
    with store.begin() as unit:
        parcels.intend_to_cancel(unit, shipment.references[0])
    assert kept(store, shipment).booking is BookingState.CANCELLING
    with store.begin() as unit:
        parcels.keep_booked(unit, shipment.references[0])
    assert kept(store, shipment).booking is BookingState.BOOKED


def test_only_a_booked_parcel_becomes_one_that_is_to_be_cancelled(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        parcels.intend_to_cancel(unit, shipment.references[0])
    assert kept(store, shipment).booking is BookingState.INTENDED


def test_what_the_courier_said_to_the_wish_is_kept(store: Store) -> None:
    shipment = booked(store)
    said = Cancellation(Outcome.ASKED, "ticket 7 was filed")
    with store.begin() as unit:
        parcels.record_cancellation(unit, shipment.references[0], said)
    assert kept(store, shipment).cancellation == said


def test_a_wish_waits_until_the_courier_has_answered(store: Store) -> None:
    first, second = booked(store, an_order(parcels=2)), booked(store)
    with store.begin() as unit:
        assert not parcels.await_cancellation(unit, first.id)
        parcels.intend_to_cancel(unit, first.references[1])
        assert parcels.await_cancellation(unit, first.id)
        assert not parcels.await_cancellation(unit, second.id)
        parcels.record_cancellation(unit, first.references[1], Cancellation(Outcome.ASKED, "ticket 7 was filed"))
        assert not parcels.await_cancellation(unit, first.id)
