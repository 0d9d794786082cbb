"""Ingrid's shapes <-> our domain: grams, millimetres, their names and base64 end here (original 003)."""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from carrier_backend.domain.addresses import (
    Address,
    Contact,
    Coordinates,
    OpeningHours,
    Party,
    PickupPoint,
    PlaceKind,
    Window,
)
from carrier_backend.domain.errors import Unknown
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import Journey, OptionsQuery, Order, Package, Prebooking, SearchArea, Wishes
from carrier_backend.domain.parcels import Dimensions, LabelEncoding, LabelFormat, LabelSize, Parcel
from carrier_backend.domain.products import Addon, Direction
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import StatusUpdate
from carrier_backend.doors.bodies import Loaded
from carrier_backend.services.cancel import NOT_FOUND
from carrier_backend.support import strict_json

_BARCODE = re.compile(r"[A-Za-z0-9-]{1,64}")


def barcode(text: str) -> str:
    """The barcode in a path; raises Unknown for what cannot be one."""
    if not _BARCODE.fullmatch(text):
        raise Unknown(NOT_FOUND)
    return text


def options_query(asked: Loaded, client_id: str, trace_id: str) -> OptionsQuery:
    """What a shopper at the checkout asks for."""
    parties = asked["parties"]
    return OptionsQuery(
        client_id=client_id,
        shipping_method=asked["shipping_method"],
        shipper_id=parties["shipper"]["id"],
        origin=_address(parties["from"]["address"]),
        area=_area(parties["search"]),
        collection=_window(asked["pickup_time"]),
        trace_id=trace_id,
    )


def prebooking(asked: Loaded, client_id: str, trace_id: str) -> Prebooking:
    """A completed checkout; there is none for a return."""
    return Prebooking(_journey(asked, client_id, trace_id, Direction.OUTBOUND))


def wishes(readable: Loaded) -> Wishes:
    """Whatever can be judged of a request that could not be read whole."""
    printing, direction = readable.get("print_config", {}), readable.get("direction_type")
    span = readable.get("delivery_time") or {}
    return Wishes(
        shipping_method=readable.get("shipping_method"),
        delivery=_window(span) if {"start", "end"} <= span.keys() else None,
        label=_label_format(printing) if {"label_format", "label_size"} <= printing.keys() else None,
        addons=tuple(map(Addon, readable.get("addons", ()))),
        direction=Direction(direction) if direction else None,
        pickup_point_id=readable.get("parties", {}).get("to", {}).get("id", ""),
    )


def order(asked: Loaded, client_id: str, trace_id: str) -> Order:
    """What the warehouse books."""
    return Order(
        journey=_journey(asked, client_id, trace_id, Direction(asked["direction_type"])),
        packages=tuple(map(_package, asked["packages"])),
        addons=tuple(map(Addon, asked["addons"])),
        label=_label_format(asked["print_config"]),
        instructions=asked["delivery_instructions"],
        fingerprint=hashlib.sha256(strict_json.canonical(asked)).hexdigest(),
        body=asked,
    )


@lru_cache(maxsize=128)
def options_answer(options: Options) -> bytes:
    """Both lists, empty or not; many shoppers in a row get the same, which is therefore kept."""
    points = options.pickup_points
    return strict_json.dump(
        {
            "delivery_times": [_span(window) for window in options.windows],
            # A map cannot show a point without coordinates, which are therefore mandatory.
            "delivery_locations": [
                _location(point, point.address.coordinates) for point in points if point.address.coordinates
            ],
        }
    )


class IngridWire:
    """How our words are written for Ingrid (a Wire)."""

    def booking(self, shipment: Shipment) -> bytes:
        """The answer to a booking, parcels in the order of the request."""
        return strict_json.dump({"packages": [_booked_package(parcel) for parcel in shipment.parcels]})

    def status(self, update: StatusUpdate) -> bytes:
        """The body of a status update."""
        body: dict[str, object] = {
            "barcode": update.barcode,
            "shipping_method": update.shipping_method,
            "shipper_id": update.shipper_id,
            "event_status": update.event_status,
            "event_time": _moment(update.event_at),
        }
        if update.estimated_arrival:
            body["estimated_arrival_time"] = _span(update.estimated_arrival)
        return strict_json.dump(body)


def _journey(asked: Loaded, client_id: str, trace_id: str, direction: Direction) -> Journey:
    parties, references = asked["parties"], asked["references"]
    sender, receiver = _ends(parties, direction)
    return Journey(
        client_id=client_id,
        shipping_method=asked["shipping_method"],
        shipper_id=parties["shipper"]["id"],
        tos_id=references["tos_id"],
        external_id=references["external_id"],
        sender=sender,
        receiver=receiver,
        pickup_point_id=parties["to"]["id"],
        delivery=_window(asked["delivery_time"]),
        direction=direction,
        trace_id=trace_id,
    )


def _ends(parties: Loaded, direction: Direction) -> tuple[Party, Party]:
    """Sender and receiver exactly as given; the customer is the one at the shopper's end."""
    customer = Contact(parties["customer"]["phone"], parties["customer"]["email"])
    sender, receiver = _address(parties["from"]["address"]), _address(parties["to"]["address"])
    if direction is Direction.RETURN:
        return Party(sender, customer), Party(receiver)
    return Party(sender), Party(receiver, customer)


def _area(search: Loaded) -> SearchArea:
    return SearchArea(
        address=_address(search["address"]),
        radius_km=search["location_radius"] or None,
        limit=search["location_limit"] or None,
        kinds=frozenset(map(PlaceKind, search["location_types"] or PlaceKind)),
    )


def _address(given: Loaded) -> Address:
    return Address(
        country=given["country"],
        name=given["name"],
        care_of=given["care_of"],
        lines=tuple(given["address_lines"]),
        city=given["city"],
        postal_code=given["postal_code"],
    )


def _package(given: Loaded) -> Package:
    box = given["dimensions"]
    return Package(
        package_id=given["references"]["package_id"],
        weight_grams=given["weight"],
        dimensions=Dimensions(length_mm=box["length"], width_mm=box["width"], height_mm=box["height"]),
    )


def _label_format(given: Loaded) -> LabelFormat:
    return LabelFormat(LabelEncoding(given["label_format"]), LabelSize(given["label_size"]))


def _window(span: Loaded | None) -> Window | None:
    if span is None:
        return None
    return Window(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"]))


def _location(point: PickupPoint, coordinates: Coordinates) -> dict[str, object]:
    address = point.address
    return {
        "id": point.id,
        "address": {
            "name": address.name,
            "care_of": address.care_of,
            "address_lines": list(address.lines),
            "city": address.city,
            "postal_code": address.postal_code,
            "country": address.country,
            "coordinates": {"lat": coordinates.lat, "lng": coordinates.lng},
        },
        "location_type": point.kind.value,
        "opening_hours": _opening_hours(point.opening_hours),
    }


def _opening_hours(hours: Sequence[OpeningHours]) -> list[dict[str, object]]:
    return [
        {"day": on.day, "start": f"T{on.opens}{on.utc_offset}", "end": f"T{on.closes}{on.utc_offset}"} for on in hours
    ]


def _booked_package(parcel: Parcel) -> dict[str, object]:
    label = parcel.label.content if parcel.label else b""
    return {"barcode": parcel.barcode, "label_data": base64.b64encode(label).decode()}


def _span(window: Window) -> dict[str, str]:
    return {"start": _moment(window.start_at), "end": _moment(window.end_at)}


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC; to the second where it is a whole one, else to the millisecond."""
    precision = "milliseconds" if at.microsecond else "seconds"
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
