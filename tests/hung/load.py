"""Bookings at a constant rate while a courier, or Ingrid's webhook, hangs now and then: what others come to feel."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carrier_backend.simulator import ecotrack_api, intigo_api, parcel2go_api
from tests.chaos.orders import SELDOM_AT_MOST, Order, orders
from tests.chaos.stage import Stage, set_up

COURIERS = {
    "intigo": intigo_api.OPERATIONS,
    "parcel2go": parcel2go_api.OPERATIONS,
    "ecotrack": ecotrack_api.OPERATIONS,
}
SYSTEMS: Mapping[str, Iterable[str]] = {**COURIERS, "ingrid": ("push",)}
"""Whatever may hang, with its operations."""
ECOTRACK_A_SECOND = 0.1
"""At most: it takes 50 calls a minute, and a booking is some of them."""
PATIENCE_SECONDS, RETRIES, PAUSE_SECONDS = 10, 5, 2.0
"""As Ingrid's: how long she waits, how often she tries again, and after how long."""
HANGS_SECONDS, ALWAYS = 120, 10**9
MEND_SECONDS = 40
"""After it hung, a courier is tried again within half a minute, and then is as before."""
WARM_UP_SECONDS = 10
CALLERS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Bookings a second with each courier, through so many pairs of phases, undisturbed and disturbed in turn."""

    hanging: str
    rate: float
    seconds: float
    pairs: int
    seed: int = 1


@dataclass(slots=True)
class Felt:
    """What callers of one courier felt: the seconds of each answer that was a booking, and what else they got."""

    seconds: list[float] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """In milliseconds; the least that so large a share of answers did not exceed."""
        ranked = sorted(self.seconds)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)] * 1000 if ranked else 0.0


@dataclass(slots=True)
class Condition:
    """All that was felt while a courier was well, or hung."""

    couriers: dict[str, Felt] = field(default_factory=lambda: {name: Felt() for name in COURIERS})
    health: list[float] = field(default_factory=list)
    most_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Both conditions, side by side."""

    plan: Plan
    well: Condition
    hung: Condition

    @property
    def others(self) -> Sequence[str]:
        return [name for name in COURIERS if name != self.plan.hanging]

    def ratio(self, courier: str) -> float:
        """How much longer one in a hundred waits at least."""
        before = self.well.couriers[courier].quantile(0.99)
        return self.hung.couriers[courier].quantile(0.99) / before if before else float("inf")

    def faults(self, most: float) -> Sequence[str]:
        """What must not be."""
        slow = [f"{name}: p99 more than {most:g} times as long" for name in self.others if self.ratio(name) > most]
        errors = {name: Counter(self._errors(name)) for name in self.others}
        failed = [
            f"{name}: {number} x {status or 'no answer'}"
            for name in self.others
            for status, number in errors[name].items()
        ]
        return [*slow, *failed]

    def lines(self) -> Iterator[str]:
        """All of it, line by line."""
        for name in self.others:
            for word, condition in (("well", self.well), ("hung", self.hung)):
                felt = condition.couriers[name]
                yield (
                    f"{name:<10} {self.plan.hanging} {word}: {len(felt.seconds):>5,} booked  "
                    f"p50 {felt.quantile(0.5):>7.0f} ms  p99 {felt.quantile(0.99):>7.0f} ms  errors {len(felt.errors)}"
                )
            yield f"{name:<10} p99 is {self.ratio(name):.2f} times as long"
        if waited := self.hung.couriers.get(self.plan.hanging):
            yield (
                f"{self.plan.hanging} while it hung: {len(waited.seconds)} booked, {len(waited.errors)} tries not, "
                f"{self.hung.most_waiting} callers waiting at once at most"
            )
        for word, condition in (("well", self.well), ("hung", self.hung)):
            yield f"/healthz, {word}: {max(condition.health, default=0) * 1000:.0f} ms at most"

    def _errors(self, courier: str) -> list[int]:
        return self.well.couriers[courier].errors + self.hung.couriers[courier].errors


class Load:
    """Callers that come whether or not those before them were answered."""

    def __init__(self, plan: Plan, stage: Stage, credentials: Mapping[str, str]) -> None:
        self._plan = plan
        self._stage = stage
        self._chance = random.Random(plan.seed)  # noqa: S311  # no secret hangs on it
        self._orders = _orders(self._chance, plan)
        answer = call("POST", f"{stage.urls[0]}/oauth/token", credentials)
        self._token = json.loads(answer[1])["access_token"]
        self._lock = threading.Lock()
        self._waiting = 0

    def run(self) -> Seen:
        """Well and hung in turn, so that what befalls the machine befalls both."""
        seen = Seen(self._plan, Condition(), Condition())
        self._phase(Condition(), WARM_UP_SECONDS)
        for _ in range(self._plan.pairs):
            self._phase(seen.well, self._plan.seconds)
            self._phase(seen.hung, self._plan.seconds, self._hanging)
            self._phase(Condition(), MEND_SECONDS)
        return seen

    @contextmanager
    def _hanging(self) -> Iterator[None]:
        name = self._plan.hanging
        for operation in SYSTEMS[name]:
            told = {"fault": "hang_before", "seconds": HANGS_SECONDS, "times": ALWAYS}
            self._stage.control({"system": name, "operation": operation, **told})
        yield
        self._stage.control({"system": name, "heal": {}})

    def _phase(
        self, condition: Condition, seconds: float, around: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """So long; callers who have no answer then are still waited for."""
        with ThreadPoolExecutor(CALLERS) as callers, around():
            began = time.monotonic()
            callers.submit(self._watch, condition, began + seconds)
            for moment, name in self._arrivals(seconds):
                time.sleep(max(began + moment - time.monotonic(), 0))
                callers.submit(self._book, condition, name, next(self._orders[name]))
            time.sleep(max(began + seconds - time.monotonic(), 0))

    def _arrivals(self, seconds: float) -> list[tuple[float, str]]:
        """When whom: at a constant rate, each courier a bit beside the others."""
        found = []
        for place, name in enumerate(COURIERS):
            rate = min(self._plan.rate, ECOTRACK_A_SECOND) if name == "ecotrack" else self._plan.rate
            number = int(seconds * rate)
            found.append([((n + place / len(COURIERS)) / rate, name) for n in range(number)])
        return sorted(chain.from_iterable(found))

    def _book(self, condition: Condition, name: str, order: Order) -> None:
        """Try, and where it is worth it try again; only a first answer counts as one that came in time."""
        felt = condition.couriers[name]
        for _ in range(RETRIES + 1):
            began = time.monotonic()
            with self._waited_for(condition, name):
                status, _ = call("POST", f"{self._chance.choice(self._stage.urls)}/booking", order.body, self._token)
            if status == 200:
                felt.seconds.append(time.monotonic() - began)
                return
            felt.errors.append(status)
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def _waited_for(self, condition: Condition, name: str) -> Iterator[None]:
        is_hanging = name == self._plan.hanging
        with self._lock:
            self._waiting += is_hanging
            condition.most_waiting = max(condition.most_waiting, self._waiting)
        yield
        with self._lock:
            self._waiting -= is_hanging

    def _watch(self, condition: Condition, ends_at: float) -> None:
        """What a load balancer would look at."""
        while time.monotonic() < ends_at:
            for url in self._stage.urls:
                began = time.monotonic()
                call("GET", f"{url}/healthz")
                condition.health.append(time.monotonic() - began)
            time.sleep(1)


def spend(plan: Plan, database_url: str, folder: Path) -> Seen:
    """Start everything, load it, and end it."""
    with set_up(database_url, folder) as stage:
        credentials, _ = stage.start()
        return Load(plan, stage, credentials).run()


def call(method: str, url: str, body: Mapping[str, Any] | None = None, token: str = "") -> tuple[int, bytes]:
    """Status and body; 0 where there was no answer in time."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "x-api-version": "v1.0", "Authorization": f"Bearer {token}"}
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, parts.path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def _orders(chance: random.Random, plan: Plan) -> Mapping[str, Iterator[Order]]:
    """More than will be booked, of each courier."""
    seconds = WARM_UP_SECONDS + plan.pairs * (2 * plan.seconds + MEND_SECONDS)
    drawn = orders(chance, int(8 * plan.rate * seconds) + 100, SELDOM_AT_MOST)
    return {name: iter([one for one in drawn if one.courier == name and one.travels]) for name in COURIERS}
