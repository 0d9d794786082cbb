"""All that is known of where a tenant goes, and keeping it."""

from collections.abc import Mapping

import pytest

from carrier_backend.couriers.ecotrack.places import KeptPlaces, Places, read_places
from carrier_backend.domain.addresses import Address
from carrier_backend.domain.orders import SearchArea
from tests.couriers.fakes import MemorySnapshots
from tests.fakes import FrozenClock

TENANT, OTHER = "https://packers.ecotrack.dz", "https://golivri.ecotrack.dz"

WILAYAS = [
    {"wilaya_id": number, "wilaya_name": name}
    for number, name in {1: "Adrar", 16: "Alger", 31: "Oran", 49: "Timimoun"}.items()
]
COMMUNES = {
    str(key): {"nom": name, "wilaya_id": wilaya, "code_postal": code, "has_stop_desk": has_stop_desk}
    for key, (name, wilaya, code, has_stop_desk) in enumerate(
        [
            ("Adrar", 1, "01000", 1),
            ("Timimoun", 49, "01001", 1),
            ("Alger Centre", 16, "16000", "1"),
            ("Bab Ezzouar", 16, "16024", 0),
            ("Birkhadem", 16, "16029", True),
            ("Oran", 31, "31000", 0),
        ]
    )
}
DESKS = {
    "my_desk": None,
    "other_desks": [
        {"name": "Station Alger", "code_wilaya": "16", "wilaya": "Alger", "commune": "ALGER CENTRE", "adresse": None},
        {"name": "Station Oran", "code_wilaya": "31", "wilaya": "Oran", "commune": "Oran", "adresse": None},
        {"name": "Station Atlas", "code_wilaya": "31", "wilaya": "Oran", "commune": "Atlas", "adresse": None},
    ],
}


def places(desks: object = None, communes: Mapping[str, object] = COMMUNES) -> Places:
    return read_places({"wilayas": WILAYAS, "communes": communes, "desks": desks})


def ids(city: str = "", postal_code: str = "", radius_km: float | None = None, desks: object = None) -> list[str]:
    area = SearchArea(Address("DZ", city=city, postal_code=postal_code), radius_km)
    return [point.id for point in places(desks).desks_near(area)]


def test_an_address_is_found() -> None:
    assert places().find(Address("DZ", city="BAB-EZZOUAR")).name == "Bab Ezzouar"


def test_without_a_list_of_desks_they_are_where_the_communes_say() -> None:
    assert ids("Alger Centre") == ["desk:16:algercentre", "desk:16:birkhadem", "desk:49:timimoun", "desk:1:adrar"]


def test_listed_desks_are_those_of_communes_that_take_parcels_for_one() -> None:
    assert ids("Alger Centre", desks=DESKS) == ["desk:16:algercentre"]


def test_a_list_without_a_desk_that_serves_is_none() -> None:
    assert ids("Alger Centre", desks={"my_desk": None, "other_desks": []})[0] == "desk:16:algercentre"


@pytest.mark.parametrize(
    ("city", "postal_code", "nearest"),
    [
        ("Bab Ezzouar", "", "desk:16:birkhadem"),
        ("", "16024", "desk:16:birkhadem"),
        ("", "01001", "desk:49:timimoun"),
        ("", "01099", "desk:1:adrar"),
        ("Alger", "", "desk:16:algercentre"),
        ("Alger", "16099", "desk:16:algercentre"),
    ],
)
def test_desks_are_searched_around_a_commune_or_the_seat_of_its_wilaya(
    city: str, postal_code: str, nearest: str
) -> None:
    assert ids(city, postal_code)[0] == nearest


def test_around_a_commune_that_is_on_no_map_the_seat_of_its_wilaya_is_searched() -> None:
    fenoughil = {"99": {"nom": "Fenoughil", "wilaya_id": 1, "code_postal": "01008", "has_stop_desk": 1}}
    area = SearchArea(Address("DZ", city="Fenoughil"))

    assert next(point.id for point in places(communes=COMMUNES | fenoughil).desks_near(area)) == "desk:1:adrar"


def test_a_desk_listed_under_the_wilaya_of_old_serves_its_commune() -> None:
    desk = {"name": "Station Timimoun", "code_wilaya": "1", "wilaya": "Adrar", "commune": "Timimoun", "adresse": None}

    assert ids("Timimoun", desks={"my_desk": desk, "other_desks": []}) == ["desk:49:timimoun"]


def test_the_radius_is_drawn_around_the_commune() -> None:
    assert ids("Bab Ezzouar", radius_km=15) == ["desk:16:birkhadem", "desk:16:algercentre"]


def test_no_desks_are_near_to_no_place() -> None:
    assert ids() == []


def test_a_search_around_an_unknown_city_is_refused() -> None:
    with pytest.raises(ValueError, match=r"did you mean Birkhadem \(wilaya 16, Alger\)"):
        ids("Birkadem")


@pytest.mark.parametrize(("city", "postal_code"), [("", ""), ("", "16024"), ("", "16099"), ("Oran", ""), ("", "49000")])
def test_a_shopper_without_a_city_may_yet_be_served(city: str, postal_code: str) -> None:
    places().check(Address("DZ", city=city, postal_code=postal_code))


@pytest.mark.parametrize(("city", "postal_code"), [("Alger", ""), ("Atlantis", ""), ("", "20000"), ("Oran", "16000")])
def test_a_shopper_elsewhere_is_not_served(city: str, postal_code: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        places().check(Address("DZ", city=city, postal_code=postal_code))


def test_a_chosen_desk_is_its_commune_to_a_booking() -> None:
    assert places(DESKS).desk("desk:16:algercentre").commune.name == "Alger Centre"


@pytest.mark.parametrize("id", ["desk:31:oran", "desk:16:babezzouar", "Station Alger"])
def test_a_desk_that_takes_no_parcels_cannot_be_chosen(id: str) -> None:
    with pytest.raises(ValueError, match="is no desk where parcels can be fetched"):
        places(DESKS).desk(id)


@pytest.fixture
def kept() -> KeptPlaces:
    return KeptPlaces(MemorySnapshots(FrozenClock()))


def test_there_are_no_places_before_they_were_fetched(kept: KeptPlaces) -> None:
    assert kept.latest(TENANT) is None


def test_each_tenant_has_places_of_its_own(kept: KeptPlaces) -> None:
    kept.keep(TENANT, WILAYAS, COMMUNES, DESKS)

    latest = kept.latest(TENANT)
    assert latest is not None
    assert latest.find(Address("DZ", city="Oran")).wilaya == 31
    assert kept.latest(OTHER) is None


def test_places_are_read_once_for_each_version(kept: KeptPlaces) -> None:
    kept.keep(TENANT, WILAYAS, COMMUNES)
    first = kept.latest(TENANT)

    assert kept.latest(TENANT) is first
    kept.keep(TENANT, WILAYAS, COMMUNES)
    assert kept.latest(TENANT) is not first


@pytest.mark.parametrize(("wilayas", "communes"), [(WILAYAS, []), ([], COMMUNES), (WILAYAS, {"message": "no"})])
def test_a_list_without_communes_does_not_take_the_place_of_one(
    kept: KeptPlaces, wilayas: object, communes: object
) -> None:
    kept.keep(TENANT, WILAYAS, COMMUNES)

    with pytest.raises(ValueError, match="they list no communes"):
        kept.keep(TENANT, wilayas, communes)
    latest = kept.latest(TENANT)
    assert latest is not None
    assert latest.find(Address("DZ", city="Oran")).name == "Oran"
