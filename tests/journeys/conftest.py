"""A whole carrier between a pretended Ingrid and pretended couriers, all in one process and by one clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.config_files import read_merchants, read_products
from carrier_backend.couriers.ecotrack.courier import Settings as EcotrackSettings
from carrier_backend.couriers.intigo.courier import Settings as IntigoSettings
from carrier_backend.couriers.parcel2go.courier import Settings as Parcel2GoSettings
from carrier_backend.domain.products import Catalogue
from carrier_backend.services.backend import Backend
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.simulator.orders import JOURNEYS
from carrier_backend.storage.store import Store
from carrier_backend.support.sessions import new_session
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FrozenClock

CONFIG = Path(__file__).parents[2] / "config"
SIMULATED = SimulatorSettings(
    intigo_status_url="http://carrier.test/webhooks/intigo/status",
    intigo_parcels_url="http://carrier.test/webhooks/intigo/parcels",
    intigo_webhook_token="the token that Intigo's webhooks bear",
    parcel2go_webhook_url="http://carrier.test/webhooks/parcel2go",
    parcel2go_balance="10000.00",
    ingrid_carrier="velove",
    ingrid_hmac_secrets=("a shared secret of the tests' own",),
)

Body = dict[str, Any]


@dataclass
class Stage:
    """What a journey needs: Ingrid's hand, the pretended systems' controls, and our own workers."""

    ingrid: FlaskClient
    simulator: FlaskClient
    backend: Backend
    clock: FrozenClock
    headers: Mapping[str, str]

    def post(self, path: str, body: Body) -> TestResponse:
        return self.ingrid.post(path, json=body, headers=self.headers)

    def book(self, body: Body) -> TestResponse:
        return self.post("/booking", body)

    def cancel(self, barcode: str) -> TestResponse:
        return self.ingrid.delete(f"/booking/packages/{barcode}", headers=self.headers)

    def control(self, **command: Any) -> None:
        answer = self.simulator.post("/_control", json=command)
        assert answer.status_code == 200, answer.text

    def move(self, barcode: str, status: int) -> None:
        """Intigo moves a parcel, an hour later, and calls us."""
        self.clock.advance(timedelta(hours=1))
        date = self.clock.now().isoformat().replace("+00:00", "Z")
        self.control(system="intigo", move={"nid": barcode, "status": status, "date": date})

    def work(self) -> None:
        """Whatever the worker has to do now."""
        for worker in (self.backend.reconcile, self.backend.poll_tracking, self.backend.push_statuses):
            while worker.run_once():
                pass

    def books(self, system: str) -> Body:
        state: Body = self.simulator.get("/_state").get_json()[system]
        return state

    def told(self) -> list[str]:
        """The statuses that Ingrid accepted, in order."""
        pushes = self.books("ingrid")["pushes"]
        return [push["body"]["event_status"] for push in pushes if push["status"] == 200]


@pytest.fixture
def stage(store: Store, clock: FrozenClock) -> Iterator[Stage]:
    with set_up(store, clock) as stage:
        yield stage


@contextmanager
def set_up(store: Store, clock: FrozenClock, **ingrid: str) -> Iterator[Stage]:
    """A stage upon an empty database; `ingrid` are settings of hers, otherwise than usual."""
    doors: list[FlaskClient] = []

    def deliver(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = doors[0].post(url.removeprefix("http://carrier.test"), data=body, headers=headers)
        return answer.status_code, answer.data

    simulator = create_simulator(SIMULATED, deliver)
    session = new_session()
    session.mount("http://simulator.test", Mount(simulator))
    settings = simulated_settings()
    settings = replace(settings, ingrid=replace(settings.ingrid, **ingrid))
    app = create_app(settings, store=store, clock=clock, session=session)
    doors.append(app.test_client())
    with app.app_context():
        backend = current.backend()
    try:
        yield _admitted(Stage(doors[0], simulator.test_client(), backend, clock, {}))
    finally:
        session.close()


def simulated_settings() -> Any:
    """All couriers, pretended, as the configuration sells them."""
    products = Catalogue(read_products(CONFIG / "products.toml"))
    intigo = IntigoSettings(
        "http://simulator.test/intigo", SIMULATED.intigo_api_key, (SIMULATED.intigo_webhook_token or "",)
    )
    parcel2go = Parcel2GoSettings(
        "http://simulator.test/parcel2go",
        SIMULATED.parcel2go_client_id,
        SIMULATED.parcel2go_client_secret,
        (SIMULATED.parcel2go_webhook_secret,),
    )
    ecotrack = EcotrackSettings("http://simulator.test/ecotrack", SIMULATED.ecotrack_api_token)
    settings = a_settings(products, intigo=intigo, parcel2go=parcel2go, ecotrack=ecotrack)
    return replace(settings, ingrid=replace(settings.ingrid, base_url="http://simulator.test/ingrid"))


def _admitted(stage: Stage) -> Stage:
    """The stage with a merchant, a client and its token; the worker has fetched what it fetches."""
    for merchant in read_merchants(CONFIG / "merchants.example.toml"):
        stage.backend.oversee.put_merchant(merchant, BY_TEST)
    secret = stage.backend.oversee.add_client("ingrid", BY_TEST)
    stage.backend.clockwork.run_once()
    credentials = {"client_id": secret.client_id, "client_secret": secret.client_secret}
    token = stage.ingrid.post("/oauth/token", json=credentials).get_json()["access_token"]
    return replace(stage, headers={"Authorization": f"Bearer {token}", "x-api-version": "v1.0", "x-trace-id": "TRACE1"})


@pytest.fixture
def a_booking(clock: FrozenClock) -> Callable[..., Body]:
    """A body for POST /booking, for so many packages to a home in La Marsa, Scarborough or Béjaïa."""

    def make(packages: int = 1, courier: str = "intigo", **changes: Any) -> Body:
        return booking_body(clock, packages, courier, **changes)

    return make


def booking_body(clock: FrozenClock, packages: int = 1, courier: str = "intigo", **changes: Any) -> Body:
    """As what `a_booking` makes."""
    start = clock.now() + timedelta(days=1)
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=4)).isoformat()}
    model = JOURNEYS[("intigo", "parcel2go", "ecotrack").index(courier)].booking
    references = {"tos_id": uuid4().hex, "external_id": "Order 1001"}
    boxes = [model["packages"][0] | {"references": {"package_id": str(uuid4())}} for _ in range(packages)]
    return {**model, "delivery_time": times, "references": references, "packages": boxes, **changes}
