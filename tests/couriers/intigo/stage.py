"""Intigo on its stage: the courier, the simulator mounted in its HTTP session, and what surrounds both."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from carrier_backend.couriers.intigo.client import IntigoClient
from carrier_backend.couriers.intigo.courier import Settings, build
from carrier_backend.domain.addresses import Address, Contact, Party
from carrier_backend.domain.parcels import mint_reference
from carrier_backend.domain.products import Direction, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Delivery
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.breaker import Breaker
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.builders import a_journey, a_merchant, a_product, an_order
from tests.couriers.fakes import (
    MemoryAccounts,
    MemoryCalls,
    MemoryExchanges,
    MemoryJournal,
    MemoryOutages,
    MemorySnapshots,
)
from tests.fakes import FrozenClock
from tests.simulator.callers import Director

BASE_URL = "http://simulator/intigo"
KEY = "a-key-of-intigo"
WAREHOUSE = Address("TN", "Test Merchant", lines=("12 avenue Habib Bourguiba",), city="La Marsa, Tunis")


def a_shipment(parcels: int = 1, *, terms: dict[str, object] | None = None, **changes: Any) -> Shipment:
    """From La Marsa to La Marsa; `changes` are of the journey, or of the shipment."""
    of_shipment = {name: changes.pop(name) for name in ("instructions",) if name in changes}
    journey = a_journey(**{"sender": Party(WAREHOUSE), **changes})
    merchant = a_merchant(couriers={"intigo": terms or {}})
    route = Route(a_product(courier="intigo", directions=frozenset(Direction)), merchant)
    order = an_order(parcels=parcels, journey=journey)
    shipment = Shipment.of(order, route, id="shipment", created_at=datetime.now(UTC), mint=mint_reference)
    return replace(shipment, **of_shipment)


def a_receiver(phone: str = "+216 20 123 456", **address: Any) -> Party:
    usual = Address("TN", "Amira Trabelsi", lines=("12 rue de la Plage",), city="La Marsa", postal_code="2070")
    return Party(replace(usual, **address), Contact(phone))


class Stage:
    """tests.couriers.promises.Stage for Intigo."""

    quiet_window = timedelta(seconds=120)

    def __init__(self, api_key: str = KEY, webhook_tokens: tuple[str, ...] = ()) -> None:
        app = create_simulator(SimulatorSettings(intigo_api_key=KEY, intigo_status_url=None, intigo_parcels_url=None))
        self.session = new_session()
        self.session.mount("http://simulator", Mount(app))
        # The simulator's clock goes with the real one.
        self.clock = FrozenClock(datetime.now(UTC))
        self.director = Director(app.test_client())
        self.snapshots = MemorySnapshots(self.clock)
        self.accounts = MemoryAccounts()
        self.outages = MemoryOutages(self.clock)
        http = Http(
            self.session,
            BoundsContext(self.clock),
            self.clock,
            MemoryCalls(self.clock),
            Breaker(self.clock, self.outages),
            Bulkhead(8),
            MemoryExchanges(),
        )
        self.client = IntigoClient(http, BASE_URL, api_key)
        self.courier = build(
            Settings(f"{BASE_URL}/", api_key, webhook_tokens),
            http=http,
            clock=self.clock,
            accounts=self.accounts,
            snapshots=self.snapshots,
            quiet_window=self.quiet_window,
        )

    def shipment(self, parcels: int = 1) -> Shipment:
        return a_shipment(parcels)

    def shipment_elsewhere(self) -> Shipment:
        return a_shipment(receiver=a_receiver(city="Atlantis"))

    def journal(self) -> MemoryJournal:
        return MemoryJournal(self.clock)

    def script(self, fault: str, **parameters: Any) -> None:
        """Whichever way the next parcels are created."""
        for operation in ("create", "create_batch"):
            self.director.script(operation, fault, **parameters)

    def quiet_window_of(self, parcels: int) -> timedelta:
        return self.quiet_window if parcels == 1 else timedelta(minutes=15)

    def pass_time(self, span: timedelta) -> None:
        self.clock.advance(span)
        self.director.tell(clock={"advance_seconds": span.total_seconds()})

    def made(self) -> list[str]:
        return self.director.cids()

    def live(self) -> list[str]:
        return [parcel["cid"] for parcel in self.director.books()["parcels"] if parcel["status"] != 8]

    def numbers(self) -> set[str]:
        return {parcel["nid"] for parcel in self.director.books()["parcels"]}

    def calls(self) -> int:
        return len(self.director.books()["calls"])

    def calls_of(self, operation: str) -> int:
        return [call["operation"] for call in self.director.books()["calls"]].count(operation)

    def strange_deliveries(self) -> Sequence[Delivery]:
        headers: tuple[dict[str, str], ...] = (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": KEY},
            {"authorization": "Bearer clé"},
        )
        return [Delivery(kind, given, b"{}") for kind in ("status", "parcels") for given in headers]
