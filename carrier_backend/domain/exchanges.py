"""Requests both ways, and what came of them, as they are kept for operators to read."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from carrier_backend.domain.errors import UnknownPlace


class Heading(StrEnum):
    """Which way a request went."""

    OUT = "out"
    """Ours, to a counterpart."""
    IN = "in"
    """A counterpart's, to us."""


@dataclass(frozen=True, slots=True)
class OrderNames:
    """What the order is called that somebody asks for something about; None: that was not said, or not readably."""

    external_id: str | None = None
    tos_id: str | None = None
    shipper_id: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it; `verdict` is the kind of the error that a call of ours ended with.

    `path` bears no query. Of request and response stands here, redacted already, what may be kept of them, as JSON.
    `words` are those of ours with which a request was refused, and `places` those that it names and nobody knows: both
    may repeat what was sent.
    """

    heading: Heading
    who: str
    operation: str
    trace_id: str
    method: str
    path: str
    at: datetime
    milliseconds: int
    status: int | None
    verdict: str | None = None
    request: str | None = None
    response: str | None = None
    order: OrderNames = OrderNames()
    words: tuple[str, ...] = field(default=(), repr=False)
    places: tuple[UnknownPlace, ...] = field(default=(), repr=False)
