"""How a shipment is handed over to Ecotrack: all its drafts first, which bind nobody, and then all validated.

From its validation on a parcel travels, and can't be deleted (section 9). To validate one twice does no harm, so a
validation whose answer was lost is looked at and repeated.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from carrier_backend.couriers.ecotrack import terms
from carrier_backend.couriers.ecotrack.cancelling import Cancelling, deletion, validation
from carrier_backend.couriers.ecotrack.client import NAME, Body, EcotrackClient
from carrier_backend.couriers.ecotrack.drafts import Draft, Drafts
from carrier_backend.couriers.ecotrack.translate import is_validation
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.parcels import Booked, Cancellation, Outcome, Parcel
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Clock, Journal, Urgency

NOT_TO_TRAVEL = frozenset({BookingState.CANCELLING, BookingState.CANCELLED})


class Booking:
    """One shipment, as far as it has come; `keep_label` is called with each number before it is validated."""

    def __init__(
        self,
        client: EcotrackClient,
        journal: Journal,
        shipment: Shipment,
        clock: Clock,
        quiet_window: timedelta,
        keep_label: Callable[[str], None],
    ) -> None:
        self._client = client
        self._journal = journal
        self._shipment = shipment
        self._clock = clock
        self._quiet_window = quiet_window
        self._keep_label = keep_label
        self._drafts = Drafts(client, journal, shipment.references, clock, quiet_window)

    def complete(self, bodies: Callable[[], Mapping[str, Body]]) -> list[Booked]:
        """Every parcel drafted, and validated where it is time; raises Declined, Unreachable or Unsure."""
        drafts = self._drafts.complete(bodies, terms.passing(self._shipment.route.terms))
        resume_at = self._validated_from(drafts)
        if resume_at is not None and resume_at <= self._clock.now():
            resume_at = None
            self._validate(drafts)
        return [self._booked(reference, drafts[reference], resume_at) for reference in self._shipment.references]

    def undo(self, *, ask: bool) -> Cancellation:
        """Drafts are deleted for certain. Of what is validated, only people can say: unasked, all stays as it is."""
        drafts = self._drafts.known()
        if not ask and any(self._is_locked(reference, draft.tracking) for reference, draft in drafts.items()):
            return Cancellation(Outcome.UNABLE, "a parcel of it is validated")
        orders = [self._cancelling(reference, draft.tracking) for reference, draft in drafts.items()]
        if not ask:
            left = [order for order in orders if not order.delete()]
            return Cancellation(Outcome.UNABLE if left else Outcome.DONE)
        wishes = terms.late_cancel(self._shipment.route.terms)
        asked = [cancellation for order in orders if (cancellation := order(wishes)).outcome is Outcome.ASKED]
        notes = "; ".join(dict.fromkeys(cancellation.note for cancellation in asked))
        return Cancellation(Outcome.ASKED, notes) if asked else Cancellation(Outcome.DONE)

    def _validated_from(self, drafts: Mapping[str, Draft]) -> datetime | None:
        """From when on it may be validated; None: the merchant does that."""
        delay = terms.validated_after(self._shipment.route.product.options)
        return None if delay is None else max(draft.known_at for draft in drafts.values()) + delay

    def _validate(self, drafts: Mapping[str, Draft]) -> None:
        """Whatever was called off meanwhile stays a draft, or is none any more: nobody else can validate it."""
        due = [parcel.reference for parcel in self._shipment.parcels if self._is_to_travel(parcel)]
        begun = [reference for reference in due if self._journal.step(validation(reference))]
        if not begun:  # a label in hand before the first is validated: from then on there is no way back
            for reference in due:
                self._keep_label(drafts[reference].tracking)
        for reference in due:
            self._validate_one(reference, drafts[reference].tracking)

    def _is_to_travel(self, parcel: Parcel) -> bool:
        """Whether it was not called off; before it is booked, what was begun to be taken back is not to be."""
        is_deleted = self._journal.step(deletion(parcel.reference)) is not None
        if is_deleted and parcel.booking is not BookingState.BOOKED and parcel.booking not in NOT_TO_TRAVEL:
            raise Declined(NAME, "validate order", "a parcel of it was being taken back: it has to be booked anew")
        return not is_deleted and parcel.booking not in NOT_TO_TRAVEL

    def _validate_one(self, reference: str, tracking: str) -> None:
        name = validation(reference)
        step = self._journal.step(name)
        if step is not None and (step.is_done or self._has_been_validated(tracking)):
            if not step.is_done:
                self._journal.done(name, {})
            return
        self._journal.begin(name, {})
        try:
            self._client.validate(tracking, ask_collection=terms.asks_collection(self._shipment.route.terms))
        except Unreachable:
            self._journal.withdraw(name)
            raise
        except (Declined, Unsure) as error:
            if not self._has_been_validated(tracking):
                if isinstance(error, Declined):
                    self._journal.withdraw(name)
                raise
        self._journal.done(name, {})

    def _is_locked(self, reference: str, tracking: str) -> bool:
        step = self._journal.step(validation(reference))
        return step is not None and (step.is_done or self._has_been_validated(tracking))

    def _has_been_validated(self, tracking: str) -> bool:
        """Ask them: what a second validation is answered with is told nowhere."""
        try:
            return has_been_validated(self._client, tracking)
        except CounterpartError as error:  # that we could not look changes nothing of what may have been done
            wait = error.retry_after_seconds
            raise Unsure(NAME, error.operation, *error.reasons, retry_after_seconds=wait) from error

    def _cancelling(self, reference: str, tracking: str) -> Cancelling:
        return Cancelling(self._client, self._journal, reference, tracking, self._quiet_window)

    def _booked(self, reference: str, draft: Draft, resume_at: datetime | None) -> Booked:
        agreed = self._shipment.route.terms
        facts = {
            "late_cancel": list(terms.late_cancel(agreed)),
            "ask_collection": terms.asks_collection(agreed),
        }
        return Booked(reference, draft.tracking, self._shipment.journey.shipper_id, facts, resume_at)


def has_been_validated(client: EcotrackClient, tracking: str) -> bool:
    """Whether an order was handed over: its status has moved on, or its history says so (section 12.1)."""
    order = client.order(tracking)
    if order is not None and not order.is_draft:
        return True
    try:
        entries = client.history(tracking, Urgency.NOW)
    except Declined:  # it is gone, or has no history yet
        return False
    return any(map(is_validation, entries))
