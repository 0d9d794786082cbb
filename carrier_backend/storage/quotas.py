"""Calls counted for all processes and hosts at once, so that no window ever sees more of them than is allowed.

A window is cut into slots, and what counts are all slots that it touches, so that the count is never below that of the
true, sliding window. A call stands in the slot of its admission, and once it is over in that of its end: whenever in
between they have counted it, their windows hold no more than ours.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Row, bindparam, delete, select, update

from carrier_backend.domain.quotas import Admission, Allowance, Quota, Urgency
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import calls, quotas

SLOTS = 60
"""In a window: a second of a minute, a minute of an hour, less than half an hour of a day."""
SHORTEST_PAUSE = timedelta(seconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One window of an account at a moment: calls by slot, and what they told is left of it until its reset."""

    length: timedelta
    limit: int
    even: int
    """So many calls in each such span could be kept up for ever; for the shortest of all, its limit."""
    now: datetime
    made: Mapping[int, int]
    remaining: int | None = None
    resets_at: datetime | None = None

    @property
    def slot(self) -> int:
        return self.slot_of(self.now)

    @property
    def oldest_slot(self) -> int:
        """The oldest slot that counts."""
        return self.slot - math.ceil(self.length / self._slot_length)

    @property
    def left(self) -> int:
        """How many calls there is room for."""
        return max(min(self._own_left, self._told_left), 0)

    def slot_of(self, moment: datetime) -> int:
        return (moment - _EPOCH) // self._slot_length

    def wait(self, urgency: Urgency) -> timedelta:
        """How long until there may be room for a call of that urgency; nothing where there is."""
        wanted = self.limit - self._share(urgency) + 1
        wait = self._wait_for_slots(wanted)
        if self.resets_at is not None and self._told_left < wanted:
            wait = max(wait, self.resets_at - self.now)
        return wait

    def told(self, left: int, resets_at: datetime | None) -> Self:
        """The window as it stands after their word; a pause is not ended by an answer that was given before it."""
        until = min(resets_at or self.now + self.length, self.now + self.length)
        if left <= 0:
            until = max(until, self.now + SHORTEST_PAUSE)
        if until <= self.now:
            return self
        if self.resets_at is None or (self._told_left > 0 and until > self.resets_at):
            return replace(self, remaining=left, resets_at=until)
        until = max(until, self.resets_at) if left <= 0 else self.resets_at
        return replace(self, remaining=min(left, self._told_left), resets_at=until)

    def _share(self, urgency: Urgency) -> int:
        """How much of the window calls of that urgency may use up; whatever the rest was used for."""
        match urgency:
            case Urgency.NOW:
                return self.limit
            case Urgency.SOON:
                return self.limit - self.limit // 5
            case Urgency.SPARE:  # or the day's calls would be gone before the day is
                return max(self.even // 3, 1)

    @property
    def _slot_length(self) -> timedelta:
        return self.length / SLOTS

    @property
    def _own_left(self) -> int:
        return self.limit - sum(self.made.values())

    @property
    def _told_left(self) -> int:
        return self.limit if self.remaining is None else self.remaining

    def _wait_for_slots(self, wanted: int) -> timedelta:
        left, wait = self._own_left, timedelta()
        for slot, made in sorted(self.made.items()):
            if left >= wanted:
                break
            left += made
            wait = (slot - self.oldest_slot + 1) * self._slot_length - (self.now - _EPOCH) % self._slot_length
        return wait


class SharedCalls:
    """ports.Calls in the database, by its clock."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, quota: Quota, urgency: Urgency) -> Admission:
        with self._store.begin() as unit:
            windows = _locked(unit, quota)
            wait = max(window.wait(urgency) for window in windows)
            if wait:
                return Admission(None, wait.total_seconds())
            _count(unit, quota.account, windows)
            return Admission(unit.now)

    def over(self, quota: Quota, admission: Admission, told: Sequence[Allowance]) -> None:
        with self._store.begin() as unit:
            windows = _locked(unit, quota)
            if admission.counted_at:
                _count_as_made_now(unit, quota.account, windows, admission.counted_at)
            _keep_told(unit, quota.account, windows, told)

    def left(self, quota: Quota) -> Mapping[timedelta, int]:
        with self._store.read() as unit:
            told = unit.connection.execute(_TOLD, {"account": quota.account}).all()
            return {window.length: window.left for window in _windows(unit, quota, told)}


_TOLD = select(quotas).where(quotas.c.account == bindparam("account")).order_by(quotas.c.window_us)
_MADE = select(calls).where(calls.c.account == bindparam("account"))


def _locked(unit: Unit, quota: Quota) -> list[Window]:
    """The windows of an account, nobody else's until the transaction ends."""
    locked = _TOLD.with_for_update()
    told = unit.connection.execute(locked, {"account": quota.account}).all()
    lengths = {length // _MICROSECOND for length, _ in quota.windows}
    if new := lengths - {row.window_us for row in told}:
        rows = [{"account": quota.account, "window_us": length} for length in sorted(new)]
        unit.connection.execute(insert(unit, quotas).on_conflict_do_nothing(), rows)
        told = unit.connection.execute(locked, {"account": quota.account}).all()
    return _windows(unit, quota, told)


def _windows(unit: Unit, quota: Quota, told: Sequence[Row[Any]]) -> list[Window]:
    """The windows by what was told of them, read before the clock: who waited for a lock has the later moment."""
    made = unit.connection.execute(_MADE, {"account": quota.account}).all()
    shortest = min(length for length, _ in quota.windows)
    windows = [
        Window(length, limit, limit if length == shortest else _even(quota, length), unit.now, {})
        for length, limit in quota.windows
    ]
    return [_as_kept(window, told, made) for window in windows]


def _even(quota: Quota, length: timedelta) -> int:
    return min(most * length // other for other, most in quota.windows)


def _as_kept(window: Window, told: Sequence[Row[Any]], made: Sequence[Row[Any]]) -> Window:
    microseconds = _us(window)
    slots = {row.slot: row.made for row in made if row.window_us == microseconds and row.slot >= window.oldest_slot}
    words = [row for row in told if row.window_us == microseconds and row.resets_at and row.resets_at > window.now]
    return replace(
        window,
        made=slots,
        remaining=words[0].remaining if words else None,
        resets_at=words[0].resets_at if words else None,
    )


_FORGET = delete(calls).where(
    calls.c.account == bindparam("of"),
    calls.c.window_us == bindparam("window"),
    calls.c.slot < bindparam("oldest"),
)
_USE_UP = (
    update(quotas)
    .where(quotas.c.account == bindparam("of"), quotas.c.remaining > 0)
    .values(remaining=quotas.c.remaining - 1)
)
_TAKE_OUT = (
    update(calls)
    .where(
        calls.c.account == bindparam("of"),
        calls.c.window_us == bindparam("window"),
        calls.c.slot == bindparam("at_slot"),
    )
    .values(made=calls.c.made - 1)
)
_TELL = (
    update(quotas)
    .where(quotas.c.account == bindparam("of"), quotas.c.window_us == bindparam("window"))
    .values(remaining=bindparam("left"), resets_at=bindparam("until"))
)


def _count(unit: Unit, account: str, windows: Sequence[Window]) -> None:
    """Count one call made now; those that no longer count are forgotten."""
    unit.connection.execute(
        _FORGET, [{"of": account, "window": _us(window), "oldest": window.oldest_slot} for window in windows]
    )
    _put_in(unit, account, windows)
    if any(window.resets_at for window in windows):
        unit.connection.execute(_USE_UP, {"of": account})


def _put_in(unit: Unit, account: str, windows: Sequence[Window]) -> None:
    statement = insert(unit, calls)
    unit.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "window_us", "slot"], set_={"made": calls.c.made + statement.excluded.made}
        ),
        [{"account": account, "window_us": _us(window), "slot": window.slot, "made": 1} for window in windows],
    )


def _count_as_made_now(unit: Unit, account: str, windows: Sequence[Window], counted_at: datetime) -> None:
    """Move a call from the slots of its admission to those of now."""
    if moved := [window for window in windows if window.slot_of(counted_at) < window.slot]:
        unit.connection.execute(
            _TAKE_OUT,
            [{"of": account, "window": _us(window), "at_slot": window.slot_of(counted_at)} for window in moved],
        )
        _put_in(unit, account, moved)


def _keep_told(unit: Unit, account: str, windows: Sequence[Window], told: Sequence[Allowance]) -> None:
    after = [_after(window, told) for window in windows]
    if news := [window for window in after if window not in windows]:
        unit.connection.execute(
            _TELL,
            [
                {"of": account, "window": _us(window), "left": window.remaining, "until": window.resets_at}
                for window in news
            ],
        )


def _after(window: Window, told: Sequence[Allowance]) -> Window:
    for allowance in told:
        if allowance.window == window.length:
            window = window.told(allowance.remaining, allowance.resets_at)
    return window


def _us(window: Window) -> int:
    return window.length // _MICROSECOND
