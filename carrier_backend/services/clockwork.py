"""What is due once in the whole cluster: couriers' chores, retention, and the worker's own heartbeat."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import structlog

from carrier_backend.domain.errors import Busy, CounterpartError
from carrier_backend.ports import Bounds, Chore, Courier
from carrier_backend.storage import accounts, endings, exchanges, outages, prebookings, spendings, ticks, tracking
from carrier_backend.storage.store import Store, Unit

log = structlog.get_logger()
CHORE_SECONDS = 60
AFTER_FAILURE = timedelta(minutes=5)
ERASED_AT_ONCE = 200
FORGOTTEN_AT_ONCE = 2000


class Clockwork:
    """Do each chore at its interval, on whichever host comes first."""

    def __init__(self, store: Store, couriers: Mapping[str, Courier], bounds: Bounds, retention: timedelta) -> None:
        self._store = store
        self._couriers = couriers
        self._bounds = bounds
        self._retention = retention
        self._name = f"worker-{secrets.token_hex(4)}"

    def run_once(self) -> int:
        """Do whatever is due; how many chores that was."""
        with self._store.begin() as unit:
            ticks.beat(unit, self._name)
        return sum(self._do(chore) for chore in self._chores())

    def _chores(self) -> Iterator[Chore]:
        yield Chore("retention", timedelta(minutes=10), self._erase_what_is_over)
        for courier in self._couriers.values():
            for chore in courier.chores:
                yield Chore(f"{courier.name}/{chore.name}", chore.interval, chore.run)

    def _do(self, chore: Chore) -> int:
        with self._store.begin() as unit:
            if not ticks.take(unit, chore.name, chore.interval):
                return 0
        try:
            with self._bounds(seconds=CHORE_SECONDS):
                chore.run()
        except (CounterpartError, Busy) as error:
            log.warning("chore not done", chore=chore.name, error=type(error).__name__)
            with self._store.begin() as unit:
                ticks.come_back(unit, chore.name, AFTER_FAILURE)
        return 1

    def _erase_what_is_over(self) -> None:
        """Personal data and labels leave the database so many days after a shipment's end."""
        self._repeat(lambda unit, most: endings.erase(unit, unit.now - self._retention, most), ERASED_AT_ONCE)
        self._repeat(lambda unit, most: exchanges.forget(unit, unit.now - self._retention, most), FORGOTTEN_AT_ONCE)
        with self._store.begin() as unit:
            tracking.erase_deliveries(unit, unit.now - self._retention)
            tracking.forget_strays(unit, unit.now - self._retention)
            prebookings.erase_expired(unit)
            spendings.forget(unit, unit.now - timedelta(days=31))
            ticks.forget_silent(unit, unit.now - timedelta(days=1))
            accounts.forget_failures(unit, unit.now - timedelta(days=1))
            outages.forget_unused(unit)
        self._store.empty_log()

    def _repeat(self, erase: Callable[[Unit, int], int], at_once: int) -> None:
        while True:
            with self._store.begin() as unit:
                if erase(unit, at_once) < at_once:
                    return
