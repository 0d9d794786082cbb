"""The table of where communes lie."""

import pytest

from carrier_backend.couriers.ecotrack.centroids import Centroids, kilometres, shipped
from carrier_backend.domain.addresses import Coordinates

ALGIERS, ORAN = Coordinates(36.7682, 3.0404), Coordinates(35.6991, -0.6359)


def test_distances_are_those_on_a_great_circle() -> None:
    assert kilometres(ALGIERS, ORAN) == pytest.approx(351, abs=1)
    assert kilometres(ORAN, ORAN) == 0


def test_every_wilaya_has_its_seat() -> None:
    seats = [shipped().seat(wilaya) for wilaya in range(1, 59)]

    assert all(seat is not None and 18 < seat.lat < 38 and -9 < seat.lng < 12 for seat in seats)


@pytest.mark.parametrize(
    ("wilaya", "name", "lat", "lng"),
    [
        (6, "Bejaia", 36.75, 5.08),
        (16, "Bab Ezzouar", 36.72, 3.18),
        (11, "Tamanrasset", 22.79, 5.52),
        (11, "Tamanghasset", 22.79, 5.52),
        (49, "Timimoun", 29.26, 0.23),
        (50, "Bordj Badji Mokhtar", 21.33, 0.95),
    ],
)
def test_a_commune_lies_where_it_does(wilaya: int, name: str, lat: float, lng: float) -> None:
    where = shipped().commune(wilaya, name)

    assert where is not None
    assert kilometres(where, Coordinates(lat, lng)) < 10


def test_a_commune_is_not_found_in_another_wilaya() -> None:
    assert shipped().commune(31, "Bab Ezzouar") is None


def test_homonyms_are_told() -> None:
    assert shipped().has_namesake(4, "Aïn Beïda")
    assert not shipped().has_namesake(16, "Bab Ezzouar")


def test_a_wilaya_split_off_is_no_namesake_of_the_one_of_old() -> None:
    assert not shipped().has_namesake(49, "Timimoun")


def test_two_spellings_of_one_place_are_not_apart() -> None:
    assert not shipped().are_apart(11, "Tamanghasset", "Tamanrasset")
    assert shipped().are_apart(19, "El Eulma", "Sétif")


def test_a_place_of_another_wilaya_is_apart_and_a_name_of_no_place_is_not() -> None:
    assert shipped().are_apart(9, "Tamalous", "Blida")
    assert not shipped().are_apart(9, "Cité Dallas", "Blida")


def test_a_name_whose_place_is_unknown_is_apart_from_every_other() -> None:
    centroids = Centroids([(7, "Besbes", None), (7, "Biskra", Coordinates(34.85, 5.73))])

    assert centroids.commune(7, "Besbes") is None
    assert centroids.are_apart(7, "Besbes", "Biskra")
    assert not centroids.are_apart(7, "Besbes", "El Besbes")
