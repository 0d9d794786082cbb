"""A person knows what the courier does not tell: their word goes the way of all news, and is never quietly dropped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from carrier_backend.domain.errors import Conflict, Fault, Malformed
from carrier_backend.domain.lifecycle import Status, is_current, moves
from carrier_backend.domain.tracking import Source, TrackingEvent
from carrier_backend.services.intervene import Wish
from carrier_backend.services.oversee import find_by_name
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.storage import exchanges, oversight, shipments, tracking
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tracking import Tracked

CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Happening:
    """What an operator says has happened to a parcel, and when."""

    status: Status
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a parcel was before an event, and where it is since; `is_repeat`: it had been recorded already."""

    before: Status | None
    after: Status | None
    is_repeat: bool


class RecordByHand:
    """Record an event that an operator vouches for."""

    def __init__(self, store: Store, record_tracking: RecordTracking) -> None:
        self._store = store
        self._record_tracking = record_tracking

    def __call__(self, wish: Wish, happening: Happening) -> Moved:
        """Move the parcel and tell Ingrid, once.

        Raises Unknown; Malformed for a moment that cannot be; Conflict, naming its status, where the parcel has not
        been booked, or would not be moved by it.
        """
        with self._store.begin() as unit:
            shipment_id, reference = find_by_name(unit, wish.name)
            shipment = shipments.get(unit, shipment_id)
            _refuse_impossible(happening, shipment.created_at, unit.now)
            parcel = _booked(unit, shipment.courier, reference)
            event = _event(parcel, happening)
            if tracking.is_known(unit, shipment.courier, event, parcel):
                return Moved(parcel.status, parcel.status, is_repeat=True)
            _refuse_idle(parcel, happening, unit.now)
            oversight.note_act(
                unit, wish.by.operator, wish.act, reference, wish.by.reason, {"status": happening.status}
            )
            exchanges.note_trace(unit, shipment_id, wish.trace_id)
            self._record_tracking.record(unit, shipment.courier, [event], Source.OPERATOR, wish.trace_id)
        return Moved(parcel.status, happening.status, is_repeat=False)


def _refuse_impossible(happening: Happening, ordered_at: datetime, now: datetime) -> None:
    if happening.at > now + CLOCKS_APART:
        raise Malformed(Fault("lies in the future", "at"))
    if happening.at < ordered_at:
        raise Malformed(Fault("is earlier than the booking", "at"))


def _booked(unit: Unit, courier: str, reference: str) -> Tracked:
    booked = tracking.named(unit, courier, [reference])
    if not booked:
        raise Conflict("the package is not booked yet: nothing can have happened to it")
    return booked[0]


def _event(parcel: Tracked, happening: Happening) -> TrackingEvent:
    """The code is ours: what a courier tells of the same moment is another event."""
    return TrackingEvent(
        number=parcel.number,
        reference=parcel.reference,
        code=f"by hand: {happening.status}",
        text=happening.text,
        status=happening.status,
        at=happening.at,
    )


def _refuse_idle(parcel: Tracked, happening: Happening, now: datetime) -> None:
    """News that changes nothing is kept in silence; a person has to hear that their word would be such."""
    if not moves(parcel.status, happening.status):
        raise Conflict(f"the package is {parcel.status}: from there it cannot become {happening.status}")
    if not is_current(parcel.status, parcel.status_at, happening.at, now):
        since = parcel.status_at.isoformat().replace("+00:00", "Z") if parcel.status_at else "later"
        raise Conflict(f"the package is {parcel.status} since {since}: an event before that changes nothing")
