"""One name, written in many ways."""

import pytest

from carrier_backend.couriers.ecotrack.spellings import spelling


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Es-Sénia", "Essenia"),
        ("Bab Ezzouar", "Bab Ez Zouar"),
        ("Bab Ezzouar", "Bab-El-Zouar"),
        ("Draâ Es-Samar", "Draa Essamar"),
        ("Ech Chettia", "Chettia"),
        ("El Harrach", "Al-Harrach"),
        ("Aïn M'Lila", "AIN MLILA"),
    ],
)
def test_articles_tell_nothing_apart(name: str, other: str) -> None:
    assert spelling(name) == spelling(other)


@pytest.mark.parametrize(
    ("name", "other"), [("Alger", "Ger"), ("In Salah", "Salah"), ("Arris", "El Ris"), ("Oran", "Ouran")]
)
def test_what_only_looks_like_an_article_is_none(name: str, other: str) -> None:
    assert spelling(name) != spelling(other)


def test_a_name_that_is_an_article_alone_remains() -> None:
    assert spelling("El") == "el"
