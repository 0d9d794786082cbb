"""Whatever Ingrid answers, and wherever the relay dies: every update arrives, in the order of its parcel."""

from collections import Counter, defaultdict
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from carrier_backend.domain.errors import CounterpartError, Declined, LockedOut, Unreachable, Unsure
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.services.oversee import Oversee
from carrier_backend.storage import lanes
from carrier_backend.storage.lanes import Draft
from carrier_backend.storage.tables import messages
from tests.conftest import BY_TEST
from tests.fakes import FakeChannel, FakeCourier, FrozenClock
from tests.machines.stage import Stage

PARCELS = ["A", "B", "C"]
ANSWERS: dict[str, CounterpartError | None] = {
    "accepted": None,
    "away": Unreachable("ingrid", "update status"),
    "refused": Declined("ingrid", "update status", "no such barcode"),
    "locked out": LockedOut("ingrid", "update status", "answered 401"),
}


class LosingChannel(FakeChannel):
    """Accepts an update and loses the answer, so many times."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = 0
        self.lost: Counter[bytes] = Counter()

    def send(self, body: bytes, site_id: str) -> None:
        super().send(body, site_id)
        if self.loses:
            self.loses -= 1
            self.lost[body] += 1
            raise Unsure("ingrid", "update status")


class OutboxMachine(RuleBasedStateMachine):
    """Updates of three parcels, a relay that may die, an Ingrid that answers as it likes, operators who replay."""

    def __init__(self) -> None:
        super().__init__()
        self.channel = LosingChannel()
        self.stage = Stage(FakeCourier(), FrozenClock(), self.channel)
        self.queued: dict[str, int] = dict.fromkeys(PARCELS, 0)
        self.replayed: set[bytes] = set()

    @rule(parcel=st.sampled_from(PARCELS), number=st.integers(1, 3))
    def enqueue(self, parcel: str, number: int) -> None:
        drafts = []
        for _ in range(number):
            self.queued[parcel] += 1
            drafts.append(Draft(parcel, "site", "TRACE1", f"{parcel}:{self.queued[parcel]}".encode()))
        with self.stage.store.begin() as unit:
            lanes.enqueue(unit, drafts)

    @rule(answer=st.sampled_from(sorted(ANSWERS)), parcel=st.sampled_from(["", *PARCELS]))
    def ingrid_answers(self, answer: str, parcel: str) -> None:
        error = ANSWERS[answer]
        if error:
            self.channel.refuse(error, parcel)
        else:
            self.channel.agree()

    @rule()
    def an_answer_is_lost(self) -> None:
        self.channel.loses = 1

    @rule()
    def send(self) -> None:
        self.stage.backend.push_statuses.run_once()

    @rule(points=st.integers(0, 3))
    def send_and_die(self, points: int) -> None:
        self.stage.process.die_after(points)
        before = Counter(self.channel.accepted)
        kills = self.stage.process.kills
        self.stage.process.run(self.stage.backend.push_statuses.run_once)
        if self.stage.process.kills > kills:  # whether it was settled is known to nobody
            self.channel.lost += Counter(self.channel.accepted) - before

    @rule(minutes=st.sampled_from([0.1, 1, 2, 10, 60, 600, 4800]))
    def time_passes(self, minutes: float) -> None:
        self.stage.clock.advance(timedelta(minutes=minutes))

    @precondition(lambda self: self._parked())
    @rule()
    def an_operator_replays(self) -> None:
        id = self._parked()[0]
        self.oversee.replay(id, BY_TEST)
        known = set(self.channel.accepted) - set(self.channel.lost)  # where the answer was lost, it is told once more
        self.replayed |= self._bodies() - known

    @invariant()
    def nothing_is_told_twice_unless_an_answer_was_lost(self) -> None:
        for body, times in Counter(self.channel.accepted).items():
            assert times <= 1 + self.channel.lost[body]

    @invariant()
    def a_parcels_updates_are_told_in_order(self) -> None:
        told: dict[str, list[int]] = defaultdict(list)
        for body in self.channel.accepted:
            parcel, number = body.decode().split(":")
            if body not in self.replayed:
                told[parcel].append(int(number))
        assert all(numbers == sorted(numbers) for numbers in told.values())

    def teardown(self) -> None:
        """Ingrid is well again, and operators replay what was parked: everything arrives."""
        try:
            self.stage.process.live_on()
            self.channel.agree()
            self.channel.loses = 0
            self._drain()
            for id in self._parked():
                self.oversee.replay(id, BY_TEST)
            self._drain()
            assert self._bodies() - set(self.channel.accepted) == set()
            self.nothing_is_told_twice_unless_an_answer_was_lost()
        finally:
            self.stage.close()

    @property
    def oversee(self) -> Oversee:
        return self.stage.backend.oversee

    def _drain(self) -> None:
        for _ in range(4):
            self.stage.clock.advance(timedelta(hours=11))
            while self.stage.backend.push_statuses.run_once():
                pass

    def _bodies(self) -> set[bytes]:
        return {f"{parcel}:{number + 1}".encode() for parcel in PARCELS for number in range(self.queued[parcel])}

    def _parked(self) -> list[int]:
        parked = select(messages.c.id).where(messages.c.state == UpdateState.PARKED).order_by(messages.c.id)
        with self.stage.store.read() as unit:
            return list(unit.connection.execute(parked).scalars())


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
