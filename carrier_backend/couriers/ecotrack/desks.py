"""A tenant's stop desks as pickup points, each with the coordinates of its commune (specs/ecotrack.md section 11)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from carrier_backend.couriers.ecotrack.centroids import Centroids, kilometres
from carrier_backend.couriers.ecotrack.listings import Commune
from carrier_backend.domain.addresses import Address, Coordinates, OpeningHours, PickupPoint, PlaceKind
from carrier_backend.domain.orders import SearchArea
from carrier_backend.support.places import fold

COUNTRY = "DZ"

_POSTAL_CODE = re.compile(r"\d{5}")  # what some tenants list is a number of their own


@dataclass(frozen=True, slots=True)
class Desk:
    """Where parcels are fetched; an order names no desk, only its commune and `stop_desk` (section 5)."""

    commune: Commune
    name: str = ""
    address: str = ""
    opening_hours: tuple[OpeningHours, ...] = ()


class Desks:
    """All desks of a tenant, by the ids that Ingrid gets; those without coordinates cannot be shown to anybody."""

    def __init__(self, desks: Iterable[Desk], centroids: Centroids) -> None:
        self._desks = dict(_with_ids(desks))
        self._of_communes = {desk_id(desk.commune): Desk(desk.commune) for desk in self._desks.values()}
        self._points = [
            (coordinates, _point(id, desk, coordinates))
            for id, desk in self._desks.items()
            if (coordinates := centroids.commune(desk.commune.wilaya, desk.commune.name)) is not None
        ]

    @property
    def without_coordinates(self) -> int:
        """How many are left out."""
        return len(self._desks) - len(self._points)

    def near(self, centre: Coordinates, area: SearchArea) -> tuple[PickupPoint, ...]:
        """The nearest first: radius, then kinds, then limit, as Ingrid wishes."""
        if PlaceKind.MANNED not in area.kinds:
            return ()
        by_distance = sorted((kilometres(centre, where), point.id, point) for where, point in self._points)
        within = [point for km, _, point in by_distance if area.radius_km is None or km <= area.radius_km]
        return tuple(within[: area.limit])

    def find(self, id: str) -> Desk | None:
        """The desk of that id; where the commune has other desks by now, any of them, for all an order tells."""
        of_commune = ":".join(id.split(":")[:3])
        return self._desks.get(id) or self._of_communes.get(of_commune)


def desk_id(commune: Commune, *more: str) -> str:
    """`desk:<wilaya>:<commune>`, and what tells the desks of one commune apart."""
    return ":".join(("desk", str(commune.wilaya), fold(commune.name), *filter(None, map(fold, more))))


def _with_ids(desks: Iterable[Desk]) -> Iterator[tuple[str, Desk]]:
    """As short as may be, and the same in whichever order they are listed."""
    of_commune: dict[Commune, list[Desk]] = defaultdict(list)
    for desk in desks:
        of_commune[desk.commune].append(desk)
    for commune, alike in of_commune.items():
        if len(alike) == 1:
            yield desk_id(commune), alike[0]
        else:
            yield from ((desk_id(commune, desk.name, desk.address), desk) for desk in alike)


def _point(id: str, desk: Desk, coordinates: Coordinates) -> PickupPoint:
    address = Address(
        country=COUNTRY,
        name=desk.name or desk.commune.name,
        lines=(desk.address,) if desk.address else (),
        city=desk.commune.name,
        postal_code=desk.commune.postal_code if _POSTAL_CODE.fullmatch(desk.commune.postal_code) else "",
        coordinates=coordinates,
    )
    return PickupPoint(id, address, PlaceKind.MANNED, desk.opening_hours)
