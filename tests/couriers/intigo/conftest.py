"""Intigo, and what it is played with."""

import pytest

from carrier_backend.ports import Courier
from tests.couriers.fakes import MemoryJournal
from tests.couriers.intigo.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def intigo(stage: Stage) -> Courier:
    return stage.courier


@pytest.fixture
def journal(stage: Stage) -> MemoryJournal:
    return stage.journal()
