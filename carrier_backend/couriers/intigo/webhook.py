"""Hearing Intigo: status news, and what became of a batch (specs/intigo.md sections 4 and 11).

Its calls bear a token alone: no signature, no time, no id. It wants its own body back.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

from carrier_backend.couriers.intigo.translate import as_code, as_id, as_moment, as_reference, event
from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.tracking import Heard, TrackingEvent
from carrier_backend.ports import Clock, Delivery, Reply
from carrier_backend.support import signing, strict_json
from carrier_backend.support.voices import Voices

MOST_PARCELS = 10_000
LONGEST_MESSAGE = 300


class IntigoWebhook:
    """ports.Webhook."""

    kinds: Sequence[str] = ("status", "parcels")
    shown = frozenset({"status", "date", "nid", "cid"})

    def __init__(self, clock: Clock, voices: Voices) -> None:
        self._clock = clock
        self._voices = voices

    def verify(self, delivery: Delivery) -> str:
        """The voice of the token, or of the API key, that comes as the bearer's."""
        scheme, _, given = delivery.headers.get("authorization", "").partition(" ")
        token = given.strip() if scheme.lower() == "bearer" else ""
        return self._voices.verified(partial(signing.matches, given=token), "a valid bearer token is needed")

    def voices(self, shipper_id: str, booked_at: datetime) -> Collection[str]:
        return self._voices.of(shipper_id, booked_at)

    def heard(self, delivery: Delivery) -> Heard:
        """What is told; nothing, by emptiness of any kind, for what their "Test" button sends is written nowhere."""
        told = strict_json.parse(delivery.body) if delivery.body.strip() else None
        if not told:
            return Heard()
        return self._status(told) if delivery.kind == "status" else self._parcels(told)

    def reply(self, delivery: Delivery) -> Reply:
        """The very bytes that came: the route "must return the exact it receives"."""
        return Reply(delivery.body)

    def _status(self, told: object) -> Heard:
        """One status for many parcels: whichever can be read is news, whatever the others are like."""
        match told:
            case {"status": status, "parcels": list(parcels), **others}:
                code = as_code(status)
                named, unreadable = _named(parcels)
            case _:
                return Heard(unreadable=("neither a status nor the parcels it is about",))
        now = self._clock.now()
        at = as_moment(others.get("date"), now)
        if not code or at is None:  # a guess would stand in the way of what is true: the history will say
            return Heard((), _ids(named), (*unreadable, "its status or its date cannot be read"))
        message = others.get("message")
        text = " ".join(message.split())[:LONGEST_MESSAGE] if isinstance(message, str) else ""
        return Heard([event(number, reference, code, text, at) for number, reference in named], (), unreadable)

    def _parcels(self, told: object) -> Heard:
        """A batch that took them longer than we waited: its parcels are to be looked up, as after any lost answer.

        What is announced is noted too: a number that turns out to be none of ours is a double, and counted as such.
        """
        named, unreadable = _named(told if isinstance(told, list) else [told])
        now = self._clock.now()
        announced = [
            TrackingEvent(number, reference, "announced", "creation announced", None, now, is_for_timeline_only=True)
            for number, reference in named
            if number
        ]
        return Heard(announced, _ids(named), unreadable)


def _named(parcels: Sequence[object]) -> tuple[list[tuple[str, str]], list[str]]:
    """Number and reference of each parcel, one of which may be missing, and what could not be read."""
    if len(parcels) > MOST_PARCELS:
        raise Malformed(f"more than {MOST_PARCELS} parcels in one call")
    named, unreadable = [], []
    for place, parcel in enumerate(parcels):
        ids = (as_id(parcel.get("nid")), as_reference(parcel.get("cid"))) if isinstance(parcel, dict) else ("", "")
        if any(ids):
            named.append(ids)
        else:
            unreadable.append(f"parcels[{place}]: neither its nid nor its cid can be read")
    return named, unreadable


def _ids(named: Iterable[tuple[str, str]]) -> list[str]:
    return [reference or number for number, reference in named]
