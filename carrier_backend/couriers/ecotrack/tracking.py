"""What became of parcels: their statuses, a hundred at a time, and the history of those that moved (section 12).

A status is told without its moment. So where quota is to spare, the history of a parcel whose status is not what was
seen before is read as well; a status that does not stand there counts from the moment at which we saw it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from carrier_backend.couriers.ecotrack.client import NAME, EcotrackClient
from carrier_backend.couriers.ecotrack.translate import STATUSES, happening, last_standing, standing, status_code
from carrier_backend.domain.errors import CounterpartError
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.ports import Urgency
from carrier_backend.support.places import fold

log = structlog.get_logger(__name__)


def news(
    client: EcotrackClient, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]], now: datetime
) -> list[TrackingEvent]:
    """What is new about parcels of one account; what cannot be read of one holds up none of the others."""
    by_number = {booked.number: booked for booked in parcels}
    events: list[TrackingEvent] = []
    for numbers in client.chunks(list(by_number)):
        told = client.statuses(numbers)
        for number in numbers:
            booked = by_number[number]
            before = last_standing(seen.get(booked.reference, ()))
            events += _news_of(client, booked, told.get(number), before, now)
    return events


def _news_of(
    client: EcotrackClient, booked: Booked, entry: object, before: Seen | None, now: datetime
) -> list[TrackingEvent]:
    if entry is None:  # archived, or never there: neither says that it is lost
        log.warning("parcel not among the answers", who=NAME, number=booked.number)
        return _history(client, booked, now)
    code = status_code(entry)
    if not code:
        log.warning("status cannot be read", who=NAME, number=booked.number)
        return []
    if before is not None and fold(before.code) == fold(code):
        return []
    status = STATUSES.get(fold(code))
    history = [] if status is Status.SUBMITTED else _history(client, booked, now)
    is_dated = status is not None and any(_says(event, status, before) for event in history)
    return [*history, standing(booked, code, now, is_for_timeline_only=is_dated)]


def _says(event: TrackingEvent, status: Status, before: Seen | None) -> bool:
    """Whether it tells of that status, and not of an earlier time that the parcel was in it."""
    return event.status is status and (before is None or event.at >= before.at)


def _history(client: EcotrackClient, booked: Booked, now: datetime) -> list[TrackingEvent]:
    """In the order of time, whatever theirs is; nothing where there is none to be had now."""
    try:
        entries = client.history(booked.number, Urgency.SPARE)
    except CounterpartError as error:
        log.info("no history", who=NAME, number=booked.number, error=type(error).__name__)
        return []
    events = [event for entry in entries if (event := happening(booked, entry, now)) is not None]
    if len(events) < len(entries):
        log.warning("history entries cannot be read", who=NAME, entries=len(entries) - len(events))
    return sorted(events, key=lambda event: event.at)
