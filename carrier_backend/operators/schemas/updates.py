"""What operators ask when status updates are to be told again, and what they are answered."""

from marshmallow import fields, validate

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.fields import Flag, Shape, Text
from carrier_backend.operators.schemas.asked import CURSOR, Act, Span

REPLAYABLE = [UpdateState.PARKED.value, UpdateState.SENT.value]


def state() -> Text:
    """In which state what is to be sent again is: what still tries by itself is not."""
    known = validate.OneOf(REPLAYABLE, error="must be one of {choices}: what waits still tries by itself")
    return Text(load_default=UpdateState.PARKED.value, validate=known)


class Replay(Act):
    """A status update to be sent again; `state` is where the operator saw it."""

    state = state()


class ReplayMany(Replay, Span):
    """Status updates to be sent again: those in a state that came to be from `since` on and before `until`.

    Of sent ones, `since` is required. With `dry_run`, they are only counted.
    """

    site_id = Text(load_default=None)
    dry_run = Flag(load_default=False)
    cursor = Text(load_default=None, validate=CURSOR)


class Replayed(Shape):
    """How many are sent again, or would be; `waiting` are left alone, for they still try by themselves.

    At most 1000 are sent again at once; `next` is the cursor for the others.
    """

    dry_run = fields.Boolean()
    updates = fields.Integer()
    waiting = fields.Integer()
    next = Text()
