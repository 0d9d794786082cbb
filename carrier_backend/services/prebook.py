"""A checkout was completed: judged as the booking will be, and remembered until it comes."""

from collections.abc import Mapping
from dataclasses import replace

from carrier_backend.domain.orders import Journey, Order, Prebooking
from carrier_backend.domain.parcels import LabelFormat, mint_reference
from carrier_backend.domain.products import Direction
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Clock, Courier
from carrier_backend.services.agree_terms import AgreeTerms
from carrier_backend.storage import prebookings
from carrier_backend.storage.store import Store


class Prebook:
    """Accept a prebooking, or say everything that is wrong with it; nothing is booked anywhere."""

    def __init__(self, store: Store, agree_terms: AgreeTerms, couriers: Mapping[str, Courier], clock: Clock) -> None:
        self._store = store
        self._agree_terms = agree_terms
        self._couriers = couriers
        self._clock = clock

    def __call__(self, prebooking: Prebooking) -> None:
        """Keep it in place of an earlier one; raises as booking would."""
        journey = prebooking.journey
        route = self._agree_terms.for_journey(journey)
        order = Order(journey, (), (), LabelFormat(), "", "", {})
        draft = Shipment.of(order, route, id="", created_at=self._clock.now(), mint=mint_reference)
        self._couriers[route.courier].accept(draft)
        with self._store.begin() as unit:
            prebookings.keep(unit, journey)


def inherit(journey: Journey, prebooked: Journey | None, *, is_past: bool) -> Journey:
    """The journey with the delivery time, phone and email it omits taken from what was prebooked.

    A delivery time that is over by now is not inherited.
    """
    if prebooked is None:
        return journey
    delivery = journey.delivery or (None if is_past else prebooked.delivery)
    if journey.direction is Direction.RETURN:
        return replace(journey, delivery=delivery)
    ours, theirs = journey.receiver.contact, prebooked.receiver.contact
    contact = replace(ours, phone=ours.phone or theirs.phone, email=ours.email or theirs.email)
    return replace(journey, delivery=delivery, receiver=replace(journey.receiver, contact=contact))
