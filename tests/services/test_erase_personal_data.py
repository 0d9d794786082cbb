"""What is known of an order's people goes when somebody asks; what keeps it from being booked again stays."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from carrier_backend.domain.errors import Busy, Conflict, Declined, Malformed
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Order, Prebooking
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent, UpdateState
from carrier_backend.ports import Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.services.erase_personal_data import AT_ONCE, Erasure
from carrier_backend.services.intervene import Wish
from carrier_backend.services.oversee import By
from carrier_backend.storage import endings, leases
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit, deliveries, events, journal, parcels, prebookings, shipments
from tests.builders import a_journey, a_merchant, an_order
from tests.conftest import BY_TEST
from tests.fakes import MONDAY, FakeChannel, FakeCourier, FrozenClock
from tests.storage.kept import intended

ANNA = By("anna", "she asked us to forget her")


def booked(backend: Backend, order: Order) -> list[str]:
    return [package["barcode"] for package in json.loads(backend.book(order).body)["packages"]]


def heard(backend: Backend, number: str, status: Status, text: str = "", voice: str = OURS) -> None:
    event = TrackingEvent(number, "", status, text, status, MONDAY)
    delivery = Delivery("status", {}, f"{number} {text}".encode())
    backend.record_tracking.from_webhook("fake", delivery, Heard([event]), f"TRACE{number}", voice)


def delivered(backend: Backend, order: Order) -> list[str]:
    numbers = booked(backend, order)
    for number in numbers:
        heard(backend, number, Status.DELIVERED, "given to Amira")
    return numbers


def erase(backend: Backend, external_id: str = "Order 1001", shipper_id: str | None = None) -> Erasure:
    return backend.erase_personal_data(external_id, shipper_id, ANNA)


def sealed(store: Store) -> list[bytes]:
    """Whatever is sealed of shipments, their parcels, what was said of them, and what was to come of them."""
    with store.read() as unit:
        rows = [
            row
            for table in (shipments, parcels, journal, deliveries, prebookings, events)
            for row in unit.connection.execute(select(table)).mappings()
        ]
    return [row[column] for row in rows for column in row if column.startswith("sealed_") and row[column]]


def test_nothing_of_an_order_that_is_over_is_left(backend: Backend, store: Store) -> None:
    journey = a_journey()
    backend.prebook(Prebooking(journey))
    delivered(backend, an_order(parcels=2, journey=journey))
    delivered(backend, an_order())
    assert erase(backend) == Erasure(shipments=2, erased_before=0, prebookings=1)
    assert sealed(store) == []


def test_what_ingrid_refused_is_erased_too_and_cannot_be_told_again(backend: Backend, channel: FakeChannel) -> None:
    channel.refuse(Declined("ingrid", "update status", "nobody called Amira"))
    delivered(backend, an_order())
    while backend.push_statuses.run_once():
        pass
    parked = backend.oversee.status_updates(UpdateState.PARKED).items
    assert {(update.error, bool(update.body)) for update in parked} == {("nobody called Amira", True)}
    erase(backend)
    parked = backend.oversee.status_updates(UpdateState.PARKED).items
    assert {(update.error, update.body) for update in parked} == {(None, "")}
    with pytest.raises(Conflict, match="erased"):
        backend.oversee.replay(parked[0].id, ANNA)
    assert backend.replay_updates.count(backend.replay_updates.choose(state=UpdateState.PARKED)).updates == 0


def test_what_was_yet_to_be_told_is_erased_once_it_is_told(backend: Backend, channel: FakeChannel) -> None:
    delivered(backend, an_order())
    erase(backend)
    while backend.push_statuses.run_once():
        pass
    assert len(channel.accepted) == 2
    assert {update.body for update in backend.oversee.status_updates(UpdateState.SENT).items} == {""}


def test_late_news_of_an_erased_order_leaves_no_words(backend: Backend, store: Store, clock: FrozenClock) -> None:
    (number,) = delivered(backend, an_order())
    erase(backend)
    clock.advance(timedelta(days=1))
    event = TrackingEvent(number, "", "back", "not Amira's", Status.RETURNING, clock.now())
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b""), Heard([event]), "TRACE9", OURS)
    while backend.push_statuses.run_once():
        pass
    with store.read() as unit:
        kept = unit.connection.execute(select(events.c.code, events.c.sealed_words)).all()
    assert ("back", None) in [tuple(row) for row in kept]
    assert {update.body for update in backend.oversee.status_updates().items} == {""}


def test_a_call_about_an_erased_order_is_not_kept_as_it_came(backend: Backend, store: Store) -> None:
    (number,) = delivered(backend, an_order())
    erase(backend)
    heard(backend, number, Status.RETURNED, "Amira sent it back")
    assert sealed(store) == []


def test_nor_is_one_in_a_voice_that_may_not_speak_of_it(backend: Backend, store: Store) -> None:
    (number,) = delivered(backend, an_order())
    erase(backend)
    heard(backend, number, Status.RETURNED, "Amira sent it back", voice="another account's")
    with store.read() as unit:
        assert {*unit.connection.execute(select(deliveries.c.sealed_body)).scalars()} == {None}


def test_what_somebody_works_on_is_not_erased_under_their_hands(backend: Backend, store: Store) -> None:
    (barcode,) = delivered(backend, an_order())
    with store.begin() as unit:
        leases.take(unit, backend.oversee.timeline(barcode).shipment.id, "somebody", LEASE)
    with pytest.raises(Busy):
        erase(backend)
    assert backend.oversee.label(barcode).content


def test_what_people_have_to_do_yet_is_not_forgotten(backend: Backend, courier: FakeCourier) -> None:
    courier.cancels_certainly = False
    (barcode,) = booked(backend, an_order())
    abandoning = Wish("abandon", barcode, ANNA, "TRACE7")
    backend.abandon(abandoning, is_certain=True)
    with pytest.raises(Conflict, match="settle them first"):
        erase(backend)
    backend.abandon(abandoning, is_refunded=True)
    assert erase(backend).shipments == 1


def test_other_orders_are_left_alone(backend: Backend, store: Store) -> None:
    delivered(backend, an_order(journey=a_journey(external_id="Order 1002")))
    before = sealed(store)
    assert erase(backend) == Erasure(0, 0, 0)
    assert sealed(store) == before != []


def test_another_shippers_order_of_that_name_may_be_left_alone(backend: Backend) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    for shipper_id in ("shop-1", "shop-2"):
        delivered(backend, an_order(journey=a_journey(shipper_id=shipper_id)))
    assert erase(backend, shipper_id="shop-2") == Erasure(1, 0, 0)
    assert erase(backend) == Erasure(shipments=1, erased_before=1, prebookings=0)


def test_a_late_repeat_books_nothing(backend: Backend, courier: FakeCourier, store: Store) -> None:
    order = an_order()
    (number,) = delivered(backend, order)
    erase(backend)
    with pytest.raises(Conflict, match="booking data was erased"):
        backend.book(order)
    assert len(courier.creates) == 1
    with store.read() as unit:
        assert unit.connection.execute(select(parcels.c.barcode)).scalars().all() == [number]


def test_again_it_does_nothing(backend: Backend) -> None:
    delivered(backend, an_order())
    assert erase(backend) == Erasure(1, 0, 0)
    assert erase(backend) == Erasure(0, 1, 0)


def test_while_a_shipment_is_under_way_nothing_is_erased_and_it_is_named(backend: Backend, store: Store) -> None:
    backend.prebook(Prebooking(a_journey()))
    delivered(backend, an_order())
    (number,) = booked(backend, an_order())
    before = sealed(store)
    with pytest.raises(Conflict, match=rf"1 of 2 shipments are not over, so that nothing was erased: .*\({number}\)"):
        erase(backend)
    assert sealed(store) == before
    heard(backend, number, Status.RETURNED)
    assert erase(backend) == Erasure(2, 0, 1)


def test_what_came_to_nothing_is_over(backend: Backend, store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        endings.close(unit, shipment.id)
    assert erase(backend) == Erasure(1, 0, 0)


def test_too_many_of_one_name_are_told_apart_first(backend: Backend, store: Store) -> None:
    for _ in range(AT_ONCE + 1):
        intended(store)
    with pytest.raises(Malformed, match="external_id: more than 200 shipments are called so"):
        erase(backend)


def acts(store: Store) -> list[Any]:
    with store.read() as unit:
        rows = unit.connection.execute(select(audit).where(audit.c.operator == ANNA.operator).order_by(audit.c.id))
        return [(row.act, row.subject, row.facts) for row in rows]


def test_each_erasure_is_noted_with_what_it_did(backend: Backend, store: Store) -> None:
    delivered(backend, an_order())
    erase(backend)
    (act,) = acts(store)
    assert act == ("erase personal data", "Order 1001", {"shipper_id": None, "shipments": 1, "prebookings": 0})


def test_an_erasure_that_is_refused_is_not_noted(backend: Backend, store: Store) -> None:
    booked(backend, an_order())
    with pytest.raises(Conflict):
        erase(backend)
    assert acts(store) == []
