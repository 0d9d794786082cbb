"""Ecotrack's words made ours: its statuses, the history behind them, its orders, dates and refusals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from zoneinfo import ZoneInfo

from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.support.places import fold

# What an order is (section 12.4, the original's list), told without a moment. Tenants write some with accents: they are
# compared as they fold.
STATUSES: Mapping[str, Status] = {
    fold(code): status
    for status, codes in {
        Status.SUBMITTED: ("prete_a_expedier", "prete_a_preparer", "en_preparation_stock", "en_ramassage"),
        Status.IN_TRANSIT: ("vers_hub", "vers_wilaya"),
        Status.AT_DEPOT: ("en_hub", "en_preparation"),
        Status.OUT_FOR_DELIVERY: ("en_livraison",),
        Status.DELAYED: ("suspendu",),
        # Delivered, and then about the money: no news to whoever waits for the parcel.
        Status.DELIVERED: ("livre_non_encaisse", "encaisse_non_paye", "paiements_prets", "paye_et_archive"),
        Status.RETURNING: ("retour_chez_livreur", "retour_transit_entrepot", "retour_en_traitement"),
        Status.RETURNED: ("retour_recu", "retour_archive"),
        Status.CANCELLED: ("annule",),
    }.items()
    for code in codes
}

# What happened to an order (section 12.1), with its moment; `Return_received` does come with a capital.
HAPPENINGS: Mapping[str, Status] = {
    fold(code): status
    for code, status in {
        "order_information_received_by_carrier": Status.SUBMITTED,
        "picked": Status.PICKED_UP,
        "accepted_by_carrier": Status.AT_DEPOT,
        "dispatched_to_driver": Status.OUT_FOR_DELIVERY,
        "attempt_delivery": Status.DELIVERY_FAILED,
        "return_asked": Status.RETURNING,
        "return_in_transit": Status.RETURNING,
        "Return_received": Status.RETURNED,
        "livred": Status.DELIVERED,
        "encaissed": Status.DELIVERED,
        "payed": Status.DELIVERED,
    }.items()
}
REMARK_ADDED = fold("notification_on_order")  # about the parcel, and no step of its way
VALIDATED = fold("order_information_received_by_carrier")  # "enregistrée et validée par le vendeur"
DRAFT = frozenset({fold("prete_a_expedier"), fold("prete_a_preparer")})
HANDED_OVER = STATUSES.keys() - DRAFT - {fold("annule")}  # which a draft can become too

LONGEST_REASON = 300
LONGEST_TEXT = 300
LONGEST_CODE = 64
MOST_REASONS = 20
LARGEST_NUMBER = 10**9

_ALGIERS = ZoneInfo("Africa/Algiers")
_SENSIBLE_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_TRACKING = re.compile(r"[A-Za-z0-9-]{4,40}")  # "EC..." with some tenants, longer with others; it goes onto a label
_MARKUP = re.compile(r"<[A-Za-z/!]")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as a tenant lists it."""

    tracking: str
    reference: str
    phone: str
    amount: Decimal | None
    status: str

    @property
    def is_draft(self) -> bool:
        """Whether it waits to be validated yet."""
        return fold(self.status) in DRAFT

    @property
    def is_handed_over(self) -> bool:
        """Whether its status is known to come after the validation; of one that no table knows, nobody can say."""
        return fold(self.status) in HANDED_OVER


def order(row: object) -> Order | None:
    """The order in a row of `get/orders`; None where its number cannot be read."""
    match row:
        case {"tracking": told, **others} if number := as_tracking(told):
            return Order(
                number,
                _words(others.get("reference")),
                digits(others.get("phone")),
                as_number(others.get("montant")),
                _words(others.get("status")),
            )
    return None


def as_tracking(value: object) -> str:
    """A number of theirs; empty where it cannot be one."""
    text = value.strip() if isinstance(value, str) else ""
    return text if _TRACKING.fullmatch(text) else ""


def as_number(value: object) -> Decimal | None:
    """An amount, which comes as text or as a number; None where it is none, or nothing could come to so much."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= LARGEST_NUMBER else None


def digits(value: object) -> str:
    """The digits of a phone number, however it is grouped, without the zero that national ones begin with."""
    return re.sub(r"\D", "", str(value)).lstrip("0") if isinstance(value, str | int) else ""


def is_success(told: object) -> bool:
    """Whether a flag says yes: tenants write it as a boolean, a number or a text."""
    return told in (True, 1) or (isinstance(told, str) and told.lower() in ("true", "1", "success"))


def local_day(at: datetime) -> date:
    """The day that it is there at that moment."""
    return at.astimezone(_ALGIERS).date()


def as_moment(day: object, time: object) -> datetime | None:
    """A local date and time, which come apart and without a zone; None where they cannot be read."""
    if not (isinstance(day, str) and isinstance(time, str)):
        return None
    try:
        at = datetime.fromisoformat(f"{day.strip()}T{time.strip()}").replace(tzinfo=_ALGIERS).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= _SENSIBLE_SINCE else None


def happening(booked: Booked, entry: object, now: datetime) -> TrackingEvent | None:
    """One activity of a parcel's history; None where it cannot be read, or lies in a future that nobody can know."""
    if not isinstance(entry, dict):
        return None
    code, at = _words(entry.get("status"))[:LONGEST_CODE], as_moment(entry.get("date"), entry.get("time"))
    if not code or at is None or at > now + timedelta(days=1):
        return None
    details = (_words(entry.get(key)) for key in ("reason", "details", "scanLocation", "station"))
    text = ": ".join(filter(None, (code, next(filter(None, details), ""))))
    status = HAPPENINGS.get(fold(code))
    is_remark = fold(code) == REMARK_ADDED
    return TrackingEvent(booked.number, booked.reference, code, text, status, at, is_for_timeline_only=is_remark)


def standing(booked: Booked, code: str, now: datetime, *, is_for_timeline_only: bool) -> TrackingEvent:
    """The status that a parcel is seen in, of which nobody tells since when; one that no table knows goes on raw.

    To the second, as their times are: what happens later in the same second must not look older.
    """
    status, at = STATUSES.get(fold(code)), now.replace(microsecond=0)
    return TrackingEvent(
        booked.number, booked.reference, code, code, status, at, is_for_timeline_only=is_for_timeline_only
    )


def last_standing(seen: Sequence[Seen], code: str) -> Seen | None:
    """The status that a parcel was last seen in; what came from its history beside that is none.

    A word that no table knows may be of either; it is a status where it is the `code` that the parcel is seen in now.
    """
    statuses = {*STATUSES, fold(code)}
    return next((one for one in reversed(seen) if fold(one.code) in statuses), None)


def is_validation(entry: object) -> bool:
    """Whether an activity of a history says that the order was validated."""
    return isinstance(entry, dict) and fold(_words(entry.get("status"))) == VALIDATED


def status_code(entry: object) -> str:
    """The status in an entry of `get/orders/status`; empty where it cannot be read."""
    return _words(entry.get("status"))[:LONGEST_CODE] if isinstance(entry, dict) else ""


def reasons(answer: object) -> list[str]:
    """Why they said no: the bag of a 422 field by field, or the message; never HTML, and never much of it."""
    texts = (" ".join(text.split())[:LONGEST_REASON] for text in _texts(answer))
    told = (text for text in dict.fromkeys(texts) if text and not _MARKUP.search(text))
    return list(islice(told, MOST_REASONS))


def _texts(answer: object) -> Iterator[str]:
    match answer:
        case {"errors": dict(bag)} if bag:
            for field, told in bag.items():
                yield from (f"{field}: {text}" for text in (told if isinstance(told, list) else [told]))
        case {"message": str(message)}:
            yield message


def _words(value: object) -> str:
    return " ".join(value.split())[:LONGEST_TEXT] if isinstance(value, str) else ""
