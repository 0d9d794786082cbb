"""One run on one database: bookings while everything dies, then calm, then the ledgers are compared."""

import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos import books
from tests.chaos.checker import Verdict, check
from tests.chaos.ingrid import Client
from tests.chaos.journeys import Courier
from tests.chaos.ledgers import Attempt, Ending, Heard, Held, Ledgers
from tests.chaos.operators import Operator
from tests.chaos.orders import Order, orders, seldom_share
from tests.chaos.postgres import ImmediatelyStopped
from tests.chaos.stage import WORKERS, Stage, set_up
from tests.chaos.troubles import Troubles

CALM_SECONDS = 420
"""Leases run out, the longest after three minutes, one after the other; then there is what waited for them."""
LOOK_EVERY_SECONDS = 3
LOOKS_ALIKE = 5
"""So many in a row that find nothing open and nothing new: longer than a courier goes unasked for news."""
LONGEST_LIFE_SECONDS = 60
"""How long one booking may keep its caller busy, more or less: there are callers enough for all."""

LEAST_ACKNOWLEDGED = 0.7
"""Of all bookings: who is answered by nobody loses nothing."""

Life = tuple[Order, Attempt]


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a run is; bookings begin all through the first `seconds`, and so long processes are killed."""

    database: str
    bookings: int
    kills: int
    restarts: int
    seconds: float
    seed: int
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a plan; `open` names what had not come to rest when patience ended."""

    plan: Plan
    verdict: Verdict
    kills: Mapping[str, int]
    open: tuple[str, ...]
    seconds: float

    @property
    def is_well(self) -> bool:
        return not self.verdict.violations and not self.open and not [*self.shows_too_little()]

    def shows_too_little(self) -> Iterator[str]:
        """Why it would prove nothing, though nothing were wrong."""
        endings = [attempt.ending for attempt in self.verdict.ledgers.attempts]
        if (acknowledged := endings.count(Ending.ACKNOWLEDGED)) < LEAST_ACKNOWLEDGED * self.plan.bookings:
            yield f"{acknowledged} of {self.plan.bookings} bookings were acknowledged"
        restarts = self.kills.get("database", 0)
        if (killed := sum(self.kills.values()) - restarts) < self.plan.kills:
            yield f"{killed} of {self.plan.kills} processes were killed"
        if self.plan.database == "postgresql" and restarts < self.plan.restarts:
            yield f"the database was restarted {restarts} of {self.plan.restarts} times"

    def told(self) -> Iterator[str]:
        """The figures, line by line, and every violation."""
        killed = ", ".join(f"{number} x {what}" for what, number in sorted(self.kills.items()))
        yield f"{self.plan.database}, seed {self.plan.seed}, {self.seconds:.0f} s; killed: {killed or 'nothing'}"
        yield from (f"  {name:<30}{figure}" for name, figure in self.verdict.figures().items())
        yield from (f"  ! {violation}" for violation in self.verdict.violations)
        yield from (f"  ! not at rest: {what}" for what in self.open)
        yield from (f"  ! shows too little: {what}" for what in self.shows_too_little())


def run(plan: Plan) -> Run:
    """Carry a plan out, from nothing to nothing; what is to be kept are the logs and the ledgers."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of everything to be ended
    with tempfile.TemporaryDirectory(prefix="carrier-chaos-") as name:
        folder = Path(name)
        try:
            with _database(plan.database, folder) as (url, restart), set_up(url, folder) as stage:
                storm = Storm(plan, stage, restart)
                verdict = storm()
        finally:
            if plan.keep:
                shutil.copytree(folder, plan.keep / plan.database, dirs_exist_ok=True)
    return Run(plan, verdict, dict(storm.kills), storm.open, time.monotonic() - began)


class Storm:
    """The play itself."""

    def __init__(self, plan: Plan, stage: Stage, restart: Callable[[], None] | None) -> None:
        self._plan = plan
        self._stage = stage
        self._restart = restart
        self._began = time.monotonic()
        self.kills: Mapping[str, int] = {}
        self.open: tuple[str, ...] = ()

    def __call__(self) -> Verdict:
        """Bookings while everything dies; rest; what was acknowledged, asked once more; rest."""
        chance = random.Random(self._plan.seed)  # noqa: S311  not for secrets
        credentials, token = self._stage.start()
        client, operator = Client(self._stage.urls, credentials), Operator(self._stage.urls, token)
        calm = threading.Event()
        troubles = Troubles(self._stage, chance, calm)
        with _going_on(self._works(troubles), calm):
            lives = self._live_all(client, chance)
        self.kills = troubles.kills
        self._stage.heal()
        self._stage.wait_until_ready()
        self._say(f"{len(lives)} bookings began, {sum(self.kills.values())} processes were killed; all is calm")
        self._come_to_rest(operator, lives)
        self._say("at rest; what was acknowledged is asked for once more")
        lives = [(order, _asked_again(client, order, attempt, chance)) for order, attempt in lives]
        self._come_to_rest(operator, lives)
        return check(self._ledgers(lives, operator))

    def _works(self, troubles: Troubles) -> Sequence[Callable[[], None]]:
        plan, restart = self._plan, self._restart
        works = [lambda: troubles.kill(plan.kills, plan.seconds), troubles.script_faults]
        if restart:
            works.append(lambda: troubles.restart_database(restart, plan.restarts, plan.seconds))
        return works

    def _live_all(self, client: Client, chance: random.Random) -> list[Life]:
        """Each order begins at a moment of its own, and is brought home once it is acknowledged."""
        number, began = self._plan.bookings, time.monotonic()
        seldom = seldom_share(number, self._plan.seconds)
        courier = Courier(self._stage)

        def live(order: Order, moment: float, chance: random.Random) -> Life:
            time.sleep(max(began + moment - time.monotonic(), 0))
            attempt = client.book(order, chance)
            return order, courier.bring_home(order, attempt, chance)

        at_once = int(number * LONGEST_LIFE_SECONDS / self._plan.seconds) + 1
        with ThreadPoolExecutor(min(number, at_once)) as pool:
            moments = sorted(chance.uniform(0, self._plan.seconds) for _ in range(number))
            lives = [
                pool.submit(live, order, moment, random.Random(chance.random()))  # noqa: S311  not for secrets
                for order, moment in zip(orders(chance, number, seldom), moments, strict=True)
            ]
            return [one.result() for one in lives]

    def _come_to_rest(self, operator: Operator, lives: Sequence[Life]) -> None:
        """Wait until nothing is left for the backend to settle, to tell, or to learn."""
        ends_at = time.monotonic() + CALM_SECONDS
        alike, before = 0, -1
        while alike < LOOKS_ALIKE and time.monotonic() < ends_at:
            time.sleep(LOOK_EVERY_SECONDS)
            state = self._stage.state()
            heard = books.heard(state)
            wishes = [barcode for _, attempt in lives for barcode in attempt.wishes]
            unsettled = (*operator.unsettled(), *operator.unasked(wishes))
            self.open = (*unsettled, *_drafts(books.held(state)), *_unheard(lives, heard))
            now = len(heard)
            alike, before = alike + 1 if now == before and not self.open else 0, now

    def _say(self, what: str) -> None:
        """How far it is, for whoever waits."""
        seconds = time.monotonic() - self._began
        sys.stderr.write(f"{self._plan.database}, after {seconds:.0f} s: {what}\n")

    def _ledgers(self, lives: Sequence[Life], operator: Operator) -> Ledgers:
        state, attempts = self._stage.state(), [attempt for _, attempt in lives]
        if self._plan.keep:
            self._stage.folder.joinpath("state.json").write_text(json.dumps(state))
            self._stage.folder.joinpath("attempts.json").write_text(json.dumps([asdict(one) for one in attempts]))
        stuck = operator.stuck()
        return Ledgers(
            attempts,
            books.held(state),
            books.heard(state),
            operator.shown(),
            frozenset(attempt.recipient for order, attempt in lives if order.external_id in stuck),
            # One restart of the database befalls all workers.
            self.kills.get("worker", 0) + WORKERS * self.kills.get("database", 0),
            books.refusals(state),
        )


def _asked_again(client: Client, order: Order, attempt: Attempt, chance: random.Random) -> Attempt:
    """The same bytes are to come, and nothing new at any courier; what was wholly cancelled would be booked anew."""
    is_standing = any(told.barcode not in attempt.wishes for told in attempt.told)
    return client.ask_again(order, attempt, chance) if is_standing else attempt


def _drafts(held: Sequence[Held]) -> Iterator[str]:
    """What a courier has, and what is yet to be validated or deleted there."""
    for one in held:
        if one.is_live and not one.is_binding:
            yield f"{one.number} is a draft at {one.courier}"


def _unheard(lives: Sequence[Life], heard: Sequence[Heard]) -> Iterator[str]:
    """Parcels of which Ingrid has yet to hear how they ended."""
    known = {(one.barcode, one.status) for one in heard if one.is_accepted}
    for _, attempt in lives:
        for barcode, statuses in attempt.happened.items():
            if (barcode, statuses[-1]) not in known:
                yield f"nobody has told Ingrid that {barcode} is {statuses[-1]}"


@contextmanager
def _database(name: str, folder: Path) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """Where it is, and how to stop it at once and start it again, if it is a server."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'carrier.db'}", None
        return
    with ImmediatelyStopped() as server:
        yield server.url, server.restart


@contextmanager
def _going_on(works: Sequence[Callable[[], Any]], end: threading.Event) -> Iterator[None]:
    """Each in a thread of its own, until the end; raises what any of them raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        started = [pool.submit(work) for work in works]
        try:
            yield
        finally:
            end.set()
    for one in started:
        one.result()
