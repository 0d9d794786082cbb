"""What all interventions have in common: an operator takes one shipment in hand, on the trail, and nobody else does."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from carrier_backend.domain.errors import Busy
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Bounds
from carrier_backend.services.oversee import By, find_by_name
from carrier_backend.storage import exchanges, found, leases, oversight, shipments, trail
from carrier_backend.storage.found import FoundShipment
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store, Unit

ACT_SECONDS = 20
UNCLAIMED = "whoever ordered it has not come back for the answer"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wants done about a parcel, why, and in which request."""

    act: str
    name: str
    by: By
    trace_id: str


@dataclass(frozen=True, slots=True)
class Hand:
    """A shipment in an operator's hand: the parcel that was named, and the owner of the lease."""

    shipment: Shipment
    reference: str
    owner: str


Judge = Callable[[Unit, Hand], Mapping[str, object]]
"""Raises what speaks against an act, before anything is noted; gives what the trail is to keep of it."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """What was found or done, in words; what people have to see to yet; and how the shipment stood and stands."""

    done: str
    remains: tuple[str, ...]
    before: FoundShipment
    after: FoundShipment


class Intervene:
    """Take a shipment in hand for one act, within bounds of time."""

    def __init__(self, store: Store, bounds: Bounds) -> None:
        self._store = store
        self._bounds = bounds

    def __call__(self, wish: Wish, do: Callable[[Hand], str], judge: Judge) -> Intervention:
        """Do it under the shipment's lease, once it was judged and noted; `do` says in words what was done.

        Raises Unknown, Busy where somebody is working on the shipment, and whatever `judge` and `do` raise.
        """
        with self.taken(wish, judge) as hand:
            with self._store.read() as unit:
                (before,) = found.read(unit, [hand.shipment.id])
            done = do(hand)
        with self._store.read() as unit:
            (after,) = found.read(unit, [hand.shipment.id])
            return Intervention(done, tuple(_remains(unit, after)), before, after)

    @contextmanager
    def taken(self, wish: Wish, judge: Judge) -> Iterator[Hand]:
        """The shipment in hand, and what is wished on the trail, until the act is over; raises Unknown or Busy."""
        owner = secrets.token_hex(8)
        with self._store.begin() as unit:
            shipment_id, reference = find_by_name(unit, wish.name)
            if not leases.take(unit, shipment_id, owner, LEASE):
                raise Busy("the package is being worked on at this moment")
            hand = Hand(shipments.get(unit, shipment_id), reference, owner)
            facts = judge(unit, hand)
            oversight.note_act(unit, wish.by.operator, wish.act, reference, wish.by.reason, facts)
            exchanges.note_trace(unit, shipment_id, wish.trace_id)
        told = trail.told_if_it_fails(self._store, wish.by.operator, wish.act, reference, wish.by.reason)
        try:
            with told, self._bounds(seconds=ACT_SECONDS, trace_id=wish.trace_id):
                yield hand
        finally:
            with self._store.begin() as unit:
                leases.release(unit, shipment_id, owner)


def noting(**facts: object) -> Judge:
    """Nothing speaks against it; these are its facts."""
    return lambda _unit, _hand: facts


def _remains(unit: Unit, shipment: FoundShipment) -> Iterator[str]:
    """Whom the shipment waits for yet, and what for."""
    if reason := shipments.stuck_reason(unit, shipment.id):
        yield reason
    for parcel in shipment.parcels:
        if parcel.booking is BookingState.CANCELLING:
            told = parcel.cancellation.note if parcel.cancellation else "its courier has not answered yet"
            yield f"package {parcel.barcode or parcel.reference} is to be cancelled: {told}"
    if shipment.unclaimed_at:
        yield UNCLAIMED
