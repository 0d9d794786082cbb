"""What a tenant lists of where it goes: wilayas, communes and desks, in the forms that are documented or were seen.

See specs/ecotrack.md section 11. A row that cannot be read is left out: the others are no worse for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from carrier_backend.couriers.ecotrack.opening_hours import read_opening_hours
from carrier_backend.couriers.ecotrack.spellings import spelling
from carrier_backend.domain.addresses import OpeningHours
from carrier_backend.support.places import fold

Wilayas = Mapping[int, str]
"""Names by `code_wilaya`."""

_YES = ("1", "true")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune in the tenant's own spelling, which is the only one that it takes; `wilaya` is its `code_wilaya`.

    The postal code is the tenant's too, and with some no postal code at all but a number of their own.
    """

    name: str
    wilaya: int
    postal_code: str = ""
    has_stop_desk: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A desk as it is listed: under the name of a commune, not always that of the other list."""

    name: str
    wilaya: int
    commune: str
    address: str = ""
    opening_hours: tuple[OpeningHours, ...] = ()


def read_wilayas(listed: object) -> Wilayas:
    """The active ones."""
    wilayas: dict[int, str] = {}
    for row in _rows(listed):
        match row:
            case {"wilaya_id": number, "wilaya_name": str(name)} if code := _code(number):
                wilayas[code] = name
    return wilayas


def read_communes(listed: object) -> list[Commune]:
    """Those of every wilaya, each once, however often and however written it is listed."""
    communes: dict[tuple[int, str], Commune] = {}
    for row in _rows(listed):
        match row:
            case {"nom": str(name), "wilaya_id": number, **others} if (code := _code(number)) and name.strip():
                has_stop_desk = str(others.get("has_stop_desk")).casefold() in _YES
                commune = Commune(name, code, _text(others, "code_postal"), has_stop_desk)
                communes.setdefault((code, fold(name)), commune)
    return list(communes.values())


def read_stations(listed: object, wilayas: Wilayas) -> list[Station]:
    """The sender's own and the others, flat or nested, whichever each is."""
    rows = [listed.get("my_desk"), *_rows(listed.get("other_desks"))] if isinstance(listed, dict) else []
    by_name = {spelling(name): code for code, name in wilayas.items()}
    return list(dict.fromkeys(station for row in rows for station in _stations(row, by_name)))


def _stations(row: object, by_name: Mapping[str, int]) -> Iterator[Station]:
    match row:
        case {"location": {"wilaya": told, "commune": str(commune), **others}, **beside}:
            hours = read_opening_hours(beside.get("working_hours"))
            name = _text(beside, "hub_name")
        case {"code_wilaya": told, "commune": str(commune), **others}:
            hours = read_opening_hours(others.get("working_hours"))
            name = _text(others, "name")
        case _:
            return
    if wilaya := _code(told) or by_name.get(spelling(str(told))):
        yield Station(name, wilaya, commune, _text(others, "adresse"), hours)


def _rows(listed: object) -> Iterable[object]:
    """PHP gives a list as an object with numbers for keys, once a row is missing."""
    match listed:
        case list():
            return listed
        case dict():
            return list(listed.values())
    return ()


def _code(told: object) -> int | None:
    """A wilaya's number, which may come as text."""
    text = str(told).strip()
    return int(text) if text.isascii() and text.isdigit() and not isinstance(told, bool) and len(text) < 4 else None


def _text(row: Mapping[object, object], key: str) -> str:
    """A text or a number as text; empty where there is none."""
    value = row.get(key)
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""
