"""Asks couriers about parcels that have been silent for too long, or that something gave reason to look at."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import structlog

from carrier_backend.domain.errors import CounterpartError, Declined
from carrier_backend.domain.parcels import Booked
from carrier_backend.ports import Bounds, Courier
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.storage import looks, tracking
from carrier_backend.storage.store import Store

log = structlog.get_logger()
BATCH = 100
ASK_SECONDS = 15
LEASE = timedelta(minutes=5)
"""Also how long it takes until a parcel whose courier did not answer is asked about again, unless it says when."""
SOON = timedelta(minutes=2)
"""A question with room left takes in what is due so soon; shorter than a lease by more than asking takes."""
SHORTEST_WAIT = timedelta(seconds=5)


class PollTracking:
    """Ask each courier about the parcels that are due."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        record_tracking: RecordTracking,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._record_tracking = record_tracking
        self._bounds = bounds

    def run_once(self) -> int:
        """Ask about what is due now; how many parcels were asked about."""
        return sum(self._poll(courier) for courier in self._couriers.values())

    def _poll(self, courier: Courier) -> int:
        with self._store.begin() as unit:
            at_once = courier.tracks_at_once
            due = looks.take_due(unit, courier.name, min(BATCH, 20 * at_once), LEASE, at_once=at_once, soon=SOON)
        for parcels in _chunks(due, at_once):
            self._ask(courier, parcels)
        return len(due)

    def _ask(self, courier: Courier, parcels: Sequence[Booked]) -> None:
        with self._store.read() as unit:
            seen = tracking.seen(unit, [booked.reference for booked in parcels])
        try:
            with self._bounds(seconds=ASK_SECONDS):
                events = courier.track(parcels, seen)
        except Declined:  # they know nothing of it, and will not sooner for being asked more often
            events = []
            log.warning("parcels unknown to their courier", courier=courier.name, parcels=len(parcels))
        except CounterpartError as error:
            log.warning("not told where parcels are", courier=courier.name, error=type(error).__name__)
            self._put_off(parcels, error.retry_after_seconds)
            return
        self._record_tracking.from_poll(courier.name, parcels, events)

    def _put_off(self, parcels: Sequence[Booked], seconds: float | None) -> None:
        """Ask again when the courier says that it helps, but soon enough; otherwise once the lease is over."""
        if seconds is None:
            return
        wait = min(max(timedelta(seconds=seconds), SHORTEST_WAIT), LEASE)
        with self._store.begin() as unit:
            looks.put_off(unit, [booked.reference for booked in parcels], unit.now + wait)


def _chunks(parcels: Sequence[Booked], size: int) -> Iterator[Sequence[Booked]]:
    for start in range(0, len(parcels), size):
        yield parcels[start : start + size]
