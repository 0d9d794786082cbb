"""Where an address lies, in the list's own words, or nowhere."""

import json

import pytest

from carrier_backend.couriers.intigo.regions import ALIASES, KeptRegions, Place, Regions, read_places
from tests.couriers.fakes import MemorySnapshots
from tests.couriers.intigo.samples import REGIONS, body, sample
from tests.fakes import FrozenClock

LA_MARSA = Place("Tunis", "La Marsa")


@pytest.mark.parametrize(
    "text",
    [
        "La Marsa",
        "la marsa",
        "LA-MARSA",
        "2070 La Marsa",
        "La Marsa, Tunis",
        "Tunis, La Marsa",
        "La Marsa (Tunis)",
        "Tunis - La Marsa",
        "La Marsa, 2070 Tunis",
    ],
)
def test_a_place_is_found_however_it_is_written(text: str) -> None:
    assert REGIONS.find(text) == LA_MARSA


@pytest.mark.parametrize(
    ("text", "subdivision"), [("Megrine", "Mégrine"), ("rades", "Radès"), ("el menzah 6", "El Menzah 6")]
)
def test_the_list_keeps_its_own_spelling(text: str, subdivision: str) -> None:
    assert REGIONS.find(text).subdivision == subdivision


def test_a_name_that_two_cities_have_is_decided_by_the_city() -> None:
    assert REGIONS.find("Médina, Sousse") == Place("Sousse", "Médina")


def test_a_name_that_two_cities_have_is_refused_alone() -> None:
    with pytest.raises(ValueError, match=r"may be Médina \(Sousse\) or Médina \(Tunis\)"):
        REGIONS.find("Medina")


def test_a_city_alone_is_completed_by_a_line_that_names_the_place() -> None:
    assert REGIONS.find("Tunis", ["12 rue de la Plage, La Marsa"]) == LA_MARSA


def test_a_street_named_after_a_place_is_no_place() -> None:
    with pytest.raises(ValueError, match="too wide"):
        REGIONS.find("Tunis", ["12 rue de Carthage", "avenue La Marsa"])


def test_a_city_alone_may_have_a_place_of_its_own_name() -> None:
    assert REGIONS.find("Ben Arous", ["12 rue de la Plage"]) == Place("Ben Arous", "Ben Arous")


def test_lines_that_name_two_places_decide_nothing() -> None:
    with pytest.raises(ValueError, match=r"may be Carthage \(Tunis\) or La Marsa \(Tunis\)"):
        REGIONS.find("Tunis", ["La Marsa", "Carthage"])


def test_a_city_that_is_too_wide_is_answered_with_examples() -> None:
    with pytest.raises(ValueError, match="such as Carthage, El Menzah 6 or La Marsa"):
        REGIONS.find("2000 Tunis")


@pytest.mark.parametrize(
    "text", ["La Marsa, Sousse", "Atlantis", "Atlantis, Tunis", "Tunis, Sousse", "Rue de la Marsa"]
)
def test_what_the_list_does_not_say_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a place we know"):
        REGIONS.find(text, ["La Marsa"])


def test_a_name_that_is_nearly_right_is_suggested_and_never_taken() -> None:
    with pytest.raises(ValueError, match="did you mean La Marsa"):
        REGIONS.find("La Mersa")


@pytest.mark.parametrize("text", ["", "  ", "2070", "-"])
def test_no_name_at_all_is_asked_for(text: str) -> None:
    with pytest.raises(ValueError, match="is needed"):
        REGIONS.find(text, ["La Marsa"])


def test_a_name_with_brackets_in_it_is_one_name() -> None:
    nord = Place("Tunis", "Ibn Khaldoun (Nord)")
    regions = Regions([nord, Place("Tunis", "Ibn Khaldoun (Sud)")])

    assert regions.find("ibn khaldoun (nord)") == nord


def test_an_alias_means_a_place_of_the_list_in_its_spelling() -> None:
    regions = Regions(read_places(sample("regions")), {"Gammarth": Place("tunis", "la marsa")})

    assert regions.find("GAMMARTH, Tunis") == LA_MARSA


def test_an_alias_for_another_city_is_not_meant() -> None:
    regions = Regions(read_places(sample("regions")), {"Gammarth": LA_MARSA})

    with pytest.raises(ValueError, match="is not a place we know"):
        regions.find("Gammarth, Sousse")


def test_an_alias_whose_place_left_the_list_means_nothing() -> None:
    regions = Regions(read_places(sample("regions")), {"Gammarth": Place("Tunis", "Atlantis")})

    with pytest.raises(ValueError, match="is not a place we know"):
        regions.find("Gammarth")


PAIR = [Place("Tunis", "La Marsa"), Place("Tunis", "Carthage")]


@pytest.mark.parametrize(
    "listing",
    [
        [{"city": "Tunis", "subDivisions": ["La Marsa", "Carthage"]}],
        [{"city": "Tunis", "subDivisions": [{"name": "La Marsa"}, {"name": "Carthage", "id": 7}]}],
        [{"name": "Tunis", "subdivisions": ["La Marsa", "Carthage"]}],
        [{"city": "Tunis", "subDivision": "La Marsa"}, {"city": "Tunis", "subDivision": "Carthage"}],
        {"Tunis": ["La Marsa", "Carthage"]},
        {"data": [{"city": "Tunis", "subDivisions": ["La Marsa", "Carthage"]}]},
        {"regions": {"Tunis": ["La Marsa", "Carthage"]}},
    ],
)
def test_the_list_is_read_in_every_form_it_may_have(listing: object) -> None:
    assert read_places(listing) == PAIR


@pytest.mark.parametrize(
    "listing",
    [
        None,
        [],
        {},
        "Tunis",
        ["Tunis"],
        [{"city": "Tunis"}],
        [{"city": "Tunis", "subDivisions": 7}],
        [{"city": "Tunis", "subDivisions": [""]}],
        {"data": []},
        {"message": "Internal server error"},
        {"data": None, "statusCode": 200},
    ],
)
def test_a_form_unheard_of_is_refused(listing: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_places(listing)


def test_an_alias_that_an_operator_adds_holds_at_once() -> None:
    snapshots = MemorySnapshots(FrozenClock())
    kept = KeptRegions(snapshots)
    kept.keep(body("regions"))

    snapshots.keep(ALIASES, json.dumps({"Gammarth": {"city": "Tunis", "subdivision": "La Marsa"}}).encode())

    regions = kept.latest()
    assert regions is not None
    assert regions.find("gammarth") == LA_MARSA


def test_the_list_is_read_once_for_each_version() -> None:
    kept = KeptRegions(MemorySnapshots(FrozenClock()))
    kept.keep(body("regions"))

    assert kept.latest() is kept.latest()


def test_there_is_no_list_before_it_was_fetched() -> None:
    assert KeptRegions(MemorySnapshots(FrozenClock())).latest() is None
