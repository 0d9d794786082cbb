"""The demo's orders can be carried by the systems that are pretended."""

import json
import re

import pytest

from carrier_backend.simulator.ecotrack_places import Places
from carrier_backend.simulator.intigo_rules import Regions
from carrier_backend.simulator.orders import JOURNEYS, Body, Journey
from carrier_backend.simulator.parcel2go_places import COUNTRIES

LAST = {
    "intigo": {"nid": "1097367", "status": 6},
    "parcel2go": {"line": "1097367", "stage": "Delivered"},
    "ecotrack": {"tracking": "1097367", "status": "livre_non_encaisse"},
}

each_journey = pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)


def the_receiver(journey: Journey) -> Body:
    address: Body = journey.booking["parties"]["to"]["address"]
    return address


def test_intigos_order_goes_to_a_place_that_is_served() -> None:
    city = the_receiver(JOURNEYS[0])["city"]

    assert [city in region["subDivisions"] for region in Regions().listed].count(True) == 1


def test_parcel2gos_order_goes_to_a_place_that_is_served() -> None:
    address = the_receiver(JOURNEYS[1])

    rows = [row for row in COUNTRIES if row["Iso2Code"] == address["country"]]

    assert rows
    assert all(re.match(row["PostcodeRegex"], address["postal_code"]) for row in rows)


def test_ecotracks_order_goes_to_a_place_that_is_served_though_spelled_without_accents() -> None:
    address = the_receiver(JOURNEYS[2])

    places = [commune for commune in Places().communes if commune.postal_code == address["postal_code"]]

    assert [commune.name for commune in places] == ["Béjaïa"]
    assert address["city"] == "Bejaia"


@each_journey
def test_an_order_is_the_same_from_prebooking_to_booking(journey: Journey) -> None:
    assert journey.prebooking.items() <= journey.booking.items()
    assert json.loads(json.dumps(journey.booking)) == journey.booking


@each_journey
def test_the_news_ends_with_delivery(journey: Journey) -> None:
    last = journey.news("1097367")[-1]

    assert last["move"] == LAST[last["system"]]


@each_journey
def test_ingrid_is_told_of_the_booking_and_of_all_news(journey: Journey) -> None:
    assert len(journey.told) == 1 + len(journey.news("1097367"))
