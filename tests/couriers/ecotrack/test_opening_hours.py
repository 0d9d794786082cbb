"""Opening hours, as people write them."""

import pytest

from carrier_backend.couriers.ecotrack.opening_hours import read_opening_hours
from carrier_backend.domain.addresses import OpeningHours


def week(days: str, hours: str = "09:00 - 17:00") -> list[tuple[int, str, str]]:
    return [(on.day, on.opens, on.closes) for on in read_opening_hours([{"days": days, "hours": hours}])]


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("Dimanche – Mardi, Jeudi", [0, 1, 2, 4]),
        ("Samedi - Jeudi", [0, 1, 2, 3, 4, 6]),
        ("du samedi au jeudi", [0, 1, 2, 3, 4, 6]),
        ("Sam. à Mer.", [0, 1, 2, 3, 6]),
        ("Vendredi", [5]),
        ("Lundi et Mercredi", [1, 3]),
        ("Sunday to Thursday", [0, 1, 2, 3, 4]),
        ("Tous les jours", [0, 1, 2, 3, 4, 5, 6]),
        ("7j/7", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_days_are_read(days: str, numbers: list[int]) -> None:
    assert [day for day, _, _ in week(days)] == numbers


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("09:00 - 17:00", [("09:00", "17:00")]),
        ("8h30 – 17h", [("08:30", "17:00")]),
        ("08h00 à 12h00 / 13h00 à 16h30", [("08:00", "12:00"), ("13:00", "16:30")]),
        ("8:00-12:00, 14:00-18:00", [("08:00", "12:00"), ("14:00", "18:00")]),
        ("10:00 - 00:00", [("10:00", "23:59")]),
    ],
)
def test_hours_are_read(hours: str, spans: list[tuple[str, str]]) -> None:
    assert week("Dimanche", hours) == [(0, *span) for span in spans]


@pytest.mark.parametrize(
    ("days", "hours"),
    [
        ("Dimanche", "fermé"),
        ("Dimanche", "17:00 - 09:00"),
        ("Dimanche", "09:00"),
        ("Dimanche", "09:00 - 12:00 sauf 10:00"),
        ("Dimanche", "25:00 - 26:00"),
        ("Dimanche", "09:00 - 24:30"),
        ("Dimanche", "9:00 AM - 5:00 PM"),
        ("Ramadan", "09:00 - 17:00"),
        ("Dimanche, sur rendez-vous", "09:00 - 17:00"),
        ("", "09:00 - 17:00"),
    ],
)
def test_what_is_not_certain_is_not_said(days: str, hours: str) -> None:
    assert week(days, hours) == []


@pytest.mark.parametrize("told", [None, [], {}, "09:00 - 17:00", ["Dimanche"], [{"days": None, "hours": None}]])
def test_no_hours_are_none(told: object) -> None:
    assert read_opening_hours(told) == ()


def test_entries_come_in_the_order_of_the_week_with_algerias_offset() -> None:
    told = [{"days": "Mercredi", "hours": "09:00 - 16:00"}, {"days": "Lundi", "hours": "09:00 - 17:00"}]

    assert read_opening_hours(told) == (
        OpeningHours(1, "09:00", "17:00", "+01:00"),
        OpeningHours(3, "09:00", "16:00", "+01:00"),
    )
