"""POST /prebooking and POST /booking: what is asked and what is answered (original 003, sections 3 and 4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validates_schema

from carrier_backend.domain.parcels import LabelEncoding, LabelSize
from carrier_backend.domain.products import Addon, Direction
from carrier_backend.doors.fields import Choice, Items, Part, Shape, Text, Whole
from carrier_backend.ingrid import examples
from carrier_backend.ingrid.schemas.parties import ID_LENGTH, Customer, Destination, Place, Shipper, Span

MOST_PACKAGES = 50
HEAVIEST_GRAMS = 1_000_000
LONGEST_MM = 10_000

NEITHER_ID = "must hold a tos_id or an external_id"


class Parties(Shape):
    """Who sends, who receives, whom to reach, and for which merchant."""

    sender = Part(Place(), required=True, data_key="from", attribute="from")
    to = Part(Destination(), required=True)
    customer = Part(Customer(), load_default=Customer().load({}))
    shipper = Part(Shipper(), required=True)


class References(Shape):
    """The order, as Ingrid and as the merchant name it."""

    described: ClassVar = {
        "anyOf": [{"required": [name], "properties": {name: {"pattern": r"\S"}}} for name in ("tos_id", "external_id")]
    }

    tos_id = Text(ID_LENGTH, load_default="")
    external_id = Text(ID_LENGTH, load_default="")

    @validates_schema
    def _refuse_nameless(self, data: Mapping[str, Any], **_: object) -> None:
        if not (data["tos_id"] or data["external_id"]):
            raise ValidationError(NEITHER_ID)


class PrebookingRequest(Shape):
    """A checkout was completed."""

    described: ClassVar = {"examples": [examples.PREBOOKING_REQUEST]}

    shipping_method = Text(load_default="")
    parties = Part(Parties(), required=True)
    delivery_time = Part(Span(), load_default=None)
    references = Part(References(), required=True, error_messages={"required": NEITHER_ID})


class PackageReferences(Shape):
    """The package, as the merchant names it."""

    package_id = Text(ID_LENGTH, required=True)


class Dimensions(Shape):
    """Millimetres."""

    height = Whole(1, LONGEST_MM, required=True)
    length = Whole(1, LONGEST_MM, required=True)
    width = Whole(1, LONGEST_MM, required=True)


class Package(Shape):
    """One box; its weight in grams."""

    references = Part(PackageReferences(), required=True)
    weight = Whole(1, HEAVIEST_GRAMS, required=True)
    dimensions = Part(Dimensions(), required=True)


class PrintConfig(Shape):
    """The label that is wanted."""

    label_format = Choice(LabelEncoding, load_default=LabelEncoding.PDF.value)
    label_size = Choice(LabelSize, load_default=LabelSize.NORMAL.value)


def _refuse_twins(packages: Sequence[Mapping[str, Any]]) -> None:
    first_with: dict[str, int] = {}
    twins = {}
    for index, package in enumerate(packages):
        first = first_with.setdefault(package["references"]["package_id"], index)
        if first != index:
            twins[index] = {"references": {"package_id": [f"is that of packages[{first}] too"]}}
    if twins:
        raise ValidationError(twins)


def _each_once(addons: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(addons))


class BookingRequest(PrebookingRequest):
    """The warehouse books."""

    described: ClassVar = {"examples": [examples.BOOKING_REQUEST]}

    delivery_instructions = Text(1000, load_default="")
    print_config = Part(PrintConfig(), load_default=PrintConfig().load({}))
    packages = Items(Part(Package()), most=MOST_PACKAGES, required=True, validate=_refuse_twins)
    addons = Items(Choice(Addon), most=50, load_default=list, post_load=_each_once)
    direction_type = Choice(Direction, load_default=Direction.OUTBOUND.value)


class BookedPackage(Shape):
    """A package as it was booked; the label is base64."""

    barcode = fields.String()
    label_data = fields.String()


class BookingAnswer(Shape):
    """One entry for each package, in the order of the request."""

    described: ClassVar = {"examples": [examples.BOOKING_ANSWER]}

    packages = fields.List(fields.Nested(BookedPackage()))


PREBOOKING_REQUEST = PrebookingRequest()
BOOKING_REQUEST = BookingRequest()
BOOKING_ANSWER = BookingAnswer()
