"""What operators ask of the trail of their acts, and what they are answered."""

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment, Word
from carrier_backend.operators.schemas.asked import CURSOR, Known


class ActsQuery(Known):
    """Which acts are wanted; a subject is a reference, or whatever else was acted upon, in full."""

    operator = Text(128, load_default=None)
    subject = Text(160, load_default=None)
    cursor = Text(load_default=None, validate=CURSOR)


class NotedAct(Shape):
    """One act: by whom, to what, and why."""

    id = fields.Integer()
    at = Moment()
    operator = Word()
    act = Word()
    subject = Word()
    reason = Word()
    facts = fields.Dict()
