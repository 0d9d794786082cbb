"""Intigo's words made ours: its statuses, its confirmations, its dates and its refusals."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked, Facts
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.support import strict_json

# specs/intigo.md section 11, "Status Meanings". 20 and 27 share one message: only the number tells what is meant.
STATUSES: Mapping[str, tuple[Status, str]] = {
    "2": (Status.IN_TRANSIT, "Colis assigné au livreur"),
    "6": (Status.DELIVERED, "Colis livré"),
    "8": (Status.CANCELLED, "Colis annulé par admin"),
    "10": (Status.OUT_FOR_DELIVERY, "Colis en cours de livraison"),
    "15": (Status.DELIVERY_FAILED, "Colis en retour provisoire"),
    "16": (Status.RETURNING, "Colis en retour définitif"),
    "17": (Status.RETURNED, "Colis en retour vendeur"),
    "20": (Status.IN_TRANSIT, "Colis en transfert"),
    "21": (Status.LOST, "Colis perdu"),
    "25": (Status.AT_DEPOT, "Colis entré au centre"),
    "27": (Status.IN_TRANSIT, "Colis en transfert"),
    "28": (Status.DELAYED, "Vérification"),
    "29": (Status.DELAYED, "Relance"),
}
CANCELLED_BY_STAFF = "8"
# Section 8.
TICKET_STATUSES = {"1": "pending", "2": "in progress", "3": "treated", "4": "transferred to administration"}

LONGEST_REASON = 300

_TUNIS = ZoneInfo("Africa/Tunis")
_SENSIBLE_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[A-Za-z0-9-]{5,9}")  # 5-9 characters (section 3); they go into addresses and onto labels
_OUR_REFERENCE = re.compile(r"[A-Z2-7]{20}")
_TICKET = re.compile(r"[A-Za-z0-9-]{1,20}")  # 5-9 characters, but a filed ticket is filed, however it is numbered
_MARKUP = re.compile(r"<[A-Za-z/!]")
_CODE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A parcel as Intigo confirms it; what its status is right after creation, no table tells (section 3)."""

    nid: str
    cid: str
    secret_code: str = ""
    status: str = ""

    @property
    def is_cancelled(self) -> bool:
        return self.status == CANCELLED_BY_STAFF


def registered(entry: object) -> Registered | None:
    """The parcel that an entry confirms; None where it lacks an id, or what stands there cannot be one."""
    match entry:
        case {"nid": nid, "cid": str(cid), **others} if number := as_id(nid):
            return Registered(number, cid, str(others.get("secretCode") or ""), as_code(others.get("status")))
    return None


def to_facts(parcels: Mapping[str, Registered]) -> Facts:
    """What the journal keeps of confirmed parcels, by reference."""
    return {
        reference: {
            "nid": parcel.nid,
            "cid": parcel.cid,
            "secretCode": parcel.secret_code,
            "status": parcel.status,
        }
        for reference, parcel in parcels.items()
    }


def from_facts(facts: Facts) -> dict[str, Registered]:
    """The confirmed parcels that a journal kept."""
    return {reference: parcel for reference, entry in facts.items() if (parcel := registered(entry)) is not None}


def as_id(value: object) -> str:
    """A parcel's number of theirs; empty where it cannot be one."""
    text = _text(value)
    return text if _ID.fullmatch(text) else ""


def as_ticket(value: object) -> str:
    """A ticket's number; empty where it cannot be one."""
    text = _text(value)
    return text if _TICKET.fullmatch(text) else ""


def as_code(value: object) -> str:
    """A status code in digits; empty where it is none."""
    text = _text(value)
    return str(int(text)) if _CODE.fullmatch(text) else ""


def _text(value: object) -> str:
    """What may come as a text or as a number, as a text."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def as_reference(value: object) -> str:
    """Our own name for a parcel, out of a `cid`; empty where another system gave the parcel its name."""
    return value if isinstance(value, str) and _OUR_REFERENCE.fullmatch(value) else ""


def as_moment(value: object, now: datetime) -> datetime | None:
    """An ISO 8601 date, Tunisian where it has no zone (section 7); None where it cannot be read, or cannot be true."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value.strip())
        at = (told if told.tzinfo else told.replace(tzinfo=_TUNIS)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if _SENSIBLE_SINCE <= at <= now + timedelta(days=1) else None


def event(number: str, reference: str, code: str, text: str, at: datetime) -> TrackingEvent:
    """What happened to a parcel; a code that no table knows is told in their own words."""
    status, meaning = STATUSES.get(code, (None, f"Intigo status {code}"))
    return TrackingEvent(number, reference, code, text or meaning, status, at)


def history_event(booked: Booked, entry: object, now: datetime) -> TrackingEvent | None:
    """An entry of a parcel's history; None where its code or date cannot be read.

    The code it was created with, which no table has, is no news beyond its being booked.
    """
    if not isinstance(entry, dict):
        return None
    code, at = as_code(entry.get("status")), as_moment(entry.get("date"), now)
    if not code or at is None:
        return None
    told = event(booked.number, booked.reference, code, "", at)
    is_creation = told.status is None and code == booked.facts.get("created_as")
    return replace(told, is_for_timeline_only=is_creation)


def reasons(body: bytes) -> list[str]:
    """Why they said no, in whatever form errors come (none is documented); never HTML, and never much of it."""
    try:
        answer = strict_json.parse(body)
    except Malformed:
        answer = body.decode("utf-8", "replace")
    found, room = [], LONGEST_REASON
    for text in dict.fromkeys(" ".join(text.split()) for text in _texts(answer)):
        if text and room > 0 and not _MARKUP.search(text):
            found.append(text[:room])
            room -= len(text)
    return found


def _texts(answer: object) -> Iterator[str]:
    match answer:
        case str():
            yield answer
        case list():
            for item in answer:
                yield from _texts(item)
        case dict():
            worded = [answer[key] for key in ("message", "error", "errors", "detail") if key in answer]
            yield from _texts(worded or list(answer.values()))
