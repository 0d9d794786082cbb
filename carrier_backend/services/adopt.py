"""A person found at the courier's what we could not: their number becomes that of a parcel whose booking is unsure."""

from collections.abc import Mapping
from functools import partial

from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.ports import Courier, Untimely
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.intervene import UNCLAIMED, Hand, Intervene, Intervention, Wish
from carrier_backend.storage import parcels
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.store import Store


class Adopt:
    """Record a parcel as booked under the number that people looked up."""

    def __init__(
        self, store: Store, intervene: Intervene, couriers: Mapping[str, Courier], hand_over: HandOver
    ) -> None:
        self._store = store
        self._intervene = intervene
        self._couriers = couriers
        self._hand_over = hand_over

    def __call__(self, wish: Wish, told: Mapping[str, object]) -> Intervention:
        """The courier confirms the `number` that is told, or nothing is recorded.

        Raises Conflict for a number that another parcel has, or a package that is not open; Malformed, Declined,
        Unreachable or Unsure as the courier says.
        """
        return self._intervene(wish, partial(self._adopt, told=told), {"number": told["number"]})

    def _adopt(self, hand: Hand, *, told: Mapping[str, object]) -> str:
        shipment, number = hand.shipment, str(told["number"])
        if self._is_booked_so(hand, number):
            return f"the package is {number} already"
        if shipment.state not in (BookingState.INTENDED, BookingState.UNSURE):
            raise Conflict(f"the package is {shipment.parcel(hand.reference).booking}: nothing is to be adopted for it")
        journal = StoredJournal(self._store, shipment.id, hand.owner)
        self._couriers[shipment.courier].adopt(shipment, hand.reference, told, journal)
        try:
            self._hand_over(shipment.id, hand.owner, only_looks=True)
        except Untimely:
            return f"the package is {number}; its order is not whole yet: adopt or settle the rest of it"
        return f"the package is {number}, and booked; {UNCLAIMED}"

    def _is_booked_so(self, hand: Hand, number: str) -> bool:
        """Raises Conflict where it is another parcel's."""
        with self._store.read() as unit:
            bearer = parcels.bearer(unit, hand.shipment.courier, number)
        if bearer not in (None, hand.reference):
            raise Conflict(f"another package of ours has the number {number}")
        return bearer == hand.reference
