"""Where Algeria's communes lie, by a table that comes with the package: Ecotrack itself gives no coordinates."""

import csv
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources

from carrier_backend.couriers.ecotrack.spellings import spelling
from carrier_backend.couriers.ecotrack.wilayas import origin
from carrier_backend.domain.addresses import Coordinates

EARTHS_DIAMETER_KM = 12742

Key = tuple[int, str]
"""The number of a wilaya before 2019, and a commune by its spelling; the wilaya's seat has none."""


class Centroids:
    """The table, by wilayas and names as tenants give them."""

    def __init__(self, places: Mapping[Key, Coordinates]) -> None:
        self._places = places

    def commune(self, wilaya: int, name: str) -> Coordinates | None:
        """The middle of a commune; None for one that the table does not have."""
        return self._places.get((origin(wilaya), spelling(name)))

    def seat(self, wilaya: int) -> Coordinates | None:
        """The town that a wilaya is governed from."""
        return self._places.get((wilaya, ""))


@cache
def shipped() -> Centroids:
    """The table in centroids.csv, where its sources and licences stand."""
    file = resources.files("carrier_backend.couriers.ecotrack") / "centroids.csv"
    rows = csv.reader(line for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
    return Centroids(
        {(int(wilaya), spelling(name)): Coordinates(float(lat), float(lng)) for wilaya, name, lat, lng in rows}
    )


def kilometres(here: Coordinates, there: Coordinates) -> float:
    """The distance on a great circle."""
    lat, other_lat = math.radians(here.lat), math.radians(there.lat)
    across = math.sin((other_lat - lat) / 2) ** 2
    along = math.sin(math.radians(there.lng - here.lng) / 2) ** 2
    return EARTHS_DIAMETER_KM * math.asin(math.sqrt(across + math.cos(lat) * math.cos(other_lat) * along))
