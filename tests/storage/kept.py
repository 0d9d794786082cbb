"""Shipments as services would have kept them."""

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4

from carrier_backend.domain.orders import Order
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding, mint_reference
from carrier_backend.domain.products import Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.storage import shipments
from carrier_backend.storage.store import Store
from tests.builders import a_merchant, a_product, an_order
from tests.fakes import MONDAY, a_label

NUMBERS = count(5000001)


def shipment_of(order: Order) -> Shipment:
    route = Route(a_product(), a_merchant())
    return Shipment.of(order, route, id=uuid4().hex, created_at=MONDAY, mint=mint_reference)


def intended(store: Store, order: Order | None = None) -> Shipment:
    order = order or an_order()
    shipment = shipment_of(order)
    with store.begin() as unit:
        shipments.add(unit, shipment, order)
    return shipment


def booked(store: Store, order: Order | None = None, **changes: Any) -> Shipment:
    """A shipment with numbers of its own and labels that name them; `changes` are its parcels'."""
    shipment = intended(store, order)
    numbers = [str(next(NUMBERS)) for _ in shipment.parcels]
    shipment = shipment.with_booked(
        [Booked(reference, number, "shop-1") for reference, number in zip(shipment.references, numbers, strict=True)],
        [Label(LabelEncoding.PDF, a_label(number)) for number in numbers],
    )
    shipment = replace(shipment, parcels=tuple(replace(parcel, **changes) for parcel in shipment.parcels))
    with store.begin() as unit:
        shipments.record_booked(unit, shipment, b'{"packages": []}')
    return shipment


def number_of(shipment: Shipment, position: int = 0) -> str:
    held = shipment.parcels[position].booked
    assert held
    return held.number


def an_event(number: str, **changes: Any) -> TrackingEvent:
    return replace(TrackingEvent(number, "", "5", "at the depot", None, MONDAY), **changes)
