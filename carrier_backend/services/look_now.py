"""Ask a courier what is true of a parcel, now: nothing is wished for anew; what was already is gone on with."""

from collections.abc import Sequence

from carrier_backend.domain.errors import CounterpartError, Declined, NotServed, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.ports import Untimely
from carrier_backend.services.intervene import Hand, Intervene, Intervention, Wish, noting
from carrier_backend.services.poll_tracking import PollTracking
from carrier_backend.services.reconcile import Reconcile
from carrier_backend.storage import shipments
from carrier_backend.storage.store import Store


class LookNow:
    """Settle what the courier can tell, and record where it says that the parcels are."""

    def __init__(self, store: Store, intervene: Intervene, reconcile: Reconcile, poll_tracking: PollTracking) -> None:
        self._store = store
        self._intervene = intervene
        self._reconcile = reconcile
        self._poll_tracking = poll_tracking

    def __call__(self, wish: Wish) -> Intervention:
        """What was found; raises Busy, and Unreachable where the courier could not be asked.

        What somebody wished for before, such as a cancellation that had no answer, is asked for on the way.
        """
        return self._intervene(wish, self._look, noting())

    def _look(self, hand: Hand) -> str:
        trouble = self._settle(hand)
        shipment = self._again(hand.shipment)
        found = [f"the booking is {shipment.state}", *trouble]
        if shipment.state is BookingState.BOOKED:
            found.append(self._told(shipment))
        return "; ".join(found)

    def _settle(self, hand: Hand) -> list[str]:
        """Why it could not be settled, if it could not."""
        try:
            self._reconcile.resume(hand.shipment, hand.owner)
        except Untimely:
            return [f"{hand.shipment.courier} knows of no parcel; nothing is made until whoever ordered it comes back"]
        except (Declined, NotServed) as no:
            return [f"refused: {_reasons(no)}"]
        except Unsure as unsure:
            return [f"not known yet: {unsure}"]
        except Unreachable as failure:
            if hand.shipment.state is not BookingState.BOOKED:
                raise
            return [
                f"{failure}; what was wished for is asked for again by itself"
            ]  # where it is can be told all the same
        return []

    def _again(self, shipment: Shipment) -> Shipment:
        with self._store.read() as unit:
            return shipments.get(unit, shipment.id)

    def _told(self, shipment: Shipment) -> str:
        answered = self._poll_tracking.look(shipment.courier, shipment.references)
        match answered.failure:
            case Declined() as no:
                return f"{shipment.courier} tells nothing of it: {_reasons(no)}"
            case CounterpartError() as failure:
                raise failure
        return f"{shipment.courier} tells {_in_words(answered.events)}"


def _in_words(events: Sequence[TrackingEvent]) -> str:
    if not events:
        return "of no event"
    last = max(events, key=lambda event: event.at)
    at = last.at.isoformat().replace("+00:00", "Z")
    return f"of {len(events)} events, the last of them {last.status or last.text or last.code} at {at}"


def _reasons(no: CounterpartError | NotServed) -> str:
    return "; ".join(no.reasons) if isinstance(no, CounterpartError) else str(no)
