"""What operators are answered: lists, secrets (once), and a parcel's whole timeline."""

from functools import partial
from typing import Any

from marshmallow import Schema, fields, pre_dump

from carrier_backend.domain.products import Merchant as DomainMerchant
from carrier_backend.doors.fields import Part, Shape, Text
from carrier_backend.operators.merchants import MerchantSchema
from carrier_backend.services.oversee import Timeline as DomainTimeline

Moment = partial(fields.AwareDateTime, format="%Y-%m-%dT%H:%M:%S.%fZ")
"""All moments of ours are in UTC already."""


def page_of(item: Schema) -> Schema:
    """Part of a list of such items; `next` is the cursor of the following part, if there is one."""
    shape = {"items": fields.List(Part(item)), "next": Text(dump_default=None)}
    return Shape.from_dict(shape, name=f"PageOf{type(item).__name__}")()


class Client(Shape):
    """An OAuth client."""

    id = Text()
    name = Text()
    created_at = Moment()
    revoked_at = Moment()


class ClientSecret(Shape):
    """A new secret, shown this once."""

    client_id = Text()
    client_secret = Text()


class Operator(Shape):
    """A person who may come in here."""

    name = Text()
    role = Text()
    created_at = Moment()
    revoked_at = Moment()


class OperatorToken(Shape):
    """A new operator's token, shown this once."""

    name = Text()
    role = Text()
    token = Text()


class Merchant(MerchantSchema):
    """A shop, as one is written in merchants.toml."""

    @pre_dump
    def _as_written(self, merchant: DomainMerchant, **_: Any) -> dict[str, object]:
        contact = merchant.contact
        written = {
            "shipper_id": merchant.shipper_id,
            "name": merchant.name,
            "site_id": merchant.site_id,
            "contact": {"name": merchant.contact_name, "phone": contact.phone, "email": contact.email},
            "couriers": merchant.couriers,
        }
        clients = {} if merchant.clients is None else {"clients": sorted(merchant.clients)}
        return written | clients | ({"parcel": merchant.parcel} if merchant.parcel else {})


class Box(Shape):
    """The outside of a parcel."""

    length_mm = fields.Integer()
    width_mm = fields.Integer()
    height_mm = fields.Integer()


class Cancellation(Shape):
    """How a wish to cancel ended, and what was asked of whom."""

    outcome = Text()
    note = Text()


class Parcel(Shape):
    """The parcel of a timeline; `booking` is what was agreed with its courier, `status` is where it is."""

    barcode = Text(attribute="parcel.barcode")
    reference = Text(attribute="parcel.reference")
    package_id = Text(attribute="parcel.package_id")
    courier = Text(attribute="shipment.courier")
    number = Text(attribute="parcel.booked.number", dump_default=None)
    booking = Text(attribute="parcel.booking")
    status = Text(attribute="parcel.status")
    status_at = Moment(attribute="parcel.status_at")
    cancellation = Part(Cancellation(), attribute="parcel.cancellation")
    weight_grams = fields.Integer(attribute="parcel.weight_grams")
    dimensions = Part(Box(), attribute="parcel.dimensions")


class Shipment(Shape):
    """What Ingrid asked for, of which the parcel is a part."""

    id = Text()
    external_id = Text(attribute="journey.external_id")
    tos_id = Text(attribute="journey.tos_id")
    shipper_id = Text(attribute="journey.shipper_id")
    shipping_method = Text(attribute="journey.shipping_method")
    direction = Text(attribute="journey.direction")
    state = Text()
    trace_id = Text(attribute="journey.trace_id")
    created_at = Moment()


class FoundParcel(Shape):
    """A parcel of a shipment that was looked for; `booking` and `status` are as in a timeline."""

    barcode = Text()
    reference = Text()
    package_id = Text()
    booking = Text()
    status = Text()
    cancellation = Part(Cancellation())


class FoundShipment(Shape):
    """A shipment that was looked for, and since when it waits for an operator (`stuck_at`) or for its caller.

    Of one whose personal data was erased (`erased_at`), nothing more than this is known.
    """

    id = Text()
    external_id = Text()
    tos_id = Text()
    shipper_id = Text()
    shipping_method = Text()
    courier = Text()
    state = Text()
    created_at = Moment()
    trace_id = Text()
    stuck_at = Moment()
    unclaimed_at = Moment()
    erased_at = Moment()
    parcels = fields.List(Part(FoundParcel()))


class FoundPrebooking(Shape):
    """An order whose checkout was completed; it is remembered until it is booked, or expires."""

    external_id = Text()
    tos_id = Text()
    shipper_id = Text()
    made_at = Moment()
    expires_at = Moment()


class Refusal(Shape):
    """A request of Ingrid's that we said no to, and why: where it was a booking, no shipment may have come of it."""

    at = Moment(attribute="exchange.at")
    operation = Text(attribute="exchange.operation")
    status = fields.Integer(attribute="exchange.status")
    errors = fields.List(Text(), attribute="exchange.words")
    external_id = Text(attribute="exchange.order.external_id")
    tos_id = Text(attribute="exchange.order.tos_id")
    shipper_id = Text(attribute="exchange.order.shipper_id")
    trace_id = Text(attribute="exchange.trace_id")


class FoundShipments(Shape):
    """Shipments; beside the first of those with a name, what else was asked under it, up to twenty, newest first."""

    items = fields.List(Part(FoundShipment()))
    next = Text(dump_default=None)
    prebookings = fields.List(Part(FoundPrebooking()), attribute="asked.prebookings")
    refusals = fields.List(Part(Refusal()), attribute="asked.refusals")


class UnknownPlace(Shape):
    """A place name that a courier does not know, and how often it was asked for in vain among the latest."""

    courier = Text()
    name = Text()
    times = fields.Integer()
    first_at = Moment()
    last_at = Moment()


class Receiver(Shape):
    """Enough of an address to recognise the parcel by."""

    name = Text()
    city = Text()
    postal_code = Text()
    country = Text()


class Entry(Shape):
    """One thing that happened."""

    at = Moment()
    kind = Text()
    title = Text()
    facts = fields.Dict()


class Timeline(Shape):
    """A parcel, and everything that happened to it, oldest first."""

    parcel = Part(Parcel())
    shipment = Part(Shipment())
    receiver = Part(Receiver())
    entries = fields.List(Part(Entry()))

    @pre_dump
    def _in_parts(self, timeline: DomainTimeline, **_: Any) -> dict[str, object]:
        return {
            "parcel": timeline,
            "shipment": timeline.shipment,
            "receiver": timeline.shipment.journey.receiver.address,
            "entries": timeline.entries,
        }


class LastTry(Shape):
    """What came of the newest of the attempts at telling."""

    at = Moment()
    outcome = Text()
    note = Text()


class Paused(Shape):
    """A destination that refuses everything, by the name under which it is resumed; one update alone is tried."""

    destination = Text()
    paused_at = Moment()
    reason = Text()


class StatusUpdate(Shape):
    """A status on its way to Ingrid: `body` is exactly what is signed and sent.

    `error` is why it was parked. `paused` is why it waits although it may have been tried never, or once.
    """

    id = fields.Integer()
    reference = Text()
    barcode = Text()
    state = Text()
    attempts = fields.Integer(attribute="tries")
    last_try = Part(LastTry())
    paused = Part(Paused())
    body = Text()
    error = Text()
    trace_id = Text()
    created_at = Moment()
    done_at = Moment()
    next_try_at = Moment()


class Alias(Shape):
    """A place name that people use, and what it means in the courier's list."""

    name = Text()
    city = Text(attribute="place.city")
    subdivision = Text(attribute="place.subdivision")
