"""Ingrid is told many things again: counted first, each in its parcel's order, and never what still tries by itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from carrier_backend.domain.errors import Conflict, Declined, Malformed, Unreachable
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.services import replay_updates
from carrier_backend.services.backend import Backend
from carrier_backend.services.oversee import By
from carrier_backend.services.replay_updates import Replay
from carrier_backend.storage import lanes
from carrier_backend.storage.lanes import Draft
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit, messages
from tests.builders import a_journey, a_merchant, an_order
from tests.conftest import BY_TEST
from tests.fakes import MONDAY, FakeChannel, FrozenClock
from tests.storage.threads import at_once

ANNA = By("anna", "Ingrid lost a day of ours")


def push(backend: Backend) -> None:
    while backend.push_statuses.run_once():
        pass


def refused(backend: Backend, channel: FakeChannel, number: int = 1, **journey: Any) -> None:
    """Have so many parcels' first status updates parked."""
    channel.refuse(Declined("ingrid", "update status", "unknown site"))
    for _ in range(number):
        backend.book(an_order(journey=a_journey(**journey)))
        push(backend)
    channel.agree()


def replay(backend: Backend, state: UpdateState = UpdateState.PARKED, **wanted: Any) -> Replay:
    return backend.replay_updates(backend.replay_updates.choose(state=state, **wanted), ANNA)


def count(backend: Backend, state: UpdateState = UpdateState.PARKED, **wanted: Any) -> Replay:
    return backend.replay_updates.count(backend.replay_updates.choose(state=state, **wanted))


def states(backend: Backend) -> list[str]:
    return [update.state for update in backend.oversee.status_updates().items]


def test_a_parcels_timeline_tells_of_a_replay_of_many(backend: Backend, channel: FakeChannel) -> None:
    refused(backend, channel, 2)
    replay(backend)
    for update in backend.oversee.status_updates().items:
        entries = backend.oversee.timeline(update.reference).entries
        (act,) = [entry for entry in entries if entry.kind == "operator"]
        assert (act.title, act.facts["operator"], act.facts["update"]) == ("replay many", "anna", update.id)
        assert act.facts["reason"] == "Ingrid lost a day of ours"


def test_what_is_told_again_after_days_is_not_given_up_at_the_first_failure(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    refused(backend, channel)
    clock.advance(timedelta(days=7))
    replay(backend)
    channel.refuse(Unreachable("ingrid", "update status", "no connection"))
    backend.push_statuses.run_once()
    (update,) = backend.oversee.status_updates().items
    assert (update.state, update.done_at) == (UpdateState.WAITING, None)
    clock.advance(timedelta(hours=79))
    backend.push_statuses.run_once()
    assert states(backend) == [UpdateState.PARKED]


def test_what_was_parked_is_sent_again_with_the_same_bytes(backend: Backend, channel: FakeChannel) -> None:
    refused(backend, channel, 3)
    tried = list(channel.tried)
    assert replay(backend) == Replay(3, 0, None)
    push(backend)
    assert sorted(channel.accepted) == sorted(tried)


def test_a_count_changes_nothing_and_tells_what_a_replay_would_do(
    backend: Backend, store: Store, channel: FakeChannel
) -> None:
    refused(backend, channel, 3)
    assert count(backend) == Replay(3, 0, None)
    assert states(backend) == ["parked"] * 3
    assert noted(store) == []
    assert replay(backend) == Replay(3, 0, None)


def noted(store: Store) -> list[Any]:
    with store.read() as unit:
        return list(unit.connection.execute(select(audit).where(audit.c.operator == ANNA.operator)))


def test_many_are_one_act_that_says_how_many(backend: Backend, store: Store, channel: FakeChannel) -> None:
    refused(backend, channel, 3)
    replay(backend, site_id="site-of-shop-1", since=MONDAY)
    (act,) = noted(store)
    assert (act.act, act.subject, act.reason) == ("replay many", "status updates", ANNA.reason)
    assert act.facts == {
        "state": "parked",
        "since": "2026-11-23T09:00:00+00:00",
        "until": None,
        "site_id": "site-of-shop-1",
        "updates": 3,
        "waiting": 0,
    }


def test_what_still_tries_is_left_alone_and_counted(backend: Backend, channel: FakeChannel) -> None:
    refused(backend, channel)
    channel.refuse(Unreachable("ingrid", "update status", "answered 503"))
    backend.book(an_order())
    push(backend)
    channel.agree()
    assert count(backend) == replay(backend) == Replay(1, 1, None)
    push(backend)
    assert len(channel.accepted) == 1


def test_only_those_of_a_span_and_of_a_site_are_meant(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    for shipper_id in ("shop-1", "shop-2"):
        refused(backend, channel, shipper_id=shipper_id)
        clock.advance(timedelta(hours=1))

    def found(**wanted: Any) -> int:
        return count(backend, **wanted).updates

    an_hour, two = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)
    assert [found(since=MONDAY), found(since=an_hour), found(since=two)] == [2, 1, 0]
    assert [found(until=two), found(until=an_hour), found(until=MONDAY)] == [2, 1, 0]
    assert [found(site_id="site-of-shop-2"), found(site_id="site-of-shop-3")] == [1, 0]


def test_what_was_sent_is_sent_again_from_a_moment_on(backend: Backend, channel: FakeChannel) -> None:
    backend.book(an_order())
    push(backend)
    assert count(backend).updates == 0
    with pytest.raises(Malformed, match="since: is required for what was sent already"):
        replay(backend, UpdateState.SENT)
    assert replay(backend, UpdateState.SENT, since=MONDAY) == Replay(1, 0, None)
    push(backend)
    assert len(channel.accepted) == 2
    assert len(set(channel.accepted)) == 1


def filled(store: Store, channel: FakeChannel, backend: Backend, parcels: int, each: int) -> None:
    """So many parcels with so many updates each, all sent."""
    with store.begin() as unit:
        for number in range(each):
            drafts = [Draft(f"PARCEL{parcel}", "site", "", b"%d/%d" % (parcel, number)) for parcel in range(parcels)]
            lanes.enqueue(unit, drafts)
    push(backend)
    channel.accepted.clear()


def test_each_parcel_is_told_of_in_its_order(backend: Backend, store: Store, channel: FakeChannel) -> None:
    filled(store, channel, backend, parcels=5, each=6)
    assert replay(backend, UpdateState.SENT, since=MONDAY).updates == 30
    push(backend)
    told: dict[bytes, list[bytes]] = {}
    for body in channel.accepted:
        told.setdefault(body.partition(b"/")[0], []).append(body.partition(b"/")[2])
    assert list(told.values()) == [[b"0", b"1", b"2", b"3", b"4", b"5"]] * 5


def test_so_many_at_once_and_then_the_rest(backend: Backend, store: Store, channel: FakeChannel) -> None:
    filled(store, channel, backend, parcels=replay_updates.AT_ONCE + 5, each=1)
    first = replay(backend, UpdateState.SENT, since=MONDAY)
    assert first.updates == replay_updates.AT_ONCE
    second = replay(backend, UpdateState.SENT, since=MONDAY, after=first.next)
    assert (second.updates, second.next) == (5, None)
    with store.read() as unit:
        assert lanes_waiting(unit) == replay_updates.AT_ONCE + 5


def lanes_waiting(unit: Any) -> int:
    waiting: int = unit.connection.execute(
        select(func.count()).select_from(messages).where(messages.c.state == "waiting")
    ).scalar_one()
    return waiting


def test_two_operators_at_once_have_it_sent_once(backend: Backend, channel: FakeChannel) -> None:
    refused(backend, channel, 4)
    done = at_once(4, lambda _: replay(backend))
    assert sum(each.updates for each in done) == 4
    push(backend)
    assert len(channel.accepted) == 4


def test_a_cursor_that_was_not_given_out_is_refused(backend: Backend) -> None:
    for ask in (count, replay):
        with pytest.raises(Malformed, match="cursor: is not one"):
            ask(backend, after="77")


@pytest.mark.parametrize(("seen", "status"), [(UpdateState.PARKED, "sent"), (UpdateState.WAITING, "sent")])
def test_one_that_was_sent_is_sent_again_only_by_somebody_who_saw_it_so(
    backend: Backend, channel: FakeChannel, seen: UpdateState, status: str
) -> None:
    backend.book(an_order())
    push(backend)
    (update,) = backend.oversee.status_updates().items
    with pytest.raises(Conflict, match=f"is {status}, not {seen}"):
        backend.oversee.replay(update.id, ANNA, seen)
    backend.oversee.replay(update.id, ANNA, UpdateState.SENT)
    with pytest.raises(Conflict, match="is waiting"):
        backend.oversee.replay(update.id, ANNA, UpdateState.SENT)
    push(backend)
    assert len(channel.accepted) == 2
