"""A shipment comes back as it was kept, with what has become of it since."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.addresses import Coordinates, Party
from carrier_backend.domain.lifecycle import BookingState, StuckOver
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding, LabelFormat, LabelSize
from carrier_backend.domain.products import Addon
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage import shipments
from carrier_backend.storage.shipments import Clash
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import parcels
from carrier_backend.storage.tables import shipments as table
from tests.builders import a_journey, an_address, an_order
from tests.fakes import MONDAY, FrozenClock, a_label
from tests.storage.kept import booked, intended


def kept(store: Store, shipment: Shipment) -> Shipment:
    with store.read() as unit:
        return shipments.get(unit, shipment.id)


def test_an_intended_shipment_comes_back_as_it_was(store: Store) -> None:
    home = Party(an_address(name="آميرة", coordinates=Coordinates(36.878, 10.3247)))
    order = an_order(
        parcels=3,
        journey=a_journey(receiver=home),
        addons=(Addon.TAKE_SIGNATURE,),
        label=LabelFormat(LabelEncoding.PDF, LabelSize.SMALL),
        instructions="ring 2×",
    )
    shipment = intended(store, order)
    assert kept(store, shipment) == shipment


def test_the_request_comes_back_as_it_was_sent(store: Store) -> None:
    order = an_order(body={"packages": [{"weight": 1500}], "note": "é", "empty": None})
    shipment = intended(store, order)
    with store.read() as unit:
        assert shipments.body(unit, shipment.id) == order.body


def test_a_booked_shipment_comes_back_with_its_numbers(store: Store) -> None:
    shipment = booked(store, an_order(parcels=2))
    without_labels = tuple(replace(parcel, label=None) for parcel in shipment.parcels)
    assert kept(store, shipment) == replace(shipment, parcels=without_labels)


def test_what_the_courier_noted_comes_back_with_the_parcel(store: Store) -> None:
    noted = Booked("", "42", "shop-1", {"order": 7, "hashes": ["a"]}, MONDAY)
    shipment = booked(store, booked=noted)
    assert kept(store, shipment).parcels[0].booked == noted


def test_an_answer_is_kept_byte_for_byte(store: Store) -> None:
    shipment = booked(store)
    with store.read() as unit:
        assert shipments.answer(unit, shipment.id) == (b'{"packages": []}', BookingState.BOOKED)


def test_before_the_booking_there_is_no_answer(store: Store) -> None:
    shipment = intended(store)
    with store.read() as unit:
        assert shipments.answer(unit, shipment.id) == (None, BookingState.INTENDED)


def test_what_was_not_booked_is_not_recorded_as_booked(store: Store) -> None:
    shipment = intended(store)
    with pytest.raises(ValueError, match="has not been booked"), store.begin() as unit:
        shipments.record_booked(unit, shipment, b"{}")
    assert kept(store, shipment).state is BookingState.INTENDED


def test_a_barcode_belongs_to_one_parcel(store: Store) -> None:
    booked(store, barcode="1000001")
    with pytest.raises(Clash):
        booked(store, barcode="1000001")


def test_a_label_belongs_to_one_parcel(store: Store) -> None:
    label = Label(LabelEncoding.PDF, a_label("the same"))
    booked(store, label=label)
    with pytest.raises(Clash):
        booked(store, label=label)


def test_a_state_is_that_of_the_shipment_and_its_parcels(store: Store) -> None:
    shipment = intended(store, an_order(parcels=2))
    with store.begin() as unit:
        shipments.record_state(unit, shipment.become(BookingState.UNSURE))
    unsure = kept(store, shipment)
    assert {unsure.state, *(parcel.booking for parcel in unsure.parcels)} == {BookingState.UNSURE}


def test_why_a_courier_said_no_is_kept(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        assert shipments.refusal(unit, shipment.id) == ()
        shipments.keep_refusal(unit, shipment.id, ["no such street", "pas de rue « é »"])
    with store.read() as unit:
        assert shipments.refusal(unit, shipment.id) == ("no such street", "pas de rue « é »")


def test_whoever_comes_back_for_a_shipment_claims_it(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    clock.advance(timedelta(minutes=40))
    with store.begin() as unit:
        shipments.note_unclaimed(unit, shipment.id)
        shipments.note_asked(unit, shipment.id)
    with store.read() as unit:
        assert shipments.asked_at(unit, shipment.id) == clock.now()
        assert unit.connection.execute(select(table.c.unclaimed_at)).scalar_one() is None


def test_a_shipment_that_goes_on_is_no_longer_stuck(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, "nobody answers")
        sealed = unit.connection.execute(select(table.c.sealed_stuck_reason)).scalar_one()
        assert unit.sealing.open(sealed) == b"nobody answers"
        shipments.record_state(unit, shipment.become(BookingState.UNSURE))
        assert unit.connection.execute(select(table.c.sealed_stuck_reason)).scalar_one() is None


def stuck_at(store: Store) -> datetime | None:
    with store.read() as unit:
        moment: datetime | None = unit.connection.execute(select(table.c.stuck_at)).scalar_one()
    return moment


def test_a_shipment_is_stuck_since_it_was_first_noted(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    for reason in ("nobody answers", "nobody answers yet"):
        with store.begin() as unit:
            shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, reason)
        clock.advance(timedelta(hours=1))
    assert stuck_at(store) == MONDAY
    with store.begin() as unit:
        shipments.record_state(unit, shipment.become(BookingState.UNSURE))
    assert stuck_at(store) is None


def test_parcels_are_as_old_as_their_shipment(store: Store) -> None:
    intended(store, an_order(parcels=2))
    with store.read() as unit:
        moments = unit.connection.execute(select(table.c.created_at, parcels.c.created_at).join(parcels)).all()
    assert [tuple(each) for each in moments] == [(MONDAY, MONDAY)] * 2
