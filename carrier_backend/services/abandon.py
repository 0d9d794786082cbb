"""A person gives an order up: what was begun is taken back, and what cannot be is written down, never forgotten."""

from collections.abc import Mapping
from functools import partial

from carrier_backend.domain.errors import Conflict, CounterpartError, Declined
from carrier_backend.domain.lifecycle import BookingState, StuckOver
from carrier_backend.domain.parcels import Cancellation, Outcome, Parcel
from carrier_backend.domain.shipments import Shipment, refuse_to_cancel
from carrier_backend.ports import Courier
from carrier_backend.services.cancel import Cancel
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.intervene import Hand, Intervene, Intervention, Wish
from carrier_backend.storage import journals, shipments, spendings
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.store import Store, Unit

DONE = Cancellation(Outcome.DONE)


class Abandon:
    """Give up a whole order, of which no parcel travels yet."""

    def __init__(
        self, store: Store, intervene: Intervene, couriers: Mapping[str, Courier], hand_over: HandOver, cancel: Cancel
    ) -> None:
        self._store = store
        self._intervene = intervene
        self._couriers = couriers
        self._hand_over = hand_over
        self._cancel = cancel

    def __call__(self, wish: Wish, *, is_certain: bool = False, is_refunded: bool = False) -> Intervention:
        """Take everything back and let the packages be booked anew.

        What its courier cannot take back for certain is given up only if the operator `is_certain` that nobody will
        carry it: then people are asked, if the courier has any, and it is shown as stuck what they have to do.
        `is_refunded`: that is done, and the money is back. Raises Conflict, saying why, where it cannot be given up;
        and Unreachable or Unsure while nobody is certain, or nobody can be: what was begun may still come into being.
        """
        facts = {"is_certain": is_certain, "is_refunded": is_refunded}
        do = partial(self._abandon, is_certain=is_certain or is_refunded, is_refunded=is_refunded)
        return self._intervene(wish, do, partial(self._judge, facts))

    def _judge(self, facts: Mapping[str, object], unit: Unit, hand: Hand) -> Mapping[str, object]:
        """Nothing that travels already is given up."""
        if hand.shipment.state is BookingState.BOOKED:
            for parcel in _alive(hand.shipment):
                refuse_to_cancel(parcel, self._couriers[hand.shipment.courier].stoppable_in)
        return facts

    def _abandon(self, hand: Hand, *, is_certain: bool, is_refunded: bool) -> str:
        match hand.shipment.state:
            case BookingState.INTENDED | BookingState.UNSURE | BookingState.UNDOING:
                self._give_up(hand, is_certain=is_certain)
            case BookingState.BOOKED:
                self._call_off(hand, is_certain=is_certain)
        if is_refunded:
            self._note_refund(hand)
        return "it is given up, and the money is back" if is_refunded else "it is given up"

    def _give_up(self, hand: Hand, *, is_certain: bool) -> None:
        shipment = hand.shipment
        if is_certain and shipment.state is not BookingState.UNDOING:
            # People may be asked to stop it: should this process die, nobody must go on and book it.
            shipment = self._hand_over.begin_undoing(shipment, hand.owner)
        try:
            if shipment.state is BookingState.UNDOING:
                self._hand_over.refuse(shipment, hand.owner)
            else:
                _refuse_unless_taken_back(self._hand_over.undo(shipment, hand.owner, BookingState.ABANDONED, ask=False))
        except CounterpartError as error:
            if not is_certain or self._may_still_come(shipment):
                raise
            # Nobody knows at the courier's, and somebody does here.
            self._hand_over.end(shipment, hand.owner, BookingState.ABANDONED, _not_taken_back(error))

    def _may_still_come(self, shipment: Shipment) -> bool:
        """Whether something was begun so lately that nobody can know of it, however certain: it would exist twice."""
        with self._store.read() as unit:
            age = journals.youngest_open(unit, shipment.id)
        return age is not None and age < self._couriers[shipment.courier].quiet_for(shipment)

    def _call_off(self, hand: Hand, *, is_certain: bool) -> None:
        """Its parcels end as cancelled ones, which Ingrid is told: she knows them as booked."""
        alive = _alive(hand.shipment)
        if not alive:
            return
        booked = [parcel.reference for parcel in alive if parcel.booking is BookingState.BOOKED]
        self._cancel.intend(hand.shipment.id, booked)  # should this process die, the worker goes on with it
        taken_back = self._take_back(hand, is_certain=is_certain)
        if taken_back.outcome is Outcome.UNABLE:
            self._cancel.keep_booked(hand.shipment.id, booked)
        _refuse_unless_taken_back(taken_back)
        self._record(hand, alive, taken_back)

    def _take_back(self, hand: Hand, *, is_certain: bool) -> Cancellation:
        shipment, courier = hand.shipment, self._couriers[hand.shipment.courier]
        try:
            return courier.undo(shipment, StoredJournal(self._store, shipment.id, hand.owner), ask=is_certain)
        except Declined as no:
            return _not_taken_back(no) if is_certain else Cancellation(Outcome.UNABLE, str(no))
        except CounterpartError as error:
            if not is_certain:
                raise
            return _not_taken_back(error)

    def _record(self, hand: Hand, alive: list[Parcel], taken_back: Cancellation) -> None:
        shipment = hand.shipment
        with self._store.begin() as unit:
            self._hand_over.hold_lease(unit, shipment.id, hand.owner)
            for parcel in alive:
                self._cancel.record(unit, shipment, parcel, DONE)
            if taken_back.outcome is Outcome.ASKED:
                shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, taken_back.note)

    def _note_refund(self, hand: Hand) -> None:
        with self._store.begin() as unit:
            for reference in hand.shipment.references:
                spendings.take_back(unit, hand.shipment.courier, reference)
            shipments.note_going_on(unit, hand.shipment.id, StuckOver.UNDOING)


def _alive(shipment: Shipment) -> list[Parcel]:
    return [parcel for parcel in shipment.parcels if parcel.booking is not BookingState.CANCELLED]


def _not_taken_back(error: CounterpartError) -> Cancellation:
    return Cancellation(Outcome.ASKED, f"it could not be taken back there, and people have to see to it: {error}")


def _refuse_unless_taken_back(taken_back: Cancellation) -> None:
    if taken_back.outcome is Outcome.UNABLE:
        raise Conflict(f"it cannot be taken back for certain: {taken_back.note}; is_certain gives it up all the same")
