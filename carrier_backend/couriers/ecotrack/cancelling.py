"""How one order is called off: deleted while it is a draft, and once it is validated, only asked for.

Ecotrack's people may ignore a wish to have a parcel returned; a remark they may read (sections 12.5, 12.6 and 13).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from carrier_backend.couriers.ecotrack.client import NAME, Deletion, EcotrackClient
from carrier_backend.couriers.ecotrack.drafts import wait_out
from carrier_backend.couriers.ecotrack.terms import ASK_RETURN, REMARK
from carrier_backend.couriers.ecotrack.validations import has_been_validated, validation
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.parcels import Cancellation, Outcome
from carrier_backend.ports import Journal, Step

NOTES = {
    ASK_RETURN: "the courier was asked to return it, and may ignore that",
    REMARK: "the courier was asked by a remark to stop it, and may ignore that",
}
HANDED_OVER = "it was validated, and is no draft any more"
NO_SUCH_ORDER = "Ecotrack knows no such order"


class Cancelling:
    """What is done about one order, as far as it has come."""

    def __init__(
        self, client: EcotrackClient, journal: Journal, reference: str, tracking: str, quiet_window: timedelta
    ) -> None:
        self._client = client
        self._journal = journal
        self._reference = reference
        self._tracking = tracking
        self._quiet_window = quiet_window

    def __call__(self, wishes: Sequence[str]) -> Cancellation:
        """DONE where it is deleted; ASKED once one of the wishes was taken; raises Declined where none was."""
        return Cancellation(Outcome.DONE) if self.delete() else self.ask(wishes)

    def is_deletable(self) -> bool:
        """Whether it is a draft for certain, or its deletion was begun before: that has to be finished."""
        if self._journal.step(deletion(self._reference)) is not None:
            return True
        step = self._journal.step(validation(self._reference))
        if step is not None and (step.is_done or has_been_validated(self._client, self._tracking)):
            return False
        order = self._client.order(self._tracking)
        return order is not None and order.is_draft

    def delete(self) -> bool:
        """Whether the order is certainly gone; False where it is validated. Raises Declined where it is kept."""
        name = deletion(self._reference)
        before = self._journal.step(name)
        if before is not None and before.is_done:
            return True
        validated = self._journal.step(validation(self._reference))
        if validated is not None and validated.is_done:
            return False
        self._journal.begin(name, {})
        try:
            is_deleted = self._delete(is_repeated=before is not None)
        except Declined:
            self._journal.withdraw(name)
            raise
        except Unreachable:
            if before is None:  # of an earlier try nobody knows what came of it
                self._journal.withdraw(name)
            raise
        if is_deleted:
            self._journal.done(name, {})
        else:
            self._journal.withdraw(name)
        return is_deleted

    def _delete(self, *, is_repeated: bool) -> bool:
        try:
            outcome = self._client.delete(self._tracking)
        except Unsure as unsure:
            return self._is_gone_after(unsure)
        except Declined as no:
            if is_repeated and not self._is_listed():  # the earlier try may have been granted
                raise Unsure(NAME, no.operation, *no.reasons) from no
            raise
        if outcome is Deletion.ABSENT and not is_repeated:
            raise Declined(NAME, "delete order", NO_SUCH_ORDER)
        return outcome is not Deletion.LOCKED

    def _is_gone_after(self, unsure: Unsure) -> bool:
        """That the list is empty proves nothing, for it leaves out what is archived: a second deletion tells.

        Raises the error anew while nobody knows; it may be repeated without harm, by whoever resumes this.
        """
        if self._is_listed() is not False:
            raise unsure
        try:
            return self._client.delete(self._tracking) is not Deletion.LOCKED
        except CounterpartError:
            raise unsure from None

    def _is_listed(self) -> bool | None:
        """Whether it is in their list; None where that cannot be told."""
        try:
            return self._client.order(self._tracking) is not None
        except CounterpartError:
            return None

    def ask(self, wishes: Sequence[str]) -> Cancellation:
        """ASKED once one of the wishes was taken; raises Declined where none was."""
        ways: dict[str, Callable[[Step | None], None]] = {ASK_RETURN: self._ask_return, REMARK: self._remark}
        steps = {wish: self._journal.step(f"{wish} {self._reference}") for wish in wishes}
        for wish, step in steps.items():
            if step is not None and step.is_done:
                return Cancellation(Outcome.ASKED, NOTES[wish])
        noes: list[str] = []
        for wish, step in steps.items():
            try:
                self._carry_out(f"{wish} {self._reference}", step, ways[wish])
            except Declined as no:
                noes += no.reasons
            else:
                return Cancellation(Outcome.ASKED, NOTES[wish])
        raise Declined(NAME, "cancel", *(noes or [HANDED_OVER]))

    def _carry_out(self, name: str, step: Step | None, do: Callable[[Step | None], None]) -> None:
        if step is None:
            self._journal.begin(name, {})
        try:
            do(step)
        except (Declined, Unreachable):
            if step is None:
                self._journal.withdraw(name)
            raise
        self._journal.done(name, {})

    def _ask_return(self, _: Step | None) -> None:
        """To ask again for what was asked already does no harm."""
        self._client.ask_return(self._tracking)

    def _remark(self, step: Step | None) -> None:
        """Once: whether a remark was taken can be read."""
        if step is not None:
            if any(self._reference in str(remark) for remark in self._client.remarks(self._tracking)):
                return
            wait_out(step, self._quiet_window, "add remark")
        self._client.add_remark(self._tracking, f"Merci d'arrêter ce colis et de le retourner ({self._reference}).")


def deletion(reference: str) -> str:
    """The step in which an order is deleted."""
    return f"delete {reference}"
