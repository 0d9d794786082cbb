"""Orders and what they are made of, valid unless a test says otherwise."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from carrier_backend.domain.addresses import Address, Contact, Party, Window
from carrier_backend.domain.orders import Journey, OptionsQuery, Order, Package, SearchArea
from carrier_backend.domain.parcels import Dimensions, LabelFormat
from carrier_backend.domain.products import (
    Calendar,
    Catalogue,
    DayWindow,
    DefaultParcel,
    Direction,
    Merchant,
    Product,
)
from tests.fakes import MONDAY

CALENDAR = Calendar(
    timezone="Africa/Tunis",
    cutoff=time(14),
    working_days=frozenset(range(6)),
    transit_days=(1, 3),
    windows=(DayWindow(time(9), time(13)), DayWindow(time(13), time(18))),
)


def a_product(**changes: Any) -> Product:
    product = Product("fake-home", "fake", frozenset({"TN"}), CALENDAR)
    return replace(product, **changes)


def a_catalogue(*products: Product) -> Catalogue:
    return Catalogue(products or (a_product(),))


def a_merchant(shipper_id: str = "shop-1", **changes: Any) -> Merchant:
    merchant = Merchant(
        shipper_id=shipper_id,
        name="Test Merchant",
        site_id=f"site-of-{shipper_id}",
        contact_name="Warehouse",
        contact=Contact("+21671000000", "wh@shop.example"),
        parcel=DefaultParcel(Decimal("25.00"), "TND", "Clothing", 1000, 300, 200, 100),
    )
    return replace(merchant, **changes)


def an_address(**changes: Any) -> Address:
    address = Address("TN", "Amira Trabelsi", lines=("12 rue de la Plage",), city="La Marsa", postal_code="2070")
    return replace(address, **changes)


def a_journey(**changes: Any) -> Journey:
    journey = Journey(
        client_id="client-ingrid",
        shipping_method="fake-home",
        shipper_id="shop-1",
        tos_id=f"tos-{uuid4().hex}",
        external_id="Order 1001",
        sender=Party(an_address(name="Test Merchant", city="Tunis")),
        receiver=Party(an_address(), Contact("+21620123456", "amira@example.com")),
        pickup_point_id="",
        delivery=Window(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, hours=4)),
        direction=Direction.OUTBOUND,
        trace_id="TRACE1",
    )
    return replace(journey, **changes)


def a_package(**changes: Any) -> Package:
    return replace(Package(str(uuid4()), 1500, Dimensions(300, 200, 100)), **changes)


def an_order(*, parcels: int = 1, journey: Journey | None = None, **changes: Any) -> Order:
    packages = tuple(a_package() for _ in range(parcels))
    order = Order(
        journey=journey or a_journey(),
        packages=packages,
        addons=(),
        label=LabelFormat(),
        instructions="",
        fingerprint=uuid4().hex,
        body={"packages": [{"package_id": package.package_id} for package in packages], "weight": 1500},
    )
    return replace(order, **changes)


def an_options_query(**changes: Any) -> OptionsQuery:
    query = OptionsQuery("client-ingrid", "fake-home", "shop-1", an_address(), SearchArea(an_address()))
    return replace(query, **changes)
