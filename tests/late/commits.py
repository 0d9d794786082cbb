"""Writes that a courier carries out after it was given up on, while the caller repeats and `reconcile` looks."""

import base64
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from tests.chaos import books
from tests.chaos.checker import RULE_OF_THREE, Verdict, check
from tests.chaos.ledgers import Attempt, Ending, Ledgers, Told
from tests.chaos.orders import SELDOM_AT_MOST, Order, orders
from tests.chaos.violations import Kind
from tests.late.stage import Stage, a_stage

COURIERS = ("intigo", "parcel2go", "ecotrack")
ALSO_LATE = 0.5
GIVES_UP, ASKS_AGAIN = 0.15, 0.2
LONGEST_DEADLINE_SECONDS = 12
LATEST_SECONDS = 60
NEVER_ANSWERED_SECONDS = 3600
MEAN_SECONDS_BETWEEN = 60
PAUSE_SECONDS = (1, 60)
MOST_TRIES = 40
LOOK_EVERY, LOOK_IN_REST_EVERY = timedelta(seconds=5), timedelta(minutes=1)
REST = timedelta(hours=1)
"""Longer than a booking nobody came back for goes unsettled, and than anything backs off in so short a time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """So many bookings with a courier, on a database, with that quiet window in seconds."""

    courier: str
    bookings: int
    database_url: str
    quiet_seconds: float = 120
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a plan: how many writes of each kind came late, and how the ledgers compare."""

    plan: Plan
    verdict: Verdict
    late: Mapping[str, int]
    completed_later: int

    def count(self, *kinds: Kind) -> int:
        """How many violations there are of these kinds."""
        return sum(violation.kind in kinds for violation in self.verdict.violations)

    @property
    def duplicates(self) -> int:
        return self.count(Kind.DUPLICATED)

    @property
    def lost(self) -> int:
        """Parcels that nobody knows of, or that a caller was told of and no courier has."""
        return self.count(Kind.LOST, Kind.UNEXPECTED)

    def told(self) -> str:
        """One line of figures."""
        ends = [attempt.ending for attempt in self.verdict.ledgers.attempts]
        late = ", ".join(f"{number:,} x {operation}" for operation, number in self.late.items())
        refused = self.count(Kind.REFUSED_WITHOUT_CAUSE)
        return (
            f"{self.plan.courier:<10} attempted {len(ends):>5,}  acknowledged {ends.count(Ending.ACKNOWLEDGED):>5,}  "
            f"completed later {self.completed_later:>5,}  duplicates {self.duplicates:>3,}  lost {self.lost:>3,}  "
            f"refused without cause {refused:>3,}  late: {late}"
        )


def bound(seen: int) -> str:
    """None in so many: below which rate it is, with 95 % confidence."""
    return f"{RULE_OF_THREE / seen:.2%}" if seen else "none"


class Lives:
    """Callers who come back at moments of their own, or do not."""

    def __init__(self, plan: Plan, stage: Stage) -> None:
        self._plan = plan
        self._stage = stage
        self._chance = random.Random(plan.seed)  # noqa: S311  # no secret hangs on it
        self._due: list[tuple[datetime, int]] = []
        self._orders = _orders(self._chance, plan)
        self.attempts = [Attempt(one.recipient, one.weights_grams, Ending.GIVEN_UP, tries=0) for one in self._orders]

    def live(self) -> None:
        """Until every caller has an answer or has given up, and all that was begun has come to rest."""
        moment = self._stage.clock.now()
        for place in range(len(self._orders)):
            moment += timedelta(seconds=self._chance.expovariate(1 / MEAN_SECONDS_BETWEEN))
            heappush(self._due, (moment, place))
        while self._due:
            self._go_on(self._due[0][0])
            self._ask(heappop(self._due)[1])
        self._go_on(self._stage.clock.now() + REST, LOOK_IN_REST_EVERY)

    def _go_on(self, until: datetime, look_every: timedelta = LOOK_EVERY) -> None:
        """Let the worker look now and then, until that moment."""
        clock = self._stage.clock
        while clock.now() < until:
            self._stage.work()
            clock.advance(min(look_every, max(until - clock.now(), timedelta())))

    def _ask(self, place: int) -> None:
        attempt = self.attempts[place]
        if attempt.tries == 0:
            self._let_be_late(self._orders[place])
        answer = self._stage.book(self._orders[place].body)
        if attempt.ending is Ending.ACKNOWLEDGED:
            self.attempts[place] = _asked_again(attempt, answer.data)
            return
        attempt = replace(attempt, tries=attempt.tries + 1)
        if answer.status_code == 200:
            attempt = replace(attempt, ending=Ending.ACKNOWLEDGED, told=_told(answer.data))
            comes_back = self._chance.random() < ASKS_AGAIN
        elif answer.status_code < 500:
            attempt, comes_back = replace(attempt, ending=Ending.REFUSED), False
        else:
            comes_back = attempt.tries < MOST_TRIES and (attempt.tries > 1 or self._chance.random() >= GIVES_UP)
        self.attempts[place] = attempt
        if comes_back:
            pause = timedelta(seconds=self._chance.uniform(*PAUSE_SECONDS))
            heappush(self._due, (self._stage.clock.now() + pause, place))

    def _let_be_late(self, order: Order) -> None:
        """Of the courier's next writes, some are done at a random moment after their caller has given up."""
        first, *others = _writes(self._plan.courier, order)
        for operation in [first, *(other for other in others if self._chance.random() < ALSO_LATE)]:
            seconds = LONGEST_DEADLINE_SECONDS + self._chance.uniform(0, LATEST_SECONDS)
            told = {"seconds": seconds, "answer_seconds": NEVER_ANSWERED_SECONDS}
            self._stage.script(self._plan.courier, operation, "commit_late", **told)


def spend(plan: Plan) -> Seen:
    """Live through it, and compare the ledgers."""
    with a_stage(plan.database_url, timedelta(seconds=plan.quiet_seconds)) as stage:
        lives = Lives(plan, stage)
        lives.live()
        state = stage.world.state()
    held, heard = books.held(state), books.heard(state)
    verdict = check(Ledgers(lives.attempts, held, heard))
    befallen = [call["operation"] for call in state[plan.courier]["calls"] if call["fault"] == "commit_late"]
    return Seen(
        plan,
        verdict,
        Counter(befallen),
        _completed_later(lives.attempts, {one.recipient for one in held if one.is_live}),
    )


def _completed_later(attempts: list[Attempt], standing: set[str]) -> int:
    """Bookings that were not answered at once, and stand: their caller came back, or nobody did."""
    came_back = [attempt for attempt in attempts if attempt.ending is Ending.ACKNOWLEDGED and attempt.tries > 1]
    gave_up = [attempt.recipient for attempt in attempts if attempt.ending is Ending.GIVEN_UP]
    return len(came_back) + len(standing.intersection(gave_up))


def _writes(courier: str, order: Order) -> tuple[str, ...]:
    """What makes parcels, and what has them paid for or carried; the first of them is late with every booking."""
    match courier:
        case "intigo":
            return ("create",) if len(order.weights_grams) == 1 else ("create_batch",)
        case "parcel2go":
            return ("pay", "create_order")
        case _:
            return ("create", "validate")


def _orders(chance: random.Random, plan: Plan) -> list[Order]:
    found: list[Order] = []
    while len(found) < plan.bookings:
        drawn = orders(chance, 40 * plan.bookings, SELDOM_AT_MOST)
        found = [order for order in drawn if order.courier == plan.courier and order.travels][: plan.bookings]
    return found


def _asked_again(attempt: Attempt, answer: bytes) -> Attempt:
    return replace(attempt, is_always_alike=attempt.is_always_alike and _told(answer) == attempt.told)


def _told(answer: bytes) -> tuple[Told, ...]:
    return tuple(
        Told(package["barcode"], base64.b64decode(package["label_data"]).decode("latin-1"))
        for package in json.loads(answer).get("packages", ())
    )
