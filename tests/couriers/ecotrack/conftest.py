"""Ecotrack, and what it is played with."""

import pytest

from tests.couriers.ecotrack.stage import Stage
from tests.couriers.fakes import MemoryJournal


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def journal(stage: Stage) -> MemoryJournal:
    return stage.journal()
