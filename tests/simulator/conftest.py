"""One simulator, and the parties around it."""

import pytest
from flask import Flask

from carrier_backend.simulator import SimulatorSettings, create_simulator
from tests.simulator.callers import KEY, AccountHolder, Director, Listener
from tests.simulator.customers import Customer
from tests.simulator.senders import Sender


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def app(listener: Listener) -> Flask:
    settings = SimulatorSettings(
        intigo_api_key=KEY,
        intigo_status_url="http://backend/status",
        intigo_parcels_url="http://backend/parcels",
        parcel2go_client_secret="a secret of Parcel2Go's",
        parcel2go_webhook_secret="abcd",
        parcel2go_webhook_url="http://backend/parcel2go",
        parcel2go_balance="100.00",
        ecotrack_api_token="a token of Ecotrack's",
        ingrid_carrier="us",
        ingrid_hmac_secrets=("old-secret", "secret"),
        ingrid_api_token="dG9rZW4=",
    )
    return create_simulator(settings, listener)


@pytest.fixture
def holder(app: Flask) -> AccountHolder:
    return AccountHolder(app)


@pytest.fixture
def customer(app: Flask) -> Customer:
    return Customer(app)


@pytest.fixture
def sender(app: Flask) -> Sender:
    return Sender(app)


@pytest.fixture
def director(app: Flask) -> Director:
    return Director(app.test_client())
