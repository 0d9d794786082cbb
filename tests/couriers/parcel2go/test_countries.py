"""Where Parcel2Go goes, and which postcodes lie in a part that is priced apart."""

import json
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.countries import Countries, KeptCountries, Place
from carrier_backend.domain.addresses import Address
from carrier_backend.simulator.parcel2go_places import COUNTRIES
from tests.couriers.fakes import MemorySnapshots
from tests.fakes import FrozenClock

LISTED = Countries(COUNTRIES)
LIST = json.dumps(COUNTRIES).encode()
BRITAIN = {"Iso3Code": "GBR", "Iso2Code": "GB", "Subdivision": None, "PostcodeRegex": "x"}


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots(FrozenClock())


def subdivision(country: str, postal_code: str, countries: Countries = LISTED) -> str:
    return countries.find(Address(country, postal_code=postal_code)).subdivision


@pytest.mark.parametrize(
    ("country", "postal_code", "part"),
    [
        ("GB", "BT1 5GS", "NIR"),
        ("GB", "bt15gs", "NIR"),
        ("GB", "IM1 1AA", "IOM"),
        ("GB", "IV51 9EW", "HIGH"),
        ("GB", "HS1 2AA", "HIGH"),
        ("GB", "KW15 1AA", "HIGH"),
        ("GB", "ZE1 0AA", "HIGH"),
        ("GB", "PA20 9AA", "HIGH"),
        ("GB", "PA49 7UN", "HIGH"),
        ("GB", "PA60 7XX", "HIGH"),
        ("GB", "PA78 6TB", "HIGH"),
        ("GB", "PH17 2QP", "HIGH"),
        ("GB", "PH26 3AA", "HIGH"),
        ("GB", "PH30 4AA", "HIGH"),
        ("GB", "PH44 4QU", "HIGH"),
        ("GB", "PH49 4HS", "HIGH"),
        ("GB", "PH50 4AA", "HIGH"),
        ("GB", "KA27 8AA", "HIGH"),
        ("GB", "KA28 0AA", "HIGH"),
        ("ES", "51001", "ES-CE"),
        ("ES", "52001", "ES-ML"),
        ("ES", "35001", "ES-GC"),
        ("ES", "38001", "ES-TF"),
        ("ES", "07001", "ES-IB"),
        ("PT", "9000-018", "PT-30"),
        ("PT", "9500-001", "PT-20"),
        ("IT", "90100", "IT-SI"),
        ("IT", "07100", "IT-SA"),
        ("FR", "20000", "FR-COR"),
    ],
)
def test_a_postcode_tells_the_part_that_it_lies_in(country: str, postal_code: str, part: str) -> None:
    assert subdivision(country, postal_code) == part


@pytest.mark.parametrize(
    ("country", "postal_code"),
    [
        ("GB", "YO12 7JZ"),
        ("GB", "PA1 1AA"),
        ("GB", "PA79 1AA"),
        ("GB", "PH16 5AA"),
        ("GB", "PH27 1AA"),
        ("GB", "KA26 9AA"),
        ("GB", "I1 1AA"),
        ("GB", "B1 1BT"),
        ("GB", ""),
        ("ES", "28001"),
        ("FR", "75001"),
        ("DE", "20095"),
        ("IT", "00118"),
        ("PT", "1000-001"),
    ],
)
def test_the_mainland_is_no_part(country: str, postal_code: str) -> None:
    assert subdivision(country, postal_code) == ""


@pytest.mark.parametrize("postal_code", ["PA2 6AB", "PA3 4DA", "PA4 8AA", "PA6 7AA", "PH1 8AA", "PH2 0AA", "PH3 1AA"])
@pytest.mark.parametrize("blank", [" ", ""])
def test_the_first_digit_of_an_inward_code_is_none_of_the_outward_ones(postal_code: str, blank: str) -> None:
    assert subdivision("GB", postal_code.replace(" ", blank)) == ""


def test_a_part_that_is_not_in_the_list_is_not_named() -> None:
    assert subdivision("GB", "BT1 5GS", Countries([BRITAIN])) == ""


@pytest.mark.parametrize("code", ["ES-GC", "ES-GRC", "ES-CN"])
def test_a_part_goes_by_whichever_of_its_codes_is_listed(code: str) -> None:
    spain = {"Iso3Code": "ESP", "Iso2Code": "ES", "Subdivision": None}
    assert subdivision("ES", "35001", Countries([spain, {**spain, "Subdivision": code}])) == code


def test_the_likeliest_of_its_codes_is_taken() -> None:
    spain = {"Iso3Code": "ESP", "Iso2Code": "ES"}
    rows = [{**spain, "Subdivision": code} for code in (None, "ES-CN", "ES-GC")]
    assert subdivision("ES", "35001", Countries(rows)) == "ES-GC"


def test_jersey_is_a_country_where_the_list_says_so_and_else_a_part() -> None:
    jersey = Address("JE", postal_code="JE2 3AB")
    assert LISTED.find(jersey) == Place("JEY", has_postcodes=True)
    islands = Countries([BRITAIN, {**BRITAIN, "Subdivision": "GB-CI", "RequiresCustoms": True}])
    assert islands.find(jersey) == Place("GBR", "GB-CI", has_postcodes=True, is_apart=True)


def test_the_isle_of_man_is_never_a_country_of_its_own() -> None:
    alone = Countries([BRITAIN, {**BRITAIN, "Subdivision": "IOM"}, {"Iso3Code": "IMN", "Iso2Code": "IM"}])
    assert alone.find(Address("IM", postal_code="IM1 1AA")) == Place("GBR", "IOM", has_postcodes=True)


@pytest.mark.parametrize("country", ["KP", ""])
def test_a_country_that_is_not_listed_is_not_served(country: str) -> None:
    with pytest.raises(ValueError, match="does not serve"):
        LISTED.find(Address(country))


def test_a_country_is_known_by_three_letters_and_by_whether_it_has_postcodes() -> None:
    assert LISTED.code("US") == "USA"
    assert (LISTED.find(Address("IE")).has_postcodes, LISTED.find(Address("FR")).has_postcodes) == (False, True)


@pytest.mark.parametrize("rows", [[], [{"name": "x"}], ["GB"], [{**BRITAIN, "Iso2Code": None}]], ids=str)
def test_a_list_of_nothing_that_can_be_read_is_empty(rows: list[Any]) -> None:
    assert not Countries(rows)


def test_a_row_that_cannot_be_read_hides_no_other() -> None:
    assert Countries([None, {"name": "x"}, BRITAIN]).code("GB") == "GBR"


def test_before_any_list_was_kept_there_is_none(snapshots: MemorySnapshots) -> None:
    assert KeptCountries(snapshots).latest() is None


def test_a_kept_list_is_read_once_and_anew_when_it_changes(snapshots: MemorySnapshots) -> None:
    kept = KeptCountries(snapshots)
    kept.keep(LIST)
    first = kept.latest()
    assert first is not None
    assert first.code("US") == "USA"
    assert kept.latest() is first
    KeptCountries(snapshots).keep(json.dumps([BRITAIN]).encode())
    anew = kept.latest()
    assert anew is not None
    with pytest.raises(ValueError, match="does not serve US"):
        anew.code("US")


@pytest.mark.parametrize("content", [b"[]", b'[{"name": "x"}]', b"{}"])
def test_a_list_that_cannot_be_read_does_not_take_the_place_of_one_that_could(
    snapshots: MemorySnapshots, content: bytes
) -> None:
    kept = KeptCountries(snapshots)
    kept.keep(LIST)
    assert not kept.keep(content)
    assert kept.latest()
