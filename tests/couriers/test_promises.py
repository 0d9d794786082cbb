"""The promises, for every courier there is."""

from importlib import import_module

import pytest

from carrier_backend.couriers import present
from tests.couriers.promises import Promises, Stage


@pytest.fixture(params=present())
def stage(request: pytest.FixtureRequest) -> Stage:
    """A courier without a stage at `tests/couriers/<name>/stage.py` keeps no promise."""
    made: Stage = import_module(f"tests.couriers.{request.param}.stage").Stage()
    return made


class TestEveryCourier(Promises):
    """Each promise is a test of its own."""
