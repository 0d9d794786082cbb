"""Stop desks as pickup points."""

import pytest

from carrier_backend.couriers.ecotrack.centroids import shipped
from carrier_backend.couriers.ecotrack.desks import Desk, Desks
from carrier_backend.couriers.ecotrack.listings import Commune
from carrier_backend.domain.addresses import Address, Coordinates, OpeningHours, PlaceKind
from carrier_backend.domain.orders import SearchArea

ALGER = Commune("Alger Centre", 16, "16000", has_stop_desk=True)
BAB_EZZOUAR = Commune("Bab Ezzouar", 16, "16024", has_stop_desk=True)
ORAN = Commune("Oran", 31, "31000", has_stop_desk=True)
NOWHERE = Commune("Atlantis", 16, has_stop_desk=True)
HOURS = (OpeningHours(0, "09:00", "17:00", "+01:00"),)
HYDRA = Coordinates(36.745, 3.035)

DESKS = Desks([Desk(ORAN), Desk(BAB_EZZOUAR), Desk(ALGER, "Station Alger", "5 rue Didouche Mourad", HOURS)], shipped())


def area(radius_km: float | None = None, limit: int | None = None, *kinds: PlaceKind) -> SearchArea:
    return SearchArea(Address("DZ"), radius_km, limit, frozenset(kinds or PlaceKind))


def ids(desks: Desks = DESKS, within: SearchArea | None = None) -> list[str]:
    return [point.id for point in desks.near(HYDRA, within or area())]


def test_the_nearest_desk_comes_first() -> None:
    assert ids() == ["desk:16:algercentre", "desk:16:babezzouar", "desk:31:oran"]


def test_desks_beyond_the_radius_are_left_out() -> None:
    assert ids(within=area(radius_km=20)) == ["desk:16:algercentre", "desk:16:babezzouar"]


def test_no_more_desks_come_than_were_asked_for() -> None:
    assert ids(within=area(None, 1)) == ["desk:16:algercentre"]


@pytest.mark.parametrize(("kind", "count"), [(PlaceKind.MANNED, 3), (PlaceKind.LOCKER, 0), (PlaceKind.STORE, 0)])
def test_all_desks_are_manned(kind: PlaceKind, count: int) -> None:
    assert len(ids(within=area(None, None, kind))) == count


def test_a_desk_is_told_as_it_is_listed() -> None:
    point = DESKS.near(HYDRA, area(limit=1))[0]

    assert (point.address.name, point.address.lines) == ("Station Alger", ("5 rue Didouche Mourad",))
    assert (point.address.city, point.address.postal_code, point.address.country) == ("Alger Centre", "16000", "DZ")
    assert point.address.coordinates == shipped().commune(16, "Alger Centre")
    assert (point.kind, point.opening_hours) == (PlaceKind.MANNED, HOURS)


def test_a_desk_without_a_name_has_that_of_its_commune() -> None:
    assert DESKS.near(HYDRA, area())[1].address.name == "Bab Ezzouar"


def test_a_tenants_own_number_is_not_shown_as_a_postal_code() -> None:
    desks = Desks([Desk(Commune("Oran", 31, "3101", has_stop_desk=True))], shipped())

    assert desks.near(HYDRA, area())[0].address.postal_code == ""


def test_a_desk_without_coordinates_is_left_out_and_counted() -> None:
    desks = Desks([Desk(NOWHERE), Desk(ORAN)], shipped())

    assert ids(desks) == ["desk:31:oran"]
    assert desks.without_coordinates == 1


def test_a_desk_is_found_by_its_id() -> None:
    found = DESKS.find("desk:16:algercentre")

    assert found is not None
    assert (found.commune, found.name) == (ALGER, "Station Alger")


TWO = [Desk(ORAN, "Station Est", "Rue A"), Desk(ORAN, "Station Ouest", "Rue B")]


def test_two_desks_of_a_commune_have_ids_of_their_own() -> None:
    assert sorted(ids(Desks(TWO, shipped()))) == ["desk:31:oran:stationest:ruea", "desk:31:oran:stationouest:rueb"]


def test_the_order_of_a_list_changes_no_id() -> None:
    assert ids(Desks(TWO, shipped())) == ids(Desks(reversed(TWO), shipped()))


@pytest.mark.parametrize("id", ["desk:31:oran", "desk:31:oran:stationsud:ruec"])
def test_an_id_from_before_a_desk_moved_still_means_its_commune(id: str) -> None:
    found = Desks(TWO, shipped()).find(id)

    assert found is not None
    assert (found.commune, found.name) == (ORAN, "")


@pytest.mark.parametrize("id", ["", "desk", "desk:31", "desk:16:oran", "desk:31:mersa", "oran", "locker:31:oran"])
def test_no_other_id_means_a_desk(id: str) -> None:
    assert DESKS.find(id) is None
