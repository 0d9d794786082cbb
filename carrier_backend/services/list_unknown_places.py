"""Which place names people use and a courier does not know: counted, so that operators can teach it the commonest."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from carrier_backend.domain.errors import UnknownPlace
from carrier_backend.ports import Snapshots
from carrier_backend.storage import exchanges
from carrier_backend.storage.store import Store

COUNTED = 2000
LISTED = 200


@dataclass(frozen=True, slots=True)
class NamedInVain:
    """A name, how often it was used among the latest, and when for the first and the last time of these."""

    courier: str
    name: str
    times: int
    first_at: datetime
    last_at: datetime


class ListUnknownPlaces:
    """List them, the commonest first."""

    def __init__(self, store: Store, snapshots: Snapshots) -> None:
        self._store = store
        self._snapshots = snapshots

    def __call__(self, courier: str | None = None) -> list[NamedInVain]:
        """Those among the latest COUNTED that were refused and are kept still, without what is taught meanwhile."""
        with self._store.read() as unit:
            latest = exchanges.unknown_places(unit, COUNTED)
        moments: dict[UnknownPlace, list[datetime]] = defaultdict(list)
        for at, place in latest:
            if courier in (None, place.courier):
                moments[place].append(at)
        named = [
            NamedInVain(place.courier, place.name, len(at), min(at), max(at))
            for place, at in moments.items()
            if place.name not in self._taught(place.courier)
        ]
        return sorted(named, key=lambda each: (-each.times, each.courier, each.name))[:LISTED]

    def _taught(self, courier: str) -> Collection[str]:
        kept = self._snapshots.read(f"{courier}/aliases")
        return json.loads(kept.content) if kept else ()
