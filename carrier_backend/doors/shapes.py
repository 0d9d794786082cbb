"""What every refusal looks like, whatever its origin (original 003, throughout)."""

from marshmallow import fields

from carrier_backend.doors.fields import Part, Shape, Text


class Fault(Shape):
    """One thing that is wrong, named by the path of its field."""

    message = Text()


class Errors(Shape):
    """One entry for each fault."""

    errors = fields.List(Part(Fault()))


class Nothing(Shape):
    """An object without fields."""


NOTHING = Nothing()
