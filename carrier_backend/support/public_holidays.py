"""Public holidays, kept in memory per country and year."""

from datetime import date
from functools import lru_cache

import holidays


def is_public_holiday(country: str, day: date) -> bool:
    """Whether a day is a public holiday in a country (ISO alpha-2); an unknown country has none."""
    return day in _days(country, day.year)


@lru_cache(maxsize=256)
def _days(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
