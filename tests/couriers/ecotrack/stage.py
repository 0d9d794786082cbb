"""Ecotrack on its stage: the courier, the simulator mounted in its HTTP session, and what surrounds both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from carrier_backend.couriers.ecotrack.client import Body, EcotrackClient, Passing
from carrier_backend.couriers.ecotrack.courier import Settings, build
from carrier_backend.domain.addresses import Address, Contact, Party
from carrier_backend.domain.orders import OptionsQuery, SearchArea
from carrier_backend.domain.parcels import mint_reference
from carrier_backend.domain.products import Addon, Calendar, DefaultParcel, Direction, Merchant, Product, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Courier, Delivery
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.breaker import Breaker
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.builders import a_journey, a_merchant, an_order
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

BASE_URL = "http://simulator/ecotrack"
TOKEN = "a-token-of-an-ecotrack-tenant"
WAREHOUSE = Address("DZ", "Test Merchant", lines=("2 rue Didouche Mourad",), city="Alger Centre", postal_code="16000")
HOME = Address("DZ", "Lina Benali", lines=("14 cité des Orangers",), city="Blida", postal_code="09000")
SHOPPER = Contact("+213 555 12 34 56", "lina@shopper.example")
CALENDAR = Calendar("Africa/Algiers", time(14), frozenset({6, 0, 1, 2, 3}), (1, 4))


def an_algerian_merchant(**terms: object) -> Merchant:
    return a_merchant(
        contact=Contact("+213 21 63 12 34", "wh@shop.example"),
        parcel=DefaultParcel(Decimal("4000"), "DZD", "Livres", 1000, 300, 200, 100),
        couriers={"ecotrack": terms},
    )


def an_algerian_product(**options: object) -> Product:
    return Product(
        "ecotrack-home",
        "ecotrack",
        frozenset({"DZ"}),
        CALENDAR,
        addons=frozenset({Addon.TAKE_SIGNATURE}),
        directions=frozenset(Direction),
        has_pickup_points=True,
        options=options,
    )


def a_route(options: Mapping[str, object] | None = None, **terms: Any) -> Route:
    return Route(an_algerian_product(**(options or {})), an_algerian_merchant(**terms))


def a_receiver(phone: str = SHOPPER.phone, **address: Any) -> Party:
    return Party(replace(HOME, **address), Contact(phone))


def a_shipment(parcels: int = 1, *, route: Route | None = None, **changes: Any) -> Shipment:
    """From Algiers to Blida; `changes` are of the journey, or of the order."""
    of_order = {name: changes.pop(name) for name in ("instructions", "addons", "packages") if name in changes}
    usual = {"sender": Party(WAREHOUSE), "receiver": Party(HOME, SHOPPER), "delivery": None}
    order = an_order(parcels=parcels, journey=a_journey(**{**usual, **changes}), **of_order)
    return Shipment.of(order, route or a_route(), id="shipment", created_at=datetime.now(UTC), mint=mint_reference)


def a_query(**area: Any) -> OptionsQuery:
    return OptionsQuery("client-ingrid", "ecotrack-home", "shop-1", WAREHOUSE, SearchArea(replace(HOME, **area)))


class Stage:
    """tests.couriers.promises.Stage for Ecotrack: a parcel is made when its draft is."""

    quiet_window = timedelta(seconds=120)

    def __init__(self, api_key: str = TOKEN) -> None:
        app = create_simulator(SimulatorSettings(ecotrack_api_token=TOKEN, intigo_status_url=None))
        self.session = new_session()
        self.session.mount("http://simulator", Mount(app))
        self.director = Director(app.test_client())
        # Both go by one clock, which only the test moves.
        self.clock = FrozenClock(datetime.now(UTC).replace(microsecond=0))
        self.director.tell(clock={"stand_at": self.clock.now().isoformat()})
        self.tell(limits={"minute": 10**6, "hour": None, "day": None})
        self.snapshots = MemorySnapshots(self.clock)
        self.accounts = MemoryAccounts()
        self.outages = MemoryOutages(self.clock)
        self.allowed = MemoryCalls(self.clock)
        self.http = Http(
            self.session,
            BoundsContext(self.clock),
            self.clock,
            self.allowed,
            Breaker(self.clock, self.outages),
            Bulkhead(8),
            MemoryExchanges(),
        )
        self.client = EcotrackClient(self.http, BASE_URL, api_key)
        self.courier = self.courier_with(api_key)

    def courier_with(self, token: str) -> Courier:
        """The courier, given that token."""
        return build(
            Settings(f"{BASE_URL}/", token),
            http=self.http,
            clock=self.clock,
            accounts=self.accounts,
            snapshots=self.snapshots,
            quiet_window=self.quiet_window,
        )

    def quiet_window_of(self, parcels: int) -> timedelta:
        return self.quiet_window

    def shipment(self, parcels: int = 1) -> Shipment:
        return a_shipment(parcels)

    def shipment_elsewhere(self) -> Shipment:
        return a_shipment(receiver=a_receiver(city="Atlantis", postal_code=""))

    def journal(self) -> MemoryJournal:
        return MemoryJournal(self.clock)

    def script(self, fault: str, **parameters: Any) -> None:
        """For the next draft: what is not drafted is no parcel."""
        self.script_for("create", fault, **parameters)

    def script_for(self, operation: str, fault: str, **parameters: Any) -> None:
        self.director.tell(system="ecotrack", operation=operation, fault=fault, **parameters)

    def tell(self, **command: Any) -> Any:
        return self.director.tell(system="ecotrack", **command)

    def move(self, number: str, status: str, after: timedelta = timedelta(hours=1), **how: Any) -> None:
        """The tenant moves an order, so long from now."""
        self.pass_time(after)
        self.tell(move={"tracking": number, "status": status, **how})

    def order_again(self, order: Mapping[str, Any], **changes: object) -> str:
        """A second order as an order was asked for, but for the changes."""
        wanted: Body = {**order["request"], **changes}
        return self.client.create(wanted, Passing.BODY)

    def pass_time(self, span: timedelta) -> None:
        self.clock.advance(span)
        self.director.tell(clock={"advance_seconds": span.total_seconds()})

    def books(self) -> Any:
        return self.director.books("ecotrack")

    def orders(self) -> list[dict[str, Any]]:
        """Those that are not deleted."""
        return [order for order in self.books()["orders"] if not order["deleted_at"]]

    def made(self) -> list[str]:
        return [order["reference"] for order in self.books()["orders"]]

    def live(self) -> list[str]:
        return [order["reference"] for order in self.orders()]

    def validated(self) -> list[str]:
        """The numbers of all validations that were granted, one entry each."""
        return [validation["tracking"] for validation in self.books()["validations"]]

    def numbers(self) -> set[str]:
        return {order["tracking"] for order in self.books()["orders"]}

    def calls(self) -> int:
        return len(self.books()["calls"])

    def calls_of(self, operation: str) -> int:
        return [call["operation"] for call in self.books()["calls"]].count(operation)

    def strange_deliveries(self) -> Sequence[Delivery]:
        """It never calls."""
        return ()
