"""A parcel is not to be: intend it, ask its courier, record what they say - and say the same to whoever repeats it."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from carrier_backend.domain.errors import Busy, Conflict, CounterpartError, Declined, Unknown
from carrier_backend.domain.lifecycle import BookingState, Setback, Status, StuckOver
from carrier_backend.domain.parcels import Cancellation, Outcome, Parcel
from carrier_backend.domain.shipments import Shipment, refuse_to_cancel
from carrier_backend.domain.tracking import Source, TrackingEvent
from carrier_backend.ports import Bounds, Bulkhead, Clock, Courier
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.storage import exchanges, lanes, leases, parcels, setbacks, shipments
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store, Unit

NOT_FOUND = "package was not found"
LOOK_EVERY_SECONDS = 0.1


class Cancel:
    """Cancel one parcel, never saying so before it is certain."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        record_tracking: RecordTracking,
        clock: Clock,
        bounds: Bounds,
        bulkhead: Bulkhead,
        budget_seconds: float,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._record_tracking = record_tracking
        self._clock = clock
        self._bounds = bounds
        self._bulkhead = bulkhead
        self._budget_seconds = budget_seconds

    def __call__(self, *, client_id: str | None, barcode: str, trace_id: str) -> None:
        """Return once the parcel is certainly cancelled.

        Raises Unknown, Conflict where it is too late or people have to decide, Busy, Unreachable or Unsure. Without
        a client id, any client's parcel is meant, and our reference will do.
        """
        with self._store.read() as unit:
            found = parcels.find_parcel(unit, barcode, client_id)
            if found is None:
                raise Unknown(NOT_FOUND)
            if shipments.is_erased(unit, found[0]):
                raise Conflict("the package can no longer be cancelled: its journey is long over")
            courier = shipments.get(unit, found[0]).courier
        with self._bounds(seconds=self._budget_seconds, trace_id=trace_id), self._bulkhead(courier):
            self._under_lease(*found)

    def resume(self, shipment: Shipment, owner: str) -> None:
        """Finish, under the caller's lease, the cancellations that were begun and never answered."""
        for parcel in shipment.parcels:
            if parcel.booking is BookingState.CANCELLING and parcel.cancellation is None:
                self._resume(shipment, parcel, owner)

    def _resume(self, shipment: Shipment, parcel: Parcel, owner: str) -> None:
        try:
            refuse_to_cancel(parcel, self._couriers[shipment.courier].stoppable_in)
        except Conflict:  # it has gone on its way meanwhile, and whoever asked has been told so
            self.keep_booked(shipment.id, [parcel.reference])
        else:
            self._ask(shipment, parcel, owner)

    def intend(self, shipment_id: str, references: Iterable[str]) -> None:
        """Note that parcels are to be cancelled, before their courier is asked: whoever dies then is resumed."""
        with self._store.begin() as unit:
            _intend(unit, shipment_id, references)

    def keep_booked(self, shipment_id: str, references: Iterable[str]) -> None:
        """Note that parcels cannot be cancelled after all."""
        with self._store.begin() as unit:
            for reference in references:
                parcels.keep_booked(unit, reference)
            _rest_if_settled(unit, shipment_id)

    def _under_lease(self, shipment_id: str, reference: str) -> None:
        owner = secrets.token_hex(8)
        self._take(shipment_id, owner)
        try:
            self._cancel(shipment_id, reference, owner)
        finally:
            with self._store.begin() as unit:
                leases.release(unit, shipment_id, owner)

    def _take(self, shipment_id: str, owner: str) -> None:
        ends_at = self._clock.monotonic() + self._budget_seconds
        while self._clock.monotonic() < ends_at:
            with self._store.begin() as unit:
                if leases.take(unit, shipment_id, owner, LEASE):
                    exchanges.note_trace(unit, shipment_id, self._bounds.trace_id)
                    return
            self._clock.sleep(LOOK_EVERY_SECONDS)
        raise Busy("the package is still being worked on")

    def _cancel(self, shipment_id: str, reference: str, owner: str) -> None:
        with self._store.begin() as unit:
            shipment = shipments.get(unit, shipment_id)
            parcel = shipment.parcel(reference)
            if parcel.booking is BookingState.CANCELLED:
                return
            if parcel.booking is BookingState.CANCELLING and parcel.cancellation:
                raise _undecided(parcel.cancellation)
            refuse_to_cancel(parcel, self._couriers[shipment.courier].stoppable_in)
            _intend(unit, shipment_id, [reference])
        cancellation = self._ask(shipment, parcel, owner)
        if cancellation.outcome is not Outcome.DONE:
            raise _undecided(cancellation)

    def _ask(self, shipment: Shipment, parcel: Parcel, owner: str) -> Cancellation:
        if parcel.booked is None:
            raise Unknown(NOT_FOUND)
        journal = StoredJournal(self._store, shipment.id, owner)
        try:
            cancellation = self._couriers[shipment.courier].cancel(parcel.booked, journal)
        except Declined as no:
            self.keep_booked(shipment.id, [parcel.reference])
            raise Conflict(*(f"the package cannot be cancelled: {reason}" for reason in no.reasons)) from no
        except CounterpartError as error:
            with self._store.begin() as unit:
                setbacks.note(unit, shipment.id, Setback.NOT_CANCELLED, str(error))
            raise
        self._record(shipment, parcel, cancellation)
        return cancellation

    def _record(self, shipment: Shipment, parcel: Parcel, cancellation: Cancellation) -> None:
        with self._store.begin() as unit:
            self.record(unit, shipment, parcel, cancellation)

    def record(self, unit: Unit, shipment: Shipment, parcel: Parcel, cancellation: Cancellation) -> None:
        """Keep what came of the wish to cancel a parcel; Ingrid is told where it is certain."""
        parcels.record_cancellation(unit, parcel.reference, cancellation)
        if cancellation.outcome is Outcome.DONE:
            cancelled = _cancelled(parcel, at=max(unit.now, parcel.status_at or unit.now))
            trace_id = self._bounds.trace_id
            self._record_tracking.record(unit, shipment.courier, [cancelled], Source.OURSELVES, trace_id)
        if cancellation.outcome is Outcome.UNABLE:
            shipments.note_stuck(unit, shipment.id, StuckOver.CANCELLATION, cancellation.note)
        _rest_if_settled(unit, shipment.id)


def _intend(unit: Unit, shipment_id: str, references: Iterable[str]) -> None:
    for reference in references:
        parcels.intend_to_cancel(unit, reference)
    lanes.settle_at(unit, shipment_id, unit.now + LEASE)


def _rest_if_settled(unit: Unit, shipment_id: str) -> None:
    """Nothing more is to be settled but a later step, unless another parcel's cancellation waits for its answer."""
    if not parcels.await_cancellation(unit, shipment_id):
        lanes.settle_at(unit, shipment_id, parcels.resumes_at(unit, shipment_id))
    if not parcels.has_open_cancellation(unit, shipment_id):
        shipments.note_going_on(unit, shipment_id, StuckOver.CANCELLATION, StuckOver.SETTLING)


def _undecided(cancellation: Cancellation) -> Conflict:
    return Conflict(f"the package cannot be cancelled automatically: {cancellation.note}")


def _cancelled(parcel: Parcel, at: datetime) -> TrackingEvent:
    return TrackingEvent(
        number=parcel.booked.number if parcel.booked else "",
        reference=parcel.reference,
        code=Status.CANCELLED,
        text="cancelled on request",
        status=Status.CANCELLED,
        at=at,
    )
