"""How we are: ready to serve or not, and what a doctor would say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from carrier_backend.domain.errors import Busy
from carrier_backend.domain.figures import Figure
from carrier_backend.domain.health import Condition, Health
from carrier_backend.ports import Bounds, Clock, Courier
from carrier_backend.services.watch_couriers import CHECK_SECONDS, WatchCouriers
from carrier_backend.storage import absence, figures, outages, outbox, schema, ticks
from carrier_backend.storage.store import Store

CLOCKS_APART = timedelta(seconds=5)
SILENT_WORKER = timedelta(minutes=2)
_START_A_WORKER = "start one (`carrier-backend work`), and read what it says"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, whether it is well, and what to do if not."""

    name: str
    is_well: bool
    note: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests should be sent here, and what was seen."""

    is_ready: bool
    notes: Mapping[str, str]


class Examine:
    """Look, and change nothing."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        watch_couriers: WatchCouriers,
        clock: Clock,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._watch_couriers = watch_couriers
        self._clock = clock
        self._bounds = bounds

    def ready(self) -> Readiness:
        """Database and schema decide; the worker's heartbeat is reported; couriers have no say."""
        database = self._database()
        worker = self._worker() if database.is_well else Finding("worker", False, "not known")
        return Readiness(database.is_well, {finding.name: finding.note for finding in (database, worker)})

    def doctor(self) -> Sequence[Finding]:
        """Everything that can be looked at without changing anything."""
        database = self._database(absence.explained)
        if not database.is_well:  # couriers' own accounts stand there
            return [database, *(_untold(courier) for courier in self._couriers.values())]
        behind = [self._clocks(), self._worker(), self._updates(), self._outages()]
        return [database, *behind, *(self._courier(courier) for courier in self._couriers.values())]

    def figures(self) -> Sequence[Figure]:
        """What there is of everything that somebody ought to look at."""
        with self._store.read() as unit:
            counted = list(figures.every(unit))
        return counted + list(self._watch_couriers.figures())

    def _database(self, say: Callable[[Busy], str] = str) -> Finding:
        try:
            found = schema.fault(self._store)
        except Busy as error:
            found = say(error)
        return Finding("database", found is None, found or "well")

    def _clocks(self) -> Finding:
        with self._store.read() as unit:
            apart = abs(unit.now - self._clock.now())
        note, is_well = f"the database's clock is {apart.total_seconds():.1f} s from this host's", apart < CLOCKS_APART
        return Finding("clock", is_well, note if is_well else f"{note}: have both set by NTP")

    def _worker(self) -> Finding:
        with self._store.read() as unit:
            last = ticks.last_beat(unit)
            silent = None if last is None else unit.now - last
        if silent is None:
            return Finding("worker", False, f"no worker has run yet: {_START_A_WORKER}")
        note, is_well = f"last heard of {silent.total_seconds():.0f} s ago", silent < SILENT_WORKER
        return Finding("worker", is_well, note if is_well else f"{note}: {_START_A_WORKER}")

    def _updates(self) -> Finding:
        with self._store.read() as unit:
            paused = outbox.paused(unit)
        if paused is None:
            return Finding("status updates", True, "well")
        mended = f"once that is mended: POST /admin/destinations/{paused.destination}/resume"
        return Finding("status updates", False, f"{paused.destination} is paused: {paused.reason}; {mended}")

    def _outages(self) -> Finding:
        with self._store.read() as unit:
            cut_off = outages.accounts_cut_off(unit)
        note = "; ".join(
            f"{name}: most calls failed, tried every 30 s; GET /admin/couriers tells why" for name in sorted(cut_off)
        )
        return Finding("courier outages", not cut_off, note or "none")

    def _courier(self, courier: Courier) -> Finding:
        try:
            with self._bounds(seconds=CHECK_SECONDS):
                health = courier.check()
        except Busy:  # what it remembers of itself stands in the database
            health = Health(Condition.UNKNOWN, "cannot be told while the database does not answer")
        return Finding(f"courier {courier.name}", health.is_well, health.note)


def _untold(courier: Courier) -> Finding:
    return Finding(f"courier {courier.name}", False, "cannot be told before the database is well")
