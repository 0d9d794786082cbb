"""Parcel2Go on its stage: the courier, the simulator mounted in its HTTP session, and what surrounds both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from carrier_backend.couriers.parcel2go.client import Parcel2GoClient
from carrier_backend.couriers.parcel2go.courier import Settings, build
from carrier_backend.couriers.parcel2go.webhook import signature
from carrier_backend.domain.addresses import Address, Contact, Party
from carrier_backend.domain.orders import OptionsQuery, SearchArea
from carrier_backend.domain.parcels import mint_reference
from carrier_backend.domain.products import Addon, Calendar, DefaultParcel, Direction, Merchant, Product, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Delivery
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

BASE_URL = "http://simulator/parcel2go"
CLIENT_ID, CLIENT_SECRET = "a-client-of-parcel2go", "a-secret-of-parcel2go"
WEBHOOK_SECRET = "the secret that Parcel2Go's webhooks are signed with"
WAREHOUSE = Address("GB", "Test Merchant", lines=("11 Saville St",), city="Malton", postal_code="YO17 7LL")
HOME = Address("GB", "John Doe", lines=("1 Raleigh Street",), city="Scarborough", postal_code="YO12 7JZ")
ABROAD = Address("US", "Gary Wilson", lines=("1 S Brooklyn View Ln",), city="South Jordan", postal_code="84095")
SHOPPER = Contact("+447587569852", "j.doe@yahoo.com")
CUSTOMS: dict[str, object] = {
    "export_reason": "Sale",
    "vat_status": "Individual",
    "origin_country": "GB",
    "tariff_code": "640520",
}
NAMES: dict[str, object] = {"forename": "Joe", "surname": "Joggs"}
CALENDAR = Calendar("Europe/London", time(15), frozenset(range(5)), (1, 3))


def a_british_merchant(**terms: object) -> Merchant:
    return a_merchant(
        contact=Contact("+4477777777777", "collection@example.com"),
        parcel=DefaultParcel(Decimal("25.00"), "GBP", "Slippers", 1000, 300, 200, 100),
        couriers={"parcel2go": {**NAMES, **terms}},
    )


def a_british_product(**options: object) -> Product:
    return Product(
        "parcel2go-home",
        "parcel2go",
        frozenset({"GB", "US"}),
        CALENDAR,
        addons=frozenset(Addon),
        directions=frozenset(Direction),
        options=options,
    )


def a_route(options: Mapping[str, object] | None = None, **terms: Any) -> Route:
    return Route(a_british_product(**(options or {})), a_british_merchant(**terms))


def a_shipment(parcels: int = 1, *, route: Route | None = None, **changes: Any) -> Shipment:
    """From Malton to Scarborough; `changes` are of the journey, or of the order."""
    of_order = {name: changes.pop(name) for name in ("instructions", "addons", "packages") if name in changes}
    usual = {"sender": Party(WAREHOUSE), "receiver": Party(HOME, SHOPPER), "delivery": None}
    order = an_order(parcels=parcels, journey=a_journey(**{**usual, **changes}), **of_order)
    return Shipment.of(order, route or a_route(), id="shipment", created_at=datetime.now(UTC), mint=mint_reference)


def a_return(**changes: Any) -> Shipment:
    """From Scarborough to Malton."""
    ends = {"sender": Party(HOME, SHOPPER), "receiver": Party(WAREHOUSE)}
    return a_shipment(direction=Direction.RETURN, **{**ends, **changes})


def a_query(**area: Any) -> OptionsQuery:
    where = SearchArea(replace(HOME, name="", lines=(), **area))
    return OptionsQuery("client-ingrid", "parcel2go-home", "shop-1", WAREHOUSE, where)


def an_envelope(at: datetime, kind: str = "Tracking", secret: str = WEBHOOK_SECRET, **changes: Any) -> dict[str, Any]:
    """Signed, unless `changes` break it afterwards."""
    header = {"Id": "e0363b4a-aead-4dd5-bcc5-73793ad49974", "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.6386334+00:00"}
    good = signature(secret, header["Id"], f"{at:%Y-%m-%d %H:%M:%S}", kind)
    payload = {"OrderLineId": 1234567, "TrackingStage": "Delivered", "StatusDescription": "Handed to Customer"}
    return {**header, "Signature": good, "Type": kind, "Payload": payload, **changes}


def a_delivery(envelope: Any) -> Delivery:
    return Delivery("", {}, json.dumps(envelope).encode())


class Stage:
    """tests.couriers.promises.Stage for Parcel2Go: a parcel is made when the order that it is in is paid."""

    quiet_window = timedelta(seconds=120)

    def __init__(self, api_key: str = CLIENT_SECRET, **simulated: Any) -> None:
        settings = SimulatorSettings(
            parcel2go_client_id=CLIENT_ID,
            parcel2go_client_secret=CLIENT_SECRET,
            parcel2go_webhook_secret=WEBHOOK_SECRET,
            **{"parcel2go_webhook_url": None, "parcel2go_balance": "100000.00", **simulated},
        )
        app = create_simulator(settings)
        self.session = new_session()
        self.session.mount("http://simulator", Mount(app))
        # The simulator's clock goes with the real one.
        self.clock = FrozenClock(datetime.now(UTC))
        self.director = Director(app.test_client())
        self.snapshots = MemorySnapshots(self.clock)
        self.accounts = MemoryAccounts()
        self.exchanges = MemoryExchanges()
        self.outages = MemoryOutages(self.clock)
        self.http = Http(
            self.session,
            BoundsContext(self.clock),
            self.clock,
            MemoryCalls(self.clock),
            Breaker(self.clock, self.outages),
            Bulkhead(8),
            self.exchanges,
        )
        self.client = Parcel2GoClient(self.http, self.clock, BASE_URL, CLIENT_ID, api_key)
        self.courier = build(
            Settings(f"{BASE_URL}/", CLIENT_ID, api_key, (WEBHOOK_SECRET,)),
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
        return a_shipment(receiver=Party(replace(HOME, country="KP"), SHOPPER))

    def journal(self) -> MemoryJournal:
        return MemoryJournal(self.clock)

    def script(self, fault: str, **parameters: Any) -> None:
        """For the next payment: what is not paid for is no parcel."""
        self.script_for("pay", fault, **parameters)

    def script_for(self, operation: str, fault: str, **parameters: Any) -> None:
        self.director.tell(system="parcel2go", operation=operation, fault=fault, **parameters)

    def tell(self, **command: Any) -> Any:
        return self.director.tell(system="parcel2go", **command)

    def pass_time(self, span: timedelta) -> None:
        self.clock.advance(span)
        self.director.tell(clock={"advance_seconds": span.total_seconds()})

    def books(self) -> Any:
        return self.director.books("parcel2go")

    def made(self) -> list[str]:
        """Once for every debit."""
        books = self.books()
        orders = {order["order_id"]: order for order in books["orders"]}
        paid = [orders[payment["order_id"]] for payment in books["payments"]]
        return [line["reference"] for order in paid for line in order["lines"]]

    def live(self) -> list[str]:
        return self.made()

    def numbers(self) -> set[str]:
        return {f"P2G{line['order_line_id']}" for order in self.books()["orders"] for line in order["lines"]}

    def calls(self) -> int:
        return len(self.books()["calls"])

    def calls_of(self, operation: str) -> int:
        return [call["operation"] for call in self.books()["calls"]].count(operation)

    def strange_deliveries(self) -> Sequence[Delivery]:
        now = self.clock.now()
        good = an_envelope(now)
        strange: tuple[Any, ...] = (
            {},
            [],
            an_envelope(now, secret="a stranger's secret"),
            {**good, "Signature": ""},
            {**good, "Signature": [good["Signature"]]},
            {**good, "Type": "Case"},
            {**good, "Id": "33bb3c63-c2ec-4b69-8db3-301fa8cfe024"},
        )
        return [Delivery("", {}, b"not JSON"), *(a_delivery(envelope) for envelope in strange)]
