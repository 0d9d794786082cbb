"""How all orders of a shipment are taken back: deleted, or else asked for, none left out over another's refusal."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from carrier_backend.couriers.ecotrack.cancelling import HANDED_OVER, Cancelling
from carrier_backend.couriers.ecotrack.client import NAME
from carrier_backend.domain.errors import Declined
from carrier_backend.domain.parcels import Cancellation, Outcome

Answer = TypeVar("Answer")


def delete_all(orders: Sequence[Cancelling]) -> Cancellation:
    """DONE where all are gone; UNABLE, before any is deleted, where one is not for certain a draft.

    Where one is validated at this very moment it is UNABLE too; what was deleted before then keeps the shipment from
    being booked.
    """
    is_gone = all(order.is_deletable() for order in orders) and all(order.delete() for order in orders)
    return Cancellation(Outcome.DONE) if is_gone else Cancellation(Outcome.UNABLE, HANDED_OVER)


def take_back(orders: Sequence[Cancelling], wishes: Sequence[str]) -> Cancellation:
    """Every draft is deleted first, and then each of the others is asked for; raises Declined after all was tried."""
    noes: list[str] = []
    validated = [order for order in orders if _unless_refused(order.delete, noes) is False]
    answers = [_unless_refused(partial(order.ask, wishes), noes) for order in validated]
    notes = [answer.note for answer in answers if answer is not None]
    if noes:
        raise Declined(NAME, "undo", *dict.fromkeys(noes + notes))
    return Cancellation(Outcome.ASKED, "; ".join(dict.fromkeys(notes))) if notes else Cancellation(Outcome.DONE)


def _unless_refused(ask: Callable[[], Answer], noes: list[str]) -> Answer | None:
    try:
        return ask()
    except Declined as no:
        noes += no.reasons
        return None
