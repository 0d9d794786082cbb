"""Operators teach couriers the names that people give to places, each in the courier's own list."""

import json
from collections.abc import Mapping

from carrier_backend.domain.errors import Fault, NotServed, Unknown
from carrier_backend.ports import Bounds, Courier, PlaceNames
from carrier_backend.services.oversee import By
from carrier_backend.storage import oversight, snapshots
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.store import Store, Unit

TEACH_SECONDS = 10
LONGEST_SUBJECT = 160
Place = Mapping[str, str]


class TeachPlaces:
    """Let names mean places, and forget them."""

    def __init__(self, store: Store, directory: Directory, couriers: Mapping[str, Courier], bounds: Bounds) -> None:
        self._store = store
        self._directory = directory
        self._couriers = couriers
        self._bounds = bounds

    def taught(self, courier: str) -> Mapping[str, Place]:
        """What a courier was taught, as it stands in the database; raises Unknown."""
        self._known(courier)
        with self._store.read() as unit:
            return _read(snapshots.kept(unit, _aliases_of(courier)))

    def __call__(self, courier: str, name: str, place: Place, by: By) -> None:
        """Let a name mean a place of the courier's list; raises Unknown, and NotServed where it would mean nothing."""
        places = self._known(courier).places
        if places is None:
            raise NotServed(Fault(f"{courier} has no list of places to which names could be added", "courier"))
        with self._bounds(seconds=TEACH_SECONDS):
            meant = places.meant(name, place)
        with self._store.begin() as unit:
            aliases = _read(snapshots.content(unit, _aliases_of(courier)))
            others, before = _without(aliases, name, places)
            _keep(unit, courier, {**others, name: meant})
            _note(unit, by, "put alias", courier, name, {**meant, "before": before})
        self._directory.refresh()

    def forget(self, courier: str, name: str, by: By) -> None:
        """Forget what a name was to mean, however it is spelled; raises Unknown."""
        places = self._known(courier).places
        with self._store.begin() as unit:
            aliases = _read(snapshots.content(unit, _aliases_of(courier)))
            others, before = _without(aliases, name, places)
            if before is None:
                raise Unknown(f"there is no alias {name!r}")
            _keep(unit, courier, others)
            _note(unit, by, "delete alias", courier, name, {"before": before})
        self._directory.refresh()

    def _known(self, courier: str) -> Courier:
        if courier not in self._couriers:
            raise Unknown(f"there is no courier {courier!r}")
        return self._couriers[courier]


def _without(
    aliases: Mapping[str, Place], name: str, places: PlaceNames | None
) -> tuple[dict[str, Place], Place | None]:
    """All others, and what the name meant, if anything; where nobody reads the list, by its very spelling."""
    same = {other for other in aliases if other == name or (places is not None and places.is_same(name, other))}
    before = next((place for other, place in aliases.items() if other in same), None)
    return {other: place for other, place in aliases.items() if other not in same}, before


def _aliases_of(courier: str) -> str:
    return f"{courier}/aliases"


def _read(content: bytes | None) -> dict[str, Place]:
    return json.loads(content) if content else {}


def _keep(unit: Unit, courier: str, aliases: Mapping[str, Place]) -> None:
    snapshots.keep(unit, _aliases_of(courier), json.dumps(aliases, ensure_ascii=False).encode())


def _note(unit: Unit, by: By, act: str, courier: str, name: str, facts: Mapping[str, object]) -> None:
    oversight.note_act(unit, by.operator, act, f"{courier}/{name}"[:LONGEST_SUBJECT], by.reason, facts)
