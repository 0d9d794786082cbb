"""What Ingrid tells shoppers about their order, as she lists it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification, in Ingrid's words as they came.

    `meaning` is what her document says of its name, "" for a name that it does not know; `undocumented` are the fields
    whose word it does not know or that could not be read.
    """

    id: str
    status: str
    name: str
    channel: str
    tracking_number: str
    scheduled_at: datetime | None
    triggered_at: datetime | None
    origin: str
    meaning: str
    undocumented: tuple[str, ...]
