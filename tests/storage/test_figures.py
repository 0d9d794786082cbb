"""What somebody ought to look at is counted, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.lifecycle import BookingState, Status, StuckOver
from carrier_backend.domain.parcels import Cancellation, Outcome
from carrier_backend.domain.tracking import Source, UpdateState
from carrier_backend.storage import figures, lanes, parcels, shipments, ticks, tracking
from carrier_backend.storage.lanes import Destination, Draft, Lane
from carrier_backend.storage.store import Store
from tests.builders import an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import an_event, booked, intended


def counted(store: Store) -> dict[str, float]:
    """Every figure that is not 0, by name and label."""
    with store.read() as unit:
        found = list(figures.every(unit))
    return {" ".join((each.name, *each.labels.values())): each.value for each in found if each.value}


def put(store: Store, *parcels: str) -> None:
    with store.begin() as unit:
        lanes.enqueue(unit, [Draft(parcel, "site-1", "TRACE1", b"{}") for parcel in parcels])


def test_where_nothing_is_amiss_every_figure_is_nought(store: Store) -> None:
    booked(store)
    assert counted(store) == {}


@pytest.mark.parametrize("state", [BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING])
def test_bookings_that_came_to_no_end_are_counted_by_state(store: Store, state: BookingState) -> None:
    for _ in range(2):
        shipment = intended(store)
        with store.begin() as unit:
            shipments.record_state(unit, replace(shipment, state=state))
    assert counted(store) == {f"carrier_shipments_open {state}": 2}


def test_what_waits_for_a_person_is_counted(store: Store) -> None:
    stuck, unclaimed = booked(store), booked(store)
    with store.begin() as unit:
        shipments.note_stuck(unit, stuck.id, StuckOver.UNDOING, "people were asked")
        shipments.note_unclaimed(unit, unclaimed.id)
    assert counted(store) == {"carrier_shipments_stuck": 1, "carrier_shipments_unclaimed": 1}


def test_parcels_whose_cancelling_is_not_certain_are_counted(store: Store) -> None:
    first, second = booked(store, an_order(parcels=3)).references[:2]
    with store.begin() as unit:
        parcels.intend_to_cancel(unit, first)
        parcels.intend_to_cancel(unit, second)  # whose courier has not answered yet
        parcels.record_cancellation(unit, first, Cancellation(Outcome.ASKED, "ticket 7 was filed"))
    assert counted(store) == {"carrier_parcels_cancelling": 2}


def test_what_waits_for_ingrid_is_counted_with_the_age_of_the_oldest(store: Store, clock: FrozenClock) -> None:
    put(store, "A", "B", "C")
    clock.advance(timedelta(minutes=5))
    put(store, "D")
    sent, parked = (lanes.push_key(parcel) for parcel in ("A", "B"))
    with store.begin() as unit:
        heads = lanes.heads(unit, [Lane(sent, 0), Lane(parked, 0)])
        lanes.finish(unit, [heads[sent].id], UpdateState.SENT)
        lanes.finish(unit, [heads[parked].id], UpdateState.PARKED, "no such barcode")
    assert counted(store) == {
        "carrier_status_updates waiting": 2,
        "carrier_status_updates parked": 1,
        "carrier_status_update_oldest_seconds": 300,
    }


def test_a_paused_destination_is_counted(store: Store) -> None:
    with store.begin() as unit:
        lanes.keep_destination(unit, Destination("ingrid", MONDAY, "wrong signature"))
    assert counted(store) == {"carrier_destinations_paused": 1}


def test_events_that_nobody_can_place_are_counted(store: Store) -> None:
    with store.begin() as unit:
        told = [
            an_event("1", status=Status.AT_DEPOT),
            an_event("2", status=None),
            an_event("3", status=None, is_for_timeline_only=True),
        ]
        tracking.add_events(unit, "fake", [(event, None) for event in told], Source.WEBHOOK, "TRACE1")
    assert counted(store) == {"carrier_events_unmatched": 3, "carrier_events_unknown_status": 1}


def test_how_long_no_worker_was_heard_of_is_told(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        ticks.beat(unit, "worker")
    clock.advance(timedelta(seconds=90))
    assert counted(store) == {"carrier_worker_silent_seconds": 90}
