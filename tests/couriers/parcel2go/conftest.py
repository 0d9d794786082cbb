"""Parcel2Go, and what it is played with."""

import pytest

from tests.couriers.fakes import MemoryJournal
from tests.couriers.parcel2go.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def journal(stage: Stage) -> MemoryJournal:
    return stage.journal()
