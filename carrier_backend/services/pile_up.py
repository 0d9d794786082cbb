"""What changed about parcels is added to their piles, by which figures of long spans are told at once."""

from carrier_backend.storage import piles
from carrier_backend.storage.store import Store

AT_ONCE = 5000


class PileUp:
    """Add up what the database noted; figures are true before and after, but slower before."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> int:
        """Add up one group; how many changes that was."""
        with self._store.read() as unit:
            if not piles.have_changed(unit):
                return 0
        with self._store.begin() as unit:
            return piles.add_up(unit, AT_ONCE)
