"""Both tables of the lifecycle, walked by the services: every legal move is made, and no other."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import Engine, text

from carrier_backend.domain.errors import Conflict, CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BOOKING_MOVES, JOURNEY_MOVES, BookingState, Status
from carrier_backend.domain.orders import Order
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.services.backend import Backend
from tests.builders import an_order
from tests.fakes import MONDAY, FakeCourier, FrozenClock

HOUR = timedelta(hours=1)
PLACES = [None, *(status for status in Status if status is not Status.SUBMITTED)]
NEWS = PLACES[1:]


def barcodes(backend: Backend, order: Order) -> list[str]:
    return [package["barcode"] for package in json.loads(backend.book(order).body)["packages"]]


def hear(backend: Backend, told: dict[str, Status | None], hours: int) -> None:
    """One call of the courier's about many parcels."""
    at = MONDAY + hours * HOUR
    events = [TrackingEvent(number, "", status, "", status, at) for number, status in told.items() if status]
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard(events), "TRACE9", OURS)


def test_a_parcel_moves_as_the_table_of_journeys_says(backend: Backend) -> None:
    walks = list(product(PLACES, NEWS))
    numbers = dict(zip(barcodes(backend, an_order(parcels=len(walks))), walks, strict=True))
    hear(backend, {number: before for number, (before, _) in numbers.items()}, hours=1)
    hear(backend, {number: after for number, (_, after) in numbers.items()}, hours=2)
    ended = {parcel.barcode: parcel.status for parcel in backend.oversee.timeline(next(iter(numbers))).shipment.parcels}
    for number, (before, after) in numbers.items():
        came_from = before or Status.SUBMITTED
        assert ended[number] == (after if after in JOURNEY_MOVES[came_from] else came_from)


Move = tuple[BookingState, BookingState]
LEGAL = {(before, after) for before, further in BOOKING_MOVES.items() for after in further}
NOTE_MOVES = """
CREATE TRIGGER note_moves AFTER UPDATE OF booking ON parcels WHEN old.booking <> new.booking
BEGIN INSERT INTO moves VALUES (old.booking, new.booking); END
"""


@pytest.fixture
def moves(engine: Engine) -> Callable[[], set[Move]]:
    """Which moves bookings have made so far, as SQLite saw them."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE moves (before TEXT, after TEXT)"))
        connection.execute(text(NOTE_MOVES))

    def made() -> set[Move]:
        with engine.begin() as connection:
            rows = connection.execute(text("SELECT before, after FROM moves")).all()
        return {(BookingState(before), BookingState(after)) for before, after in rows}

    return made


def steps(before: BookingState, after: BookingState) -> set[Move]:
    """A move step by step: what is undone and given up in one commit is undoing in between."""
    if before is BookingState.UNSURE and after is BookingState.ABANDONED:
        return {(before, after), (before, BookingState.UNDOING), (BookingState.UNDOING, after)}
    return {(before, after)}


def attempt(backend: Backend, order: Order) -> None:
    with suppress(CounterpartError):
        backend.book(order)


def lose_an_answer(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails_after["book"] = [Unsure("fake", "create")]
    attempt(backend, order)
    attempt(backend, order)


def refuse(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    order = an_order()
    courier.fails["book"] = [Unsure("fake", "create"), Declined("fake", "create"), Declined("fake", "create")]
    attempt(backend, order)
    clock.advance(HOUR)
    attempt(backend, order)
    attempt(backend, an_order())


def correct(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    first, second = an_order(), an_order()
    courier.fails["book"] = [Unreachable("fake", "create")]
    attempt(backend, first)
    attempt(backend, replace(first, fingerprint="corrected"))
    courier.fails["book"] = [Unsure("fake", "create"), Unreachable("fake", "create")]
    attempt(backend, second)
    clock.advance(HOUR)
    attempt(backend, second)
    attempt(backend, replace(second, fingerprint="corrected"))


def never_come_back(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    courier.fails_after["book"] = [Unsure("fake", "create")]
    attempt(backend, an_order())
    clock.advance(HOUR)
    while backend.reconcile.run_once():
        pass


def cancel(backend: Backend, courier: FakeCourier) -> None:
    (by_the_courier,), (on_request,) = barcodes(backend, an_order()), barcodes(backend, an_order())
    hear(backend, {by_the_courier: Status.CANCELLED}, hours=1)
    courier.fails["cancel"] = [Declined("fake", "cancel", "already sorted")]
    with pytest.raises(Conflict, match="already sorted"):
        backend.cancel(client_id="client-ingrid", barcode=on_request, trace_id="")
    backend.cancel(client_id="client-ingrid", barcode=on_request, trace_id="")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_legal_move_of_a_booking_is_made_and_no_other(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, moves: Callable[[], set[Move]]
) -> None:
    lose_an_answer(backend, courier)
    refuse(backend, courier, clock)
    correct(backend, courier, clock)
    never_come_back(backend, courier, clock)
    cancel(backend, courier)
    assert {step for move in moves() for step in steps(*move)} == LEGAL
