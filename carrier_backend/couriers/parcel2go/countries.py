"""Where Parcel2Go goes: its live list of countries, and the parts of them that are priced apart.

Island postcodes without their subdivision are quoted as mainland, too cheap (section 3): rules name candidates, of
which only those that stand in the list are sent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carrier_backend.domain.addresses import Address
from carrier_backend.ports import Snapshots
from carrier_backend.support import strict_json

COUNTRIES = "parcel2go/countries"

_CHANNEL_ISLANDS, _ISLANDS = "GB-CI", {"JE": "JE", "GY": "GG"}

# Country, postcodes, and the codes that the area is seen under, the likeliest first ("Country subdivisions").
_AREAS = tuple(
    (country, re.compile(postcodes), codes)
    for country, postcodes, codes in (
        ("GB", r"BT", ("NIR",)),
        ("GB", r"IM", ("IOM",)),
        ("GB", r"JE|GY", (_CHANNEL_ISLANDS,)),
        ("GB", r"(HS|IV|KW|ZE)\d|PA([2-4]\d|6\d|7[0-8])\d|PH(1[7-9]|2[0-6]|3\d|4\d|50)\d|KA2[78]\d", ("HIGH",)),
        ("ES", r"51", ("ES-CE",)),
        ("ES", r"52", ("ES-ML",)),
        ("ES", r"35", ("ES-GC", "ES-GRC", "ES-CN")),
        ("ES", r"38", ("ES-TF", "ES-TEN", "ES-CN")),
        ("ES", r"07", ("ES-IB",)),
        ("PT", r"9[0-4]", ("PT-30",)),
        ("PT", r"9[5-9]", ("PT-20",)),
        ("IT", r"9[0-8]", ("IT-SI",)),
        ("IT", r"0[7-9]", ("IT-SA",)),
        ("FR", r"20", ("FR-COR",)),
        ("GR", r"7[0-4]", ("GR-M",)),
    )
)
# Isle of Man, Jersey and Guernsey: countries of their own to Ingrid, which to Parcel2Go they need not be.
_PARTS_OF_GB = frozenset({"IM", "JE", "GG"})
_NEVER_ALONE = frozenset({"IM"})  # "IMN" is refused


@dataclass(frozen=True, slots=True)
class Place:
    """A country by its alpha-3 code, and the part of it that is priced apart, if it lies in one."""

    country: str
    subdivision: str = ""
    has_postcodes: bool = False
    is_apart: bool = False
    """Whether customs lie between it and the rest of its own country."""


class Countries:
    """The list, by our alpha-2 codes."""

    def __init__(self, rows: Iterable[object]) -> None:
        self._mains: dict[str, Place] = {}
        self._subdivisions: dict[tuple[str, str], bool] = {}
        for row in rows:
            match row:
                case {"Iso2Code": str(iso2), "Iso3Code": str(iso3), **others}:
                    self._enter(iso2.upper(), iso3.upper(), others)

    def __bool__(self) -> bool:
        return bool(self._mains)

    def code(self, country: str) -> str:
        """The alpha-3 code of an alpha-2 one; raises ValueError for a country that is not served."""
        return self.find(Address(country)).country

    def find(self, address: Address) -> Place:
        """The place of an address; raises ValueError for a country that is not served."""
        country = self._country(address.country, address.postal_code)
        if country not in self._mains:
            raise ValueError(f"Parcel2Go does not serve {address.country or 'an unnamed country'}")
        main, subdivision = self._mains[country], self._subdivision(country, address.postal_code)
        is_apart = self._subdivisions.get((country, subdivision), False)
        return Place(main.country, subdivision, main.has_postcodes, is_apart)

    def _enter(self, iso2: str, iso3: str, row: Mapping[object, object]) -> None:
        match row.get("Subdivision"):
            case str(subdivision) if subdivision:
                self._subdivisions[iso2, subdivision] = row.get("RequiresCustoms") is True
            case _:
                self._mains[iso2] = Place(iso3, has_postcodes=bool(row.get("PostcodeRegex")))

    def _country(self, country: str, postal_code: str) -> str:
        """Channel Islands may be written as Britain, and the other way round: whichever of the two the list knows."""
        if country == "GB" and ("GB", _CHANNEL_ISLANDS) not in self._subdivisions:
            island = _ISLANDS.get(postal_code.strip()[:2].upper(), "")
            return island if island in self._mains else country
        is_part = country in _PARTS_OF_GB and (country in _NEVER_ALONE or country not in self._mains)
        return "GB" if is_part else country

    def _subdivision(self, country: str, postal_code: str) -> str:
        compact = re.sub(r"[\s-]", "", postal_code).upper()
        for of, postcodes, codes in _AREAS:
            if of == country and postcodes.match(compact):
                return next((code for code in codes if (country, code) in self._subdivisions), "")
        return ""


class KeptCountries:
    """The newest list that was kept, read anew when it changes."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._read: tuple[int, Countries] | None = None

    def latest(self) -> Countries | None:
        """The list; None while none was ever kept."""
        snapshot = self._snapshots.read(COUNTRIES)
        if snapshot is None:
            return None
        if self._read is None or self._read[0] != snapshot.version:
            self._read = snapshot.version, read_countries(snapshot.content)
        return self._read[1]

    def keep(self, content: bytes) -> Countries:
        """Keep a list as it came, unless nothing in it can be read: the one before is better then."""
        countries = read_countries(content)
        if countries:
            self._snapshots.keep(COUNTRIES, content)
        return countries


def read_countries(content: bytes) -> Countries:
    """The list out of the bytes that Parcel2Go gave."""
    rows = strict_json.parse(content)
    return Countries(rows if isinstance(rows, list) else [])
