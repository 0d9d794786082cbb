"""What every refusal looks like, whatever its origin (original 003, throughout)."""

from marshmallow import fields

from carrier_backend.doors.fields import Shape


class Fault(Shape):
    """One thing that is wrong, named by the path of its field."""

    message = fields.String(required=True)


class Errors(Shape):
    """One entry for each fault."""

    errors = fields.List(fields.Nested(Fault()), required=True)


class Nothing(Shape):
    """An object without fields."""


NOTHING = Nothing()
