"""What booking a shipment leaves in the tables."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta

from carrier_backend.config_files import read_products
from carrier_backend.domain.addresses import Party
from carrier_backend.domain.exchanges import Heading
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.parcels import Booked, LabelFormat, Outcome
from carrier_backend.domain.products import Direction, Route
from carrier_backend.storage import lanes, tables
from carrier_backend.storage.lanes import Kind
from carrier_backend.storage.shipments import Agreement
from carrier_backend.storage.types import dump
from tests.builders import a_journey, a_merchant, an_address
from tests.environment import ROOT
from tests.scale.ledger import Ledger, Row
from tests.scale.past import Box, Past
from tests.scale.talk import enter_exchange

CLIENT = "client-ingrid"
LABEL_BYTES = 12_000
MOMENT = timedelta(seconds=2)
_PRODUCTS = {product.shipping_method: product for product in read_products(ROOT / "config/products.toml")}
_ASKED = {"outcome": Outcome.ASKED, "note": "ticket 7 was filed"}


def enter_booking(ledger: Ledger, past: Past) -> None:
    """A shipment, its parcels and claims, and the work there is with it."""
    ledger.add(tables.shipments, _shipment(ledger, past))
    for position, box in enumerate(past.boxes):
        ledger.add(tables.parcels, _parcel(ledger, past, position, box))
    for row in _claims(past):
        ledger.add(tables.claims, row)
    facts = json.dumps({"attempt": 1, "references": [box.reference for box in past.boxes]}).encode()
    step = {
        "shipment_id": past.id,
        "name": "create",
        "sealed_facts": None if past.erased_at else ledger.seal(facts),
        "begun_at": past.created_at,
        "done_at": past.created_at + MOMENT if past.is_booked else None,
    }
    ledger.add(tables.journal, step)
    due_at = ledger.now + timedelta(minutes=1) if past.is_open or past.stuck_over else None
    settling = {"key": lanes.settle_key(past.id), "kind": Kind.SETTLE, "due_at": due_at, "attempts": 0}
    ledger.add(tables.lanes, settling)
    enter_exchange(ledger, past, Heading.IN, "ingrid", "book", past.trace_id, past.created_at)
    for operation in ("create", "label"):
        at = past.created_at + MOMENT / 2
        enter_exchange(ledger, past, Heading.OUT, past.shop.courier, operation, past.trace_id, at)


def _shipment(ledger: Ledger, past: Past) -> Row:
    is_kept = past.erased_at is None
    stuck_at = past.created_at + timedelta(hours=1) if past.stuck_over else None
    return {
        "id": past.id,
        "client_id": CLIENT,
        "shipper_id": past.shop.shipper_id,
        "tos_id": past.tos_id,
        "external_id": past.external_id,
        "direction": _direction(past),
        "shipping_method": past.shipping_method,
        "courier": past.shop.courier,
        "trace_id": past.trace_id,
        "state": past.state,
        "fingerprint": past.id + past.id,
        "sealed_agreement": ledger.seal(dump(_agreement(past))) if is_kept else None,
        "sealed_body": ledger.seal(dump(_body(past))) if is_kept else None,
        "sealed_answer": ledger.seal(_answer(ledger, past)) if is_kept and past.is_booked else None,
        "created_at": past.created_at,
        "asked_at": past.created_at,
        "booked_at": past.created_at + MOMENT if past.is_booked else None,
        "unclaimed_at": past.created_at + timedelta(minutes=31) if past.is_unclaimed else None,
        "over_at": past.over_at,
        "erased_at": past.erased_at,
        "sealed_stuck_reason": ledger.seal(b"nobody knows whether its courier was asked") if stuck_at else None,
        "stuck_at": stuck_at,
        "stuck_over": past.stuck_over,
    }


def _direction(past: Past) -> Direction:
    return Direction.RETURN if past.is_return else Direction.OUTBOUND


def _agreement(past: Past) -> Agreement:
    journey = a_journey(
        shipping_method=past.shipping_method,
        shipper_id=past.shop.shipper_id,
        tos_id=past.tos_id,
        external_id=past.external_id,
        receiver=Party(an_address(name=f"Shopper {past.id[:8]}")),
        direction=_direction(past),
        trace_id=past.trace_id,
    )
    route = Route(_PRODUCTS[past.shipping_method], a_merchant(past.shop.shipper_id))
    return Agreement(journey, route, (), LabelFormat(), "")


def _body(past: Past) -> dict[str, object]:
    """About as long as a request is."""
    packages = [{"references": {"package_id": box.package_id}, "weight": 1500} for box in past.boxes]
    references = {"tos_id": past.tos_id, "external_id": past.external_id}
    parties = {"from": "x" * 600, "to": "x" * 600}
    return {"shipping_method": past.shipping_method, "parties": parties, "references": references, "packages": packages}


def _answer(ledger: Ledger, past: Past) -> bytes:
    labels = [base64.b64encode(_label(ledger)).decode() for _ in past.boxes]
    packages = [{"barcode": box.number, "label_data": label} for box, label in zip(past.boxes, labels, strict=True)]
    return json.dumps({"packages": packages}).encode()


def _label(ledger: Ledger) -> bytes:
    """As hard to compress as a drawn one."""
    return b"%PDF-1.4\n" + ledger.chance.randbytes(LABEL_BYTES) + b"\n%%EOF\n"


def _parcel(ledger: Ledger, past: Past, position: int, box: Box) -> Row:
    is_kept = past.erased_at is None and box.number is not None
    status, status_at = box.steps[-1] if box.steps else (None, None)
    is_watched = box.number is not None and past.over_at is None and box.booking is not BookingState.CANCELLED
    booked = Booked(box.reference, box.number or "", past.shop.shipper_id)
    return {
        "reference": box.reference,
        "shipment_id": past.id,
        "position": position,
        "package_id": box.package_id,
        "client_id": CLIENT,
        "shipper_id": past.shop.shipper_id,
        "shipping_method": past.shipping_method,
        "courier": past.shop.courier,
        "weight_grams": 1500,
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 100,
        "booking": box.booking,
        "number": box.number,
        "barcode": box.number,
        "sealed_booked": ledger.seal(dump(booked)) if is_kept else None,
        "sealed_label": ledger.seal(_label(ledger)) if is_kept else None,
        "label_digest": f"{ledger.chance.getrandbits(256):064x}" if box.number else None,
        "status": status,
        "status_at": status_at,
        "cancellation": _ASKED if box.booking is BookingState.CANCELLING else None,
        "heard_at": status_at + MOMENT if status_at else None,
        "look_at": ledger.now + timedelta(hours=6 * ledger.chance.random()) if is_watched else None,
        "created_at": past.created_at,
    }


def _claims(past: Past) -> Iterator[Row]:
    """None is left of what came to nothing, or was cancelled wholly."""
    if past.state in (BookingState.REFUSED, BookingState.ABANDONED):
        return
    if all(box.booking is BookingState.CANCELLED for box in past.boxes):
        return
    for package_id in sorted({box.package_id for box in past.boxes}):
        yield {
            "client_id": CLIENT,
            "shipper_id": past.shop.shipper_id,
            "order_key": f"tos:{past.tos_id}" if past.tos_id else f"external:{past.external_id}",
            "direction": _direction(past),
            "package_id": package_id,
            "shipment_id": past.id,
        }
