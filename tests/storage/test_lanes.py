"""Lanes: in order within one, independent of each other, and worked on by one at a time."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import lanes, words
from carrier_backend.storage.lanes import Attempt, Destination, Draft, Kind, Lane, Message
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import attempts
from carrier_backend.storage.tables import lanes as lanes_table
from tests.fakes import MONDAY, FrozenClock
from tests.storage.threads import at_once

LEASE = timedelta(minutes=1)
MOMENT = timedelta(seconds=1)
T = TypeVar("T")


def draft(body: str, parcel: str = "PARCEL") -> Draft:
    return Draft(parcel, "site-1", "TRACE1", body.encode())


def put(store: Store, *bodies: str, parcel: str = "PARCEL") -> None:
    with store.begin() as unit:
        lanes.enqueue(unit, [draft(body, parcel) for body in bodies])


def claim(store: Store, owner: str = "anna", most: int = 10, kind: Kind = Kind.PUSH) -> list[Lane]:
    with store.begin() as unit:
        return lanes.claim(unit, kind, owner, most, LEASE)


def heads(store: Store, claimed: Sequence[Lane]) -> list[Message]:
    with store.read() as unit:
        return list(lanes.heads(unit, claimed).values())


def settle(unit: Unit, claimed: Sequence[Lane], owner: str = "anna", state: UpdateState = UpdateState.SENT) -> None:
    """Take the heads of those of the lanes that are still the owner's out of them."""
    ours = lanes.hold(unit, [lane.key for lane in claimed], owner)
    sent = lanes.heads(unit, [lane for lane in claimed if lane.key in ours])
    lanes.finish(unit, [message.id for message in sent.values()], state)
    lanes.advance(unit, ours)


def send_next(store: Store, state: UpdateState = UpdateState.SENT) -> list[str]:
    """One round of a worker: the bodies it sent."""
    claimed = claim(store)
    sent = [message.body.decode() for message in heads(store, claimed)]
    with store.begin() as unit:
        settle(unit, claimed, state=state)
    return sent


def is_waiting(work: "Future[T]") -> bool:
    return not wait([work], timeout=0.1).done


def test_messages_leave_a_lane_in_the_order_they_came(store: Store) -> None:
    put(store, "1")
    put(store, "2", "3")
    assert [send_next(store) for _ in range(4)] == [["1"], ["2"], ["3"], []]


def test_only_the_heads_of_lanes_are_worked_on(store: Store) -> None:
    put(store, "a1", "a2", parcel="A")
    put(store, "b1", "b2", parcel="B")
    assert sorted(send_next(store)) == ["a1", "b1"]


def test_a_message_comes_back_as_it_was_put(store: Store, clock: FrozenClock) -> None:
    put(store, '{"é": 1}')
    (message,) = heads(store, claim(store))
    assert (message.reference, message.site_id, message.trace_id) == ("PARCEL", "site-1", "TRACE1")
    assert (message.body, message.waiting_since) == ('{"é": 1}'.encode(), clock.now())


def test_nothing_to_put_is_fine(store: Store) -> None:
    put(store)
    assert claim(store) == []


def test_a_lane_is_worked_on_by_one(store: Store) -> None:
    put(store, "1")
    assert len(claim(store)) == 1
    assert claim(store, "bilal") == []


def test_a_lane_whose_lease_ran_out_is_taken_over(store: Store, clock: FrozenClock) -> None:
    put(store, "1")
    claim(store)
    clock.advance(LEASE + MOMENT)
    taken = claim(store, "bilal")
    assert [message.body for message in heads(store, taken)] == [b"1"]


def test_who_lost_a_lane_settles_nothing_in_it(store: Store, clock: FrozenClock) -> None:
    put(store, "1", "2")
    lost = claim(store)
    clock.advance(LEASE + MOMENT)
    taken = claim(store, "bilal")
    with store.begin() as unit:
        settle(unit, lost)
    assert [message.body for message in heads(store, taken)] == [b"1"]
    with store.begin() as unit:
        assert lanes.hold(unit, ["push:PARCEL"], "bilal") == {"push:PARCEL"}


def test_no_two_workers_share_a_lane(store: Store) -> None:
    for number in range(40):
        put(store, "1", parcel=f"{number}")
    claimed = at_once(4, lambda number: claim(store, f"{number}", most=10) + claim(store, f"{number}", most=10))
    keys = [lane.key for each in claimed for lane in each]
    assert len(keys) == len(set(keys)) == 40


def test_no_more_lanes_are_claimed_than_wanted_and_the_longest_due_first(store: Store, clock: FrozenClock) -> None:
    for parcel in ("FIRST", "SECOND", "THIRD"):
        put(store, "1", parcel=parcel)
        clock.advance(MOMENT)
    assert [lane.key for lane in claim(store, most=2)] == ["push:FIRST", "push:SECOND"]


def test_a_lane_that_is_to_be_tried_later_rests_until_then(store: Store, clock: FrozenClock) -> None:
    put(store, "1")
    (lane,) = claim(store)
    with store.begin() as unit:
        lanes.retry(unit, lane.key, 1, unit.now + timedelta(hours=10))
    clock.advance(timedelta(hours=10) - MOMENT)
    assert claim(store) == []
    clock.advance(MOMENT)
    assert claim(store) == [Lane("push:PARCEL", attempts=1)]


def test_of_lanes_that_back_off_those_that_would_for_long_are_brought_forward(store: Store) -> None:
    for parcel in ("SOON", "LATER", "LATEST"):
        put(store, "one", parcel=parcel)
    with store.begin() as unit:
        for hours, lane in enumerate(["push:SOON", "push:LATER", "push:LATEST"]):
            lanes.retry(unit, lane, 3, unit.now + timedelta(minutes=15, hours=hours))
        lanes.hasten(unit, Kind.PUSH, unit.now + timedelta(minutes=15), 1)
    assert claim(store) == [Lane("push:LATER", 3)]


def test_what_comes_to_a_resting_lane_waits_with_the_others(store: Store) -> None:
    put(store, "1")
    (lane,) = claim(store)
    with store.begin() as unit:
        lanes.retry(unit, lane.key, 1, unit.now + timedelta(hours=10))
    put(store, "2")
    assert claim(store) == []


def test_what_comes_to_a_lane_that_is_worked_on_gives_it_to_nobody_else(store: Store) -> None:
    put(store, "1")
    claim(store)
    put(store, "2")
    assert claim(store, "bilal") == []


def test_attempts_are_those_of_the_head(store: Store) -> None:
    put(store, "1", "2")
    (lane,) = claim(store)
    with store.begin() as unit:
        lanes.retry(unit, lane.key, 3, unit.now)
    assert send_next(store) == ["1"]
    assert claim(store) == [Lane("push:PARCEL", attempts=0)]


def test_an_empty_lane_is_idle_until_something_comes(store: Store, clock: FrozenClock) -> None:
    put(store, "1")
    send_next(store)
    clock.advance(timedelta(days=1))
    assert claim(store) == []
    put(store, "2")
    assert send_next(store) == ["2"]


def test_a_parked_message_makes_way_for_the_next(store: Store) -> None:
    put(store, "1", "2")
    assert send_next(store, UpdateState.PARKED) == ["1"]
    assert send_next(store) == ["2"]


def test_a_parked_message_comes_back_where_it_stood(store: Store) -> None:
    put(store, "1", "2", "3")
    parked = heads(store, [Lane("push:PARCEL", 0)])[0]
    send_next(store, UpdateState.PARKED)
    with store.begin() as unit:
        lanes.restore(unit, [parked.id])
    assert [send_next(store) for _ in range(3)] == [["1"], ["2"], ["3"]]


def test_an_idle_lane_is_due_at_once_when_its_message_comes_back(store: Store) -> None:
    put(store, "1")
    (lane,), (message,) = claim(store), heads(store, [Lane("push:PARCEL", 0)])
    with store.begin() as unit:
        lanes.retry(unit, lane.key, 7, unit.now)
    send_next(store, UpdateState.PARKED)
    assert claim(store) == []
    with store.begin() as unit:
        lanes.restore(unit, [message.id])
    assert claim(store) == [Lane("push:PARCEL", attempts=0)]


def test_what_is_brought_back_while_its_lane_is_settled_is_not_lost(store: Store) -> None:
    put(store, "1", "2")
    (parked,) = heads(store, [Lane("push:PARCEL", 0)])
    send_next(store, UpdateState.PARKED)
    claimed = claim(store)

    def bring_back() -> None:
        with store.begin() as unit:
            lanes.restore(unit, [parked.id])

    with ThreadPoolExecutor(1) as other:
        with store.begin() as unit:
            assert lanes.hold(unit, ["push:PARCEL"], "anna")
            coming = other.submit(bring_back)
            assert is_waiting(coming)
            settle(unit, claimed)
        coming.result()
    assert send_next(store) == ["1"]


def test_a_message_that_was_sent_is_not_brought_back(store: Store) -> None:
    put(store, "1")
    (message,) = heads(store, [Lane("push:PARCEL", 0)])
    send_next(store)
    with store.begin() as unit:
        lanes.restore(unit, [message.id])
    assert send_next(store) == []


def test_what_comes_while_a_lane_is_settled_is_not_lost(store: Store) -> None:
    put(store, "1")
    claimed = claim(store)
    with ThreadPoolExecutor(1) as other:
        with store.begin() as unit:
            assert lanes.hold(unit, ["push:PARCEL"], "anna")
            coming = other.submit(put, store, "2")
            assert is_waiting(coming)
            settle(unit, claimed)
        coming.result()
    assert send_next(store) == ["2"]


def test_who_settles_a_lane_waits_for_what_is_just_coming(store: Store) -> None:
    put(store, "1")
    claimed = claim(store)

    def settle_it() -> None:
        with store.begin() as unit:
            settle(unit, claimed)

    with ThreadPoolExecutor(1) as other:
        with store.begin() as unit:
            lanes.enqueue(unit, [draft("2")])
            settling = other.submit(settle_it)
            assert is_waiting(settling)
        settling.result()
    assert send_next(store) == ["2"]


def test_messages_of_one_parcel_stand_in_the_order_of_their_commits(store: Store) -> None:
    with ThreadPoolExecutor(1) as other:
        with store.begin() as unit:
            lanes.enqueue(unit, [draft("1")])
            second = other.submit(put, store, "2")
            assert is_waiting(second)
        second.result()
    assert [send_next(store), send_next(store)] == [["1"], ["2"]]


def test_writers_to_the_same_lanes_in_any_order_do_not_stand_in_each_others_way(store: Store) -> None:
    parcels = [f"{number}" for number in range(10)]

    def put_all(number: int) -> None:
        for _ in range(5):
            with store.begin() as unit:
                ordered = parcels if number % 2 else parcels[::-1]
                lanes.enqueue(unit, [draft("news", parcel) for parcel in ordered])

    at_once(4, put_all)
    assert len(claim(store)) == 10


def test_every_try_is_kept_with_what_came_of_it(store: Store, clock: FrozenClock) -> None:
    put(store, "1")
    (message,) = heads(store, [Lane("push:PARCEL", 0)])
    with store.begin() as unit:
        lanes.note_attempts(unit, [Attempt(message.id, "unreachable", "no connection")])
        lanes.note_attempts(unit, [])
    with store.read() as unit:
        (kept,) = unit.connection.execute(select(attempts)).all()
        note = words.opened(unit, kept.sealed_note)
    assert (kept.message_id, kept.at, kept.outcome, note) == (
        message.id,
        clock.now(),
        "unreachable",
        "no connection",
    )


def test_settling_and_pushing_are_apart(store: Store) -> None:
    put(store, "1")
    with store.begin() as unit:
        lanes.settle_at(unit, "shipment-1", unit.now)
    (lane,) = claim(store, kind=Kind.SETTLE)
    assert lanes.shipment_of(lane) == "shipment-1"
    assert [each.key for each in claim(store)] == ["push:PARCEL"]


def test_a_shipment_is_settled_when_it_was_last_said_to_be(store: Store, clock: FrozenClock) -> None:
    for minutes in (5, 10):
        with store.begin() as unit:
            lanes.settle_at(unit, "shipment-1", MONDAY + timedelta(minutes=minutes))
    clock.advance(timedelta(minutes=9))
    assert claim(store, kind=Kind.SETTLE) == []
    clock.advance(timedelta(minutes=1))
    assert len(claim(store, kind=Kind.SETTLE)) == 1


def test_a_shipment_that_is_settled_is_not_due_any_more(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        lanes.settle_at(unit, "shipment-1", unit.now)
        lanes.settle_at(unit, "shipment-1", None)
    clock.advance(timedelta(days=1))
    assert claim(store, kind=Kind.SETTLE) == []


def test_a_destination_nobody_spoke_of_is_open(store: Store) -> None:
    with store.begin() as unit:
        assert lanes.destination(unit, "ingrid") == Destination("ingrid")


@pytest.mark.parametrize(
    "kept",
    [
        Destination("ingrid"),
        Destination("ingrid", MONDAY, "wrong signature", MONDAY + MOMENT, "refused", (("A", 1), ("B", 2))),
    ],
)
def test_a_destination_is_kept_as_it_stands(store: Store, kept: Destination) -> None:
    with store.begin() as unit:
        lanes.keep_destination(unit, Destination("ingrid", MONDAY, "an earlier reason"))
        lanes.keep_destination(unit, kept)
    with store.begin() as unit:
        assert lanes.destination(unit, "ingrid") == kept


def test_two_that_hear_of_a_destination_at_once_do_not_undo_each_other(store: Store) -> None:
    def refuse(number: int) -> None:
        with store.begin() as unit:
            before = lanes.destination(unit, "ingrid")
            lanes.keep_destination(unit, replace(before, refused=(*before.refused, (f"{number}", number))))

    at_once(4, refuse)
    with store.begin() as unit:
        assert len(lanes.destination(unit, "ingrid").refused) == 4


def test_a_lane_stays_one_however_often_it_is_used(store: Store) -> None:
    for _ in range(3):
        put(store, "1")
    with store.read() as unit:
        assert len(unit.connection.execute(select(lanes_table)).all()) == 1
