"""The outbox: in order, as long as it takes, and a person's business in the end."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from carrier_backend.domain.errors import Conflict, Declined, LockedOut, Unreachable
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import TrackingEvent, UpdateState
from carrier_backend.services.backend import Backend
from carrier_backend.services.push_statuses import LEASE, PushStatuses
from carrier_backend.storage import lanes
from carrier_backend.storage.looks import Taken
from carrier_backend.storage.store import Store
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.sealing import Sealing
from tests.builders import a_merchant, an_order
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.fakes import MONDAY, FakeChannel, FrozenClock
from tests.machines.stage import Killed, Process

DOWN = Unreachable("ingrid", "update status")


def booked(backend: Backend) -> str:
    barcode: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    return barcode


def moved(backend: Backend, number: str, status: Status, hours: int = 1) -> None:
    event = TrackingEvent(number, "", status, "", status, MONDAY + timedelta(hours=hours))
    backend.record_tracking.from_poll("fake", Taken(), [event], "trace")


def run(backend: Backend) -> int:
    return sum(iter(backend.push_statuses.run_once, 0))


def words(channel: FakeChannel) -> list[str]:
    return [json.loads(body)["event_status"] for body in channel.accepted]


def test_a_parcels_updates_arrive_in_order_through_an_outage(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    number = booked(backend)
    channel.refuse(DOWN)
    run(backend)
    moved(backend, number, Status.AT_DEPOT)
    moved(backend, number, Status.DELIVERED, hours=2)
    channel.agree()
    clock.advance(timedelta(minutes=1))
    run(backend)
    assert words(channel) == ["submitted", "at_depot", "delivered"]


def test_only_the_head_of_a_lane_is_tried(backend: Backend, channel: FakeChannel) -> None:
    moved(backend, booked(backend), Status.AT_DEPOT)
    channel.refuse(DOWN)
    run(backend)
    assert len(channel.tried) == 1


def test_a_failed_attempt_waits_longer_each_time(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    booked(backend)
    channel.refuse(DOWN)
    run(backend)
    clock.advance(timedelta(seconds=6))
    run(backend)
    clock.advance(timedelta(seconds=29))
    run(backend)
    assert len(channel.tried) == 2
    clock.advance(timedelta(seconds=5))
    run(backend)
    assert len(channel.tried) == 3


def test_ingrids_retry_after_is_obeyed(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    booked(backend)
    channel.refuse(Unreachable("ingrid", "update status", retry_after_seconds=600))
    run(backend)
    clock.advance(timedelta(seconds=599))
    run(backend)
    assert len(channel.tried) == 1


def test_three_days_of_outage_lose_nothing(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    booked(backend)
    channel.refuse(DOWN)
    for _ in range(72):
        run(backend)
        clock.advance(timedelta(hours=1))
    channel.agree()
    clock.advance(timedelta(hours=12))
    run(backend)
    assert words(channel) == ["submitted"]


def test_after_the_give_up_age_an_update_is_parked_and_the_next_goes(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    number = booked(backend)
    channel.refuse(DOWN)
    run(backend)
    clock.advance(timedelta(hours=79))
    run(backend)
    channel.agree()
    moved(backend, number, Status.DELIVERED, hours=80)
    run(backend)
    assert words(channel) == ["delivered"]
    assert len(backend.oversee.status_updates(UpdateState.PARKED).items) == 1


def test_a_refused_update_is_parked_and_the_parcels_next_one_goes(backend: Backend, channel: FakeChannel) -> None:
    moved(backend, booked(backend), Status.AT_DEPOT)
    channel.refuse(Declined("ingrid", "update status", "no such barcode"), "submitted")
    run(backend)
    assert words(channel) == ["at_depot"]
    assert [row.error for row in backend.oversee.status_updates(UpdateState.PARKED).items] == ["no such barcode"]


def test_a_parked_update_is_replayed_once(backend: Backend, channel: FakeChannel) -> None:
    booked(backend)
    channel.refuse(Declined("ingrid", "update status", "no such barcode"), "submitted")
    run(backend)
    channel.agree()
    (parked,) = backend.oversee.status_updates(UpdateState.PARKED).items
    backend.oversee.replay(parked.id, BY_TEST)
    with pytest.raises(Conflict, match="waiting"):
        backend.oversee.replay(parked.id, BY_TEST)
    run(backend)
    assert words(channel) == ["submitted"]


def test_refused_credentials_pause_the_destination_and_burn_no_attempt(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    booked(backend)
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    run(backend)
    booked(backend)
    assert run(backend) == 0
    channel.refuse(DOWN)
    backend.oversee.resume_destination("ingrid", BY_TEST)
    run(backend)
    clock.advance(timedelta(seconds=6))  # the first step of the back-off, not the second
    assert run(backend) == 2


def test_a_paused_destination_is_probed_by_one_lane_and_resumes(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    for _ in range(3):
        booked(backend)
    run(backend)
    tried = len(channel.tried)
    clock.advance(timedelta(seconds=31))
    assert run(backend) == 1
    assert len(channel.tried) == tried + 1
    channel.agree()
    clock.advance(timedelta(seconds=31))
    run(backend)
    assert words(channel) == ["submitted"] * 3


def test_five_parcels_refused_alike_pause_the_destination_and_park_nothing(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    channel.refuse(Declined("ingrid", "update status", "unknown carrier"), "submitted")
    for _ in range(5):
        booked(backend)
        run(backend)
    assert backend.oversee.status_updates(UpdateState.PARKED).items == ()
    channel.agree()
    clock.advance(timedelta(seconds=31))
    run(backend)
    assert words(channel) == ["submitted"] * 5


def test_an_accepted_update_between_refusals_keeps_the_destination_open(backend: Backend, channel: FakeChannel) -> None:
    for _ in range(4):
        channel.refuse(Declined("ingrid", "update status", "no such barcode"), "submitted")
        booked(backend)
        run(backend)
    channel.agree()
    booked(backend)
    run(backend)
    channel.refuse(Declined("ingrid", "update status", "no such barcode"), "submitted")
    booked(backend)
    run(backend)
    assert len(backend.oversee.status_updates(UpdateState.PARKED).items) == 5


def test_refusals_among_accepted_updates_of_one_batch_pause_nothing(backend: Backend, channel: FakeChannel) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    for number in range(12):
        order = an_order()
        if number % 2:
            order = replace(order, journey=replace(order.journey, shipper_id="shop-2"))
        backend.book(order)
    channel.refuse(Declined("ingrid", "update status", "no such shipper"), "shop-2")
    run(backend)
    assert len(channel.accepted) == 6
    assert len(backend.oversee.status_updates(UpdateState.PARKED).items) == 6


def test_one_shop_locked_out_while_others_are_let_in_is_tried_again_at_leisure(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    order = an_order()
    backend.book(replace(order, journey=replace(order.journey, shipper_id="shop-2")))
    clock.advance(timedelta(seconds=1))
    booked(backend)
    channel.refuse(LockedOut("ingrid", "update status", "not this site"), "shop-2")
    assert backend.push_statuses.run_once() == 2
    assert backend.push_statuses.run_once() == 0
    clock.advance(timedelta(seconds=31))
    channel.agree()
    run(backend)
    assert len(channel.accepted) == 2


def test_probes_of_a_paused_destination_leave_no_trail(
    backend: Backend, store: Store, channel: FakeChannel, clock: FrozenClock
) -> None:
    channel.refuse(Declined("ingrid", "update status", "unknown carrier"))
    for _ in range(5):
        booked(backend)
    run(backend)
    for _ in range(4):
        clock.advance(timedelta(seconds=31))
        assert run(backend) == 1
    with store.begin() as unit:
        assert len(lanes.destination(unit, "ingrid").refused) == 5


def test_an_operator_can_resume_a_paused_destination(backend: Backend, channel: FakeChannel) -> None:
    booked(backend)
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    run(backend)
    channel.agree()
    backend.oversee.resume_destination("ingrid", BY_TEST)
    run(backend)
    assert words(channel) == ["submitted"]


def test_one_update_that_nobody_foresaw_holds_up_no_other_and_is_tried_again(
    backend: Backend, channel: FakeChannel, clock: FrozenClock
) -> None:
    for _ in range(4):
        booked(backend)
    channel.refuse(RuntimeError("unforeseen"), "1000002")  # type: ignore[arg-type]  # nothing that a channel raises
    run(backend)
    assert (len(channel.accepted), len(channel.tried)) == (3, 4)
    channel.agree()
    clock.advance(timedelta(seconds=6))
    run(backend)
    assert (len(channel.accepted), len(channel.tried)) == (4, 5)


class LeapingClock(FrozenClock):
    """The clock of a process that stands still for five minutes each time it looks."""

    def monotonic(self) -> float:
        self.advance(timedelta(minutes=5))
        return super().monotonic()


def test_a_worker_that_stood_still_for_longer_than_its_lease_sends_nothing(
    backend: Backend, store: Store, channel: FakeChannel, clock: FrozenClock
) -> None:
    moved(backend, booked(backend), Status.DELIVERED)
    frozen, bounds = LeapingClock(), BoundsContext(clock)
    PushStatuses(store, channel, frozen, bounds, "ingrid", lambda _: 5, timedelta(hours=78)).run_once()
    assert channel.tried == []
    clock.advance(timedelta(seconds=6))
    run(backend)
    assert words(channel) == ["submitted", "delivered"]


def test_an_update_whose_worker_dies_before_ingrid_has_it_is_sent_by_another(
    backend: Backend, engine: Engine, channel: FakeChannel, clock: FrozenClock
) -> None:
    booked(backend)
    channel.refuse(DOWN)
    process = Process()
    dying = Store(engine, Sealing([ENCRYPTION_KEY]), clock, process.pass_point)
    process.die_after(points=2)  # once it has the lane, and has tried
    with pytest.raises(Killed):
        PushStatuses(dying, channel, clock, BoundsContext(clock), "ingrid", lambda _: 5, timedelta(hours=78)).run_once()
    channel.agree()
    clock.advance(LEASE + timedelta(seconds=1))
    run(backend)
    assert words(channel) == ["submitted"]


def test_a_repeated_update_has_the_very_same_bytes(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    booked(backend)
    channel.refuse(DOWN)
    run(backend)
    channel.agree()
    clock.advance(timedelta(minutes=1))
    run(backend)
    assert channel.tried[0] == channel.tried[1]
