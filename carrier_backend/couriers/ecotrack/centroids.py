"""Where Algeria's communes lie, by a table that comes with the package: Ecotrack itself gives no coordinates."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

from carrier_backend.couriers.ecotrack.spellings import spelling
from carrier_backend.couriers.ecotrack.wilayas import origin
from carrier_backend.domain.addresses import Coordinates
from carrier_backend.support.places import near

EARTHS_DIAMETER_KM = 12742
# Two rows so near, with names so alike (of 100), are one commune in two spellings: Bab Ezzouar and Bab Azzouar.
ONE_PLACE_KM = 3
ALIKE = 84


class Centroids:
    """The table: a row has the number of a wilaya before 2019, the name of a commune, and where that lies, if known.

    The row without a name is the seat of a wilaya, by its number of today.
    """

    def __init__(self, rows: Iterable[tuple[int, str, Coordinates | None]]) -> None:
        self._places: dict[tuple[int, str], Coordinates] = {}
        self._homes: dict[str, set[int]] = defaultdict(set)
        for wilaya, name, coordinates in rows:
            self._homes[spelling(name)].add(wilaya)
            if coordinates is not None:
                self._places[wilaya, spelling(name)] = coordinates

    def commune(self, wilaya: int, name: str) -> Coordinates | None:
        """The middle of a commune; None where the table does not know it."""
        return self._places.get((origin(wilaya), spelling(name)))

    def seat(self, wilaya: int) -> Coordinates | None:
        """The town that a wilaya is governed from."""
        return self._places.get((wilaya, ""))

    def has_namesake(self, wilaya: int, name: str) -> bool:
        """Whether another wilaya has a place of that name, be it served or not."""
        return bool(self._homes.get(spelling(name), set()) - {origin(wilaya)})

    def are_apart(self, wilaya: int, name: str, other: str) -> bool:
        """Whether that name is a place's, and not that of the other one in the wilaya, which may have two spellings."""
        if spelling(name) not in self._homes or spelling(name) == spelling(other):
            return False
        here, there = self.commune(wilaya, name), self.commune(wilaya, other)
        if here is None or there is None:
            return True
        return here != there and not (kilometres(here, there) < ONE_PLACE_KM and near(name, [other], cut=ALIKE))


@cache
def shipped() -> Centroids:
    """The table in centroids.csv, where its sources and licences stand."""
    file = resources.files("carrier_backend.couriers.ecotrack") / "centroids.csv"
    rows = csv.reader(line for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
    return Centroids(
        (int(wilaya), name, Coordinates(float(lat), float(lng)) if lat else None) for wilaya, name, lat, lng in rows
    )


def kilometres(here: Coordinates, there: Coordinates) -> float:
    """The distance on a great circle."""
    lat, other_lat = math.radians(here.lat), math.radians(there.lat)
    across = math.sin((other_lat - lat) / 2) ** 2
    along = math.sin(math.radians(there.lng - here.lng) / 2) ** 2
    return EARTHS_DIAMETER_KM * math.asin(math.sqrt(across + math.cos(lat) * math.cos(other_lat) * along))
