"""Somebody calls about an order, and its shipment is found; exactly what they name, before what only begins so."""

import json
from dataclasses import replace

import pytest

from carrier_backend.domain.errors import Conflict, Malformed
from carrier_backend.domain.lifecycle import BookingState, Standing, Status
from carrier_backend.domain.parcels import Cancellation, Outcome
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.services.backend import Backend
from carrier_backend.services.find_shipments import NAMES_ALIKE, PAGE, ShipmentPage
from carrier_backend.storage import endings
from carrier_backend.storage.looks import Taken
from carrier_backend.storage.store import Store
from tests.builders import a_journey, a_package, an_order
from tests.fakes import FakeCourier, FrozenClock
from tests.storage.kept import intended


def booked(backend: Backend, external_id: str = "Order 1001", **journey: str) -> str:
    """The barcode of a parcel booked under an order's number."""
    order = an_order(journey=a_journey(external_id=external_id, **journey))
    barcode: str = json.loads(backend.book(order).body)["packages"][0]["barcode"]
    return barcode


def orders(page: ShipmentPage) -> list[str]:
    return [shipment.external_id for shipment in page.items]


def test_whatever_is_called_exactly_so_comes_alone(backend: Backend) -> None:
    for external_id in ("1001", "10011", "10012"):
        booked(backend, external_id)
    assert orders(backend.find_shipments(name="1001")) == ["1001"]


def test_where_nothing_is_called_so_what_begins_so_comes_newest_first(backend: Backend, clock: FrozenClock) -> None:
    for external_id in ("A1001", "A2001", "A1002"):
        booked(backend, external_id)
        clock.sleep(1)
    assert orders(backend.find_shipments(name="A100")) == ["A1002", "A1001"]
    assert orders(backend.find_shipments(name="A3")) == []


def test_what_is_called_exactly_so_but_stands_otherwise_is_not_replaced_by_what_begins_so(backend: Backend) -> None:
    for external_id in ("1001", "10011"):
        booked(backend, external_id)
    assert orders(backend.find_shipments(name="1001", courier="dhl")) == []
    assert orders(backend.find_shipments(name="1001", standing=Standing.STUCK)) == []


def test_beginnings_that_say_too_little_are_refused(backend: Backend, store: Store) -> None:
    for _ in range(NAMES_ALIKE // 100 + 1):
        intended(store, an_order(packages=tuple(a_package(package_id=f"box {n}") for n in range(100))))
    with pytest.raises(Malformed, match="q: more than 1000 names begin so: give more of it"):
        backend.find_shipments(name="box")
    assert len(backend.find_shipments(name="box 9").items) == NAMES_ALIKE // 100 + 1


@pytest.fixture
def crowd(store: Store) -> None:
    """More shipments than anybody could look through that call their parcel "1"."""
    order = an_order()
    for number in range(NAMES_ALIKE + 1):
        journey = replace(order.journey, tos_id=f"tos-{number}")
        intended(store, replace(order, journey=journey, packages=(a_package(package_id="1"),)))


@pytest.mark.usefixtures("crowd")
def test_of_very_many_called_so_the_newest_come_but_no_choice_of_them(backend: Backend) -> None:
    first = backend.find_shipments(name="1")
    second = backend.find_shipments(name="1", cursor=first.next)
    assert len({shipment.id for shipment in first.items + second.items}) == 2 * PAGE
    with pytest.raises(Malformed, match="q: more than 1000 are called so"):
        backend.find_shipments(name="1", standing=Standing.STUCK)


def test_what_ingrid_wanted_cancelled_and_people_have_to_decide_is_listed_until_they_have(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    booked(backend, "1002")
    courier.cancels_certainly = False
    barcode = booked(backend, "1001")
    with pytest.raises(Conflict):
        backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    (waiting,) = backend.find_shipments(standing=Standing.CANCELLING).items
    (parcel,) = waiting.parcels
    assert (waiting.external_id, waiting.state, waiting.stuck_at) == ("1001", BookingState.BOOKED, None)
    assert (parcel.barcode, parcel.booking) == (barcode, BookingState.CANCELLING)
    assert parcel.cancellation == Cancellation(Outcome.ASKED, "ticket 7 was filed")
    decided = TrackingEvent(barcode, "", "8", "cancelled", Status.CANCELLED, clock.now())
    backend.record_tracking.from_poll("fake", Taken(), [decided], "trace")
    assert orders(backend.find_shipments(standing=Standing.CANCELLING)) == []
    assert orders(backend.find_shipments(standing=Standing.CANCELLED)) == ["1001"]


def test_a_page_says_where_the_next_begins(backend: Backend, store: Store, clock: FrozenClock) -> None:
    for _ in range(PAGE + 1):
        intended(store)
        clock.sleep(1)
    first = backend.find_shipments()
    second = backend.find_shipments(cursor=first.next)
    assert (len(first.items), first.next) == (PAGE, first.items[-1].id)
    assert (len(second.items), second.next) == (1, None)
    times = [shipment.created_at for shipment in first.items + second.items]
    assert times == sorted(set(times), reverse=True)


def test_a_cursor_that_was_never_given_out_is_refused(backend: Backend) -> None:
    with pytest.raises(Malformed, match="cursor: is not one that was given out here"):
        backend.find_shipments(cursor="0" * 32)


def test_what_was_erased_is_found_by_the_keys_that_are_left(backend: Backend, store: Store, clock: FrozenClock) -> None:
    barcode = booked(backend)
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    clock.sleep(1)
    with store.begin() as unit:
        assert endings.erase(unit, clock.now(), 10) == 1
    (found,) = backend.find_shipments(name=barcode).items
    assert (found.external_id, found.erased_at) == ("Order 1001", clock.now())
