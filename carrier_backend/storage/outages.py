"""Accounts that are cut off for now, known to all processes and hosts (see support/breaker.py)."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select, update

from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Clock
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import outages

FRESH_SECONDS = 1.0
FORGOTTEN_AFTER = timedelta(hours=1)
"""Nobody has tried for so long: the account is not in use, for its key was changed, or its merchant has left."""

log = structlog.get_logger()


def accounts_cut_off(unit: Unit) -> Mapping[str, int]:
    """How many accounts that are in use are cut off at each courier that any is cut off at."""
    is_in_use = outages.c.probe_at > unit.now - FORGOTTEN_AFTER
    counted = select(outages.c.who, func.count().label("accounts")).where(is_in_use).group_by(outages.c.who)
    return {row.who: row.accounts for row in unit.connection.execute(counted)}


def forget_unused(unit: Unit) -> None:
    """Outages that nobody would ever see the end of."""
    unit.connection.execute(delete(outages).where(outages.c.probe_at <= unit.now - FORGOTTEN_AFTER))


class SharedOutages:
    """ports.Outages in the database, by its clock; read from memory for a second.

    A database that does not answer cuts nobody off and lets nobody try: nothing can be booked without it anyway.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: Mapping[str, float] = {}
        self._read_at = float("-inf")

    def seconds_left(self, account: str) -> float | None:
        with self._lock:
            if self._clock.monotonic() - self._read_at >= FRESH_SECONDS:
                with suppress(Busy):
                    self._read()
                self._read_at = self._clock.monotonic()
            ends_at = self._ends.get(account)
        return None if ends_at is None else max(ends_at - self._clock.monotonic(), 0.0)

    def begin(self, who: str, account: str, pause: timedelta) -> None:
        with suppress(Busy), self._store.begin() as unit:
            row = {"account": account, "who": who, "began_at": unit.now, "probe_at": unit.now + pause}
            unit.connection.execute(insert(unit, outages).values(row).on_conflict_do_nothing())
        log.error("courier cut off", who=who, seconds=pause.total_seconds())
        self._read_anew()

    def take_turn(self, account: str, pause: timedelta) -> bool:
        is_ours = False
        with suppress(Busy), self._store.begin() as unit:
            due = update(outages).where(outages.c.account == account, outages.c.probe_at <= unit.now)
            is_ours = unit.connection.execute(due.values(probe_at=unit.now + pause)).rowcount == 1
        self._read_anew()
        return is_ours

    def end(self, account: str) -> None:
        with suppress(Busy), self._store.begin() as unit:
            unit.connection.execute(delete(outages).where(outages.c.account == account))
        log.info("courier answers again")
        self._read_anew()

    def _read(self) -> None:
        with self._store.read() as unit:
            rows = unit.connection.execute(select(outages.c.account, outages.c.probe_at)).all()
            now = self._clock.monotonic()
            self._ends = {row.account: now + (row.probe_at - unit.now).total_seconds() for row in rows}

    def _read_anew(self) -> None:
        with self._lock:
            self._read_at = float("-inf")
