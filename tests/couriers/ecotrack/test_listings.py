"""A tenant's lists, in the forms that they may have."""

import pytest

from carrier_backend.couriers.ecotrack.listings import Commune, Station, read_communes, read_stations, read_wilayas

WILAYAS = {5: "Batna", 16: "Alger"}
ROW = {"nom": "Bab Ezzouar", "wilaya_id": 16, "code_postal": "16024", "has_stop_desk": 1}
BAB_EZZOUAR = Commune("Bab Ezzouar", 16, "16024", has_stop_desk=True)
NESTED = {
    "hub_id": 5,
    "hub_name": "Station Batna",
    "location": {"wilaya": "Batna", "commune": "Batna", "adresse": "Cité 5 juillet", "map": None},
    "working_hours": [{"days": "Dimanche", "hours": "09:00 - 17:00"}],
}
FLAT = {"name": "Station Batna", "code_wilaya": "5", "wilaya": "Batna", "commune": "Batna", "adresse": "Cité 5 juillet"}


def test_wilayas_are_read_by_their_numbers() -> None:
    assert (
        read_wilayas([{"wilaya_id": 5, "wilaya_name": "Batna"}, {"wilaya_id": "16", "wilaya_name": "Alger"}]) == WILAYAS
    )


@pytest.mark.parametrize("listed", [[ROW], {"0": ROW}, {"7": ROW, "9": ROW}])
def test_communes_come_as_a_list_or_as_an_object_with_numbers(listed: object) -> None:
    assert read_communes(listed) == [BAB_EZZOUAR]


@pytest.mark.parametrize("flag", [1, "1", True, "true"], ids=repr)
def test_a_stop_desk_is_flagged_in_many_ways(flag: object) -> None:
    assert read_communes([ROW | {"has_stop_desk": flag}])[0].has_stop_desk


@pytest.mark.parametrize("flag", [0, "0", False, None], ids=repr)
def test_no_stop_desk_is_told_in_many_ways(flag: object) -> None:
    assert not read_communes([ROW | {"has_stop_desk": flag}])[0].has_stop_desk


@pytest.mark.parametrize(
    "row", [None, "Bab Ezzouar", {}, ROW | {"nom": " "}, ROW | {"wilaya_id": None}, ROW | {"nom": 7}]
)
def test_a_row_that_cannot_be_read_harms_no_other(row: object) -> None:
    assert read_communes([row, ROW]) == [BAB_EZZOUAR]


def test_a_commune_that_is_listed_twice_is_one() -> None:
    assert read_communes([ROW, ROW | {"nom": "BAB EZZOUAR"}]) == [BAB_EZZOUAR]


@pytest.mark.parametrize("listed", [None, [], {}, "communes", {"message": "Unauthenticated."}])
def test_what_is_no_list_has_no_rows(listed: object) -> None:
    assert read_communes(listed) == []
    assert read_wilayas(listed) == {}
    assert read_stations(listed, WILAYAS) == []


@pytest.mark.parametrize("others", [[NESTED], {"0": NESTED}, [NESTED, NESTED]])
def test_a_nested_desk_is_read(others: object) -> None:
    (station,) = read_stations({"my_desk": None, "other_desks": others}, WILAYAS)

    assert (station.name, station.wilaya, station.commune, station.address) == (
        "Station Batna",
        5,
        "Batna",
        "Cité 5 juillet",
    )
    assert [on.day for on in station.opening_hours] == [0]


def test_a_flat_desk_is_read() -> None:
    stations = read_stations({"my_desk": None, "other_desks": [FLAT]}, WILAYAS)

    assert stations == [Station("Station Batna", 5, "Batna", "Cité 5 juillet")]


def test_the_senders_own_desk_is_one_of_them() -> None:
    assert len(read_stations({"my_desk": NESTED, "other_desks": [FLAT | {"name": "Batna 2"}]}, WILAYAS)) == 2


def test_a_sender_without_a_desk_has_none() -> None:
    assert len(read_stations({"other_desks": [FLAT]}, WILAYAS)) == 1


def test_a_desk_with_nothing_but_its_place_is_read() -> None:
    bare = FLAT | {"name": None, "adresse": None}

    assert read_stations({"my_desk": None, "other_desks": [bare]}, WILAYAS) == [Station("", 5, "Batna")]


def test_a_desk_in_a_wilaya_unheard_of_is_left_out() -> None:
    assert read_stations({"my_desk": None, "other_desks": [FLAT | {"code_wilaya": "Carthage"}]}, WILAYAS) == []
