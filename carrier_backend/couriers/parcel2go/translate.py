"""Parcel2Go's words made ours: its stages and texts, its orders, money, dates and refusals."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from zoneinfo import ZoneInfo

from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked, Facts
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.support.places import fold

Body = Mapping[str, object]
"""JSON on its way to Parcel2Go."""

# Words that carry nothing: "Your parcel has been collected" says what "Collected" says.
_FILLING = re.compile(r"\b(your|the|this|parcel|package|item|has|been|is|was)\b", re.IGNORECASE)


def _gist(text: str) -> str:
    return fold(_FILLING.sub(" ", text))


# The documented stages ("Tracking"), the two that are mentioned elsewhere, the document's own description, and the few
# texts of couriers that leave no doubt wherever they stand. No stage says that a parcel came back or failed, and
# "awaiting collection" may be said of either end: what stands in no row is passed on in the courier's own words.
STATUSES: Mapping[str, Status] = {
    _gist(text): status
    for status, texts in {
        Status.SUBMITTED: ("Booked", "Label Created"),
        Status.PICKED_UP: ("DroppedOff", "Collected", "Picked Up"),
        Status.IN_TRANSIT: ("InTransit", "On its way"),
        Status.AT_DEPOT: ("AtDepot", "Arrived at Depot", "Received at Depot"),
        Status.OUT_FOR_DELIVERY: ("DeliveryScheduled", "Out for Delivery", "Due to be delivered today"),
        Status.DELIVERY_FAILED: ("Delivery Attempted", "Attempted Delivery", "Delivery Failed", "Not Delivered"),
        Status.DELAYED: ("MajorError", "Delayed"),
        Status.DELIVERED: ("Delivered", "Handed to Customer"),
        Status.RETURNING: ("Return to Sender", "Returning to Sender"),
        Status.RETURNED: ("Returned to Sender",),
    }.items()
    for text in texts
}

NAME = "parcel2go"
PREFIX = "P2G"
LONGEST_REASON = 300
LONGEST_TEXT = 300
MOST_REASONS = 20
LARGEST_NUMBER = 10**9

LONDON = ZoneInfo("Europe/London")
_SENSIBLE_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"(\.\d{6})\d+")  # .NET writes seven digits of a second
_ID = re.compile(r"[A-Za-z0-9-]{1,40}")  # they go into addresses and onto labels
_MARKUP = re.compile(r"<[A-Za-z/!]")


@dataclass(frozen=True, slots=True)
class Line:
    """An order line: one parcel of ours, its id at Parcel2Go and the hash that opens its documents."""

    id: str
    hash: str = ""

    @property
    def number(self) -> str:
        """What the parcel is called: known as soon as it is ordered, unlike the courier's own number."""
        return PREFIX + self.id


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as it was answered; its lines by the item ids that we made."""

    id: str
    hash: str
    total: Decimal
    lines: Mapping[str, Line]


def placed_order(answer: object) -> PlacedOrder | None:
    """The order that an answer tells of; None where anything needed later is missing, or stands there twice."""
    match answer:
        case {"OrderId": told_id, "Hash": str(hash), "TotalPrice": price, "OrderlineIdMap": list(entries)}:
            id, total = as_id(told_id), as_price(price)
            lines = dict(line for entry in entries if (line := _line(entry)) is not None)
            is_clear = len(lines) == len({line.id for line in lines.values()}) == len(entries)
            if id and hash and total is not None and is_clear:
                return PlacedOrder(id, hash, total, lines)
    return None


def _line(entry: object) -> tuple[str, Line] | None:
    match entry:
        case {"ItemId": str(item_id), "OrderLineId": told_id, **others} if line_id := as_id(told_id):
            hash = others.get("Hash")
            return item_id.lower(), Line(line_id, hash if isinstance(hash, str) else "")
    return None


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order as it is read back; its references by order line, for the lines that tell theirs."""

    total: Decimal
    references: Mapping[str, str]


def standing_order(answer: object) -> StandingOrder | None:
    """The order that an answer tells of; None where it does not say what it costs."""
    match answer:
        case {"TotalPrice": price, **others} if (total := as_price(price)) is not None:
            items = others.get("Items")
            told = items if isinstance(items, list) else []
            return StandingOrder(total, dict(line for item in told if (line := _reference(item)) is not None))
    return None


def _reference(item: object) -> tuple[str, str] | None:
    match item:
        case {"OrderLineId": told_id, "Reference": str(reference)} if line_id := as_id(told_id):
            return line_id, reference
    return None


def to_facts(order: PlacedOrder) -> Facts:
    """What the journal keeps of an order; money as text, so that no penny is lost."""
    lines = {item_id: [line.id, line.hash] for item_id, line in order.lines.items()}
    return {"order_id": order.id, "hash": order.hash, "total": str(order.total), "lines": lines}


def from_facts(facts: Facts) -> PlacedOrder:
    """The order that a journal kept; raises ValueError for one that cannot be read."""
    match facts:
        case {"order_id": str(id), "hash": str(hash), "total": str(total), "lines": dict(lines)}:
            return PlacedOrder(id, hash, Decimal(total), {item: Line(*line) for item, line in lines.items()})
    raise ValueError("the journal holds no order")


def as_id(value: object) -> str:
    """An id that may come as a number or as text; empty where it cannot be one."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else ""


def line_id_of(number: str) -> str:
    """The order line that a number of ours stands for."""
    return number.removeprefix(PREFIX)


def as_number(value: object) -> Decimal | None:
    """A number that may come as text; None where it is none, or nothing of theirs could come to so much."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= LARGEST_NUMBER else None


as_money = as_number


def as_price(value: object) -> Decimal | None:
    """Money that is asked for: less than nothing would make room for more in a day's limit."""
    price = as_money(value)
    return price if price is not None and price >= 0 else None


def as_moment(value: object) -> datetime | None:
    """An ISO 8601 date, British where it has no zone; None where it cannot be read, or is .NET's "never"."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        at = (told if told.tzinfo else told.replace(tzinfo=LONDON)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= _SENSIBLE_SINCE else None


def was_paid(paid_date: object) -> bool | None:
    """Whether a date of payment stands there; None for what is neither a date nor .NET's or JSON's "never"."""
    if paid_date in (None, "") or str(paid_date).startswith("0001-01-01"):
        return False
    return True if as_moment(paid_date) is not None else None


def status_of(text: str) -> Status | None:
    """The status that a text tells of; None for one that stands in no row."""
    return STATUSES.get(_gist(text))


def tracking_event(booked: Booked, entry: object, now: datetime) -> TrackingEvent | None:
    """One result of tracking read back; None where nothing of it can be told, or it has no date that can be.

    There is no stage in it: the description is looked up, then the courier's code.
    """
    if not isinstance(entry, dict):
        return None
    text, code = (_words(entry.get(key)) for key in ("Description", "StatusCode"))
    at = as_moment(entry.get("Timestamp"))
    if at is None or at > now + timedelta(days=1) or not (text or code):
        return None
    # A code is the courier's own, and says what its text says: alone it counts only where there is no text.
    status = status_of(text or code)
    return TrackingEvent(booked.number, booked.reference, code or text, text or code, status, at)


def _words(value: object) -> str:
    return " ".join(value.split())[:LONGEST_TEXT] if isinstance(value, str) else ""


def reasons(answer: object) -> list[str]:
    """Why they said no, each reason once however many items it is about; never HTML, and never much of it."""
    texts = (" ".join(text.split())[:LONGEST_REASON] for text in _texts(answer))
    told = (text for text in dict.fromkeys(texts) if text and not _MARKUP.search(text))
    return list(islice(told, MOST_REASONS))


def _texts(answer: object) -> Iterator[str]:
    """The three shapes errors come in (section 8), one inside another."""
    match answer:
        case str():
            yield answer
        case list():
            for item in answer:
                yield from _texts(item)
        case {"Errors": list(errors)} if errors:
            yield from _texts(errors)
        case dict():
            for key in ("Error", "Description", "Message", "message", "error", "Name"):
                if answer.get(key):
                    yield from _texts(answer[key])
                    return
