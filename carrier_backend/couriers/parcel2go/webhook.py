"""Hearing Parcel2Go ("Webhooks"): its signature covers Id, Timestamp and Type, never the payload.

So a payload is only a hint: it says which order line to look at, and what is true is read back by tracking.
"""

import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from carrier_backend.couriers.parcel2go.translate import PREFIX, as_id, as_moment
from carrier_backend.domain.errors import Malformed, NotAllowed
from carrier_backend.domain.tracking import Heard, TrackingEvent
from carrier_backend.ports import Clock, Delivery, Reply
from carrier_backend.support import signing, strict_json
from carrier_backend.support.voices import Voices

OLDEST = timedelta(hours=24)
LONGEST_WORD = 60

_GUID = re.compile(r"[0-9a-fA-F-]{32,40}")
_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)")
_OUR_REFERENCE = re.compile(r"[A-Z2-7]{20}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every call of theirs is wrapped in."""

    id: str
    timestamp: str
    signature: str
    kind: str
    payload: object
    at: datetime

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is this secret's, over either spelling of the moment."""
        good = [signature(secret, self.id, moment, self.kind) for moment in _moments(self)]
        return sum(signing.matches(each, self.signature.lower()) for each in good) > 0


class Parcel2GoWebhook:
    """ports.Webhook."""

    kinds: Sequence[str] = ("",)
    shown = frozenset({"Id", "Timestamp", "Type", "OrderLineId", "TrackingStage", "CaseId", "CaseType"})

    def __init__(self, clock: Clock, voices: Voices) -> None:
        self._clock = clock
        self._voices = voices

    def verify(self, delivery: Delivery) -> str:
        """The voice of the secret that the envelope is signed with."""
        envelope = _envelope(delivery.body)
        if envelope is None:
            raise NotAllowed("a signed envelope is needed")
        return self._voices.verified(envelope.is_signed_with, "a valid signature is needed")

    def voices(self, shipper_id: str, booked_at: datetime) -> Collection[str]:
        return self._voices.of(shipper_id, booked_at)

    def heard(self, delivery: Delivery) -> Heard:
        """Which order line to look at; of a case, also a line for the timeline, unless the envelope is old."""
        envelope = _envelope(delivery.body)
        if envelope is None or envelope.kind not in ("Tracking", "Case"):
            return Heard(call_id=envelope.id if envelope else "")
        payload = envelope.payload if isinstance(envelope.payload, dict) else {}
        line_id = as_id(payload.get("OrderLineId"))
        if not line_id:
            return Heard(unreadable=("Payload.OrderLineId: cannot be read",), call_id=envelope.id)
        is_told = envelope.kind == "Case" and abs(self._clock.now() - envelope.at) <= OLDEST
        events = (_case(PREFIX + line_id, payload, envelope),) if is_told else ()
        return Heard(events, look_again=(PREFIX + line_id,), call_id=envelope.id)

    def reply(self, delivery: Delivery) -> Reply:
        """Only a 200 keeps it from coming again."""
        return Reply(b"{}")


def signature(secret: str, id: str, moment: str, kind: str) -> str:
    """The lower-case hex of the HMAC-SHA256 of `Id:yyyy-MM-dd HH:mm:ss:Type`."""
    return hmac.digest(secret.encode(), f"{id}:{moment}:{kind}".encode(), "sha256").hex()


def _envelope(body: bytes) -> Envelope | None:
    """The envelope in these bytes; None where they hold none."""
    try:
        told = strict_json.parse(body)
    except Malformed:
        return None
    match told:
        case {
            "Id": str(id),
            "Timestamp": str(timestamp),
            "Signature": str(signature),
            "Type": str(kind),
            **others,
        } if _GUID.fullmatch(id):
            at = as_moment(timestamp)
            if at is not None and _WRITTEN.match(timestamp):
                return Envelope(id, timestamp, signature, kind, others.get("Payload"), at)
    return None


def _moments(envelope: Envelope) -> set[str]:
    """The time as it stands there, seconds cut and not rounded, and in UTC: which of them is signed, nobody tells."""
    written = _WRITTEN.match(envelope.timestamp)
    as_written = f"{written[1]} {written[2]}" if written else ""
    return {as_written, f"{envelope.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"}


def _case(number: str, payload: dict[str, object], envelope: Envelope) -> TrackingEvent:
    """An enquiry or a claim: for people, never for Ingrid."""
    words = (_word(payload.get(key)) for key in ("CaseType", "CaseId", "Status"))
    named = (_word(payload.get(key)) for key in ("Reference", "CustomerReference"))
    reference = next((name for name in named if _OUR_REFERENCE.fullmatch(name)), "")
    text = " ".join(filter(None, words))
    return TrackingEvent(
        number,
        reference,
        f"Case {_word(payload.get('CaseId'))}",
        text or "Case",
        None,
        envelope.at,
        is_for_timeline_only=True,
    )


def _word(value: object) -> str:
    return " ".join(str(value).split())[:LONGEST_WORD] if isinstance(value, str | int) else ""
