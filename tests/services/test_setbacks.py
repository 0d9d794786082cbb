"""The timeline answers why: each end and each failed try of a booking is told with its reason."""

import json
from datetime import timedelta

import pytest

from carrier_backend.domain.errors import (
    CarrierError,
    CounterpartError,
    Declined,
    LockedOut,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.services.backend import Backend
from carrier_backend.services.intervene import Wish
from carrier_backend.services.oversee import By
from tests.builders import an_order
from tests.fakes import LABEL_TRIES, FakeCourier, FrozenClock

ANNA = By("anna", "the merchant called")


def bookings(backend: Backend, name: str = "Order 1001") -> list[tuple[str, object]]:
    """What the timeline of the one order says of its booking."""
    (found,) = backend.find_shipments(name=name).items
    entries = backend.oversee.timeline(found.parcels[0].reference).entries
    return [(entry.title, entry.facts.get("reason")) for entry in entries if entry.kind == "booking"]


def book(backend: Backend) -> None:
    with pytest.raises(CarrierError):
        backend.book(an_order())


def test_why_an_order_was_refused_is_in_its_timeline(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["book"] = [Declined("fake", "create", "name Refuse Me is not served")]
    book(backend)
    assert bookings(backend) == [
        ("undoing", "name Refuse Me is not served"),
        ("refused", "name Refuse Me is not served"),
    ]


FAILED: dict[str, tuple[str, int, CounterpartError, str]] = {
    "unsure": ("book", 1, Unsure("fake", "create", "it did not answer"), "fake (create): it did not answer"),
    "not booked yet": ("book", 1, LockedOut("fake", "balance", "0.00 is left"), "fake (balance): 0.00 is left"),
    "no label yet": ("label", LABEL_TRIES, Unreachable("fake", "label", "not printed"), "fake (label): not printed"),
}


@pytest.mark.parametrize("title", FAILED)
def test_why_a_try_failed_is_in_its_timeline(backend: Backend, courier: FakeCourier, title: str) -> None:
    operation, times, error, reason = FAILED[title]
    courier.fails[operation] = [error] * times
    book(backend)
    assert bookings(backend) == [(title, reason)]


def test_a_try_that_fails_alike_again_is_counted(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    courier.fails["book"] = [Unreachable("fake", "create", "no connection")] * 3
    order = an_order()
    for _ in range(3):
        with pytest.raises(Unreachable):
            backend.book(order)
        clock.advance(timedelta(minutes=1))
    (found,) = backend.find_shipments(name="Order 1001").items
    entries = backend.oversee.timeline(found.parcels[0].reference).entries
    (counted,) = [entry.facts for entry in entries if entry.kind == "booking"]
    assert (counted["times"], counted["last_at"]) == (3, "2026-11-23T09:02:00Z")


def test_what_cannot_be_taken_back_yet_says_why(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["book"] = [Declined("fake", "create", "no such street")]
    courier.fails["undo"] = [Unreachable("fake", "delete", "no connection")]
    book(backend)
    assert bookings(backend) == [("undoing", "no such street"), ("not taken back yet", "fake (delete): no connection")]


def test_a_later_step_that_fails_says_why(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    courier.resume_at = clock.now() + timedelta(minutes=30)
    backend.book(an_order())
    courier.fails["resume"] = [Unreachable("fake", "validate", "no connection")]
    clock.advance(timedelta(minutes=30))
    backend.reconcile.run_once()
    assert bookings(backend)[-1] == ("later step not taken yet", "fake (validate): no connection")


@pytest.fixture
def doubtful(backend: Backend, courier: FakeCourier) -> str:
    """A parcel that an operator has cancelled, and whose courier could not be asked."""
    barcode: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    courier.fails["cancel"] = [Unreachable("fake", "cancel", "no call is left")] * 2
    with pytest.raises(Unreachable, match="no call is left; it stays wished for, and will be asked for again"):
        backend.oversee.cancel(barcode, "TRACE2", ANNA)
    return barcode


def test_a_cancellation_in_doubt_is_listed_with_its_reason(backend: Backend, doubtful: str) -> None:
    (waiting,) = backend.find_shipments(standing=Standing.CANCELLING).items
    assert (waiting.parcels[0].barcode, waiting.parcels[0].cancellation) == (doubtful, None)
    assert bookings(backend)[-1] == ("not cancelled yet", "fake (cancel): no call is left")


def test_a_look_tells_where_a_parcel_is_though_it_cannot_be_cancelled_yet(backend: Backend, doubtful: str) -> None:
    look = backend.look_now(Wish("reconcile", doubtful, ANNA, "TRACE3"))
    assert "no call is left; what was wished for is asked for again by itself" in str(look)
    assert "fake tells of no event" in str(look)
