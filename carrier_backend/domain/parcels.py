"""One box: what it is, what the courier made of it, and the label that goes on it."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from carrier_backend.domain.lifecycle import BookingState, Status

Facts = Mapping[str, object]
"""What a courier noted for its own later use; JSON, opaque to everybody else."""

LABEL_LIMIT_BYTES = 5 * 1024 * 1024


def mint_reference() -> str:
    """A new name of ours for a parcel: 20 characters of base 32, a hundred random bits."""
    return base64.b32encode(secrets.token_bytes(13)).decode()[:20]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The outside of a box, in whole millimetres."""

    length_mm: int
    width_mm: int
    height_mm: int

    @property
    def sorted_mm(self) -> tuple[int, int, int]:
        """Longest side first, as couriers state their limits."""
        longest, middle, shortest = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return longest, middle, shortest


class LabelEncoding(StrEnum):
    """The formats Ingrid may ask for."""

    PDF = "pdf"
    ZPL = "zpl"


class LabelSize(StrEnum):
    """As the courier gives it, or about 100 x 150 mm."""

    NORMAL = "normal"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """The label Ingrid asks for."""

    encoding: LabelEncoding = LabelEncoding.PDF
    size: LabelSize = LabelSize.NORMAL


@dataclass(frozen=True, slots=True)
class Label:
    """The printable bytes for one parcel."""

    encoding: LabelEncoding
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the content in hex: two parcels must never share it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def fault(self) -> str | None:
        """Why this cannot be a label, if it cannot; the content is never parsed further, being a stranger's."""
        if not self.content:
            return "the label is empty"
        if len(self.content) > LABEL_LIMIT_BYTES:
            return "the label is larger than 5 MiB"
        if not self.content.startswith(b"%PDF-") or b"%%EOF" not in self.content[-1024:]:
            return "the label is not a whole PDF document"
        return None


@dataclass(frozen=True, slots=True)
class Booked:
    """A parcel as its courier knows it; `resume_at` is set where a later step of the courier's still waits."""

    reference: str
    number: str
    shipper_id: str
    facts: Facts = field(default_factory=dict)
    resume_at: datetime | None = None


class Outcome(StrEnum):
    """How a wish to cancel or undo ended."""

    DONE = "done"
    ASKED = "asked"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What became of a wish to cancel; `note` says, for callers and operators, what was asked of whom."""

    outcome: Outcome
    note: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One box of a shipment.

    Its two states are never mixed: `booking` is what we and the courier agreed, `status` is where the box is.
    """

    package_id: str
    reference: str
    weight_grams: int
    dimensions: Dimensions
    booking: BookingState = BookingState.INTENDED
    barcode: str | None = None
    booked: Booked | None = None
    label: Label | None = None
    status: Status | None = None
    status_at: datetime | None = None
    cancellation: Cancellation | None = None
