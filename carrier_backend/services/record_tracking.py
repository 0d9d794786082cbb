"""The only way in for news, from webhook or poll: kept, held against the lifecycle, and passed on to Ingrid."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.errors import Busy
from carrier_backend.domain.lifecycle import FINAL, BookingState, Status, StuckOver, is_current, moves
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import OURS, Heard, Source, StatusUpdate, TrackingEvent
from carrier_backend.ports import Courier, Delivery, Wire
from carrier_backend.storage import endings, lanes, looks, parcels, shipments, tracking, words
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.lanes import Draft
from carrier_backend.storage.looks import Taken
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tracking import Arrival, Move, Tracked

log = structlog.get_logger()
TRIES = 3
HINT = "hint"
AHEAD = 0.9
"""The part of the operators' interval after which we plan to ask: it may have to wait its turn, or for quota."""


@dataclass
class _Journey:
    """One parcel while its news is read, oldest first."""

    parcel: Tracked
    told: list[TrackingEvent] = field(default_factory=list)

    def hear(self, event: TrackingEvent, now: datetime) -> None:
        parcel = self.parcel
        if event.is_for_timeline_only or not is_current(parcel.status, parcel.status_at, event.at, now):
            return
        if event.status is None:
            self.told.append(event)
        elif moves(parcel.status, event.status):
            self.told.append(event)
            booking = _booking_after(parcel.booking, event.status)
            self.parcel = replace(parcel, status=event.status, status_at=event.at, booking=booking)


def _booking_after(booking: BookingState, status: Status) -> BookingState:
    if status is Status.CANCELLED:
        return BookingState.CANCELLED
    if booking is BookingState.CANCELLING and status in FINAL:
        return BookingState.BOOKED  # the wish to cancel was not granted
    return booking


class RecordTracking:
    """Record news about parcels, whoever brings it."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        couriers: Mapping[str, Courier],
        wire: Wire,
        poll_interval: timedelta,
    ) -> None:
        self._store = store
        self._directory = directory
        self._couriers = couriers
        self._wire = wire
        self._poll_interval = poll_interval

    def from_webhook(self, courier: str, delivery: Delivery, heard: Heard, trace_id: str, voice: str) -> None:
        """Record what a courier's call said, in one commit with the call itself; it may never call again.

        To a voice, parcels that it may not speak of are as unknown as those that do not exist.
        """
        for _ in range(TRIES - 1):
            with suppress(Busy):
                return self._from_webhook(courier, delivery, heard, trace_id, voice)
        return self._from_webhook(courier, delivery, heard, trace_id, voice)

    def _from_webhook(self, courier: str, delivery: Delivery, heard: Heard, trace_id: str, voice: str) -> None:
        with self._store.begin() as unit:
            arrival = tracking.keep_delivery(unit, courier, delivery, heard, trace_id, voice)
            if arrival is Arrival.REPEATED:
                return
            if arrival is Arrival.NEW:
                self.record(unit, courier, heard.events, Source.WEBHOOK, trace_id, voice=voice)
            due = looks.make_due(unit, courier, heard.look_again, trace_id, partial(self._may_speak, courier, voice))
            for shipment_id in due.shipments:
                lanes.settle_at(unit, shipment_id, unit.now)
            if arrival is Arrival.NEW:
                hints = [_hint(name, unit.now) for name in due.unknown]
                self.record(unit, courier, hints, Source.WEBHOOK, trace_id, voice=voice)
        if heard.unreadable:
            log.warning("delivery partly unreadable", courier=courier, parts=len(heard.unreadable))

    def from_poll(self, courier: str, asked: Taken, events: Sequence[TrackingEvent], trace_id: str) -> None:
        """Record what a courier answered about some parcels; when to ask again counts from now, news or not.

        A parcel that it called about while it answered stays due: the answer may be older than the call.
        """
        with self._store.begin() as unit:
            due_since = looks.made_due_since(unit, asked)
            self.record(unit, courier, events, Source.POLL, trace_id)
            answered = {booked.reference for booked in asked.parcels} - {reference for reference, _ in due_since}
            self._look_again_later(unit, courier, sorted(answered))
            looks.stay_due(unit, due_since)

    def catch_up(self, unit: Unit, courier: str, booked: Sequence[Booked], trace_id: str) -> None:
        """Let news that came before our own commit take its effect."""
        early = tracking.unmatched(
            unit, courier, booked, lambda parcel: self._voices(courier, parcel.shipper_id, unit.now)
        )
        parcels = tracking.named(unit, courier, _names(early))
        self._read(unit, courier, parcels, early, trace_id, {})
        if any(event.code == HINT for event in early):
            looks.look_again(unit, [(parcel.reference, unit.now) for parcel in parcels])

    def record(
        self,
        unit: Unit,
        courier: str,
        events: Sequence[TrackingEvent],
        source: Source,
        trace_id: str,
        arrivals: Mapping[str, Window] | None = None,
        *,
        voice: str = OURS,
    ) -> None:
        """Record events; a repeated one is no news. `arrivals`, by reference, are passed on with them."""
        named = tracking.named(unit, courier, _names(events))
        parcels = [
            each for each in named if self._may_speak(courier, voice, each.shipper_id, each.booked_at or unit.now)
        ]
        paired = _pair(events, parcels)
        new = tracking.add_events(unit, courier, paired, source, trace_id, voice)
        if source is Source.WEBHOOK and any(parcel.is_erased for parcel in named):
            tracking.forget_delivery(unit, trace_id)
        # What stands in one answer twice is one event, too.
        by_key = {tracking.event_key(event, parcel): event for event, parcel in paired}
        fresh = [event for key, event in by_key.items() if key in new]
        _report_unknown(courier, paired, fresh)
        self._read(unit, courier, parcels, fresh, trace_id, arrivals or {})

    def _read(
        self,
        unit: Unit,
        courier: str,
        parcels: Sequence[Tracked],
        fresh: Sequence[TrackingEvent],
        trace_id: str,
        arrivals: Mapping[str, Window],
    ) -> None:
        journeys = {parcel.reference: _Journey(parcel) for parcel in parcels}
        for event, parcel in sorted(_pair(fresh, parcels), key=lambda pair: pair[0].at):
            if parcel is not None:
                journeys[parcel.reference].hear(event, unit.now)
        tracking.move(unit, [self._move(unit, courier, journey.parcel) for journey in journeys.values()])
        before_and_after = [*parcels, *(each.parcel for each in journeys.values())]
        self._note_answered(unit, journeys.values(), parcels)
        if over := [parcel.shipment_id for parcel in before_and_after if _is_over(parcel)]:
            endings.close_if_over(unit, over, FINAL)
        lanes.enqueue(unit, list(self._drafts(unit, journeys.values(), trace_id, arrivals)))

    def _may_speak(self, courier: str, voice: str, shipper_id: str, booked_at: datetime) -> bool:
        return voice == OURS or voice in self._voices(courier, shipper_id, booked_at)

    def _voices(self, courier: str, shipper_id: str, booked_at: datetime) -> Collection[str]:
        webhook = self._couriers[courier].webhook
        return webhook.voices(shipper_id, booked_at) if webhook else ()

    def _note_answered(self, unit: Unit, journeys: Iterable[_Journey], before: Sequence[Tracked]) -> None:
        """Whoever had to find out what became of a wish to cancel need not any more, once news has told."""
        cancelling = {parcel.reference for parcel in before if parcel.booking is BookingState.CANCELLING}
        answered = [each.parcel for each in journeys if each.parcel.booking is not BookingState.CANCELLING]
        for shipment_id in {parcel.shipment_id for parcel in answered if parcel.reference in cancelling}:
            if not parcels.has_open_cancellation(unit, shipment_id):
                shipments.note_going_on(unit, shipment_id, StuckOver.CANCELLATION, StuckOver.SETTLING)

    def _move(self, unit: Unit, courier: str, parcel: Tracked) -> Move:
        patience = self._couriers[courier].patience(
            parcel.status,
            is_cancelling=parcel.booking is BookingState.CANCELLING,
            age=unit.now - (parcel.booked_at or unit.now),
            interval=self._poll_interval * AHEAD,
        )
        look_at = None if _is_over(parcel) else unit.now + patience
        return Move(parcel.reference, parcel.booking, parcel.status, parcel.status_at, look_at)

    def _look_again_later(self, unit: Unit, courier: str, references: Sequence[str]) -> None:
        asked = [self._move(unit, courier, parcel) for parcel in tracking.named(unit, courier, references)]
        looks.look_again(unit, [(move.reference, move.look_at) for move in asked])

    def _drafts(
        self, unit: Unit, journeys: Iterable[_Journey], trace_id: str, arrivals: Mapping[str, Window]
    ) -> Iterable[Draft]:
        for journey in journeys:
            parcel = journey.parcel
            for event in journey.told:
                body = self._wire.status(_update(parcel, event, arrivals.get(parcel.reference)))
                yield Draft(parcel.reference, self._site_id(unit, parcel), trace_id, body)

    def _site_id(self, unit: Unit, parcel: Tracked) -> str:
        merchant = self._directory.merchant(parcel.shipper_id)
        return (merchant or shipments.get(unit, parcel.shipment_id).route.merchant).site_id


def _hint(name: str, now: datetime) -> TrackingEvent:
    """A call that gave reason to look at a parcel we do not know yet: kept until we do."""
    return TrackingEvent(name, "", HINT, "the courier called about it", None, now, is_for_timeline_only=True)


def _names(events: Sequence[TrackingEvent]) -> list[str]:
    return [name for event in events for name in (event.number, event.reference) if name]


def _pair(events: Sequence[TrackingEvent], parcels: Sequence[Tracked]) -> list[tuple[TrackingEvent, Tracked | None]]:
    by_number = {parcel.number: parcel for parcel in parcels}
    by_reference = {parcel.reference: parcel for parcel in parcels}
    # A number that is not our parcel's is another parcel, whatever it is called besides: a double, perhaps.
    return [
        (event, by_number.get(event.number) if event.number else by_reference.get(event.reference)) for event in events
    ]


def _is_over(parcel: Tracked) -> bool:
    return parcel.booking is BookingState.CANCELLED or parcel.status in FINAL


def _update(parcel: Tracked, event: TrackingEvent, arrival: Window | None) -> StatusUpdate:
    return StatusUpdate(
        barcode=parcel.barcode,
        shipping_method=parcel.shipping_method,
        shipper_id=parcel.shipper_id,
        event_status=event.status or event.text or event.code,
        event_at=event.at,
        estimated_arrival=arrival,
    )


def _report_unknown(
    courier: str,
    paired: Sequence[tuple[TrackingEvent, Tracked | None]],
    fresh: Sequence[TrackingEvent],
) -> None:
    for event in fresh:
        if event.status is None and not event.is_for_timeline_only:
            log.warning("status not in any table", courier=courier, code=words.code_key(event.code))
    strangers = sum(parcel is None for _, parcel in paired)
    if strangers:
        log.warning("news of unknown parcels", courier=courier, parcels=strangers)
