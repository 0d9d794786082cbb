"""Who waits for a booking that hangs at its courier takes up that courier's places, and none of the others'."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.domain.errors import Busy
from carrier_backend.services.backend import Backend
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue, a_merchant, an_order
from tests.conftest import BY_TEST, CLIENT_SECRET, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock


@pytest.fixture
def backend(store: Store, clock: FrozenClock, courier: FakeCourier) -> Backend:
    """One whose web process has two threads, and so a single place for each courier."""
    settings = replace(a_settings(a_catalogue()), web_threads=2)
    backend = build_backend(settings, store=store, clock=clock, couriers={"fake": courier}, channel=FakeChannel())
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    return backend


def elsewhere(work: Callable[[], object], raised: list[BaseException | None]) -> None:
    with ThreadPoolExecutor(1) as other:
        raised.append(other.submit(work).exception())


def test_a_repeat_does_not_wait_where_the_couriers_places_are_taken(backend: Backend, courier: FakeCourier) -> None:
    order, raised = an_order(), list[BaseException | None]()
    courier.during_book = lambda: elsewhere(lambda: backend.book(order), raised)
    backend.book(order)
    assert [(type(error), str(error)) for error in raised] == [(Busy, "too many are waiting for fake already")]


def test_another_booking_is_put_off_before_its_courier_is_asked(backend: Backend, courier: FakeCourier) -> None:
    raised = list[BaseException | None]()
    courier.during_book = lambda: elsewhere(lambda: backend.book(an_order()), raised)
    backend.book(an_order())
    assert [type(error) for error in raised] == [Busy]
    assert len(courier.creates) == 1


def test_a_cancellation_does_not_wait_where_the_couriers_places_are_taken(
    backend: Backend, courier: FakeCourier
) -> None:
    barcode = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    raised = list[BaseException | None]()
    courier.during_book = lambda: elsewhere(
        lambda: backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id=""), raised
    )
    backend.book(an_order())
    assert [type(error) for error in raised] == [Busy]
    assert courier.cancels == []
