"""The demo's orders can be carried by the systems that are pretended."""

import json

import pytest

from carrier_backend.simulator.intigo_rules import Regions
from carrier_backend.simulator.orders import JOURNEYS, Journey


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_an_order_goes_to_a_place_that_is_served(journey: Journey) -> None:
    city = journey.booking["parties"]["to"]["address"]["city"]

    assert [city in region["subDivisions"] for region in Regions().listed].count(True) == 1


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_an_order_is_the_same_from_prebooking_to_booking(journey: Journey) -> None:
    assert journey.prebooking.items() <= journey.booking.items()
    assert json.loads(json.dumps(journey.booking)) == journey.booking


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_the_news_ends_with_delivery(journey: Journey) -> None:
    assert journey.news("1097367")[-1] == {"system": "intigo", "move": {"nid": "1097367", "status": 6}}


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_ingrid_is_told_of_the_booking_and_of_all_news(journey: Journey) -> None:
    assert len(journey.told) == 1 + len(journey.news("1097367"))
