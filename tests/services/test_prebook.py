"""A prebooking is judged like a booking, and remembered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.domain.addresses import Contact, Party, Window
from carrier_backend.domain.errors import Forbidden, Malformed, NotServed
from carrier_backend.domain.orders import Journey, Prebooking
from carrier_backend.domain.products import Direction
from carrier_backend.services.backend import Backend
from carrier_backend.services.prebook import inherit
from carrier_backend.storage import prebookings
from carrier_backend.storage.store import Store
from tests.builders import a_journey, an_address
from tests.fakes import MONDAY, FakeCourier

YESTERDAY = Window(MONDAY - timedelta(days=1), MONDAY - timedelta(days=1))
BARE = a_journey(delivery=None, receiver=Party(an_address(), Contact()))


def kept(store: Store, journey: Journey) -> Journey | None:
    with store.read() as unit:
        return prebookings.find(unit, journey)


def with_contact(phone: str = "", email: str = "") -> Journey:
    return replace(BARE, receiver=Party(an_address(), Contact(phone, email)))


def test_a_prebooking_is_remembered_and_books_nothing(backend: Backend, store: Store, courier: FakeCourier) -> None:
    journey = a_journey()
    backend.prebook(Prebooking(journey))
    assert kept(store, journey) == journey
    assert courier.creates == []


def test_a_second_prebooking_takes_the_place_of_the_first(backend: Backend, store: Store) -> None:
    journey = a_journey()
    backend.prebook(Prebooking(journey))
    changed = replace(journey, delivery=Window(MONDAY + timedelta(days=5), MONDAY + timedelta(days=5)))
    backend.prebook(Prebooking(changed))
    assert kept(store, journey) == changed


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"shipping_method": "unheard-of"}, Malformed, "shipping_method"),
        ({"delivery": YESTERDAY}, Malformed, "delivery time must not be in the past"),
        ({"direction": Direction.RETURN}, Malformed, "direction: return is not supported"),
        ({"pickup_point_id": "p-1"}, Malformed, "pickup_point_id: this shipping method does not"),
        ({"shipper_id": "stranger"}, Forbidden, "shipper_id"),
        ({"receiver": Party(an_address(country="SE"))}, NotServed, "provided postal code is not covered"),
    ],
)
def test_what_could_not_be_booked_is_refused_and_not_remembered(
    backend: Backend, store: Store, changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    journey = a_journey(**changes)
    with pytest.raises(kind, match=words):
        backend.prebook(Prebooking(journey))
    assert kept(store, journey) is None


def test_what_the_courier_would_not_take_is_refused_and_not_remembered(
    backend: Backend, store: Store, courier: FakeCourier
) -> None:
    journey = a_journey()
    courier.fails["accept"] = [NotServed("no such city")]  # type: ignore[list-item]  # no error of a call
    with pytest.raises(NotServed, match="no such city"):
        backend.prebook(Prebooking(journey))
    assert kept(store, journey) is None


def test_a_refused_change_leaves_the_first_prebooking(backend: Backend, store: Store) -> None:
    journey = a_journey()
    backend.prebook(Prebooking(journey))
    with pytest.raises(Malformed):
        backend.prebook(Prebooking(replace(journey, delivery=YESTERDAY)))
    assert kept(store, journey) == journey


def test_whatever_an_order_omits_is_inherited() -> None:
    prebooked = a_journey()
    assert inherit(BARE, prebooked, is_past=False).delivery == prebooked.delivery
    assert inherit(BARE, prebooked, is_past=False).receiver.contact == prebooked.receiver.contact


def test_what_an_order_says_itself_holds() -> None:
    later = Window(MONDAY + timedelta(days=5), MONDAY + timedelta(days=5))
    order = replace(with_contact(phone="+21699999999"), delivery=later)
    inherited = inherit(order, a_journey(), is_past=False)
    assert inherited.delivery == later
    assert inherited.receiver.contact == Contact("+21699999999", "amira@example.com")


def test_an_email_of_its_own_keeps_the_phone_that_was_prebooked() -> None:
    inherited = inherit(with_contact(email="new@example.com"), a_journey(), is_past=False)
    assert inherited.receiver.contact == Contact("+21620123456", "new@example.com")


def test_addresses_are_never_inherited() -> None:
    moved = a_journey(receiver=Party(an_address(city="Sfax"), Contact("+21620123456")))
    assert inherit(BARE, moved, is_past=False).receiver.address == BARE.receiver.address


def test_a_delivery_time_that_is_over_is_not_inherited() -> None:
    assert inherit(BARE, a_journey(), is_past=True).delivery is None


def test_a_return_inherits_the_delivery_time_and_nobodys_phone() -> None:
    back, prebooked = replace(BARE, direction=Direction.RETURN), a_journey()
    assert inherit(back, prebooked, is_past=False) == replace(back, delivery=prebooked.delivery)


def test_without_a_prebooking_an_order_is_as_it_is() -> None:
    assert inherit(BARE, None, is_past=False) is BARE
