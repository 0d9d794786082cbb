"""The few things most tests stand on: both databases, a clock to drive, and a backend with a courier of ours."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, text

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.domain.products import Catalogue
from carrier_backend.services.backend import Backend
from carrier_backend.services.oversee import By
from carrier_backend.settings import IngridSettings, Mode, Settings
from carrier_backend.storage import accounts, schema
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.storage.tables import metadata
from carrier_backend.support import sealing
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.builders import a_catalogue, a_merchant
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

hypothesis_settings.register_profile("default", deadline=None)
hypothesis_settings.load_profile("default")

ENCRYPTION_KEY = sealing.new_key()
CLIENT_SECRET = "the secret of the client that the tests use"
BY_TEST = By("test", "because a test says so")


def a_settings(products: Catalogue, database_url: str = "sqlite://", **couriers: object) -> Settings:
    return Settings(
        mode=Mode.DEVELOPMENT,
        database_url=database_url,
        token_keys=MappingProxyType({"1": "a token key of more than thirty-two bytes"}),
        encryption_keys=(ENCRYPTION_KEY,),
        products=products,
        couriers=couriers,
        quiet_windows={name: timedelta(seconds=120) for name in couriers},
        ingrid=IngridSettings("http://ingrid.test", "velove", ("a shared secret of the tests' own",)),
        booking_budget_seconds=20,
        unclaimed_minutes=30,
        proxy_hops=0,
        poll_interval_seconds=900,
        push_backoff_seconds=(5, 30, 120, 600, 1800, 3600, 7200, 18000, 36000),
        push_give_up_hours=78,
        retention_days=30,
        log_format="json",
        log_level="debug",
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server) -> str:
    return _migrated(postgres_server.create_database())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = tmp_path_factory.mktemp("template") / "carrier.db"
    _migrated(f"sqlite:///{template}")
    return template


def _migrated(url: str) -> str:
    engine = open_engine(url)
    schema.upgrade(Store(engine, Sealing([ENCRYPTION_KEY])))
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own, of each kind, migrated and empty."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    database = tmp_path / "carrier.db"
    database.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
    return f"sqlite:///{database}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # for this transaction, let even the trail of acts be emptied
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def store(engine: Engine, clock: FrozenClock) -> Store:
    return Store(engine, Sealing([ENCRYPTION_KEY]), clock)


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def backend(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Backend:
    """The real backend over a courier and a channel of the tests' own, with one client and one merchant."""
    backend = build_backend(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={courier.name: courier}, channel=channel
    )
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    return backend
