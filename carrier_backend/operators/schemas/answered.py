"""What operators are answered: lists, secrets (once), and a parcel's whole timeline."""

from functools import partial
from typing import Any

from marshmallow import Schema, fields, pre_dump

from carrier_backend.domain.products import Merchant as DomainMerchant
from carrier_backend.doors.fields import Shape
from carrier_backend.operators.merchants import MerchantSchema
from carrier_backend.services.oversee import Timeline as DomainTimeline

Moment = partial(fields.AwareDateTime, format="%Y-%m-%dT%H:%M:%S.%fZ")
"""All moments of ours are in UTC already."""

Word = fields.String
"""Text of ours, as long as it is."""


def page_of(item: Schema) -> Schema:
    """Part of a list of such items; `next` is the cursor of the following part, if there is one."""
    shape: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item)),
        "next": Word(dump_default=None, allow_none=True),
    }
    return Shape.from_dict(shape, name=f"PageOf{type(item).__name__}")()


class Client(Shape):
    """An OAuth client."""

    id = Word()
    name = Word()
    created_at = Moment()
    revoked_at = Moment(allow_none=True)


class ClientSecret(Shape):
    """A new secret, shown this once."""

    client_id = Word()
    client_secret = Word()


class Operator(Shape):
    """A person who may come in here."""

    name = Word()
    role = Word()
    created_at = Moment()
    revoked_at = Moment(allow_none=True)


class OperatorToken(Shape):
    """A new operator's token, shown this once."""

    name = Word()
    role = Word()
    token = Word()


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

    outcome = Word()
    note = Word()


class Parcel(Shape):
    """The parcel of a timeline; `booking` is what was agreed with its courier, `status` is where it is."""

    barcode = Word(attribute="parcel.barcode", allow_none=True)
    reference = Word(attribute="parcel.reference")
    package_id = Word(attribute="parcel.package_id")
    courier = Word(attribute="shipment.courier")
    number = Word(attribute="parcel.booked.number", dump_default=None, allow_none=True)
    booking = Word(attribute="parcel.booking")
    status = Word(attribute="parcel.status", allow_none=True)
    status_at = Moment(attribute="parcel.status_at", allow_none=True)
    cancellation = fields.Nested(Cancellation(), attribute="parcel.cancellation", allow_none=True)
    weight_grams = fields.Integer(attribute="parcel.weight_grams")
    dimensions = fields.Nested(Box(), attribute="parcel.dimensions")


class Shipment(Shape):
    """What Ingrid asked for, of which the parcel is a part."""

    id = Word()
    external_id = Word(attribute="journey.external_id")
    tos_id = Word(attribute="journey.tos_id")
    shipper_id = Word(attribute="journey.shipper_id")
    shipping_method = Word(attribute="journey.shipping_method")
    direction = Word(attribute="journey.direction")
    state = Word()
    trace_id = Word(attribute="journey.trace_id")
    created_at = Moment()


class FoundParcel(Shape):
    """A parcel of a shipment that was looked for; `booking` and `status` are as in a timeline."""

    barcode = Word(allow_none=True)
    reference = Word()
    package_id = Word()
    booking = Word()
    status = Word(allow_none=True)
    cancellation = fields.Nested(Cancellation(), allow_none=True)


class FoundShipment(Shape):
    """A shipment that was looked for, and since when it waits for an operator (`stuck_at`) or for its caller.

    Of one whose personal data was erased (`erased_at`), nothing more than this is known.
    """

    id = Word()
    external_id = Word()
    tos_id = Word()
    shipper_id = Word()
    shipping_method = Word()
    courier = Word()
    state = Word()
    created_at = Moment()
    trace_id = Word()
    stuck_at = Moment(allow_none=True)
    unclaimed_at = Moment(allow_none=True)
    erased_at = Moment(allow_none=True)
    parcels = fields.List(fields.Nested(FoundParcel()))


class FoundPrebooking(Shape):
    """An order whose checkout was completed; it is remembered until it is booked, or expires."""

    external_id = Word()
    tos_id = Word()
    shipper_id = Word()
    made_at = Moment()
    expires_at = Moment()


class Refusal(Shape):
    """A request of Ingrid's that we said no to, and why: where it was a booking, no shipment may have come of it."""

    at = Moment(attribute="exchange.at")
    operation = Word(attribute="exchange.operation")
    status = fields.Integer(attribute="exchange.status")
    errors = fields.List(Word(), attribute="exchange.words")
    external_id = Word(attribute="exchange.order.external_id", allow_none=True)
    tos_id = Word(attribute="exchange.order.tos_id", allow_none=True)
    shipper_id = Word(attribute="exchange.order.shipper_id", allow_none=True)
    trace_id = Word(attribute="exchange.trace_id")


class FoundShipments(Shape):
    """Shipments; beside the first of those with a name, what else was asked under it, up to twenty, newest first."""

    items = fields.List(fields.Nested(FoundShipment()))
    next = Word(dump_default=None, allow_none=True)
    prebookings = fields.List(fields.Nested(FoundPrebooking()), attribute="asked.prebookings")
    refusals = fields.List(fields.Nested(Refusal()), attribute="asked.refusals")


class UnknownPlace(Shape):
    """A place name that a courier does not know, and how often it was asked for in vain among the latest."""

    courier = Word()
    name = Word()
    times = fields.Integer()
    first_at = Moment()
    last_at = Moment()


class Receiver(Shape):
    """Enough of an address to recognise the parcel by."""

    name = Word()
    city = Word()
    postal_code = Word()
    country = Word()


class Entry(Shape):
    """One thing that happened."""

    at = Moment()
    kind = Word()
    title = Word()
    facts = fields.Dict()


class Timeline(Shape):
    """A parcel, and everything that happened to it, oldest first."""

    parcel = fields.Nested(Parcel())
    shipment = fields.Nested(Shipment())
    receiver = fields.Nested(Receiver())
    entries = fields.List(fields.Nested(Entry()))

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
    outcome = Word()
    note = Word()


class Paused(Shape):
    """A destination that refuses everything, by the name under which it is resumed; one update alone is tried."""

    destination = Word()
    paused_at = Moment()
    reason = Word()


class StatusUpdate(Shape):
    """A status on its way to Ingrid: `body` is exactly what is signed and sent.

    `error` is why it was parked. `paused` is why it waits although it may have been tried never, or once.
    """

    id = fields.Integer()
    reference = Word()
    barcode = Word()
    state = Word()
    attempts = fields.Integer(attribute="tries")
    last_try = fields.Nested(LastTry(), allow_none=True)
    paused = fields.Nested(Paused(), allow_none=True)
    body = Word()
    error = Word(allow_none=True)
    trace_id = Word()
    created_at = Moment()
    done_at = Moment(allow_none=True)
    next_try_at = Moment(allow_none=True)


class Alias(Shape):
    """A place name that people use, and what it means in the courier's list."""

    name = Word()
    city = Word(attribute="place.city")
    subdivision = Word(attribute="place.subdivision")
