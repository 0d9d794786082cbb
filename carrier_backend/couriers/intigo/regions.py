"""Intigo's list of places, and where in it an address lies (specs/intigo.md section 10): never guessed."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from carrier_backend.domain.errors import UnknownPlace
from carrier_backend.ports import Snapshots
from carrier_backend.support import strict_json
from carrier_backend.support.places import NoSuchPlace, fold, near

OF = "intigo"
REGIONS = f"{OF}/regions"
ALIASES = f"{OF}/aliases"

_BETWEEN_NAMES = re.compile(r"[,;/()\n]|\s-\s")
_POSTAL_CODE = re.compile(r"\b\d{4}\b")  # the list has none; shorter numbers belong to names ("El Menzah 6")


@dataclass(frozen=True, slots=True)
class Place:
    """A subdivision of a city, in the list's own spelling; what Intigo calls a city is a governorate."""

    city: str
    subdivision: str

    def __str__(self) -> str:
        return f"{self.subdivision} ({self.city})"


class Regions:
    """The list, made to be searched by names as people write them."""

    def __init__(self, places: Iterable[Place], aliases: Mapping[str, Place] | None = None) -> None:
        self._of_city: dict[str, list[Place]] = defaultdict(list)
        self._named: dict[str, list[Place]] = defaultdict(list)
        for place in dict.fromkeys(places):
            self._of_city[fold(place.city)].append(place)
            self._named[fold(place.subdivision)].append(place)
        self._aliases = {fold(name): self._listed(place) for name, place in (aliases or {}).items()}

    def find(self, text: str, lines: Sequence[str] = ()) -> Place:
        """The one place that a text means; raises ValueError, with advice, where there is none, or several.

        Where the text names a city alone, the address lines are asked for the subdivision.
        """
        candidates = self._candidates(text, lines)
        if len(candidates) != 1:
            raise NoSuchPlace(self._advice(text, candidates), UnknownPlace(OF, text))
        return candidates[0]

    def city(self, name: str) -> str:
        """A city in the list's own spelling; raises ValueError, with advice."""
        if places := self._of_city.get(fold(name)):
            return places[0].city
        cities = [places[0].city for places in self._of_city.values()]
        raise ValueError(f"{name!r} is no city of the list{_suggested(name, cities)}")

    def within(self, city: str, name: str) -> Place:
        """A place within a city, in the list's own spelling; raises ValueError, with advice."""
        if listed := self._listed(Place(city, name)):
            return listed[0]
        subdivisions = [place.subdivision for place in self._of_city[fold(city)]]
        raise ValueError(f"{name!r} is not in {city}, says the list{_suggested(name, subdivisions)}")

    def refuse_useless(self, name: str, city: str | None) -> None:
        """Raise ValueError for an alias that would never be asked what it means, in a place within that city."""
        if not fold(name):
            raise ValueError("must have letters in it")
        if fold(name) in self._of_city:
            if city and fold(city) != fold(name):
                raise ValueError(f"{name!r} is a city of the list, and can mean nothing outside of it")
        elif fold(name) in self._named:
            raise ValueError(f"{name!r} stands in the list itself, which comes first")

    def is_city(self, text: str) -> bool:
        """Whether a text names a city of the list, and nothing within it."""
        return [*map(self._of_city.__contains__, _names(text))] == [True]

    def _candidates(self, text: str, lines: Sequence[str]) -> list[Place]:
        """The text as one name first, since some names have slashes or brackets in them; then name by name."""
        return self._meant([fold(text)], lines) or self._meant(_names(text), lines)

    def _meant(self, names: Sequence[str], lines: Sequence[str]) -> list[Place]:
        cities = [name for name in names if name in self._of_city]

        def among(places: Iterable[Place]) -> list[Place]:
            return [place for place in places if not cities or fold(place.city) in cities]

        named = among(place for name in names if name not in cities for place in self._named.get(name, ()))
        aliased = among(place for name in names for place in self._aliases.get(name, ()))
        if named or aliased or len(names) != 1 or not cities:
            return named or aliased
        return self._within(cities[0], lines)

    def _within(self, city: str, lines: Sequence[str]) -> list[Place]:
        """Only whole parts of a line are names of places: "Rue de Carthage" may be in any of them."""
        parts = {name for line in lines for name in _names(line)}
        mentioned = [place for place in self._of_city[city] if fold(place.subdivision) in parts]
        return mentioned or [place for place in self._of_city[city] if fold(place.subdivision) == city]

    def _listed(self, meant: Place) -> list[Place]:
        """An alias's place in the list's own spelling; none once the list no longer has it."""
        alike = self._named.get(fold(meant.subdivision), ())
        return [place for place in alike if fold(place.city) == fold(meant.city)]

    def _advice(self, text: str, candidates: Sequence[Place]) -> str:
        names = _names(text)
        if not names:
            return "is needed, to know where this is"
        if candidates:
            return f"{text!r} may be {_either(map(str, candidates[:3]))}: name one of them"
        if len(names) == 1 and names[0] in self._of_city:
            examples = [place.subdivision for place in self._of_city[names[0]][:3]]
            return f"{text!r} is too wide: name the place within it, such as {_either(examples)}"
        known = [name for place in self._places() for name in (place.subdivision, place.city)]
        return f"{text!r} is not a place we know{_suggested(text, known)}"

    def _places(self) -> Iterator[Place]:
        return chain.from_iterable(self._of_city.values())


class KeptRegions:
    """The last good copy of the list with the aliases that operators added; read anew when either changes."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._parsed: tuple[tuple[int, int], Regions] | None = None

    def latest(self) -> Regions | None:
        """None while the list was never fetched."""
        listed, aliases = self._snapshots.read(REGIONS), self._snapshots.read(ALIASES)
        if listed is None:
            return None
        versions = (listed.version, aliases.version if aliases else 0)
        if self._parsed is None or self._parsed[0] != versions:
            names = _aliases(aliases.content) if aliases else {}
            self._parsed = versions, Regions(read_places(strict_json.parse(listed.content)), names)
        return self._parsed[1]

    def keep(self, content: bytes) -> Regions:
        """Keep a list that was just fetched and found readable."""
        self._snapshots.keep(REGIONS, content)
        return self.latest() or Regions(read_places(strict_json.parse(content)))


def read_places(listing: object) -> list[Place]:
    """The places of the answer to GET /regions, whose form no document tells: raises ValueError for one unheard of."""
    places = [Place(city, _subdivision(entry)) for city, entries in _cities(listing) for entry in entries]
    if not places:
        raise ValueError("it lists no places")
    return places


def _cities(listing: object) -> Iterator[tuple[str, Iterable[object]]]:
    match listing:
        case {"data": list() | dict() as inner} | {"regions": list() | dict() as inner}:
            yield from _cities(inner)
        case dict():
            yield from ((city, _entries(entries)) for city, entries in listing.items())
        case list():
            yield from map(_city, listing)
        case _:
            raise ValueError("it is neither a list nor an object")


def _city(entry: object) -> tuple[str, Iterable[object]]:
    match entry:
        case {"city": str(city), "subDivision": str(subdivision)}:
            return city, [subdivision]
        case {"city": str(city), **others} | {"name": str(city), **others}:
            keys = ("subDivisions", "subdivisions", "subDivision")
            return city, _entries(next((others[key] for key in keys if key in others), None))
    raise ValueError("a city in it cannot be read")


def _entries(entries: object) -> Iterable[object]:
    if not isinstance(entries, list):
        raise ValueError("the subdivisions of a city in it cannot be read")
    return entries


def _subdivision(entry: object) -> str:
    match entry:
        case str(name) | {"name": str(name)} if name.strip():
            return name
    raise ValueError("a subdivision in it cannot be read")


def _aliases(content: bytes) -> dict[str, Place]:
    aliases: dict[str, Place] = {}
    match strict_json.parse(content):
        case dict(named):
            for name, place in named.items():
                match place:
                    case {"city": str(city), "subDivision": str(subdivision)} | {
                        "city": str(city),
                        "subdivision": str(subdivision),
                    }:
                        aliases[name] = Place(city, subdivision)
    return aliases


def _names(text: str) -> list[str]:
    """The names in a text, folded, without postal codes, each once."""
    parts = (fold(_POSTAL_CODE.sub(" ", part)) for part in _BETWEEN_NAMES.split(text))
    return [name for name in dict.fromkeys(parts) if name]


def _suggested(text: str, names: Iterable[str]) -> str:
    alike = near(text, dict.fromkeys(names))
    return f"; did you mean {_either(alike)}?" if alike else ""


def _either(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last
