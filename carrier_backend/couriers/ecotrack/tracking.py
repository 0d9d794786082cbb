"""What became of parcels: their statuses, a hundred at a time, and the history of those that moved (section 12).

A status is told without its moment. So where quota is to spare, the history of a parcel whose status is not what was
seen before is read as well; a status that does not stand there counts from the moment at which we saw it.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import structlog

from carrier_backend.couriers.ecotrack.client import NAME, EcotrackClient
from carrier_backend.couriers.ecotrack.translate import STATUSES, happening, last_standing, standing, status_code
from carrier_backend.domain.errors import CounterpartError, Declined
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.quotas import Urgency
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.ports import Answered
from carrier_backend.support.places import fold

MOST_REFUSALS = 7
"""A question, its halves and its quarters; more numbers than these would have to be bad at once."""

log = structlog.get_logger(__name__)


def news(
    client: EcotrackClient, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]], now: datetime
) -> Answered:
    """What is new about parcels of one account; what cannot be read of one, or had of some, holds up no others."""
    by_number = {booked.number: booked for booked in parcels}
    histories = _Histories(client, now)
    events: list[TrackingEvent] = []
    answered: list[Booked] = []
    try:
        for numbers, told in _told(client, list(by_number)):
            for number in numbers:
                booked = by_number[number]
                events += _news_of(booked, told.get(number), seen.get(booked.reference, ()), histories, now)
                answered.append(booked)
    except Declined:  # whatever they are asked: they will not know sooner for being asked more often
        log.warning("no question is taken", who=NAME, parcels=len(parcels) - len(answered))
        return Answered(events, parcels)
    except CounterpartError as error:
        return Answered(events, answered, error)
    return Answered(events, answered)


def together(answers: Sequence[Answered]) -> Answered:
    """What several accounts answered; raises what kept them from it where none answered anything."""
    events = [event for answer in answers for event in answer.events]
    parcels = [booked for answer in answers for booked in answer.parcels]
    failure = next((answer.failure for answer in answers if answer.failure), None)
    if failure and not parcels:
        raise failure
    return Answered(events, parcels, failure)


def _told(client: EcotrackClient, numbers: Sequence[str]) -> Iterator[tuple[Sequence[str], Mapping[str, object]]]:
    """What is told, by the numbers asked about.

    One number that they cannot take has them decline a question as a whole: it is put again in halves, until only that
    number is left out. Where nothing at all is taken, it is not the numbers: raises Declined.
    """
    waiting = deque(client.chunks(numbers))
    refusals, is_any_taken = 0, False
    while waiting:
        asked = waiting.popleft()
        try:
            told = client.statuses(asked)
        except Declined:
            refusals += 1
            if refusals == MOST_REFUSALS and not is_any_taken:
                raise
            if len(asked) > 1:
                waiting += (asked[: len(asked) // 2], asked[len(asked) // 2 :])
                continue
            told = {}
        is_any_taken = is_any_taken or bool(told)
        yield asked, told


def _news_of(
    booked: Booked, entry: object, seen: Sequence[Seen], histories: "_Histories", now: datetime
) -> list[TrackingEvent]:
    if entry is None:  # archived, or never there: neither says that it is lost, and its history alone may tell the end
        log.warning("parcel not among the answers", who=NAME, reference=booked.reference)
        return histories.of(booked, Urgency.SOON)
    code = status_code(entry)
    if not code:
        log.warning("status cannot be read", who=NAME, reference=booked.reference)
        return []
    before = last_standing(seen, code)
    if before is not None and fold(before.code) == fold(code):
        return []
    status = STATUSES.get(fold(code))
    history = [] if status is Status.SUBMITTED else histories.of(booked, Urgency.SPARE)
    is_dated = status is not None and any(_says(event, status, before) for event in history)
    return [*history, standing(booked, code, now, is_for_timeline_only=is_dated)]


def _says(event: TrackingEvent, status: Status, before: Seen | None) -> bool:
    """Whether it tells of that status, and not of an earlier time that the parcel was in it."""
    return event.status is status and (before is None or event.at >= before.at)


class _Histories:
    """The histories behind one round of answers; once one cannot be had, no others of its urgency are asked for."""

    def __init__(self, client: EcotrackClient, now: datetime) -> None:
        self._client = client
        self._now = now
        self._over: set[Urgency] = set()

    def of(self, booked: Booked, urgency: Urgency) -> list[TrackingEvent]:
        """In the order of time, whatever theirs is; nothing where there is none to be had now."""
        entries = self._read(booked.number, urgency)
        events = [event for entry in entries if (event := happening(booked, entry, self._now)) is not None]
        if len(events) < len(entries):
            log.warning("history entries cannot be read", who=NAME, entries=len(entries) - len(events))
        return sorted(events, key=lambda event: event.at)

    def _read(self, number: str, urgency: Urgency) -> list[object]:
        if urgency in self._over:
            return []
        try:
            return self._client.history(number, urgency)
        except CounterpartError as error:
            log.info("no history", who=NAME, number=number, error=type(error).__name__)
            if not isinstance(error, Declined):
                self._over |= {urgency, Urgency.SPARE}
            return []
