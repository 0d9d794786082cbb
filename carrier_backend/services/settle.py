"""A person settles what waits for one: completes what was begun, and says what they have dealt with themselves."""

from functools import partial

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.intervene import Hand, Intervene, Intervention, Wish, noting
from carrier_backend.services.reconcile import Reconcile
from carrier_backend.storage import parcels, shipments
from carrier_backend.storage.store import Store


class Settle:
    """Complete a shipment now, as its caller's repeat would."""

    def __init__(self, store: Store, intervene: Intervene, hand_over: HandOver, reconcile: Reconcile) -> None:
        self._store = store
        self._intervene = intervene
        self._hand_over = hand_over
        self._reconcile = reconcile

    def __call__(self, wish: Wish, *, is_to_travel: bool = False) -> Intervention:
        """An open booking is handed over, anew if nothing of it exists; with any other, nobody is waited for any more.

        `is_to_travel`: the wish to cancel this parcel was not granted. Raises Declined or NotServed where the courier
        refuses it, Unreachable, Unsure, or Busy.
        """
        return self._intervene(
            wish, partial(self._settle, is_to_travel=is_to_travel), noting(is_to_travel=is_to_travel)
        )

    def _settle(self, hand: Hand, *, is_to_travel: bool) -> str:
        match hand.shipment.state:
            case BookingState.INTENDED | BookingState.UNSURE:
                return self._complete(hand)
            case BookingState.UNDOING:
                self._reconcile.resume(hand.shipment, hand.owner)
                return "it is taken back"
            case _:
                return self._deal_with(hand, is_to_travel=is_to_travel)

    def _complete(self, hand: Hand) -> str:
        """Whoever ordered it does not know yet: until they come back, or a person says so, that is waited for."""
        self._hand_over(hand.shipment.id, hand.owner)
        with self._store.begin() as unit:
            shipments.note_unclaimed(unit, hand.shipment.id)
        return "it is booked"

    def _deal_with(self, hand: Hand, *, is_to_travel: bool) -> str:
        with self._store.begin() as unit:
            shipments.note_claimed(unit, hand.shipment.id)
            shipments.note_going_on(unit, hand.shipment.id)
            if is_to_travel:
                parcels.refuse_cancellation(unit, hand.reference)
            shipment = shipments.get(unit, hand.shipment.id)
        self._reconcile.resume(shipment, hand.owner)
        return "nobody is waited for any more"
