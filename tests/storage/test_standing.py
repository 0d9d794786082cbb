"""How a courier stands: its newest calls, who is cut off, what is open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.lifecycle import BookingState, StuckOver
from carrier_backend.storage import shipments, standing
from carrier_backend.storage.exchanges import StoredExchanges
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.standing import Outage
from carrier_backend.storage.store import Store
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import booked, intended


def said(store: Store, *exchanges: Exchange) -> None:
    stored = StoredExchanges(store)
    for exchange in exchanges:
        stored.record(exchange)
    stored.write_all()


def an_exchange(minute: int = 0, who: str = "fake", heading: Heading = Heading.OUT) -> Exchange:
    at = MONDAY + timedelta(minutes=minute)
    return Exchange(heading, who, f"call {minute}", "TRACE1", "GET", "/parcels", at, 12, 200)


def test_calls_come_newest_first_and_are_those_of_one_courier(store: Store) -> None:
    said(store, an_exchange(1), an_exchange(3), an_exchange(2), an_exchange(4, who="other"))
    with store.read() as unit:
        assert [call.operation for call in standing.newest_calls(unit, "fake")] == ["call 3", "call 2", "call 1"]


def test_what_a_courier_calls_us_for_is_no_call_of_ours(store: Store) -> None:
    said(store, an_exchange(1, heading=Heading.IN))
    with store.read() as unit:
        assert standing.newest_calls(unit, "fake") == []


def test_however_many_calls_there_were_as_many_are_looked_at(store: Store) -> None:
    said(store, *(an_exchange(minute) for minute in range(standing.NEWEST_CALLS + 5)))
    with store.read() as unit:
        assert len(standing.newest_calls(unit, "fake")) == standing.NEWEST_CALLS


def test_accounts_that_are_cut_off_are_told_with_their_times(store: Store, clock: FrozenClock) -> None:
    pause = timedelta(seconds=30)
    SharedOutages(store, clock).begin("fake", "an account", pause)
    SharedOutages(store, clock).begin("other", "another account", pause)
    with store.read() as unit:
        assert standing.cut_off(unit, "fake") == [Outage("an account", clock.now(), clock.now() + pause)]


def test_where_nothing_is_open_nothing_is_told(store: Store) -> None:
    with store.read() as unit:
        assert standing.open_by_courier(unit) == {}


@pytest.mark.parametrize("state", [BookingState.INTENDED, BookingState.UNSURE])
def test_bookings_in_doubt_and_those_that_wait_for_an_operator_are_counted(store: Store, state: BookingState) -> None:
    unsure, stuck = intended(store), booked(store)
    with store.begin() as unit:
        shipments.record_state(unit, replace(unsure, state=state))
        shipments.note_stuck(unit, stuck.id, StuckOver.UNDOING, "people were asked")
        opened = standing.open_by_courier(unit)[stuck.courier]
    assert (opened.unsure, opened.stuck) == (int(state is BookingState.UNSURE), 1)
