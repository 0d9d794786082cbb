"""What surrounds a courier under test: a journal that can crash, snapshots and accounts in memory."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from carrier_backend.domain.exchanges import Exchange
from carrier_backend.domain.parcels import Facts
from carrier_backend.domain.quotas import Admission, Allowance, Quota, Urgency
from carrier_backend.ports import Account, Clock, Snapshot, Step, Untimely
from carrier_backend.support.breaker import Breaker


class Crash(Exception):
    """The process dies here."""


class MemoryJournal:
    """ports.Journal; the write numbered `crash_before` or `crash_after`, counted from 1, is the process's last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: dict[str, tuple[str, bool, datetime]] = {}
        self._writes = 0
        self.crash_before = 0
        self.crash_after = 0
        self.only_looks = False

    def step(self, name: str) -> Step | None:
        if name not in self._steps:
            return None
        facts, is_done, begun_at = self._steps[name]
        return Step(name, json.loads(facts), is_done, self._clock.now() - begun_at)

    def begin(self, name: str, facts: Facts) -> None:
        if self.only_looks:
            raise Untimely
        self._write({**self._steps, name: (json.dumps(facts), False, self._clock.now())})

    def note(self, name: str, facts: Facts) -> None:
        _, is_done, begun_at = self._steps[name]
        self._write({**self._steps, name: (json.dumps(facts), is_done, begun_at)})

    def done(self, name: str, facts: Facts) -> None:
        _, _, begun_at = self._steps[name]
        self._write({**self._steps, name: (json.dumps(facts), True, begun_at)})

    def withdraw(self, name: str) -> None:
        self._write({other: step for other, step in self._steps.items() if other != name})

    def __len__(self) -> int:
        return len(self._steps)

    def writes_anew(self) -> None:
        """From now on writes are counted from 1 again."""
        self._writes = 0

    def _write(self, steps: Mapping[str, tuple[str, bool, datetime]]) -> None:
        self._writes += 1
        if self._writes == self.crash_before:
            raise Crash
        self._steps = dict(steps)
        if self._writes == self.crash_after:
            raise Crash


class MemorySnapshots:
    """ports.Snapshots."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, Snapshot] = {}

    def read(self, name: str) -> Snapshot | None:
        return self._kept.get(name)

    def keep(self, name: str, content: bytes) -> None:
        kept = self._kept.get(name)
        self._kept[name] = Snapshot(kept.version + 1 if kept else 1, content, self._clock.now())


class MemoryAccounts:
    """ports.Accounts, of one courier."""

    def __init__(self) -> None:
        self.held: dict[str, Account] = {}
        self.spent_for: dict[str, tuple[str, date, Decimal]] = {}

    def of(self, courier: str, shipper_id: str) -> Account | None:
        return self.held.get(shipper_id)

    def every(self, courier: str) -> Sequence[Account]:
        return list(self.held.values())

    def spend(
        self, courier: str, shipper_id: str, day: date, purpose: str, amount: Decimal, limit: Decimal | None
    ) -> bool:
        others = [
            spent
            for name, (who, on, spent) in self.spent_for.items()
            if (who, on) == (shipper_id, day) and name != purpose
        ]
        if limit is not None and sum(others, amount) > limit:
            return False
        self.spent_for[purpose] = (shipper_id, day, amount)
        return True

    def spent(self, courier: str, since: date) -> Mapping[str, Decimal]:
        totals: dict[str, Decimal] = {}
        for shipper_id, day, amount in self.spent_for.values():
            if day >= since:
                totals[shipper_id] = totals.get(shipper_id, Decimal(0)) + amount
        return totals

    def take_back(self, courier: str, purpose: str) -> None:
        self.spent_for.pop(purpose, None)


class MemoryOutages:
    """ports.Outages, of one process; of everybody while `is_everybodys`, and `began` counts all others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.is_everybodys = False
        self.began = 0
        self._until: dict[str, float] = {}

    def seconds_left(self, account: str) -> float | None:
        until = self._clock.monotonic() + 30 if self.is_everybodys else self._until.get(account)
        return None if until is None else max(until - self._clock.monotonic(), 0.0)

    def begin(self, who: str, account: str, pause: timedelta) -> None:
        self.began += 1
        self._pause(account, pause)

    def take_turn(self, account: str, pause: timedelta) -> bool:
        is_due = self.seconds_left(account) == 0
        if is_due:
            self._pause(account, pause)
        return is_due

    def end(self, account: str) -> None:
        self._until.pop(account, None)

    def _pause(self, account: str, pause: timedelta) -> None:
        self._until[account] = self._clock.monotonic() + pause.total_seconds()


def a_breaker(clock: Clock) -> Breaker:
    return Breaker(clock, MemoryOutages(clock))


class MemoryExchanges:
    """ports.Exchanges."""

    def __init__(self) -> None:
        self.recorded: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.recorded.append(exchange)


class MemoryCalls:
    """ports.Calls that notes who was admitted and what was told; `rooms` says for which urgencies there is room.

    `waits` are the seconds that whoever asks next is told to wait, each once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rooms = set(Urgency)
        self.wait_seconds = 1.0
        self.waits: list[float] = []
        self.admitted: list[Urgency] = []
        self.told: list[Allowance] = []
        self.ended = 0

    def admit(self, quota: Quota, urgency: Urgency) -> Admission:
        if urgency not in self.rooms:
            return Admission(None, self.wait_seconds)
        if self.waits:
            return Admission(None, self.waits.pop(0))
        self.admitted.append(urgency)
        return Admission(self._clock.now())

    def over(self, quota: Quota, admission: Admission, told: Sequence[Allowance]) -> None:
        self.ended += 1
        self.told.extend(told)

    def left(self, quota: Quota) -> Mapping[timedelta, int]:
        return {window: limit - len(self.admitted) for window, limit in quota.windows}
