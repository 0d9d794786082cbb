"""Labels, which some tenants print of drafts already and others only once an order is validated (section 10).

One that is fetched before the validation waits here for whoever books to ask for it.
"""

import threading

from carrier_backend.couriers.ecotrack.client import NAME, EcotrackClient
from carrier_backend.domain.errors import CounterpartError, Declined, LockedOut, Unreachable
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding

MOST_KEPT = 200
UNTIL_VALIDATED = "this tenant gives no label before the validation: its product has to be validated on_booking"


class Labels:
    """Fetches them, and keeps those that came early."""

    def __init__(self) -> None:
        self._early: dict[tuple[str, str], Label] = {}
        self._keeping = threading.Lock()

    def fetch_early(self, client: EcotrackClient, number: str) -> None:
        """Try once, before it is validated; where that does not work, there is a time after it."""
        try:
            label = Label(LabelEncoding.PDF, client.label(number))
        except CounterpartError:
            return
        if label.fault is None:
            with self._keeping:
                self._early[client.account, number] = label
                while len(self._early) > MOST_KEPT:  # of bookings that came to no end here
                    self._early.pop(next(iter(self._early)))

    def of(self, client: EcotrackClient, booked: Booked) -> Label:
        """The label; raises Declined or Unreachable where there is none yet."""
        with self._keeping:
            early = self._early.pop((client.account, booked.number), None)
        return early or self._fetch(client, booked)

    def _fetch(self, client: EcotrackClient, booked: Booked) -> Label:
        try:
            return Label(LabelEncoding.PDF, client.label(booked.number))
        except (Declined, Unreachable) as no:
            if not booked.facts.get("is_draft") or isinstance(no, LockedOut) or no.retry_after_seconds:
                raise
            raise Unreachable(NAME, "label", *no.reasons, UNTIL_VALIDATED) from no
