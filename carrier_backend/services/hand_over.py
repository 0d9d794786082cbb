"""The middle and the end of a booking: hand the shipment over to its courier, and record what came of it.

Serves the first try, the caller's repeat and `reconcile` alike; whoever calls holds the lease on the shipment.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from carrier_backend.domain.errors import (
    Busy,
    CounterpartError,
    Declined,
    LockedOut,
    NotServed,
    Unreachable,
    Unsure,
    Withdrawn,
)
from carrier_backend.domain.lifecycle import BookingState, Setback, Status, StuckOver
from carrier_backend.domain.parcels import Booked, Cancellation, Label, LabelFormat, Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Source, TrackingEvent
from carrier_backend.ports import Bounds, Bulkhead, Clock, Courier, Wire
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.storage import endings, lanes, leases, parcels, setbacks, shipments
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store, Unit

log = structlog.get_logger()
LOOK_AGAIN_AFTER = timedelta(seconds=5)
LABEL_PAUSES_SECONDS = (0.3, 0.7, 1.5, 2.5, 2.5, 2.5, 2.5)
NOBODY_REFUSED = "nobody refused it: it is given up"
STILL_THERE = "an earlier try of this booking is at the courier still, and people are asked to take it back"
LABEL_SECONDS = 3
"""What asking for a label may take: where less is left, it is not waited for."""


class HandOver:
    """Bring a shipment that was intended to its courier, or take back what was begun of it."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        wire: Wire,
        record_tracking: RecordTracking,
        clock: Clock,
        bounds: Bounds,
        bulkhead: Bulkhead,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._wire = wire
        self._record_tracking = record_tracking
        self._clock = clock
        self._bounds = bounds
        self._bulkhead = bulkhead

    def __call__(self, shipment_id: str, owner: str, *, only_looks: bool = False) -> bytes:
        """The very bytes of the answer, once every parcel is booked and has its label.

        Raises Declined or NotServed after taking back what was begun; Unreachable, Unsure or Busy with everything
        left as it is for the next try; with `only_looks`, Untimely where something new would have to be begun.
        """
        with self._store.read() as unit:
            shipment = shipments.get(unit, shipment_id)
        with self._bulkhead(shipment.courier):  # all the while, for pauses between calls hold a thread as well
            return self._bring(shipment, owner, only_looks=only_looks)

    def _bring(self, shipment: Shipment, owner: str, *, only_looks: bool) -> bytes:
        if shipment.state is BookingState.UNDOING:
            raise self.refuse(shipment, owner)
        courier = self._couriers[shipment.courier]
        journal = StoredJournal(self._store, shipment.id, owner, only_looks=only_looks)
        try:
            booked = courier.book(shipment, journal)
        except (Declined, NotServed) as no:
            undone = self.refuse(self.begin_undoing(shipment, owner, _reasons(no)), owner)
            if isinstance(no, Withdrawn):
                raise undone from no
            raise
        except Unsure as error:
            self._note_unsure(shipment, owner, error)
            raise
        except Unreachable as error:
            _report(shipment, error)
            self._note(shipment, Setback.NOT_BOOKED, error)
            raise
        labels = self._labels(shipment, owner, courier, booked)
        try:
            return self._record(shipment, owner, booked, labels)
        except shipments.Clash:  # two were recorded at this very moment; the next try sees which
            clash = Unsure(courier.name, "booking", "its number or label belongs to another parcel")
            self._note(shipment, Setback.UNSURE, clash)
            raise clash from None
        except Unsure as error:
            self._note(shipment, Setback.UNSURE, error)
            raise

    def resume(self, shipment_id: str, owner: str) -> None:
        """Let the courier go on with a booked shipment, where a later step of its is due.

        Raises Unreachable, Unsure or Busy with everything left as it is for the next try. What was called off meanwhile
        is told by its state: that was committed under the lease which is now ours.
        """
        with self._store.read() as unit:
            shipment, resumes_at = shipments.get(unit, shipment_id), parcels.resumes_at(unit, shipment_id)
            is_due = resumes_at is not None and resumes_at <= unit.now
        if is_due:
            self._go_on(shipment, owner)
        with self._store.begin() as unit:
            resumes_at = parcels.resumes_at(unit, shipment_id)
            if not parcels.await_cancellation(unit, shipment_id):
                # A courier that goes by a clock behind the database's is asked again shortly, and not at once.
                lanes.settle_at(unit, shipment_id, resumes_at and max(resumes_at, unit.now + LOOK_AGAIN_AFTER))

    def _go_on(self, shipment: Shipment, owner: str) -> None:
        courier, stuck = self._couriers[shipment.courier], ""
        try:
            booked = courier.book(shipment, StoredJournal(self._store, shipment.id, owner))
        except (Declined, NotServed) as no:  # Ingrid has been told that it is booked: people have to see to it
            booked = [
                replace(parcel.booked, resume_at=None)
                for parcel in shipment.parcels
                if parcel.booked and parcel.booking is BookingState.BOOKED
            ]
            stuck = f"its later step was refused: {'; '.join(_reasons(no))}"
            log.error("booked and not carried out", shipment=shipment.id, courier=courier.name)
        except CounterpartError as error:
            self._note(shipment, Setback.NOT_CARRIED_ON, error)
            raise
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            shipments.record_resumed(unit, booked)
            if stuck:
                shipments.note_stuck(unit, shipment.id, StuckOver.LATER_STEP, stuck)
            else:
                shipments.note_going_on(unit, shipment.id, StuckOver.LATER_STEP)

    def refuse(self, shipment: Shipment, owner: str) -> Declined | Busy:
        """Take back what was begun of a shipment its courier refused; the refusal, to be raised again.

        Where nobody refused it, it was only given up, and may be booked anew once it is gone for certain. Raises
        CounterpartError where it cannot be taken back yet; the shipment is then still being undone.
        """
        with self._store.read() as unit:
            reasons = shipments.refusal(unit, shipment.id)
        undone = self.undo(shipment, owner, BookingState.REFUSED if reasons else BookingState.ABANDONED, ask=True)
        if not reasons and undone.outcome is Outcome.DONE:
            return Busy("an earlier try of this booking was just given up")
        return Declined(shipment.courier, "booking", *(reasons or (STILL_THERE,)))

    def undo(self, shipment: Shipment, owner: str, end: BookingState, *, ask: bool) -> Cancellation:
        """Take back what was begun; unless the courier is UNABLE, the shipment ends there and its packages are free."""
        journal = StoredJournal(self._store, shipment.id, owner)
        try:
            taken_back = self._couriers[shipment.courier].undo(shipment, journal, ask=ask)
        except Declined as no:  # not even asking is possible there: people have to, in another way
            taken_back = Cancellation(Outcome.ASKED if ask else Outcome.UNABLE, str(no))
        except CounterpartError as error:
            self._note(shipment, Setback.NOT_TAKEN_BACK, error)
            raise
        if taken_back.outcome is not Outcome.UNABLE:
            self.end(shipment, owner, end, taken_back)
        return taken_back

    def end(self, shipment: Shipment, owner: str, end: BookingState, taken_back: Cancellation) -> None:
        """Let a shipment come to nothing; where people have something to do about it yet, they see it."""
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            shipments.record_state(unit, shipment.become(BookingState.UNDOING).become(end))
            setbacks.note(unit, shipment.id, Setback(end), _why_ended(unit, shipment, taken_back))
            endings.close(unit, shipment.id)
            if taken_back.outcome is Outcome.ASKED:
                shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, taken_back.note)
            lanes.settle_at(unit, shipment.id, None)
        log.info("booking undone", shipment=shipment.id, end=end, outcome=taken_back.outcome)

    def _labels(self, shipment: Shipment, owner: str, courier: Courier, booked: Sequence[Booked]) -> list[Label]:
        """Every parcel's label; those that came before one failed are kept, so that the next try goes on from there."""
        with self._store.read() as unit:
            kept = parcels.labels(unit, shipment.id)
        fetched: dict[str, Label] = {}
        try:
            for parcel in booked:
                if parcel.reference not in kept:
                    fetched[parcel.reference] = self._label(courier, parcel, shipment.label)
        except Unreachable as error:
            _report(shipment, error)
            with self._store.begin() as unit:
                self.hold_lease(unit, shipment.id, owner)
                parcels.keep_labels(unit, fetched)
                setbacks.note(unit, shipment.id, Setback.NO_LABEL, str(error))
            raise
        labels = kept | fetched
        self._refuse_shared(shipment, owner, list(labels.values()))
        return [labels[parcel.reference] for parcel in booked]

    def _label(self, courier: Courier, booked: Booked, wanted: LabelFormat) -> Label:
        """The label, waited for as long as there is time: it may come later than the parcel; raises Unreachable."""
        pauses = iter(LABEL_PAUSES_SECONDS)
        while True:
            try:
                return _ask_for_label(courier, booked, wanted)
            except Unreachable as missing:
                pause = next(pauses, math.inf)
                is_to_come = not isinstance(missing, LockedOut) and not missing.retry_after_seconds
                if not is_to_come or pause > self._time_to_wait():
                    raise
            self._clock.sleep(pause)

    def _time_to_wait(self) -> float:
        left = self._bounds.time_left()
        return sum(LABEL_PAUSES_SECONDS) if left is None else left - LABEL_SECONDS

    def _refuse_shared(self, shipment: Shipment, owner: str, labels: Sequence[Label]) -> None:
        """Two boxes with one label would both go to one address: all are to be fetched anew."""
        digests = [label.digest for label in labels]
        with self._store.read() as unit:
            in_use = parcels.labels_in_use(unit, digests)
        if len(set(digests)) == len(digests) and not in_use:
            return
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            parcels.forget_labels(unit, shipment.id)
            shared = Unreachable(shipment.courier, "label", "the label belongs to another parcel")
            setbacks.note(unit, shipment.id, Setback.NO_LABEL, str(shared))
        raise shared

    def begin_undoing(self, shipment: Shipment, owner: str, reasons: Sequence[str] = ()) -> Shipment:
        """Have it taken back, whatever becomes of this process; without reasons nobody refused it: it is given up."""
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            shipments.record_state(unit, shipment.become(BookingState.UNDOING))
            shipments.keep_refusal(unit, shipment.id, reasons)
            setbacks.note(unit, shipment.id, Setback.UNDOING, "; ".join(reasons) or NOBODY_REFUSED)
            lanes.settle_at(unit, shipment.id, unit.now + LOOK_AGAIN_AFTER)
        return shipment.become(BookingState.UNDOING)

    def _note_unsure(self, shipment: Shipment, owner: str, error: Unsure) -> None:
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            shipments.record_state(unit, shipment.become(BookingState.UNSURE))
            setbacks.note(unit, shipment.id, Setback.UNSURE, str(error))
            lanes.settle_at(unit, shipment.id, unit.now + LOOK_AGAIN_AFTER)

    def _note(self, shipment: Shipment, kind: Setback, error: CounterpartError) -> None:
        with self._store.begin() as unit:
            setbacks.note(unit, shipment.id, kind, str(error))

    def _record(self, shipment: Shipment, owner: str, booked: Sequence[Booked], labels: Sequence[Label]) -> bytes:
        with self._store.begin() as unit:
            self.hold_lease(unit, shipment.id, owner)
            shipment = _with_own_barcodes(unit, shipment.with_booked(booked, labels))
            answer = self._wire.booking(shipment)
            shipments.record_booked(unit, shipment, answer)
            self._tell_submitted(unit, shipment)
            lanes.settle_at(unit, shipment.id, parcels.resumes_at(unit, shipment.id))
            leases.release(unit, shipment.id, owner)
        log.info("booked", shipment=shipment.id, courier=shipment.courier, parcels=len(booked))
        return answer

    def _tell_submitted(self, unit: Unit, shipment: Shipment) -> None:
        journey = shipment.journey
        booked = [parcel.booked for parcel in shipment.parcels if parcel.booked]
        submitted = [
            TrackingEvent(
                number=parcel.number,
                reference=parcel.reference,
                code=Status.SUBMITTED,
                text="booked",
                status=Status.SUBMITTED,
                at=shipment.created_at,
            )
            for parcel in booked
        ]
        arrivals = dict.fromkeys(shipment.references, journey.delivery) if journey.delivery else {}
        self._record_tracking.record(unit, shipment.courier, submitted, Source.OURSELVES, journey.trace_id, arrivals)
        self._record_tracking.catch_up(unit, shipment.courier, booked, journey.trace_id)

    def hold_lease(self, unit: Unit, shipment_id: str, owner: str) -> None:
        """Keep the shipment in hand until the transaction ends; raises Busy where somebody else has it by now."""
        if not leases.renew(unit, shipment_id, owner, LEASE):
            raise Busy("somebody else has taken this shipment over")


def _reasons(no: Declined | NotServed) -> tuple[str, ...]:
    """None where nobody refused, and what was begun has only to be taken back; otherwise at least one."""
    if isinstance(no, Withdrawn):
        return ()
    return _given(no) or ("no reason was given",)


def _given(no: Declined | NotServed) -> tuple[str, ...]:
    return no.reasons if isinstance(no, Declined) else tuple(map(str, no.faults))


def _why_ended(unit: Unit, shipment: Shipment, taken_back: Cancellation) -> str:
    why = "; ".join(shipments.refusal(unit, shipment.id)) or NOBODY_REFUSED
    return f"{why}; {taken_back.note}" if taken_back.note else why


def _ask_for_label(courier: Courier, booked: Booked, wanted: LabelFormat) -> Label:
    try:
        label = courier.label(booked, wanted)
    except Declined as no:  # a parcel that exists is not refused for want of its paper
        raise Unreachable(courier.name, "label", *no.reasons) from no
    if label.fault:
        raise Unreachable(courier.name, "label", label.fault)
    return label


def _report(shipment: Shipment, error: Unreachable) -> None:
    """Callers are only told to come again: what is ours to mend, operators have to read somewhere."""
    level = logging.ERROR if isinstance(error, LockedOut) else logging.WARNING
    facts = {"courier": shipment.courier, "operation": error.operation, "reason": "; ".join(error.reasons)}
    log.log(level, "not handed over", shipment=shipment.id, **facts)


def _with_own_barcodes(unit: Unit, shipment: Shipment) -> Shipment:
    """Barcodes are unique across couriers: of two that collide, the later is prefixed with its courier."""
    taken = parcels.holders(unit, [parcel.barcode or "" for parcel in shipment.parcels])
    if shipment.courier in taken.values():
        raise Unsure(shipment.courier, "booking", "the courier gave a number that another parcel has")
    named = tuple(
        replace(parcel, barcode=f"{shipment.courier}-{parcel.barcode}") if parcel.barcode in taken else parcel
        for parcel in shipment.parcels
    )
    return replace(shipment, parcels=named)
