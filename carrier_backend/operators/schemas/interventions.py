"""What operators ask for when they put something right about a parcel, and what they are answered."""

from marshmallow import INCLUDE, fields

from carrier_backend.domain.lifecycle import Status
from carrier_backend.doors.fields import Choice, Flag, Moment, Part, Shape, Text
from carrier_backend.operators.schemas.answered import FoundShipment
from carrier_backend.operators.schemas.asked import Act, Known


class Event(Act):
    """Something that happened to a parcel, and when; whoever records it vouches for it."""

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

    arguments = Part(_Adoption(), required=True)


class Settle(Act):
    """What waits for a person is settled."""

    arguments = Part(_Settlement(), load_default=lambda: _Settlement().load({}))


class Abandon(Act):
    """A whole order is given up."""

    arguments = Part(_Abandonment(), load_default=lambda: _Abandonment().load({}))


class Intervention(Shape):
    """What was found or done, in words; what people have to see to yet; and how the shipment stood and stands."""

    done = Text()
    remains = fields.List(Text())
    before = Part(FoundShipment())
    after = Part(FoundShipment())


class Moved(Shape):
    """Where the parcel was before the event, and where it is since; a repeat changed nothing."""

    before = Text()
    after = Text()
    is_repeat = fields.Boolean()
