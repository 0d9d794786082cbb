"""Settles what was left unsure: the one resumer of bookings, undoings and cancellations that stopped half-way."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from carrier_backend.domain.errors import Busy, CounterpartError, Refusal
from carrier_backend.domain.lifecycle import BookingState, StuckOver
from carrier_backend.domain.parcels import Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Bounds, Untimely
from carrier_backend.services.cancel import Cancel
from carrier_backend.services.hand_over import HandOver
from carrier_backend.storage import lanes, leases, shipments
from carrier_backend.storage.lanes import Kind, Lane
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store, Unit

log = structlog.get_logger()
WORK_SECONDS = 60
BACKOFF_SECONDS: Sequence[float] = (5, 10, 30, 60, 120, 300, 600)
STUCK_AFTER_ATTEMPTS = 12
COME_TO_NOTHING = frozenset({BookingState.REFUSED, BookingState.ABANDONED})
SET_ASIDE_AFTER_DEATHS = 5
SET_ASIDE_FOR = timedelta(hours=1)
"""What ends the process each time is not given up: one day a process comes that survives it."""
ENDS_UNFORESEEN = "every try to settle it ends as nobody foresaw; it is tried once an hour"


class Reconcile:
    """Take up one shipment whose settling is due."""

    def __init__(
        self,
        store: Store,
        hand_over: HandOver,
        cancel: Cancel,
        bounds: Bounds,
        unclaimed_after: timedelta,
    ) -> None:
        self._store = store
        self._hand_over = hand_over
        self._cancel = cancel
        self._bounds = bounds
        self._unclaimed_after = unclaimed_after

    def run_once(self) -> int:
        """Settle what is longest due; how many shipments that was."""
        owner = secrets.token_hex(8)
        with self._store.begin() as unit:
            claimed = lanes.claim(unit, Kind.SETTLE, owner, 1, LEASE)
        for lane in claimed:
            self._settle(lane, owner)
        return len(claimed)

    def _settle(self, lane: Lane, owner: str) -> None:
        shipment_id = lanes.shipment_of(lane)
        with self._store.begin() as unit:
            if not leases.take(unit, shipment_id, owner, LEASE):
                # Not to the second: two that one death left behind are not to meet the next one together.
                lanes.retry(unit, lane.key, lane.attempts, unit.now + timedelta(seconds=5 + secrets.randbelow(11)))
                return
            if shipments.is_erased(unit, shipment_id):
                lanes.settle_at(unit, shipment_id, None)
                leases.release(unit, shipment_id, owner)
                return
            deaths = lanes.take_up(unit, lane.key)
            if deaths >= SET_ASIDE_AFTER_DEATHS and deaths % 2:  # tried once between two hours of rest
                self._set_aside(unit, lane, owner)
                return
            if deaths:
                shipments.note_going_on(unit, shipment_id, StuckOver.SETTLING)
            shipment = shipments.get(unit, shipment_id)
            unclaimed_at = shipments.asked_at(unit, shipment_id) + self._unclaimed_after
            is_unclaimed = unclaimed_at <= unit.now
        try:
            self._attempt(lane, shipment, owner, unclaimed_at, is_unclaimed=is_unclaimed)
        finally:
            with self._store.begin() as unit:
                leases.release(unit, shipment_id, owner)

    def _set_aside(self, unit: Unit, lane: Lane, owner: str) -> None:
        shipment_id = lanes.shipment_of(lane)
        shipments.note_stuck(unit, shipment_id, StuckOver.SETTLING, ENDS_UNFORESEEN)
        lanes.retry(unit, lane.key, lane.attempts, unit.now + SET_ASIDE_FOR)
        leases.release(unit, shipment_id, owner)
        log.error("set aside", shipment=shipment_id, trace_id=shipments.trace_id(unit, shipment_id))

    def _attempt(
        self, lane: Lane, shipment: Shipment, owner: str, unclaimed_at: datetime, *, is_unclaimed: bool
    ) -> None:
        try:
            with self._bounds(seconds=WORK_SECONDS, trace_id=shipment.journey.trace_id):
                self.resume(shipment, owner, is_unclaimed=is_unclaimed)
            self._note_settled(lane, shipment)
        except Untimely:  # nothing is left to look at until its caller comes back, or is given up
            with self._store.begin() as unit:
                lanes.settle_at(unit, shipment.id, unclaimed_at)
        except (CounterpartError, Busy, Refusal) as error:
            self._try_later(lane, shipment, error)
        with self._store.begin() as unit:
            lanes.give_back(unit, lane.key)

    def resume(self, shipment: Shipment, owner: str, *, is_unclaimed: bool = False) -> None:
        """Go on with a shipment, under the caller's lease, as far as is possible without anybody's wish.

        Raises Untimely where nothing is left to look at until whoever ordered it comes back, and whatever the courier
        says.
        """
        match shipment.state:
            case BookingState.INTENDED | BookingState.UNSURE if is_unclaimed:
                self._settle_unclaimed(shipment, owner)
            case BookingState.INTENDED | BookingState.UNSURE:
                self._hand_over(shipment.id, owner, only_looks=True)
                self._note_unclaimed(shipment)
            case BookingState.UNDOING:
                self._hand_over.refuse(shipment, owner)
            case BookingState.BOOKED:
                try:
                    self._cancel.resume(shipment, owner)
                finally:  # a parcel that cannot be called off yet holds up none of the others
                    self._hand_over.resume(shipment.id, owner)
            case _:
                self._rest(shipment)

    def _note_settled(self, lane: Lane, shipment: Shipment) -> None:
        """Earlier failures count no longer, and nobody has to look at them."""
        with self._store.begin() as unit:
            lanes.forget_attempts(unit, lane.key)
            shipments.note_going_on(unit, shipment.id, StuckOver.SETTLING)

    def _rest(self, shipment: Shipment) -> None:
        with self._store.begin() as unit:
            lanes.settle_at(unit, shipment.id, None)

    def _settle_unclaimed(self, shipment: Shipment, owner: str) -> None:
        """Undo what nobody came back for where that is certain, else complete it and show it as unclaimed."""
        if self._hand_over.undo(shipment, owner, BookingState.ABANDONED, ask=False).outcome is Outcome.UNABLE:
            self._hand_over(shipment.id, owner)
            self._note_unclaimed(shipment)

    def _note_unclaimed(self, shipment: Shipment) -> None:
        """A parcel exists, and its caller does not know yet: until they come back, operators see it."""
        with self._store.begin() as unit:
            shipments.note_unclaimed(unit, shipment.id)
        log.warning("booking unclaimed", shipment=shipment.id)

    def _try_later(self, lane: Lane, shipment: Shipment, error: Exception) -> None:
        attempts, delay = _next_try(lane.attempts, error)
        with self._store.begin() as unit:
            if shipments.answer(unit, shipment.id)[1] in COME_TO_NOTHING:
                return  # refused or given up while it was settled, and wholly taken back
            lanes.retry(unit, lane.key, attempts, unit.now + delay)
            if attempts >= STUCK_AFTER_ATTEMPTS:
                shipments.note_stuck(unit, shipment.id, StuckOver.SETTLING, str(error))
        told = {"shipment": shipment.id, "trace_id": shipment.journey.trace_id, "attempts": attempts}
        log.warning("not settled yet", error=type(error).__name__, **told)


def _next_try(attempts: int, error: Exception) -> tuple[int, timedelta]:
    """How often it will have failed, and after how long to try again; to wait as long as one is told is no failure."""
    delay = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS) - 1)]
    told = error.retry_after_seconds if isinstance(error, CounterpartError) else None
    if told is not None and told < delay:
        return attempts, timedelta(seconds=max(told, BACKOFF_SECONDS[0]))
    return attempts + 1, timedelta(seconds=delay)
