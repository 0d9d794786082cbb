"""Ingrid away for days, on a driven clock, with thousands of updates waiting; and how they reach her afterwards."""

import json
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import Flask
from requests import ConnectionError, PreparedRequest, Response
from sqlalchemy import func, select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.services.backend import Backend
from carrier_backend.services.push_statuses import THREADS
from carrier_backend.simulator import SimulatorSettings
from carrier_backend.simulator.ingrid import Ingrid
from carrier_backend.simulator.mount import Mount
from carrier_backend.simulator.world import World
from carrier_backend.storage import lanes
from carrier_backend.storage.lanes import Draft
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.storage.tables import lanes as lanes_table
from carrier_backend.storage.tables import messages
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.sessions import new_session
from tests.builders import a_catalogue
from tests.conftest import ENCRYPTION_KEY, a_settings
from tests.day.stage import DrivenClock
from tests.fakes import MONDAY, FakeCourier

SIMULATED = SimulatorSettings(ingrid_carrier="velove", ingrid_hmac_secrets=("a shared secret of the tests' own",))
BASE_URL = "http://ingrid.test"
NEWS = (
    (0, Status.SUBMITTED),
    (2, Status.PICKED_UP),
    (6, Status.IN_TRANSIT),
    (12, Status.AT_DEPOT),
    (20, Status.DELAYED),
    (26, Status.OUT_FOR_DELIVERY),
    (30, Status.DELIVERY_FAILED),
    (36, Status.ARRIVED_AT_PICKUP_POINT),
    (50, Status.RETURNING),
    (70, Status.RETURNED),
)
"""What happens to each parcel, so many hours after Ingrid has gone."""
PAUSE = timedelta(seconds=0.5)
"""Between two looks of the relay at what is due (see loops.py)."""
PASS = timedelta(seconds=0.2)
"""What a pass takes that has something to send: two rounds of its threads, at a tenth of a second each."""
MOST_TRIES = 20
LONGEST_DRAIN = timedelta(minutes=40)
FEW = 160
"""As many as are tried in the passes that are timed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many parcels have news to be told, and for how long Ingrid is away."""

    parcels: int = 1000
    away: timedelta = timedelta(hours=72)

    @property
    def updates(self) -> int:
        return self.parcels * len(NEWS)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it: the updates that Ingrid accepted, in order, and the moments of all calls made to her."""

    plan: Plan
    told: Sequence[Mapping[str, Any]]
    parked: int
    calls_while_away: Sequence[datetime]
    calls_after: Sequence[datetime]
    most_at_once: int
    drained_after: timedelta
    pass_milliseconds: Mapping[str, float]

    @property
    def lost(self) -> int:
        return self.plan.updates - len({_key(update) for update in self.told})

    @property
    def duplicated(self) -> int:
        return sum(times - 1 for times in Counter(map(_key, self.told)).values())

    @property
    def out_of_order(self) -> int:
        """Parcels whose news came in another order than they happened."""
        by_parcel: dict[str, list[str]] = defaultdict(list)
        for update in self.told:
            by_parcel[update["barcode"]].append(update["event_time"])
        return sum(times != sorted(times) for times in by_parcel.values())

    @property
    def tries(self) -> float:
        """How often a parcel's first update was tried while Ingrid was away, on average."""
        return len(self.calls_while_away) / self.plan.parcels

    def faults(self) -> Sequence[str]:
        """What must not be."""
        found = {
            "lost": self.lost > 0,
            "told twice": self.duplicated > 0,
            "out of order": self.out_of_order > 0,
            "parked": self.parked > 0,
            "more calls at once than the relay has threads": self.most_at_once > THREADS,
            "calls that an outage is not worth": self.tries > MOST_TRIES,
            "drained too slowly": self.drained_after > LONGEST_DRAIN,
        }
        return [fault for fault, is_so in found.items() if is_so]

    def lines(self) -> Iterator[str]:
        """All of it, line by line."""
        yield f"{self.plan.updates:,} updates of {self.plan.parcels:,} parcels, away for {self.plan.away}"
        yield f"lost {self.lost}, duplicated {self.duplicated}, parcels out of order {self.out_of_order}"
        yield f"parked {self.parked}"
        later = self.calls_while_away[self.plan.parcels :]
        yield (
            f"while away: {len(self.calls_while_away):,} calls, {self.tries:.1f} for each parcel; "
            f"{worst(self.calls_while_away, timedelta(seconds=1)):,} in the worst second, "
            f"{worst(later, timedelta(hours=1)):,} in the worst hour after the first try"
        )
        yield (
            f"afterwards: all told after {self.drained_after}, {self.most_at_once} calls at once at most, "
            f"{worst(self.calls_after, timedelta(seconds=1)):,} in the worst second"
        )
        few, many = self.pass_milliseconds["few"], self.pass_milliseconds["many"]
        yield f"a pass with all of them waiting takes {many / few:.2f} times as long as with {FEW} waiting"


class Line(Mount):
    """The way to Ingrid, which may be dead; notes every call, and how many there are at once."""

    def __init__(self, app: Any, clock: DrivenClock) -> None:
        super().__init__(app)
        self._clock = clock
        self._lock = threading.Lock()
        self._now = 0
        self.is_dead = False
        self.calls: list[datetime] = []
        self.most_at_once = 0

    def send(self, request: PreparedRequest, *rest: Any, **told: Any) -> Response:
        with self._lock:
            self.calls.append(self._clock.now())
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.is_dead:
                raise ConnectionError("Connection refused", request=request)
            return super().send(request, *rest, **told)
        finally:
            with self._lock:
                self._now -= 1


@dataclass
class Stage:
    """A relay and the way to Ingrid."""

    clock: DrivenClock
    world: World
    store: Store
    backend: Backend
    line: Line

    def enqueue(self, parcels: range, status: Status) -> None:
        """News of these parcels, as booked and told by couriers."""
        for first in range(parcels.start, parcels.stop, 100):
            with self.store.begin() as unit:
                some = range(first, min(first + 100, parcels.stop))
                lanes.enqueue(unit, [_draft(number, status, unit.now) for number in some])

    def run(self, until: datetime) -> None:
        """The relay, until that moment; where nothing is due, time passes."""
        while self.clock.now() < until:
            if self.backend.push_statuses.run_once():
                self.clock.advance(PASS)
            else:
                next_at = max(self.next_at() or until, self.clock.now() + PAUSE)
                self.clock.advance(min(next_at, until) - self.clock.now())

    def drain(self) -> None:
        """Until nothing waits."""
        while (next_at := self.next_at()) is not None:
            self.run(max(next_at, self.clock.now()) + PAUSE)

    def next_at(self) -> datetime | None:
        with self.store.read() as unit:
            earliest: datetime | None = unit.connection.execute(select(func.min(lanes_table.c.due_at))).scalar_one()
        return earliest

    def count(self, state: UpdateState) -> int:
        with self.store.read() as unit:
            return unit.connection.execute(
                select(func.count()).select_from(messages).where(messages.c.state == state)
            ).scalar_one()


@contextmanager
def a_stage(database_url: str) -> Iterator[Stage]:
    """One on an empty database that is of this code's version."""
    world = World(_no_webhooks)
    ingrid = Ingrid(world, SIMULATED)
    world.enter(ingrid)
    app = Flask(__name__)
    app.register_blueprint(ingrid.routes)
    clock, engine = DrivenClock(MONDAY, world), open_engine(database_url)
    store, line = Store(engine, Sealing([ENCRYPTION_KEY]), clock), Line(app, clock)
    settings = a_settings(a_catalogue())
    settings = replace(settings, ingrid=replace(settings.ingrid, base_url=f"{BASE_URL}/ingrid"))
    with closing(new_session()) as session:
        session.mount(BASE_URL, line)
        couriers = {"fake": FakeCourier()}
        backend = build_backend(settings, store=store, clock=clock, session=session, couriers=couriers)
        yield Stage(clock, world, store, backend, line)
    engine.dispose()


def spend(plan: Plan, database_url: str) -> Seen:
    """Live through it."""
    with a_stage(database_url) as stage:
        began, line = stage.clock.now(), stage.line
        line.is_dead = True
        few = min(FEW, plan.parcels // 2)
        stage.enqueue(range(few), Status.SUBMITTED)
        took = {"few": _usual_pass(stage)}
        stage.enqueue(range(few, plan.parcels), Status.SUBMITTED)
        took["many"] = _usual_pass(stage)
        for hours, status in NEWS[1:]:
            stage.run(began + timedelta(hours=hours))
            stage.enqueue(range(plan.parcels), status)
        stage.run(began + plan.away)
        calls_while_away, ends_at = len(line.calls), stage.clock.now()
        line.is_dead = False
        stage.drain()
        pushes = stage.world.state()["ingrid"]["pushes"]
        return Seen(
            plan,
            [push["body"] for push in pushes if push["accepted"]],
            stage.count(UpdateState.PARKED),
            line.calls[:calls_while_away],
            line.calls[calls_while_away:],
            line.most_at_once,
            max(line.calls) - ends_at,
            took,
        )


def worst(moments: Sequence[datetime], span: timedelta) -> int:
    """The most calls in any window of that length, counted from whole multiples of it."""
    windows = groupby(moments, key=lambda moment: int(moment.timestamp() // span.total_seconds()))
    return max((sum(1 for _ in calls) for _, calls in windows), default=0)


def _usual_pass(stage: Stage) -> float:
    """How long a pass takes that claims a whole batch, or all there is, in milliseconds: the median of some."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        tried = stage.backend.push_statuses.run_once()
        took.append((time.perf_counter() - began) * 1000 / max(tried, 1))
        stage.clock.advance(timedelta(seconds=6))
    return statistics.median(took)


def _draft(number: int, status: Status, at: datetime) -> Draft:
    body = {
        "barcode": f"B{number}",
        "shipping_method": "fake-home",
        "shipper_id": "shop-1",
        "event_status": status,
        "event_time": at.isoformat().replace("+00:00", "Z"),
    }
    return Draft(f"REF{number}", str(uuid5(NAMESPACE_URL, "a site")), "TRACE1", json.dumps(body).encode())


def _key(update: Mapping[str, Any]) -> tuple[str, str]:
    return update["barcode"], update["event_status"]


def _no_webhooks(url: str, *_: object) -> tuple[int, bytes]:
    raise AssertionError(f"a webhook to {url}, where none is registered")
