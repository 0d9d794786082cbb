"""How a shipment is handed over to Ecotrack: all its drafts first, which bind nobody, and then all validated.

From its validation on a parcel travels, and can't be deleted (section 9). To validate one twice does no harm, so a
validation whose answer was lost is looked at and repeated.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from carrier_backend.couriers.ecotrack import terms
from carrier_backend.couriers.ecotrack.cancelling import Cancelling, deletion
from carrier_backend.couriers.ecotrack.client import NAME, Body, EcotrackClient
from carrier_backend.couriers.ecotrack.drafts import Draft, Drafts
from carrier_backend.couriers.ecotrack.undoing import delete_all, take_back
from carrier_backend.couriers.ecotrack.validations import has_been_validated, validation
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure, Withdrawn
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.parcels import Booked, Cancellation, Parcel
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Clock, Journal

NOT_TO_TRAVEL = frozenset({BookingState.CANCELLING, BookingState.CANCELLED})
BOOKED_ONCE = NOT_TO_TRAVEL | {BookingState.BOOKED}


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
        self._refuse_what_was_taken_back()
        drafts = self._drafts.complete(bodies, terms.passing(self._shipment.route.terms))
        resume_at = self._validated_from(drafts)
        is_time = resume_at is not None and resume_at <= self._clock.now()
        if is_time:
            self._validate(drafts)
        return [
            self._booked(parcel, drafts[parcel.reference], resume_at, is_validated=is_time and _is_to_travel(parcel))
            for parcel in self._shipment.parcels
        ]

    def adopt(self, reference: str, tracking: str, bodies: Callable[[], Mapping[str, Body]]) -> None:
        """Take the order of that number for a parcel's; raises Declined where it is not."""
        self._drafts.adopt(reference, tracking, bodies()[reference])

    def undo(self, *, ask: bool) -> Cancellation:
        """Drafts are deleted for certain. Of what is validated, only people can say: unasked, all stays as it is."""
        orders = [
            Cancelling(self._client, self._journal, reference, draft.tracking, self._quiet_window)
            for reference, draft in self._drafts.known().items()
        ]
        return take_back(orders, terms.late_cancel(self._shipment.route.terms)) if ask else delete_all(orders)

    def _refuse_what_was_taken_back(self) -> None:
        """Before it is booked, what was begun to be taken back has to be wholly: a draft of it may be gone."""
        for parcel in self._shipment.parcels:
            if parcel.booking not in BOOKED_ONCE and self._is_being_deleted(parcel.reference):
                raise Withdrawn(NAME, "book", "it was being taken back, for nobody came back for it")

    def _validated_from(self, drafts: Mapping[str, Draft]) -> datetime | None:
        """From when on it may be validated; None: the merchant does that."""
        delay = terms.validated_after(self._shipment.route.product.options)
        return None if delay is None else max(draft.known_at for draft in drafts.values()) + delay

    def _validate(self, drafts: Mapping[str, Draft]) -> None:
        """Whatever was called off meanwhile stays a draft, or is none any more: nobody else can validate it."""
        booked = [parcel.reference for parcel in self._shipment.parcels if _is_to_travel(parcel)]
        due = [reference for reference in booked if not self._is_being_deleted(reference)]
        begun = [reference for reference in due if self._journal.step(validation(reference))]
        if not begun:  # a label in hand before the first is validated: from then on there is no way back
            for reference in due:
                self._keep_label(drafts[reference].tracking)
        for reference in due:
            self._validate_one(reference, drafts[reference].tracking)
        for reference in booked:
            if reference not in due:
                self._refuse_unless_validated(drafts[reference].tracking)

    def _refuse_unless_validated(self, tracking: str) -> None:
        """One that is booked, and was begun to be deleted: by the state of things nobody can say what it is to be."""
        if not self._has_been_validated(tracking):
            raise Declined(NAME, "validate order", f"{tracking} was being deleted, and nobody knows what came of that")

    def _is_being_deleted(self, reference: str) -> bool:
        return self._journal.step(deletion(reference)) is not None

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

    def _has_been_validated(self, tracking: str) -> bool:
        try:
            return has_been_validated(self._client, tracking)
        except CounterpartError as error:  # that we could not look changes nothing of what may have been done
            wait = error.retry_after_seconds
            raise Unsure(NAME, error.operation, *error.reasons, retry_after_seconds=wait) from error

    def _booked(self, parcel: Parcel, draft: Draft, resume_at: datetime | None, *, is_validated: bool) -> Booked:
        """A parcel that is being called off keeps its later step: it may be booked after all."""
        agreed = self._shipment.route.terms
        facts = {
            "late_cancel": list(terms.late_cancel(agreed)),
            "ask_collection": terms.asks_collection(agreed),
            "is_draft": not is_validated,
        }
        later = None if is_validated else resume_at
        return Booked(parcel.reference, draft.tracking, self._shipment.journey.shipper_id, facts, later)


def _is_to_travel(parcel: Parcel) -> bool:
    return parcel.booking not in NOT_TO_TRAVEL
