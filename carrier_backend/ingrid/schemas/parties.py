"""Addresses, the ends of a journey, whom to reach, and spans of time (original 003, throughout)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, validates_schema

from carrier_backend.doors.fields import Country, Items, Moment, Number, Part, Shape, Text, is_blank

ID_LENGTH = 128


def _without_blanks(lines: object) -> object:
    return [line for line in lines if not is_blank(line)] if isinstance(lines, list) else lines


class Address(Shape):
    """A postal address; only its country is always there."""

    name = Text(load_default="")
    care_of = Text(load_default="")
    address_lines = Items(Text(), most=10, load_default=list, pre_load=_without_blanks)
    city = Text(load_default="")
    postal_code = Text(32, load_default="")
    country = Country(required=True)


class Coordinates(Shape):
    """Degrees, WGS 84."""

    lat = Number(-90, 90, required=True)
    lng = Number(-180, 180, required=True)


class Place(Shape):
    """One end of a journey."""

    address = Part(Address(), required=True)


class Destination(Place):
    """Where a parcel goes; `id` is that of the pickup point the shopper chose, if any."""

    id = Text(ID_LENGTH, load_default="")


class Customer(Shape):
    """How to reach the shopper."""

    phone = Text(64, load_default="")
    email = Text(load_default="")


class Shipper(Shape):
    """The merchant, as named on our side."""

    id = Text(ID_LENGTH, required=True)


class Span(Shape):
    """From one moment to another; it may be of no length."""

    start = Moment(required=True)
    end = Moment(required=True)

    @validates_schema
    def run_forwards(self, span: Mapping[str, str], **_: Any) -> None:
        """Refuse an end before its start."""
        if datetime.fromisoformat(span["end"]) < datetime.fromisoformat(span["start"]):
            raise ValidationError("must not be before the start", "end")
