"""What stopped half-way is settled: looked up, completed, or taken back."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from carrier_backend.domain.errors import Busy, Conflict, Declined, Unreachable, Unsure, Withdrawn
from carrier_backend.domain.lifecycle import BookingState, Standing
from carrier_backend.domain.orders import Order
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Journal
from carrier_backend.services.backend import Backend
from carrier_backend.services.reconcile import SET_ASIDE_AFTER_DEATHS, SET_ASIDE_FOR
from tests.builders import an_order
from tests.fakes import LABEL_TRIES, FakeChannel, FakeCourier, FrozenClock


class Killed(BaseException):
    """As if the process had ended here: nothing of ours may catch it."""


def reconcile(backend: Backend, clock: FrozenClock, after: timedelta) -> None:
    clock.advance(after)
    for _ in range(10):
        if not backend.reconcile.run_once():
            return


def left_half_way(backend: Backend, courier: FakeCourier) -> Order:
    order: Order = an_order()
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(order)
    return order


def test_a_booking_that_was_made_but_never_answered_is_completed(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = left_half_way(backend, courier)
    reconcile(backend, clock, timedelta(seconds=10))
    answer = backend.book(order)
    assert answer.is_replay
    assert len(courier.creates) == 1


def test_what_was_never_asked_for_is_not_begun_unasked(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.fails["book"] = [Unreachable("fake", "create")]
    with pytest.raises(Unreachable):
        backend.book(an_order())
    reconcile(backend, clock, timedelta(minutes=3))
    assert courier.creates == []


def test_a_booking_nobody_came_back_for_is_given_up_where_nothing_was_made(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    courier.fails["book"] = [Unreachable("fake", "create")]
    with pytest.raises(Unreachable):
        backend.book(order)
    reconcile(backend, clock, timedelta(minutes=2))
    reconcile(backend, clock, timedelta(minutes=31))
    assert backend.book(order).is_replay is False  # begun anew, by its caller
    assert len(courier.creates) == 1


def test_a_booking_nobody_came_back_for_is_undone_where_that_is_certain(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.fails["label"] = [Unreachable("fake", "label")] * 20
    with pytest.raises(Unreachable):
        backend.book(an_order())
    reconcile(backend, clock, timedelta(minutes=31))
    assert courier.books == {}


def test_a_booking_that_cannot_be_undone_is_completed_and_shown_as_unclaimed(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.cancels_certainly = False
    courier.fails["label"] = [Unreachable("fake", "label")] * LABEL_TRIES
    with pytest.raises(Unreachable):
        backend.book(an_order())
    reconcile(backend, clock, timedelta(minutes=31))
    entries = backend.oversee.timeline("1000001").entries
    assert "completed, but nobody came back for it" in [entry.title for entry in entries]


def test_whoever_comes_back_after_all_claims_the_booking(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    courier.cancels_certainly = False
    courier.fails["label"] = [Unreachable("fake", "label")] * LABEL_TRIES
    with pytest.raises(Unreachable):
        backend.book(order)
    reconcile(backend, clock, timedelta(minutes=31))
    assert backend.book(order).is_replay
    entries = backend.oversee.timeline("1000001").entries
    assert "completed, but nobody came back for it" not in [entry.title for entry in entries]


def test_taking_back_is_tried_until_it_is_done(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    order = an_order()
    courier.fails["book"] = [Declined("fake", "create", "no such street")]
    courier.fails["undo"] = [Unreachable("fake", "undo")] * 2
    with pytest.raises(Unreachable):
        backend.book(order)
    for _ in range(3):
        reconcile(backend, clock, timedelta(minutes=1))
    assert backend.book(order).is_replay is False
    assert courier.fails["undo"] == []


def test_a_repeat_finishes_what_is_still_being_taken_back(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails["book"] = [Declined("fake", "create", "no such street")]
    courier.fails["undo"] = [Unreachable("fake", "undo")]
    with pytest.raises(Unreachable):
        backend.book(order)
    with pytest.raises(Declined, match="no such street"):
        backend.book(order)


def test_where_not_even_asking_to_take_back_is_possible_people_have_to(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails_after["book"] = [Declined("fake", "create", "no such street")]
    courier.fails["undo"] = [Declined("fake", "file ticket", "the type is closed")]
    for _ in range(2):
        with pytest.raises(Declined, match="no such street"):
            backend.book(order)
        order = replace(order, fingerprint="corrected")
        courier.fails_after["book"] = [Declined("fake", "create", "no such street")]
    timeline = backend.oversee.timeline(courier.creates[0])
    assert timeline.parcel.booking is BookingState.REFUSED
    told = {entry.title for entry in timeline.entries if "the type is closed" in str(entry.facts)}
    assert told == {"refused", "waits for an operator"}


def test_a_booking_that_cannot_be_undone_for_sure_is_completed_though_undoing_was_refused(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.fails["label"] = [Unreachable("fake", "label")] * LABEL_TRIES
    courier.fails["undo"] = [Declined("fake", "undo", "unheard of")]
    with pytest.raises(Unreachable):
        backend.book(an_order())
    reconcile(backend, clock, timedelta(minutes=31))
    assert backend.oversee.timeline("1000001").parcel.booking is BookingState.BOOKED


def deaths_of_settling(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> int:
    """How often a worker died within the next twenty minutes, whatever the shipment has."""
    died = 0

    def die(*_: object) -> NoReturn:
        raise Killed

    book = courier.book
    courier.book = die  # type: ignore[method-assign,assignment]  # the process dies in here
    for _ in range(120):
        clock.advance(timedelta(seconds=10))
        try:
            backend.reconcile.run_once()
        except Killed:
            died += 1
    courier.book = book  # type: ignore[method-assign]
    return died


def test_a_shipment_that_ends_every_process_is_set_aside_for_operators(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    left_half_way(backend, courier)
    assert deaths_of_settling(backend, courier, clock) == SET_ASIDE_AFTER_DEATHS
    assert len(backend.find_shipments(standing=Standing.STUCK).items) == 1


def test_what_was_set_aside_holds_up_no_other(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    left_half_way(backend, courier)
    deaths_of_settling(backend, courier, clock)
    other = left_half_way(backend, courier)
    reconcile(backend, clock, timedelta(seconds=10))
    assert backend.book(other).is_replay


def test_what_was_set_aside_is_tried_by_a_process_that_survives_it(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.cancels_certainly = False
    order = left_half_way(backend, courier)
    deaths_of_settling(backend, courier, clock)
    reconcile(backend, clock, SET_ASIDE_FOR)
    assert backend.book(order).is_replay
    assert backend.find_shipments(standing=Standing.STUCK).items == ()


def killed_at(moment: str, courier: FakeCourier) -> None:
    """Have the process die at a moment of the next booking."""
    book = courier.book

    def die(shipment: Shipment, journal: Journal) -> list[Booked]:
        courier.book = book  # type: ignore[method-assign]  # as it was, for whoever resumes
        if moment == "before the call":
            raise Killed
        book(shipment, journal)
        raise Killed

    courier.book = die  # type: ignore[method-assign]  # the process dies in here, once


@pytest.mark.parametrize("moment", ["before the call", "after the call"])
@pytest.mark.parametrize("parcels", [1, 3])
def test_a_process_that_dies_leaves_one_parcel_per_package(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, moment: str, parcels: int
) -> None:
    order = an_order(parcels=parcels)
    killed_at(moment, courier)
    with pytest.raises(Killed):
        backend.book(order)
    reconcile(backend, clock, timedelta(seconds=100))
    assert len(json.loads(backend.book(order).body)["packages"]) == parcels
    assert len(courier.creates) == parcels


def test_a_booking_that_died_between_the_courier_and_our_commit_is_recorded(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, channel: FakeChannel
) -> None:
    order: Order = an_order()
    killed_at("after the call", courier)
    with pytest.raises(Killed):
        backend.book(order)
    reconcile(backend, clock, timedelta(seconds=100))
    backend.push_statuses.run_once()
    assert [json.loads(body)["event_status"] for body in channel.accepted] == ["submitted"]


def test_cancelled_parcels_of_a_dead_process_are_cancelled_after_all(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    courier.cancels_certainly = False
    barcode = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    courier.fails_after["cancel"] = [Killed()]  # type: ignore[list-item]  # no error of a courier's: the end
    with pytest.raises(Killed):
        backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="")
    reconcile(backend, clock, timedelta(seconds=100))
    with pytest.raises(Conflict, match="ticket 7 was filed"):
        backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="")


def wish_to_cancel(backend: Backend, courier: FakeCourier) -> str:
    """A booked parcel whose cancellation was asked for, and never answered."""
    barcode: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    courier.fails["cancel"] = [Unsure("fake", "cancel")]
    with pytest.raises(Unsure):
        backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
    return barcode


def dies_at_cancelling(courier: FakeCourier) -> Callable[[], None]:
    """Have processes die over the courier's cancel; what ends that."""
    cancel = courier.cancel

    def die(*_: object) -> NoReturn:
        raise Killed

    def live() -> None:
        courier.cancel = cancel  # type: ignore[method-assign]  # as it was

    courier.cancel = die  # type: ignore[assignment,method-assign]  # the process dies in here
    return live


def test_a_wish_to_cancel_outlives_whoever_died_over_it(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    barcode = wish_to_cancel(backend, courier)
    live = dies_at_cancelling(courier)
    clock.advance(timedelta(seconds=95))
    with pytest.raises(Killed):
        backend.reconcile.run_once()
    live()
    for _ in range(3):
        reconcile(backend, clock, timedelta(seconds=95))
    assert backend.oversee.timeline(barcode).parcel.booking is BookingState.CANCELLED


def test_a_cancellation_that_was_set_aside_and_succeeds_is_no_longer_shown(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    barcode = wish_to_cancel(backend, courier)
    live = dies_at_cancelling(courier)
    for _ in range(2 * SET_ASIDE_AFTER_DEATHS):
        clock.advance(timedelta(seconds=95))
        with suppress(Killed):
            backend.reconcile.run_once()
    assert len(backend.find_shipments(standing=Standing.STUCK).items) == 1
    live()
    reconcile(backend, clock, SET_ASIDE_FOR)
    assert backend.oversee.timeline(barcode).parcel.booking is BookingState.CANCELLED
    assert backend.find_shipments(standing=Standing.STUCK).items == ()


def test_what_a_courier_has_to_wait_for_is_tried_then_and_is_no_failure(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    left_half_way(backend, courier)
    busy = Unreachable("fake", "look", "no call is left of what they allow", retry_after_seconds=20)
    courier.fails["label"] = [busy] * 40
    for _ in range(60):
        reconcile(backend, clock, timedelta(seconds=20))
    assert courier.fails["label"] == []
    assert backend.find_shipments(standing=Standing.STUCK).items == ()


def test_what_was_half_taken_back_is_given_up_and_can_be_booked_anew(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails_after["book"] = [Withdrawn("fake", "book", "it is being taken back")]
    with pytest.raises(Busy):
        backend.book(order)
    assert not backend.book(order).is_replay
    assert len(courier.creates) == 2


def test_what_was_half_taken_back_and_is_there_still_is_refused(backend: Backend, courier: FakeCourier) -> None:
    courier.fails_after["book"] = [Withdrawn("fake", "book", "it is being taken back")]
    courier.cancels_certainly = False
    with pytest.raises(Declined, match="people are asked"):
        backend.book(an_order())
    assert len(backend.find_shipments(standing=Standing.STUCK).items) == 1


def test_a_refusal_without_a_reason_is_one(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["book"] = [Declined("fake", "book")]
    with pytest.raises(Declined):
        backend.book(an_order())
