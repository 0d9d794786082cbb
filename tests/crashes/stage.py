"""A backend whose process may die at any crash point, and be followed by another on the same database.

In place of os._exit, the seam raises what nobody catches; from then on it lets nothing more be done.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.bootstrap import build_backend
from carrier_backend.config_files import read_merchants
from carrier_backend.domain.products import Catalogue
from carrier_backend.services.backend import Backend
from carrier_backend.settings import Settings
from carrier_backend.simulator import create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.simulator.orders import JOURNEYS
from carrier_backend.storage import tables
from carrier_backend.storage.store import Store
from carrier_backend.support.crash_points import PassPoint, unharmed
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.sessions import new_session
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.fakes import MONDAY, FrozenClock
from tests.journeys.conftest import CONFIG, SIMULATED, simulated_settings

Body = dict[str, Any]

BETWEEN_TWO = timedelta(hours=1)
"""So that no booking is in another's quota or day."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a courier says to us of its own accord."""

    url: str
    headers: dict[str, str]
    body: bytes


class Died(BaseException):
    """The process is no more."""


class Life:
    """Notes the crash points that a process passes, until it dies at one; whatever comes after that is not done."""

    def __init__(self, ends_at: int | None = None) -> None:
        self.passed: list[str] = []
        self._ends_at = ends_at

    def __call__(self, point: str) -> None:
        self.passed.append(point)
        if self.is_over:
            raise Died(point)

    @property
    def is_over(self) -> bool:
        return self._ends_at is not None and len(self.passed) > self._ends_at


class SharedClock(FrozenClock):
    """Drives the pretended systems along."""

    def __init__(self, simulator: FlaskClient) -> None:
        super().__init__(MONDAY)
        self._simulator = simulator

    def advance(self, span: timedelta) -> None:
        super().advance(span)
        self.set_theirs()

    def set_theirs(self) -> None:
        self._simulator.post("/_control", json={"clock": {"stand_at": self.now().isoformat()}})


@dataclass
class Stage:
    """Ingrid's hand, the pretended systems, and the process that lives now; another one of ours hears the webhooks."""

    engine: Engine
    store: Store
    clock: SharedClock
    settings: Settings
    session: Any
    app: Flask
    simulator: FlaskClient
    credentials: Body
    headers: dict[str, str]
    unheard: list[Call] | None = None
    """While nobody of ours listens: the calls that couriers made."""

    def live(self, pass_point: PassPoint = unharmed) -> Backend:
        """From now on another process serves, that knows nothing but what the last one has committed."""
        store = Store(self.engine, Sealing([ENCRYPTION_KEY]), self.clock, pass_point)
        backend = build_backend(
            self.settings, store=store, clock=self.clock, session=self.session, pass_point=pass_point
        )
        current.keep(backend, self.app)
        return backend

    def begin_anew(self) -> None:
        """Empty books, and an hour of its own; what was before is asked about, and told of, no more."""
        self.simulator.post("/_reset")
        with self.store.begin() as unit:
            unit.connection.execute(update(tables.parcels).values(look_at=None))
            unit.connection.execute(update(tables.lanes).values(due_at=None))
        self.clock.advance(BETWEEN_TWO)
        self.live()
        self.fetch_token()

    def fetch_token(self) -> None:
        """Have one that is good for an hour."""
        token = self.app.test_client().post("/oauth/token", json=self.credentials).get_json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "x-api-version": "v1.0"}

    def book(self, body: Body) -> TestResponse:
        return self.app.test_client().post("/booking", json=body, headers=self.headers)

    def cancel(self, barcode: str) -> TestResponse:
        return self.app.test_client().delete(f"/booking/packages/{barcode}", headers=self.headers)

    def turn_away(self, courier: str, operation: str, times: int) -> None:
        """Have a courier do nothing but tell us to come again, so often."""
        for _ in range(times):
            fault = {"system": courier, "operation": operation, "fault": "rate_limit"}
            assert self.simulator.post("/_control", json=fault).status_code == 200

    def calls_after(self, courier: str, move: Body) -> list[Call]:
        """The calls that a courier makes about what it has just done to a parcel; nobody hears them yet."""
        calls: list[Call] = []
        self.unheard = calls
        answer = self.simulator.post("/_control", json={"system": courier, "move": move})
        assert answer.status_code == 200, answer.text
        self.unheard = None
        return calls

    def call(self, call: Call) -> int:
        """Have the process that lives now hear a courier; what it answers."""
        return self.app.test_client().post(_path(call.url), data=call.body, headers=call.headers).status_code

    def books(self, system: str) -> Body:
        """What one of the pretended systems holds."""
        state: Body = self.simulator.get("/_state").get_json()[system]
        return state

    def a_booking(self, method: str, packages: int) -> Body:
        """A body for POST /booking of so many packages."""
        model = next(one.booking for one in JOURNEYS if method.startswith(one.booking["shipping_method"].split("-")[0]))
        start = self.clock.now() + timedelta(days=1)
        times = {"start": start.isoformat(), "end": (start + timedelta(hours=4)).isoformat()}
        references = {"tos_id": uuid4().hex, "external_id": "Order 1001"}
        boxes = [model["packages"][0] | {"references": {"package_id": str(uuid4())}} for _ in range(packages)]
        return {
            **model,
            "shipping_method": method,
            "delivery_time": times,
            "references": references,
            "packages": boxes,
        }


@contextmanager
def a_stage(engine: Engine) -> Iterator[Stage]:
    """One upon a database that is migrated and empty; whatever is fetched once has been fetched."""
    neighbours: list[FlaskClient] = []

    def deliver(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if stage.unheard is not None:
            stage.unheard.append(Call(url, headers, body))
            return 503, b""
        answer = neighbours[0].post(_path(url), data=body, headers=headers)
        return answer.status_code, answer.data

    simulator = create_simulator(SIMULATED, deliver)
    clock, settings = SharedClock(simulator.test_client()), _selling_later_too(simulated_settings())
    store = Store(engine, Sealing([ENCRYPTION_KEY]), clock)
    with closing(new_session()) as session:
        session.mount("http://simulator.test", Mount(simulator))
        app, neighbour = (create_app(settings, store=store, clock=clock, session=session) for _ in range(2))
        neighbours.append(neighbour.test_client())
        stage = Stage(engine, store, clock, settings, session, app, simulator.test_client(), {}, {})
        backend = stage.live()
        for merchant in read_merchants(CONFIG / "merchants.example.toml"):
            backend.oversee.put_merchant(merchant, BY_TEST)
        secret = backend.oversee.add_client("ingrid", BY_TEST)
        stage.credentials = {"client_id": secret.client_id, "client_secret": secret.client_secret}
        clock.set_theirs()
        backend.clockwork.run_once()
        yield stage


def _path(url: str) -> str:
    return url.removeprefix("http://carrier.test")


def _selling_later_too(settings: Settings) -> Settings:
    """With a product that is booked first and validated half an hour later."""
    home = next(product for product in settings.products if product.shipping_method == "ecotrack-home")
    later = replace(home, shipping_method="ecotrack-later", options={"validate": {"after_minutes": 30}})
    return replace(settings, products=Catalogue([*settings.products, later]))
