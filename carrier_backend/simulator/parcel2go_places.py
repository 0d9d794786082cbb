"""Where Parcel2Go goes: its live list of countries with the regions priced apart, and its drop shops."""

from collections.abc import Mapping
from typing import Any

_UK_POSTCODE = r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$"
_FIVE_DIGITS = r"^\d{5}$"

_ROWS = (
    ("United Kingdom", "GBR", "GB", None, False, _UK_POSTCODE),
    ("Northern Ireland", "GBR", "GB", "NIR", False, _UK_POSTCODE),
    ("Scottish Highlands and Islands", "GBR", "GB", "HIGH", False, _UK_POSTCODE),
    ("Isle of Man", "GBR", "GB", "IOM", False, _UK_POSTCODE),
    ("Jersey", "JEY", "JE", None, True, _UK_POSTCODE),
    ("Guernsey", "GGY", "GG", None, True, _UK_POSTCODE),
    ("Ireland", "IRL", "IE", None, True, None),
    ("France", "FRA", "FR", None, True, _FIVE_DIGITS),
    ("Corsica", "FRA", "FR", "FR-COR", True, _FIVE_DIGITS),
    ("Germany", "DEU", "DE", None, True, _FIVE_DIGITS),
    ("Spain", "ESP", "ES", None, True, _FIVE_DIGITS),
    ("Balearic Islands", "ESP", "ES", "ES-IB", True, _FIVE_DIGITS),
    ("Ceuta", "ESP", "ES", "ES-CE", True, _FIVE_DIGITS),
    ("Melilla", "ESP", "ES", "ES-ML", True, _FIVE_DIGITS),
    ("Gran Canaria", "ESP", "ES", "ES-GC", True, _FIVE_DIGITS),
    ("Tenerife", "ESP", "ES", "ES-TF", True, _FIVE_DIGITS),
    ("Portugal", "PRT", "PT", None, True, r"^\d{4}-\d{3}$"),
    ("Madeira", "PRT", "PT", "PT-30", True, r"^\d{4}-\d{3}$"),
    ("Azores", "PRT", "PT", "PT-20", True, r"^\d{4}-\d{3}$"),
    ("Italy", "ITA", "IT", None, True, _FIVE_DIGITS),
    ("Sicily", "ITA", "IT", "IT-SI", True, _FIVE_DIGITS),
    ("Sardinia", "ITA", "IT", "IT-SA", True, _FIVE_DIGITS),
    ("United States", "USA", "US", None, True, r"^\d{5}(-\d{4})?$"),
)
_FIELDS = ("Name", "Iso3Code", "Iso2Code", "Subdivision", "RequiresCustoms", "PostcodeRegex")

COUNTRIES: list[dict[str, Any]] = [dict(zip(_FIELDS, row, strict=True)) for row in _ROWS]

_SHOPS = (
    ("HER-1001", "Corner News", "14 Station Road", 240, "Mon 07:00-20:00<br/>Tue 07:00-20:00<br/>Sun closed"),
    ("HER-1002", "Market Express", "2 Market Place", 910, "<br/><br/><br/>"),
    ("HER-1001", "Corner News", "14 Station Road", 240, "Mon 07:00-20:00<br/>Tue 07:00-20:00<br/>Sun closed"),
)
SHOP_IDS = {shop[0] for shop in _SHOPS}
DROP_OFF_PROVIDERS = {"HERMES", "SWIFT"}


def is_served(country: Any, subdivision: Any = None) -> bool:
    """Whether the list has such a row; an empty subdivision is none."""
    return any(row["Iso3Code"] == country and row["Subdivision"] == (subdivision or None) for row in COUNTRIES)


def needs_customs(sender: Any, recipient: Any) -> bool:
    """Whether what goes from one country to the other crosses a customs border."""
    return bool(sender != recipient)


def drop_shops(near: str) -> list[Mapping[str, Any]]:
    """The shops near a postcode: one of them comes twice, another keeps its opening hours to itself."""
    return [
        {
            "Id": id,
            "Name": name,
            "Address1": street,
            "Address2": "",
            "Postcode": near,
            "Latitude": 53.8,
            "Longitude": -1.55,
            "Distance": metres,
            "ConcatenatedTimes": times,
        }
        for id, name, street, metres, times in _SHOPS
    ]
