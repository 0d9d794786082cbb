"""What comes out of the label route: documents as base64, in a medium and a format, or as a fault leaves them."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carrier_backend.simulator import labels
from carrier_backend.simulator.faults import Parameters
from carrier_backend.simulator.parcel2go_books import Line
from carrier_backend.simulator.parcel2go_places import needs_customs

FAULTS: Mapping[str, Parameters] = {
    "late_label": {},
    "failed_label": {},
    "empty_label": {},
    "broken_label": {},
    "html_label": {},
    "png_label": {},
    "same_label": {},
}
_PAPERS = {"A4": labels.A4, "Label4X6": labels.SMALL}
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How labels are asked for."""

    is_of_order: bool
    detail: str
    medium: str
    format: str


def encode(lines: Sequence[Line], wanted: Wanted, fault: str) -> dict[str, Any] | None:
    """The answer about these lines, one document per parcel; None where there is none (yet)."""
    if fault == "late_label" or not all(line.is_paid for line in lines):
        return None
    slips = [slip for line in lines if _has(line, wanted.detail) for slip in line.slips()]
    if not slips:
        return None
    if fault == "failed_label":
        return {"SuccessfulLabels": 0, "FailedLabels": len(slips), "Base64EncodedLabels": []}
    documents = [b64encode(_document(slip, wanted, fault)).decode() for slip in slips]
    return {"SuccessfulLabels": len(slips), "FailedLabels": 0, "Base64EncodedLabels": documents}


def _has(line: Line, detail: str) -> bool:
    """Papers beside the label go with what crosses a customs border."""
    if detail in {"All", "Labels"}:
        return True
    sender = line.wanted["CollectionAddress"]["CountryIsoCode"]
    recipients = (parcel["DeliveryAddress"]["CountryIsoCode"] for parcel in line.wanted["Parcels"])
    return detail != "Instructions" and any(needs_customs(sender, recipient) for recipient in recipients)


def _document(slip: labels.Slip, wanted: Wanted, fault: str) -> bytes:
    pdf = labels.draw([slip], _PAPERS[wanted.medium])
    match fault:
        case "empty_label":
            return b""
        case "broken_label":
            return pdf[: len(pdf) // 2]
        case "html_label":
            return b"<html><body>Please log in</body></html>"
    return _PNG + slip.number.encode() if fault == "png_label" or wanted.format == "PNG" else pdf
