"""What operators ask when status updates are to be told again, and what they are answered."""

from typing import ClassVar

from marshmallow import fields, validate

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.fields import Flag, Shape, Text
from carrier_backend.operators.schemas.answered import Word
from carrier_backend.operators.schemas.asked import BECAUSE, CURSOR, Act, Span

REPLAYABLE = [UpdateState.PARKED.value, UpdateState.SENT.value]


def state() -> Text:
    """In which state what is to be sent again is: what still tries by itself is not."""
    known = validate.OneOf(REPLAYABLE, error="must be one of {choices}: what waits still tries by itself")
    return Text(load_default=UpdateState.PARKED.value, validate=known)


class Replay(Act):
    """A status update to be sent again; `state` is where the operator saw it."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "state": "parked"}]}

    state = state()


class ReplayMany(Replay, Span):
    """Status updates to be sent again: those in a state that came to be from `since` on and before `until`.

    Of sent ones, `since` is required. With `dry_run`, they are only counted.
    """

    described: ClassVar = {
        "examples": [
            {
                "reason": BECAUSE,
                "state": "sent",
                "since": "2026-11-24T10:00:00Z",
                "until": "2026-11-24T12:00:00Z",
                "site_id": "5f5c1bd1-c365-4555-8771-739213e19b49",
                "dry_run": True,
                "cursor": "0",
            }
        ]
    }

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
    next = Word(allow_none=True)
