"""POST /shipping-options: what is asked and what is answered (original 003, section 2)."""

from typing import ClassVar

from marshmallow import fields

from carrier_backend.domain.addresses import PlaceKind
from carrier_backend.doors.fields import Choice, Items, Number, Part, Shape, Text, Whole
from carrier_backend.ingrid import examples
from carrier_backend.ingrid.schemas.parties import Address, Coordinates, Place, Shipper, Span


class Search(Place):
    """Around which address pickup points are wanted; a limit or radius of 0 is none."""

    location_limit = Whole(0, 10_000, load_default=0)
    location_radius = Number(0, 20_000, load_default=0.0)
    location_types = Items(Choice(PlaceKind), most=20, load_default=list)


class CheckoutParties(Shape):
    """Merchant and shopper, as far as they are known at the checkout."""

    warehouse = Part(Place(), required=True, data_key="from", attribute="from")
    search = Part(Search(), required=True)
    shipper = Part(Shipper(), required=True)


class OptionsRequest(Shape):
    """A shopper stands at the checkout."""

    described: ClassVar = {"examples": [examples.OPTIONS_REQUEST]}

    shipping_method = Text(load_default="")
    parties = Part(CheckoutParties(), required=True)
    pickup_time = Part(Span(), load_default=None)


class PlacedAddress(Address):
    """An address that can be shown on a map."""

    coordinates = fields.Nested(Coordinates(), required=True)


class OpeningHours(Shape):
    """Open on one weekday (Sunday is 0) between two local times, `T08:00+02:00`."""

    day = fields.Integer()
    start = fields.String()
    end = fields.String()


class DeliveryLocation(Shape):
    """A pickup point."""

    id = fields.String()
    address = fields.Nested(PlacedAddress())
    location_type = fields.Enum(PlaceKind, by_value=True)
    opening_hours = fields.List(fields.Nested(OpeningHours()))


class OptionsAnswer(Shape):
    """Both lists are always there."""

    described: ClassVar = {"examples": [examples.OPTIONS_ANSWER]}

    delivery_times = fields.List(fields.Nested(Span()))
    delivery_locations = fields.List(fields.Nested(DeliveryLocation()))


OPTIONS_REQUEST = OptionsRequest()
OPTIONS_ANSWER = OptionsAnswer()
