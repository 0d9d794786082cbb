"""An alias is judged by the list before it is kept."""

import pytest

from carrier_backend.couriers.intigo.names import RegionNames
from carrier_backend.domain.errors import NotServed
from tests.couriers.intigo.samples import REGIONS

NAMES = RegionNames(lambda: REGIONS)


def refusal(name: str, city: str, subdivision: str) -> str:
    with pytest.raises(NotServed) as refused:
        NAMES.meant(name, {"city": city, "subdivision": subdivision})
    return "; ".join(map(str, refused.value.faults))


def test_a_place_is_kept_in_the_spelling_of_the_list() -> None:
    meant = NAMES.meant("Gammarth", {"city": "TUNIS", "subdivision": "la marsa"})
    assert meant == {"city": "Tunis", "subdivision": "La Marsa"}


def test_a_city_may_stand_for_a_place_within_it() -> None:
    assert NAMES.meant("Tunis", {"city": "Tunis", "subdivision": "La Marsa"})


@pytest.mark.parametrize(
    ("name", "city", "subdivision", "message"),
    [
        ("Gammarth", "Atlantis", "Deep", "city: 'Atlantis' is no city of the list"),
        ("Gammarth", "Tuniss", "La Marsa", "city: 'Tuniss' is no city of the list; did you mean Tunis?"),
        (
            "Gammarth",
            "Tunis",
            "La Mersa",
            "subdivision: 'La Mersa' is not in Tunis, says the list; did you mean La Marsa?",
        ),
        ("Gammarth", "Sousse", "La Marsa", "subdivision: 'La Marsa' is not in Sousse, says the list"),
        ("la-marsa", "Tunis", "Carthage", "name: 'la-marsa' stands in the list itself, which comes first"),
        ("Sousse", "Tunis", "Carthage", "name: 'Sousse' is a city of the list, and can mean nothing outside of it"),
        ("--", "Tunis", "Carthage", "name: must have letters in it"),
    ],
)
def test_what_nothing_would_come_of_is_refused(name: str, city: str, subdivision: str, message: str) -> None:
    assert refusal(name, city, subdivision) == message


def test_two_spellings_are_one_name() -> None:
    assert NAMES.is_same("Aïn-Draham", "ain draham")
    assert not NAMES.is_same("Gammarth", "La Marsa")
