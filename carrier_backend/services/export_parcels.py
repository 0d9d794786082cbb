"""Parcels for a spreadsheet: as many as there are, a part at a time, so that neither memory nor a lock grows."""

from collections.abc import Iterator
from datetime import datetime

from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Clock
from carrier_backend.storage import exports
from carrier_backend.storage.exports import ExportedParcel, Wanted
from carrier_backend.storage.store import Store

__all__ = ["ExportParcels", "ExportedParcel"]
PART = 1000
TRIES = 5


class ExportParcels:
    """Read out parcels, oldest first; what comes to be meanwhile may be among them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __call__(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        courier: str | None = None,
        shipper_id: str | None = None,
    ) -> Iterator[list[ExportedParcel]]:
        """The parcels of a span, a courier, a shipper, or all, part by part.

        Each is read in a transaction of its own, and none is open while a part is written out. The first is read at
        once; raises Busy where the database cannot be read.
        """
        wanted = Wanted(since, until, courier, shipper_id)
        return self._parts(wanted, self._part(wanted, None))

    def _parts(self, wanted: Wanted, part: list[ExportedParcel]) -> Iterator[list[ExportedParcel]]:
        while part:
            yield part
            part = self._part_surely(wanted, part[-1]) if len(part) == PART else []

    def _part_surely(self, wanted: Wanted, after: ExportedParcel) -> list[ExportedParcel]:
        """Half an export helps nobody: a database that is busy is waited for."""
        for _ in range(TRIES - 1):
            try:
                return self._part(wanted, after)
            except Busy as busy:
                self._clock.sleep(busy.retry_after_seconds or 1)
        return self._part(wanted, after)

    def _part(self, wanted: Wanted, after: ExportedParcel | None) -> list[ExportedParcel]:
        with self._store.read() as unit:
            return exports.part(unit, wanted, after, PART)
