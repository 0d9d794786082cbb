"""What became of a parcel: what its courier reported, and what Ingrid is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.lifecycle import Status

OURS = ""
"""The voice of what no courier's call brought: it may speak of every parcel."""


class Source(StrEnum):
    """How we came to hear of an event."""

    WEBHOOK = "webhook"
    POLL = "poll"
    OURSELVES = "ourselves"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """Something a courier reported of the parcel it calls `number`, or we call `reference`, or both.

    `code` and `text` are the courier's own words. `status` is None where no table knows the code:
    such an event moves nothing and is passed on raw. `is_for_timeline_only`: kept, never passed on.
    """

    number: str
    reference: str
    code: str
    text: str
    status: Status | None
    at: datetime
    is_for_timeline_only: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that asking about a parcel gave before: the courier's own word, and its moment."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What a courier's call to us said: events, and the parcels of ours it gives reason to ask about."""

    events: Sequence[TrackingEvent] = ()
    look_again: Sequence[str] = ()
    """References or numbers."""
    unreadable: Sequence[str] = ()
    """What could not be read, and why: set aside for people."""
    call_id: str = ""
    """The courier's own name for this call, where it gives one: the same call again has no effect."""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A status on its way to Ingrid; `event_status` is one of ours, or a courier's own text where we know no better."""

    barcode: str
    shipping_method: str
    shipper_id: str
    event_status: str
    event_at: datetime
    estimated_arrival: Window | None = None


class UpdateState(StrEnum):
    """Where a status update is on its way to Ingrid."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
