"""What operators ask about Ingrid's notifications, and what they are answered."""

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment
from carrier_backend.operators.schemas.asked import Act, Known


class NotificationsQuery(Known):
    """Whose order is meant."""

    shipper_id = Text(128, required=True)
    external_id = Text(128, required=True)


class Retrigger(Act):
    """A notification to be sent again; `shipper_id` may be left out where all merchants sell on one site."""

    shipper_id = Text(128, load_default=None)


class Notification(Shape):
    """What Ingrid told, or is to tell, a shopper: her own words.

    `meaning` explains its name; `undocumented` are the fields whose word her document does not know.
    """

    id = Text()
    status = Text()
    name = Text()
    meaning = Text()
    channel = Text()
    tracking_number = Text()
    scheduled_at = Moment()
    triggered_at = Moment()
    origin = Text()
    undocumented = fields.List(fields.String())


class Retriggered(Shape):
    """The notification that is newly scheduled."""

    notification_id = Text()
