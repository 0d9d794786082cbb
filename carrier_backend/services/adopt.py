"""A person found at the courier's what we could not: their number becomes that of a parcel whose booking is unsure."""

from collections.abc import Mapping
from functools import partial

from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.ports import Courier, Untimely
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.intervene import Hand, Intervene, Intervention, Wish
from carrier_backend.storage import parcels, shipments
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.store import Store, Unit


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
        return self._intervene(wish, partial(self._adopt, told=told), partial(self._judge, told=told))

    def _judge(self, unit: Unit, hand: Hand, *, told: Mapping[str, object]) -> Mapping[str, object]:
        shipment, number = hand.shipment, self._number(hand, told)
        bearer = parcels.bearer(unit, shipment.courier, number)
        if bearer not in (None, hand.reference):
            raise Conflict(f"another package of ours has the number {number}")
        if bearer is None and shipment.state not in (BookingState.INTENDED, BookingState.UNSURE):
            raise Conflict(f"the package is {shipment.parcel(hand.reference).booking}: nothing is to be adopted for it")
        return {"number": number}

    def _adopt(self, hand: Hand, *, told: Mapping[str, object]) -> str:
        shipment, number = hand.shipment, self._number(hand, told)
        booked = shipment.parcel(hand.reference).booked
        if booked and booked.number == number:
            return f"the package is {number} already"
        journal = StoredJournal(self._store, shipment.id, hand.owner)
        self._couriers[shipment.courier].adopt(shipment, hand.reference, {**told, "number": number}, journal)
        try:
            self._hand_over(shipment.id, hand.owner, only_looks=True)
        except Untimely:
            return f"the package is {number}; its order is not whole yet: adopt or settle the rest of it"
        with self._store.begin() as unit:
            shipments.note_unclaimed(unit, shipment.id)
        return f"the package is {number}, and booked"

    def _number(self, hand: Hand, told: Mapping[str, object]) -> str:
        """As its courier writes it: by that it is told from other packages' numbers."""
        return self._couriers[hand.shipment.courier].number_of(told)
