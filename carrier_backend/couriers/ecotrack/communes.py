"""Which commune of a tenant's list an address means, by city and postal code (specs/ecotrack.md section 11).

Names are compared whole, never by how they begin, and one that two wilayas have is never taken without the wilaya.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from carrier_backend.couriers.ecotrack.centroids import Centroids
from carrier_backend.couriers.ecotrack.listings import Commune, Wilayas
from carrier_backend.couriers.ecotrack.spellings import spelling, words_of
from carrier_backend.couriers.ecotrack.wilayas import meant
from carrier_backend.domain.addresses import Address
from carrier_backend.domain.errors import UnknownPlace
from carrier_backend.support.places import NoSuchPlace, fold, near

OF = "ecotrack"
SUGGESTIONS = 3
ALIKE = 70

_BETWEEN_NAMES = re.compile(r"[,;/()\n]|\s[-\u2010-\u2015]\s")
_POSTAL_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


@dataclass(frozen=True, slots=True)
class Clues:
    """What an address says of its commune: the city as a whole, each name in it, and the postal code."""

    text: str
    names: tuple[str, ...]
    code: str

    @classmethod
    def of(cls, address: Address) -> "Clues":
        """A postal code has five digits; it may stand before the city."""
        codes = _POSTAL_CODE.findall(address.postal_code) or _POSTAL_CODE.findall(address.city)
        text = " ".join(_POSTAL_CODE.sub(" ", address.city).split())
        names = {spelling(name): name for name in _BETWEEN_NAMES.split(text) if fold(name)}
        return cls(text, tuple(names.values()), codes[0] if len(codes) == 1 else "")


class Communes:
    """The communes of the active wilayas, by name and by postal code."""

    def __init__(self, wilayas: Wilayas, communes: Iterable[Commune], centroids: Centroids) -> None:
        self._wilayas = wilayas
        self._centroids = centroids
        self._numbers = {spelling(name): number for number, name in wilayas.items()}
        self._named: dict[str, list[Commune]] = defaultdict(list)
        self._coded: dict[str, list[Commune]] = defaultdict(list)
        self._all = [commune for commune in communes if commune.wilaya in wilayas]
        for commune in self._all:
            self._named[spelling(commune.name)].append(commune)
            self._coded[commune.postal_code].append(commune)

    def __iter__(self) -> Iterator[Commune]:
        return iter(self._all)

    def find(self, clues: Clues) -> Commune:
        """The one that is meant; raises ValueError, with up to three suggestions, where that is not certain."""
        candidates = self._candidates(clues)
        if len(candidates) != 1 or self._is_by_name_alone(clues, candidates[0]):
            raise NoSuchPlace(self._advice(clues, candidates), UnknownPlace(OF, clues.text))
        return candidates[0]

    def listed(self, wilaya: int, name: str) -> Commune | None:
        """The one that another of the tenant's lists calls so."""
        alike = _within(self._meant(wilaya), self._named.get(spelling(name), ()))
        return alike[0] if len(alike) == 1 else None

    def wilaya(self, clues: Clues) -> int | None:
        """The wilaya that a city names, and nothing else; without a city, the one of the postal code."""
        if clues.names:
            return self._number(clues.names[0]) if len(clues.names) == 1 else None
        return int(clues.code[:2]) if clues.code else None

    def goes_to(self, wilaya: int) -> bool:
        """Whether any commune is served that people say is in that wilaya."""
        return bool(_within(self._meant(wilaya), self._all))

    def _candidates(self, clues: Clues) -> Sequence[Commune]:
        """By name, in the wilaya that the code allows; by the code alone where no name is that of a commune."""
        coded = self._coded.get(clues.code, []) if clues.code else []
        named = self._by_name(clues)
        if not named:
            return [commune for commune in coded if not self._contradicts(clues, commune)]
        if clues.code:
            allowed = {*self._meant(int(clues.code[:2])), *(commune.wilaya for commune in coded)}
            named = [commune for commune in named if commune in coded] or _within(allowed, named)
        return _sole(named, clues)

    def _is_by_name_alone(self, clues: Clues, commune: Commune) -> bool:
        """Whether it could as well be a place that the tenant does not serve, with the same name in another wilaya."""
        return not (clues.code or self._has_wilaya(clues)) and self._centroids.has_namesake(
            commune.wilaya, commune.name
        )

    def _by_name(self, clues: Clues) -> Sequence[Commune]:
        """The text as one name first, since some names have a stroke in them; then a commune and its wilaya."""
        whole = self._called(clues.text)
        if whole or not clues.names:
            return whole
        inside = {
            commune: None
            for name, of in permutations(clues.names, 2)
            if (number := self._number(of)) is not None
            for commune in _within(self._meant(number), self._called(name))
        }
        # Beside a wilaya, a name that is none of its communes is not to be overlooked.
        if inside or self._has_wilaya(clues):
            return list(inside)
        return [each for name in clues.names for each in self._called(name)]

    def _contradicts(self, clues: Clues, commune: Commune) -> bool:
        """Whether a city names another wilaya than the commune's, or another commune, be it served or not."""
        return any(
            self._is_elsewhere(place, commune) for name in clues.names for place in (name, *self._places_in(name))
        )

    def _is_elsewhere(self, name: str, commune: Commune) -> bool:
        number, called = self._number(name), self._called(name)
        if number is not None:
            return commune.wilaya not in self._meant(number)
        if called:
            return commune not in called
        return self._centroids.are_apart(commune.wilaya, name, commune.name)

    def _places_in(self, name: str) -> Iterator[str]:
        """The wilayas and communes among its words, the longest names that there are."""
        words, start = words_of(name), 0
        while start < len(words):
            runs = ((end, " ".join(words[start:end])) for end in range(len(words), start, -1))
            start, place = next(((end, run) for end, run in runs if self._is_listed(run)), (start + 1, ""))
            if place:
                yield place

    def _is_listed(self, name: str) -> bool:
        return self._number(name) is not None or bool(self._called(name))

    def _advice(self, clues: Clues, candidates: Sequence[Commune]) -> str:
        if not clues.names and not clues.code:
            return "is needed, to know where this is"
        told = repr(clues.text) if clues.names else f"postal code {clues.code}"
        if candidates:
            others = "" if len(candidates) > 1 else ", or a place of that name in another wilaya"
            return f"{told} may be {self._either(candidates)}{others}: name its wilaya too, or give its postal code"
        if named := self._by_name(clues):
            return f"{told} is {self._either(named)}, where the postal code is not {clues.code}"
        if clues.names and self.wilaya(clues) is not None and (alike := self._alike(clues, cut=0)):
            return f"{told} is too wide: name the commune in it, such as {self._either(alike)}"
        alike = self._alike(clues, cut=ALIKE)
        return f"{told} is not a place that is served" + (f"; did you mean {self._either(alike)}?" if alike else "")

    def _alike(self, clues: Clues, cut: float) -> list[Commune]:
        """Those with names most like the one that is given, in the wilaya that is given."""
        numbers = {name: number for name in clues.names if (number := self._number(name)) is not None}
        names = [name for name in clues.names if name not in numbers] or clues.names
        told = [*numbers.values(), *([int(clues.code[:2])] if clues.code else [])]
        communes = _within(self._meant(told[0]), self._all) if told else self._all
        spelt = near(names[0], dict.fromkeys(each.name for each in communes), SUGGESTIONS, cut) if names else []
        return [commune for name in spelt for commune in communes if commune.name == name]

    def _has_wilaya(self, clues: Clues) -> bool:
        """Whether one of several names is that of a wilaya."""
        return len(clues.names) > 1 and any(self._number(name) is not None for name in clues.names)

    def _called(self, name: str) -> Sequence[Commune]:
        return self._named.get(spelling(name), ())

    def _number(self, name: str) -> int | None:
        return self._numbers.get(spelling(name))

    def _meant(self, wilaya: int) -> frozenset[int]:
        return meant(wilaya, self._wilayas)

    def _either(self, communes: Iterable[Commune]) -> str:
        *rest, last = (self._in_full(commune) for commune in list(communes)[:SUGGESTIONS])
        return f"{', '.join(rest)} or {last}" if rest else last

    def _in_full(self, commune: Commune) -> str:
        return f"{commune.name} (wilaya {commune.wilaya}, {self._wilayas[commune.wilaya]})"


def _within(wilayas: Container[int], communes: Iterable[Commune]) -> list[Commune]:
    return [commune for commune in communes if commune.wilaya in wilayas]


def _sole(communes: Sequence[Commune], clues: Clues) -> Sequence[Commune]:
    """Of those in one wilaya that differ by an article alone, the one that is written so."""
    written = set(map(fold, (clues.text, *clues.names)))
    exact = [commune for commune in communes if fold(commune.name) in written]
    return exact if exact and len({commune.wilaya for commune in communes}) == 1 else communes
