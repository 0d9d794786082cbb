"""Where Parcel2Go goes: its live list of countries, and the parts of them that are priced apart.

Island postcodes without their subdivision are quoted as mainland, too cheap (section 3): rules name candidates, of
which only those that stand in the list are sent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from carrier_backend.domain.addresses import Address
from carrier_backend.ports import Snapshots
from carrier_backend.support import strict_json

COUNTRIES = "parcel2go/countries"

# Country, postcodes, and the codes that the area is seen under, the likeliest first ("Country subdivisions").
_AREAS = tuple(
    (country, re.compile(postcodes), codes)
    for country, postcodes, codes in (
        ("GB", r"BT", ("NIR",)),
        ("GB", r"IM", ("IOM",)),
        ("GB", r"JE|GY", ("GB-CI",)),
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


class Countries:
    """The list, by our alpha-2 codes."""

    def __init__(self, rows: Iterable[object]) -> None:
        self._mains: dict[str, Place] = {}
        self._subdivisions: set[tuple[str, str]] = set()
        for row in rows:
            match row:
                case {"Iso2Code": str(iso2), "Iso3Code": str(iso3), **others}:
                    self._enter(iso2.upper(), iso3.upper(), others.get("Subdivision"), others.get("PostcodeRegex"))

    def __bool__(self) -> bool:
        return bool(self._mains)

    def code(self, country: str) -> str:
        """The alpha-3 code of an alpha-2 one; raises ValueError for a country that is not served."""
        return self.find(Address(country)).country

    def find(self, address: Address) -> Place:
        """The place of an address; raises ValueError for a country that is not served."""
        country = self._country(address.country)
        if country not in self._mains:
            raise ValueError(f"Parcel2Go does not serve {address.country or 'an unnamed country'}")
        main = self._mains[country]
        return Place(main.country, self._subdivision(country, address.postal_code), main.has_postcodes)

    def _enter(self, iso2: str, iso3: str, subdivision: object, postcode_regex: object) -> None:
        if isinstance(subdivision, str) and subdivision:
            self._subdivisions.add((iso2, subdivision))
        else:
            self._mains[iso2] = Place(iso3, has_postcodes=bool(postcode_regex))

    def _country(self, country: str) -> str:
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
