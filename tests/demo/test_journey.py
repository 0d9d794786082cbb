"""The demo succeeds only where Ingrid heard exactly what it should."""

from dataclasses import replace

import pytest

from carrier_backend.demo import start
from carrier_backend.demo.journey import Walk
from carrier_backend.demo.screen import Screen
from carrier_backend.demo.stage import DemoFailed, set_up
from carrier_backend.simulator.orders import JOURNEYS


def test_a_journey_of_which_ingrid_hears_otherwise_fails() -> None:
    journey = replace(JOURNEYS[0], told=tuple(reversed(JOURNEYS[0].told)))
    with set_up() as stage:
        credentials = start(stage, Screen())
        with pytest.raises(DemoFailed, match=r"Ingrid heard of .*: submitted, in_transit"):
            Walk(journey, stage, Screen(), credentials)()
