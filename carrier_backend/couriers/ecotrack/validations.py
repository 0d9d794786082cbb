"""Whether an order was validated: from then on it travels, and can neither be changed nor deleted (section 9)."""

from carrier_backend.couriers.ecotrack.client import EcotrackClient
from carrier_backend.couriers.ecotrack.translate import is_validation
from carrier_backend.domain.errors import Declined
from carrier_backend.domain.quotas import Urgency


def validation(reference: str) -> str:
    """The step in which an order is validated."""
    return f"valid {reference}"


def has_been_validated(client: EcotrackClient, tracking: str) -> bool:
    """Whether an order was handed over: its status has moved on, or its history says so (section 12.1).

    Asked of them, for what a second validation is answered with is told nowhere.
    """
    order = client.order(tracking)
    if order is not None and order.is_handed_over:
        return True
    try:
        entries = client.history(tracking, Urgency.NOW)
    except Declined:  # it is gone, or has no history yet
        return False
    return any(map(is_validation, entries))
