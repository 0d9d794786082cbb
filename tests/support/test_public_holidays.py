"""Days on which nobody delivers."""

from datetime import date

import pytest

from carrier_backend.support.public_holidays import is_public_holiday


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("TN", date(2026, 3, 20)),  # Independence Day
        ("TN", date(2026, 7, 25)),  # Republic Day
        ("DZ", date(2026, 11, 1)),  # Revolution Day
        ("GB", date(2026, 12, 25)),
    ],
)
def test_a_public_holiday_is_one(country: str, day: date) -> None:
    assert is_public_holiday(country, day)


@pytest.mark.parametrize(
    ("country", "day"), [("TN", date(2026, 11, 23)), ("TN", date(2026, 12, 25)), ("GB", date(2026, 7, 25))]
)
def test_any_other_day_is_none(country: str, day: date) -> None:
    assert not is_public_holiday(country, day)


@pytest.mark.parametrize("country", ["XX", "", "tn", "../x"])
def test_an_unknown_country_has_none(country: str) -> None:
    assert not is_public_holiday(country, date(2026, 1, 1))


@pytest.mark.parametrize("year", [1, 9999])
def test_a_year_beyond_all_calendars_has_none(year: int) -> None:
    assert not is_public_holiday("TN", date(year, 1, 1))
