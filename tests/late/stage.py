"""A whole carrier before pretended counterparts that may go on after they were given up on, all by one clock."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from requests import PreparedRequest, ReadTimeout, Response
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.config_files import read_merchants, read_products
from carrier_backend.couriers.ecotrack.courier import Settings as EcotrackSettings
from carrier_backend.couriers.intigo.courier import Settings as IntigoSettings
from carrier_backend.couriers.parcel2go.courier import Settings as Parcel2GoSettings
from carrier_backend.domain.products import Catalogue
from carrier_backend.services.backend import Backend
from carrier_backend.settings import Settings
from carrier_backend.simulator import SimulatorSettings
from carrier_backend.simulator.ecotrack import Ecotrack
from carrier_backend.simulator.faults import parse_fault
from carrier_backend.simulator.ingrid import Ingrid
from carrier_backend.simulator.intigo import Intigo
from carrier_backend.simulator.mount import Mount
from carrier_backend.simulator.parcel2go import Parcel2Go
from carrier_backend.simulator.world import World
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.sessions import new_session
from tests.chaos import orders as chaos_orders
from tests.conftest import BY_TEST, ENCRYPTION_KEY, a_settings
from tests.day.stage import DrivenClock
from tests.fakes import MONDAY

BASE_URL = "http://simulator.test"
SHOP = Path(chaos_orders.__file__).parent
SIMULATED = SimulatorSettings(
    intigo_status_url=None,
    intigo_parcels_url=None,
    parcel2go_webhook_url=None,
    parcel2go_balance="10000000.00",
    ingrid_carrier="velove",
    ingrid_hmac_secrets=("a shared secret of the tests' own",),
)
TOKEN_LASTS = timedelta(minutes=30)


class ImpatientMount(Mount):
    """The simulator in an HTTP session; a caller who gives up has waited for as long as that took."""

    def __init__(self, app: Any, clock: DrivenClock) -> None:
        super().__init__(app)
        self._clock = clock

    def send(self, request: PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any) -> Response:
        try:
            return super().send(request, stream, timeout)
        except ReadTimeout:
            self._clock.sleep(timeout[1])
            raise


@dataclass
class Stage:
    """Ingrid's hand, the pretended counterparts, and our own backend."""

    door: FlaskClient
    world: World
    backend: Backend
    clock: DrivenClock
    credentials: Mapping[str, str]

    def __post_init__(self) -> None:
        self._headers: dict[str, str] = {}
        self._token_ends_at = self.clock.now()

    def book(self, body: Mapping[str, Any]) -> TestResponse:
        if self._token_ends_at <= self.clock.now():
            token = self.door.post("/oauth/token", json=self.credentials).get_json()["access_token"]
            self._headers = {"Authorization": f"Bearer {token}", "x-api-version": "v1.0"}
            self._token_ends_at = self.clock.now() + TOKEN_LASTS
        return self.door.post("/booking", json=body, headers=self._headers)

    def script(self, system: str, operation: str, fault: str, **parameters: Any) -> None:
        """A fault for the next call; see simulator/world.py."""
        told = {"system": system, "operation": operation, "fault": fault, **parameters}
        self.world.script(parse_fault(told, self.world.systems[system].operations[operation]))

    def work(self) -> None:
        """Whatever the worker has to do now, but for asking couriers where parcels are."""
        for worker in (self.backend.reconcile, self.backend.push_statuses):
            while worker.run_once():
                pass


@contextmanager
def a_stage(database_url: str, quiet_window: timedelta) -> Iterator[Stage]:
    """One on an empty database that is of this code's version."""
    world = World(_no_webhooks)
    systems = (Intigo(world, SIMULATED), Parcel2Go(world, SIMULATED), Ecotrack(world, SIMULATED))
    app = Flask(__name__)
    for system in (*systems, Ingrid(world, SIMULATED)):
        world.enter(system)
        app.register_blueprint(system.routes)
    clock, engine = DrivenClock(MONDAY, world), open_engine(database_url)
    with closing(new_session()) as session:
        session.mount(BASE_URL, ImpatientMount(app, clock))
        store = Store(engine, Sealing([ENCRYPTION_KEY]), clock)
        door = create_app(_settings(quiet_window), store=store, clock=clock, session=session)
        with door.app_context():
            backend = current.backend()
        yield Stage(door.test_client(), world, backend, clock, _admitted(backend))
    engine.dispose()


def _settings(quiet_window: timedelta) -> Settings:
    secret, key = SIMULATED.parcel2go_client_secret, SIMULATED.intigo_api_key
    settings = a_settings(
        Catalogue(read_products(SHOP / "products.toml")),
        intigo=IntigoSettings(f"{BASE_URL}/intigo", key, (key,)),
        parcel2go=Parcel2GoSettings(
            f"{BASE_URL}/parcel2go", SIMULATED.parcel2go_client_id, secret, (SIMULATED.parcel2go_webhook_secret,)
        ),
        ecotrack=EcotrackSettings(f"{BASE_URL}/ecotrack", SIMULATED.ecotrack_api_token),
    )
    return replace(
        settings,
        quiet_windows=dict.fromkeys(settings.couriers, quiet_window),
        ingrid=replace(settings.ingrid, base_url=f"{BASE_URL}/ingrid"),
        log_level="error",
    )


def _admitted(backend: Backend) -> Mapping[str, str]:
    """A client's credentials; there are merchants, and the worker has fetched what it fetches."""
    for merchant in read_merchants(SHOP / "merchants.toml"):
        backend.oversee.put_merchant(merchant, BY_TEST)
    backend.clockwork.run_once()
    secret = backend.oversee.add_client("ingrid", BY_TEST)
    return {"client_id": secret.client_id, "client_secret": secret.client_secret}


def _no_webhooks(url: str, *_: object) -> tuple[int, bytes]:
    raise AssertionError(f"a webhook to {url}, where none is registered")
