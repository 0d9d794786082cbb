"""The saga of a booking: look for it, intend it, hand it over, record it; whoever repeats it gets the same answer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from carrier_backend.domain.errors import Busy, Conflict, Declined, Fault
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.orders import Order
from carrier_backend.domain.parcels import mint_reference
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Bounds, Bulkhead, Clock, Courier
from carrier_backend.services.agree_terms import AgreeTerms
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.prebook import inherit
from carrier_backend.storage import claims, endings, exchanges, lanes, leases, prebookings, shipments
from carrier_backend.storage.claims import Standing, Taken
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store, Unit

LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes Ingrid gets, and whether she gets them again."""

    body: bytes
    is_replay: bool


class Book:
    """Book an order exactly once, however often and from wherever it is asked."""

    def __init__(
        self,
        store: Store,
        agree_terms: AgreeTerms,
        couriers: Mapping[str, Courier],
        hand_over: HandOver,
        clock: Clock,
        bounds: Bounds,
        bulkhead: Bulkhead,
        budget_seconds: float,
    ) -> None:
        self._store = store
        self._agree_terms = agree_terms
        self._couriers = couriers
        self._hand_over = hand_over
        self._clock = clock
        self._bounds = bounds
        self._bulkhead = bulkhead
        self._budget_seconds = budget_seconds

    def __call__(self, order: Order) -> Answer:
        """The answer within the budget.

        Raises a Refusal (nothing was booked), Declined (and all was taken back), or Busy, Unreachable and Unsure:
        then the same order asked again goes on where it stopped.
        """
        ends_at = self._clock.monotonic() + self._budget_seconds
        owner = secrets.token_hex(8)
        with self._bounds(seconds=self._budget_seconds, trace_id=order.journey.trace_id):
            standing = self._standing(order)
            if standing is None and (shipment_id := self._intend(order, owner)):
                return self._work(shipment_id, owner)
            if standing := standing or self._standing(order):
                return self._join(standing, owner, ends_at)
            raise Busy("the same booking was tried at this moment and came to nothing")

    def _standing(self, order: Order) -> str | None:
        """The shipment this order already is; raises Conflict where another holds any of its packages."""
        with self._store.read() as unit:
            standing = claims.standing(unit, order)
        if not standing:
            return None
        same = standing[0]
        if len(standing) == 1 and same.fingerprint == order.fingerprint:
            if same.is_erased:
                raise Conflict("booking data was erased")
            return same.shipment_id
        self._clear_the_way(order, standing)
        return None

    def _clear_the_way(self, order: Order, standing: list[Standing]) -> None:
        """Give up those in the way that no courier was ever asked for; raises Conflict or Busy for the others."""
        with self._store.begin() as unit:
            standing = [other for other in standing if not endings.abandon_untouched(unit, other.shipment_id)]
        if not standing:
            return
        if any(other.state is BookingState.UNDOING for other in standing):
            raise Busy("an earlier booking of these packages is still being taken back")
        if any(other.is_erased for other in standing):
            raise Conflict("booking data was erased")
        raise Conflict(*self._differences(order, standing[0]))

    def _differences(self, order: Order, other: Standing) -> list[Fault]:
        """What differs from the booking that holds the packages, field by field."""
        with self._store.read() as unit:
            before = shipments.body(unit, other.shipment_id)
        return [
            Fault("a booking of this package was made with other content", path)
            for path in differing(before, order.body)
        ] or [Fault("these packages are booked in another shipment", "packages")]

    def _intend(self, order: Order, owner: str) -> str | None:
        """Judge the order and commit to it under our lease, no courier called yet; None if another was first."""
        with self._store.read() as unit:
            prebooked = prebookings.find(unit, order.journey)
        is_past = bool(prebooked and prebooked.delivery and self._agree_terms.is_past(prebooked.delivery))
        order = replace(order, journey=inherit(order.journey, prebooked, is_past=is_past))
        route = self._agree_terms.for_journey(order.journey, order.addons, order.label)
        # Where only one product is sold the method may be left out, but news of the parcel must name it.
        order = replace(order, journey=replace(order.journey, shipping_method=route.product.shipping_method))
        shipment = Shipment.of(
            order, route, id=secrets.token_hex(16), created_at=self._clock.now(), mint=mint_reference
        )
        self._couriers[route.courier].accept(shipment)
        try:
            with self._store.begin() as unit:
                shipments.add(unit, shipment, order)
                leases.take(unit, shipment.id, owner, LEASE)
                # Should this process die now, whoever settles shipments finds it once our lease has run out.
                lanes.settle_at(unit, shipment.id, unit.now + LEASE)
        except Taken:
            return None
        return shipment.id

    def _work(self, shipment_id: str, owner: str) -> Answer:
        """Hand over what we hold the lease on."""
        try:
            return Answer(self._hand_over(shipment_id, owner), is_replay=False)
        finally:
            with self._store.begin() as unit:
                leases.release(unit, shipment_id, owner)

    def _join(self, shipment_id: str, owner: str, ends_at: float) -> Answer:
        """Answer as before, or go on where it stopped; while somebody else works on it, wait for them."""
        while True:
            answer = self._settled(shipment_id)
            if answer is not None:
                return Answer(answer, is_replay=True)
            with self._store.begin() as unit:
                is_ours = leases.take_open(unit, shipment_id, owner, LEASE)
                self._note_asked(unit, shipment_id)
            if is_ours:
                return self._work(shipment_id, owner)
            with self._bulkhead(self._courier_of(shipment_id)):  # who waits for another waits for the courier
                self._wait(shipment_id, ends_at)

    def _courier_of(self, shipment_id: str) -> str:
        with self._store.read() as unit:
            return shipments.get(unit, shipment_id).courier

    def _wait(self, shipment_id: str, ends_at: float) -> None:
        """Until somebody's lease on the shipment is over or an answer stands; raises Busy at the end of the budget."""
        while True:
            if self._clock.monotonic() + LOOK_EVERY_SECONDS > ends_at:
                raise Busy("the same booking is still being worked on")
            self._clock.sleep(LOOK_EVERY_SECONDS)
            with self._store.read() as unit:
                if not leases.is_leased(unit, shipment_id):
                    return

    def _settled(self, shipment_id: str) -> bytes | None:
        """The stored answer, if there is one; raises Declined or Busy where the shipment came to nothing."""
        with self._store.read() as unit:
            answer, state = shipments.answer(unit, shipment_id)
            if state is BookingState.REFUSED:
                raise Declined("carrier", "booking", *shipments.refusal(unit, shipment_id))
        if state is BookingState.ABANDONED:
            raise Busy("an earlier try of this booking was just given up")
        if answer is not None:
            with self._store.begin() as unit:
                self._note_asked(unit, shipment_id)
        return answer

    def _note_asked(self, unit: Unit, shipment_id: str) -> None:
        shipments.note_asked(unit, shipment_id)
        exchanges.note_trace(unit, shipment_id, self._bounds.trace_id)


def differing(before: object, after: object, path: str = "") -> list[str]:
    """The paths at which two JSON values differ, in Ingrid's notation (`packages[0].weight`)."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*before, *(name for name in after if name not in before)]
        return [
            found
            for name in names
            for found in differing(before.get(name), after.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for index, pair in enumerate(zip(before, after, strict=True))
            for found in differing(*pair, f"{path}[{index}]")
        ]
    return [] if before == after else [path]
