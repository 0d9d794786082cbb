"""What operators ask about Ingrid's notifications, and what they are answered."""

from typing import ClassVar

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment, Word
from carrier_backend.operators.schemas.asked import BECAUSE, Act, Known


class NotificationsQuery(Known):
    """Whose order is meant."""

    shipper_id = Text(128, required=True)
    external_id = Text(128, required=True)


class Retrigger(Act):
    """A notification to be sent again; `shipper_id` may be left out where all merchants sell on one site."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "shipper_id": "shop-1"}]}

    shipper_id = Text(128, load_default=None)


class Notification(Shape):
    """What Ingrid told, or is to tell, a shopper: her own words.

    `meaning` explains its name; `undocumented` are the fields whose word her document does not know.
    """

    id = Word()
    status = Word()
    name = Word()
    meaning = Word()
    channel = Word()
    tracking_number = Word()
    scheduled_at = Moment(allow_none=True)
    triggered_at = Moment(allow_none=True)
    origin = Word()
    undocumented = fields.List(fields.String())


class Retriggered(Shape):
    """The notification that is newly scheduled."""

    notification_id = Word()
