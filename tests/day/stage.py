"""A whole backend before a pretended tenant, by one clock, with thousands of parcels already on their way."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import Client

from carrier_backend.bootstrap import build_backend
from carrier_backend.couriers.ecotrack.courier import Settings as EcotrackSettings
from carrier_backend.domain.access import digest
from carrier_backend.domain.addresses import Contact, Party
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Order
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding, mint_reference
from carrier_backend.domain.products import Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Source, TrackingEvent
from carrier_backend.services.backend import Backend
from carrier_backend.simulator.ecotrack import Ecotrack
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World
from carrier_backend.storage import accounts, looks, schema, shipments
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.sessions import new_session
from tests.builders import a_catalogue, a_journey, a_merchant, a_product, an_address, an_order
from tests.conftest import BY_TEST, CLIENT_SECRET, ENCRYPTION_KEY, a_settings
from tests.day.journeys import Steps, open_ones
from tests.day.watch import Calls, Watch, WatchedMount
from tests.fakes import FakeChannel, FrozenClock, a_label

SIMULATED = SimulatorSettings()
PRODUCT = a_product(shipping_method="ecotrack-home", courier="ecotrack", countries=frozenset({"DZ"}))
SHOPPER = Party(
    an_address(country="DZ", name="Amine Haddad", lines=("12 rue Didouche",), city="Alger Centre", postal_code="16001"),
    Contact("+213 550 12 34 56"),
)
MERCHANT = a_merchant()
ROUTE = Route(PRODUCT, MERCHANT)
BASE_URL = "http://simulator/ecotrack"
ORDER: dict[str, object] = {
    "nom_client": "Amine Haddad",
    "telephone": "0550123456",
    "adresse": "12 rue Didouche",
    "commune": "Alger Centre",
    "code_wilaya": 16,
    "montant": 0,
    "type": 1,
}
MIDNIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
"""In Algiers; a Monday begins."""
LONG_AGO = timedelta(days=9)
"""Before the day: longer than any parcel is on its way, and calls made then count no more."""
PARCELS_AT_ONCE = 10


class DrivenClock(FrozenClock):
    """Drives the simulator's clock along, and notes for how long anybody waited."""

    def __init__(self, now: datetime, world: World) -> None:
        super().__init__(now)
        self._world = world
        self.slept_seconds = 0.0
        world.advance(stand_at=now.isoformat())

    def advance(self, span: timedelta) -> None:
        super().advance(span)
        self._world.advance(span.total_seconds())

    def sleep(self, seconds: float) -> None:
        self.slept_seconds += seconds
        super().sleep(seconds)


@dataclass
class Stage:
    """What a day needs."""

    clock: DrivenClock
    tenant: Ecotrack
    client: Client
    store: Store
    backend: Backend
    watch: Watch

    def book(self, order: Order, steps: Steps) -> None:
        """Raises CarrierError, and is then to be repeated, as Ingrid would."""
        (package,) = json.loads(self.backend.book(order).body)["packages"]
        self.watch.saw(package["barcode"], Status.SUBMITTED, self.clock.now())
        self.tenant.travel(steps, [package["barcode"]])

    def open_parcels(self, chance: random.Random, number: int) -> None:
        """Parcels on their way, of all ages; each is due to be asked about within an hour from when this is over."""
        born_at, open_at = self.clock.now(), self.clock.now() + LONG_AGO
        ages = open_ones(chance, number, (open_at - MIDNIGHT).total_seconds())
        self.tenant.limits(minute=None, hour=None, day=None)
        numbers = [self._at_tenant(LONG_AGO.total_seconds() - age, steps) for age, steps in ages]
        self.tenant.limits()
        for first in range(0, number, PARCELS_AT_ONCE):
            age, _ = ages[first]
            self.clock.advance(max(open_at - timedelta(seconds=age) - self.clock.now(), timedelta()))
            self._with_us(numbers[first : first + PARCELS_AT_ONCE], open_at, chance)
        self.clock.advance(open_at - self.clock.now())
        assert self.clock.now() - born_at == LONG_AGO

    def _at_tenant(self, booked_after: float, steps: Steps) -> str:
        """The number of a parcel that is validated now, and sets out on its way so many seconds later."""
        created = self._post("create/order", ORDER)
        self._post(f"valid/order?tracking={created['tracking']}&ask_collection=1", {})
        self.tenant.travel([(booked_after + after, status) for after, status in steps], [created["tracking"]])
        return str(created["tracking"])

    def calls(self, since: datetime) -> Calls:
        """Those that the tenant has noted since then."""
        return Calls.noted(self.tenant.state()["calls"], since)

    def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        authorization = [("Authorization", f"Bearer {SIMULATED.ecotrack_api_token}")]
        told: dict[str, Any] = self.client.post(f"/ecotrack/api/v1/{path}", json=body, headers=authorization).get_json()
        assert told["success"] is True, told
        return told

    def _with_us(self, numbers: Sequence[str], open_at: datetime, chance: random.Random) -> None:
        """A shipment of these parcels as it is kept once it is booked."""
        order = an_algerian_order(len(numbers))
        with self.store.begin() as unit:
            shipment = Shipment.of(order, ROUTE, id=mint_reference(), created_at=unit.now, mint=mint_reference)
            shipments.add(unit, shipment, order)
            shipper_id = shipment.journey.shipper_id
            named = zip(shipment.references, numbers, strict=True)
            booked = [Booked(reference, number, shipper_id) for reference, number in named]
            labels = [Label(LabelEncoding.PDF, a_label(number)) for number in numbers]
            shipments.record_booked(unit, shipment.with_booked(booked, labels), b"{}")
            submitted = [
                TrackingEvent(one.number, one.reference, "submitted", "", Status.SUBMITTED, unit.now) for one in booked
            ]
            self.backend.record_tracking.record(unit, shipment.courier, submitted, Source.OURSELVES, "")
            due = [(one.reference, open_at + timedelta(seconds=chance.uniform(0, 3600))) for one in booked]
            looks.look_again(unit, due)


@contextmanager
def a_stage(begins_at: datetime) -> Iterator[Stage]:
    """An empty one; the clock stands LONG_AGO before."""
    world = World(_no_webhooks)
    tenant = Ecotrack(world, SIMULATED)
    world.enter(tenant)
    app = Flask(__name__)
    app.register_blueprint(tenant.routes)
    clock, watch = DrivenClock(begins_at - LONG_AGO, world), Watch()
    with TemporaryDirectory() as folder, closing(new_session()) as session:
        store = Store(_in_haste(open_engine(f"sqlite:///{folder}/carrier.db")), Sealing([ENCRYPTION_KEY]), clock)
        schema.upgrade(store)
        session.mount("http://simulator", WatchedMount(app, clock, watch))
        settings = a_settings(a_catalogue(PRODUCT), ecotrack=EcotrackSettings(BASE_URL, SIMULATED.ecotrack_api_token))
        backend = build_backend(settings, store=store, clock=clock, session=session, channel=FakeChannel())
        with store.begin() as unit:
            accounts.add_client(unit, "client-ingrid", "ingrid", digest(CLIENT_SECRET))
        backend.oversee.put_merchant(MERCHANT, BY_TEST)
        yield Stage(clock, tenant, Client(app), store, backend, watch)
        store.engine.dispose()


def _in_haste(engine: Engine) -> Engine:
    """Nothing of this day has to outlive a power cut."""

    @event.listens_for(engine, "connect")
    def hasten(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return engine


def _no_webhooks(*_: object) -> tuple[int, bytes]:
    return 200, b""


def an_algerian_order(parcels: int = 1) -> Order:
    """To a shopper in Algiers."""
    return an_order(parcels=parcels, journey=a_journey(shipping_method=PRODUCT.shipping_method, receiver=SHOPPER))
