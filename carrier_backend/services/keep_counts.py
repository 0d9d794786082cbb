"""What a process counted in memory goes where every process can tell it."""

from contextlib import suppress

from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Tally
from carrier_backend.storage import counts
from carrier_backend.storage.store import Store


class KeepCounts:
    """Keep what this process counted, every few seconds."""

    def __init__(self, store: Store, tally: Tally) -> None:
        self._store = store
        self._tally = tally

    def run_once(self) -> int:
        """Keep what was counted since the last time; 0, for whatever comes next has time until the next."""
        if calls := self._tally.take():
            try:
                with self._store.begin() as unit:
                    counts.add(unit, calls)
            except Busy:
                self._tally.put_back(calls)
                raise
        return 0

    def keep_last(self) -> None:
        """Keep what is left when the process ends, if the database takes it: nothing is worth failing over it then."""
        with suppress(Busy):
            self.run_once()
