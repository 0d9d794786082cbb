"""What operators ask for when they put something right about a parcel, and what they are answered."""

from typing import ClassVar

from marshmallow import INCLUDE, fields

from carrier_backend.domain.lifecycle import Status
from carrier_backend.doors.fields import Choice, Flag, Moment, Part, Shape, Text
from carrier_backend.operators.schemas.answered import FoundShipment, Word
from carrier_backend.operators.schemas.asked import BECAUSE, Act, Known


class Event(Act):
    """Something that happened to a parcel, and when; whoever records it vouches for it."""

    described: ClassVar = {
        "examples": [
            {"reason": BECAUSE, "status": "delivered", "text": "the neighbour has it", "at": "2026-11-24T10:00:00Z"}
        ]
    }

    status = Choice(Status, required=True)
    text = Text(300, load_default="recorded by hand")
    at = Moment(required=True)


class _Adoption(Shape):
    """The courier's number, and beside it whatever that courier has to be asked with."""

    class Meta:
        unknown = INCLUDE

    number = Text(64, required=True)


class _Settlement(Known):
    """`is_to_travel`: the wish to cancel this parcel was not granted, and nobody waits for that any more."""

    is_to_travel = Flag(load_default=False)


class _Abandonment(Known):
    """`is_certain`: nobody will carry it, whatever the courier says; `is_refunded`: and the money is back."""

    is_certain = Flag(load_default=False)
    is_refunded = Flag(load_default=False)


class Adopt(Act):
    """A parcel exists at its courier's under a number that people looked up."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "arguments": {"number": "33446"}}]}

    arguments = Part(_Adoption(), required=True)


class Settle(Act):
    """What waits for a person is settled."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "arguments": {"is_to_travel": False}}]}

    arguments = Part(_Settlement(), load_default=lambda: _Settlement().load({}))


class Abandon(Act):
    """A whole order is given up."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "arguments": {"is_certain": True, "is_refunded": False}}]}

    arguments = Part(_Abandonment(), load_default=lambda: _Abandonment().load({}))


class Intervention(Shape):
    """What was found or done, in words; what people have to see to yet; and how the shipment stood and stands."""

    done = Word()
    remains = fields.List(Word())
    before = fields.Nested(FoundShipment())
    after = fields.Nested(FoundShipment())


class Moved(Shape):
    """Where the parcel was before the event, and where it is since; a repeat changed nothing."""

    before = Word(allow_none=True)
    after = Word(allow_none=True)
    is_repeat = fields.Boolean()
