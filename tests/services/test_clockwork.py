"""What is due once in the cluster, and what is no longer anybody's business."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import ColumnElement, func, select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.errors import Busy, CarrierError, Conflict, NotAllowed, Unreachable
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Order, Prebooking
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent
from carrier_backend.ports import Chore, Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import (
    deliveries,
    events,
    exchanges,
    failed_logins,
    outages,
    parcels,
    prebookings,
    shipments,
)
from carrier_backend.support.bounds import BoundsContext
from tests.builders import a_catalogue, a_journey, an_order
from tests.conftest import a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

HOUR = timedelta(hours=1)
RETENTION = timedelta(days=30)


class Run:
    """A chore's work: notes when it is done, and fails as often as it is told."""

    def __init__(self, clock: FrozenClock, *fails: CarrierError) -> None:
        self.times: list[float] = []
        self._clock = clock
        self._fails = list(fails)

    def __call__(self) -> None:
        self.times.append(self._clock.monotonic())
        if self._fails:
            raise self._fails.pop(0)


def with_chore(courier: FakeCourier, run: Callable[[], None], name: str = "regions") -> None:
    courier.chores = [*courier.chores, Chore(name, HOUR, run)]


@pytest.fixture
def other_host(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Backend:
    """Another process on the same database."""
    return build_backend(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={courier.name: courier}, channel=channel
    )


def booked(backend: Backend, order: Order | None = None) -> str:
    barcode: str = json.loads(backend.book(order or an_order()).body)["packages"][0]["barcode"]
    return barcode


def hear(backend: Backend, clock: FrozenClock, number: str, status: Status) -> None:
    event = TrackingEvent(number, "", status, "", status, clock.now())
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard([event]), "TRACE9", OURS)


def erased(store: Store) -> int:
    with store.read() as unit:
        return unit.connection.execute(
            select(func.count()).select_from(shipments).where(shipments.c.erased_at.is_not(None))
        ).scalar_one()


def told(backend: Backend, channel: FakeChannel) -> list[str]:
    while backend.push_statuses.run_once():
        pass
    return [json.loads(body)["event_status"] for body in channel.accepted]


def test_a_chore_is_done_at_its_interval(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    run = Run(clock)
    with_chore(courier, run)
    for _ in range(5):
        backend.clockwork.run_once()
        clock.advance(HOUR / 2)
    assert run.times == [0, 3600, 7200]


def test_a_chore_is_done_once_whichever_host_comes_first(
    backend: Backend, other_host: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    run = Run(clock)
    with_chore(courier, run)
    for host in (backend, other_host, backend):
        host.clockwork.run_once()
    clock.advance(HOUR)
    for host in (other_host, backend):
        host.clockwork.run_once()
    assert len(run.times) == 2


def test_a_chore_is_done_once_though_all_hosts_come_at_the_same_moment(
    backend: Backend, other_host: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    run, start = Run(clock), threading.Barrier(6)
    with_chore(courier, run)

    def come(host: Backend) -> None:
        start.wait()
        host.clockwork.run_once()

    with ThreadPoolExecutor(6) as hosts:
        list(hosts.map(come, [backend, other_host] * 3))
    assert len(run.times) == 1


@pytest.mark.parametrize("error", [Unreachable("fake", "regions"), Busy("the database is away")])
def test_a_chore_that_failed_comes_back_sooner(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, error: CarrierError
) -> None:
    run = Run(clock, error)
    with_chore(courier, run)
    for _ in range(13):
        backend.clockwork.run_once()
        clock.advance(timedelta(minutes=5))
    assert run.times == [0, 300]


def test_one_chore_that_fails_leaves_the_others(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    other = Run(clock)
    with_chore(courier, Run(clock, Unreachable("fake", "regions")))
    with_chore(courier, other, "balance")
    backend.clockwork.run_once()
    assert len(other.times) == 1


def test_a_chore_has_a_minute(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    left: list[float | None] = []
    with_chore(courier, lambda: left.append(BoundsContext(clock).time_left()))
    backend.clockwork.run_once()
    assert left == [60]


def test_how_much_was_done_is_told(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    with_chore(courier, Run(clock))
    assert backend.clockwork.run_once() == 2  # and retention
    assert backend.clockwork.run_once() == 0


def test_a_worker_that_runs_is_alive(backend: Backend) -> None:
    backend.clockwork.run_once()
    assert backend.examine.ready().notes["worker"] == "last heard of 0 s ago"


def test_personal_data_is_erased_so_long_after_the_end(backend: Backend, store: Store, clock: FrozenClock) -> None:
    hear(backend, clock, booked(backend), Status.DELIVERED)
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert erased(store) == 0
    clock.advance(timedelta(minutes=10))
    backend.clockwork.run_once()
    assert erased(store) == 1


def test_what_was_erased_is_still_known_and_not_booked_twice(
    backend: Backend, store: Store, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    barcode = booked(backend, order)
    hear(backend, clock, barcode, Status.DELIVERED)
    clock.advance(RETENTION + HOUR)
    backend.clockwork.run_once()
    with pytest.raises(Conflict, match="booking data was erased"):
        backend.book(order)
    with store.read() as unit:
        assert unit.connection.execute(select(parcels.c.barcode)).scalars().all() == [barcode]
    assert len(courier.creates) == 1


def test_parcels_still_travelling_are_kept(backend: Backend, store: Store, clock: FrozenClock) -> None:
    hear(backend, clock, booked(backend), Status.IN_TRANSIT)
    booked(backend)
    clock.advance(timedelta(days=365))
    backend.clockwork.run_once()
    assert erased(store) == 0


def test_of_a_shipment_with_one_parcel_still_travelling_everything_is_kept(
    backend: Backend, store: Store, clock: FrozenClock
) -> None:
    hear(backend, clock, booked(backend, an_order(parcels=2)), Status.DELIVERED)
    clock.advance(timedelta(days=365))
    backend.clockwork.run_once()
    assert erased(store) == 0


def test_a_parcel_that_turned_round_after_its_delivery_is_kept_until_it_is_back(
    backend: Backend, store: Store, clock: FrozenClock
) -> None:
    number = booked(backend)
    hear(backend, clock, number, Status.DELIVERED)
    clock.advance(timedelta(days=1))
    hear(backend, clock, number, Status.RETURNING)
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert erased(store) == 0
    hear(backend, clock, number, Status.RETURNED)
    clock.advance(RETENTION + HOUR)
    backend.clockwork.run_once()
    assert erased(store) == 1


def test_news_of_an_erased_parcel_is_still_told(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    number = booked(backend)
    hear(backend, clock, number, Status.DELIVERED)
    clock.advance(RETENTION + HOUR)
    backend.clockwork.run_once()
    hear(backend, clock, number, Status.RETURNED)
    assert told(backend, channel) == ["submitted", "delivered", "returned"]


def count_of(store: Store, column: ColumnElement[object]) -> int:
    with store.read() as unit:
        return unit.connection.execute(select(func.count(column))).scalar_one()


def test_a_prebooking_that_nobody_booked_is_forgotten(backend: Backend, store: Store, clock: FrozenClock) -> None:
    backend.prebook(Prebooking(a_journey()))
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert count_of(store, prebookings.c.made_at) == 0


def test_what_a_courier_sent_is_forgotten_in_time(backend: Backend, store: Store, clock: FrozenClock) -> None:
    hear(backend, clock, booked(backend), Status.IN_TRANSIT)
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert count_of(store, deliveries.c.sealed_body) == 1
    clock.advance(HOUR)
    backend.clockwork.run_once()
    assert count_of(store, deliveries.c.sealed_body) == 0


def test_news_of_strangers_is_forgotten_in_time(backend: Backend, store: Store, clock: FrozenClock) -> None:
    hear(backend, clock, "a stranger's", Status.IN_TRANSIT)
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert count_of(store, events.c.id) == 1
    clock.advance(HOUR)
    backend.clockwork.run_once()
    assert count_of(store, events.c.id) == 0


def test_what_was_said_both_ways_is_forgotten_in_time(backend: Backend, store: Store, clock: FrozenClock) -> None:
    said = Exchange(Heading.OUT, "fake", "create", "TRACE1", "POST", "/parcels", clock.now(), 12, 201)
    backend.exchanges.record(said)
    backend.exchanges.write_all()
    clock.advance(RETENTION)
    backend.clockwork.run_once()
    assert count_of(store, exchanges.c.id) == 1
    clock.advance(HOUR)
    backend.clockwork.run_once()
    assert count_of(store, exchanges.c.id) == 0


def test_failed_logins_are_forgotten_after_a_day(backend: Backend, store: Store, clock: FrozenClock) -> None:
    with pytest.raises(NotAllowed):
        backend.admit.client("client-ingrid", "a guess", "192.0.2.1")
    backend.clockwork.run_once()
    assert count_of(store, failed_logins.c.id) == 1
    clock.advance(timedelta(days=1, seconds=1))
    backend.clockwork.run_once()
    assert count_of(store, failed_logins.c.id) == 0


def test_an_outage_that_nobody_looks_into_is_forgotten_after_an_hour(
    backend: Backend, store: Store, clock: FrozenClock
) -> None:
    SharedOutages(store, clock).begin("fake", "an account whose key was changed", timedelta(seconds=30))
    clock.advance(HOUR)
    backend.clockwork.run_once()
    assert count_of(store, outages.c.account) == 1
    clock.advance(HOUR)
    backend.clockwork.run_once()
    assert count_of(store, outages.c.account) == 0
