"""One simulator, and the parties around it."""

import pytest
from flask import Flask

from carrier_backend.simulator import SimulatorSettings, create_simulator
from tests.simulator.callers import KEY, AccountHolder, Director, Listener


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def app(listener: Listener) -> Flask:
    settings = SimulatorSettings(
        intigo_api_key=KEY,
        intigo_status_url="http://backend/status",
        intigo_parcels_url="http://backend/parcels",
        ingrid_carrier="us",
        ingrid_hmac_secrets=("old-secret", "secret"),
    )
    return create_simulator(settings, listener)


@pytest.fixture
def holder(app: Flask) -> AccountHolder:
    return AccountHolder(app)


@pytest.fixture
def director(app: Flask) -> Director:
    return Director(app.test_client())
