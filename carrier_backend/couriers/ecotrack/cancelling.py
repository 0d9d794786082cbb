"""How one order is called off: deleted while it is a draft, and once it is validated, only asked for.

Ecotrack's people may ignore a wish to have a parcel returned; a remark they may read (sections 12.5, 12.6 and 13).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from carrier_backend.couriers.ecotrack.client import NAME, Deletion, EcotrackClient
from carrier_backend.couriers.ecotrack.drafts import wait_out
from carrier_backend.couriers.ecotrack.terms import ASK_RETURN, REMARK
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
        return Cancellation(Outcome.DONE) if self.delete() else self._ask(wishes)

    def delete(self) -> bool:
        """Whether the order is certainly gone; False where it is validated."""
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
        except (Declined, Unreachable):
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
        except Unsure:
            if not self._is_gone():
                raise  # it may be repeated without harm, by whoever resumes this
            return True
        if outcome is Deletion.ABSENT and not is_repeated:
            raise Declined(NAME, "delete order", NO_SUCH_ORDER)
        return outcome is not Deletion.LOCKED

    def _is_gone(self) -> bool:
        try:
            return self._client.order(self._tracking) is None
        except CounterpartError:
            return False

    def _ask(self, wishes: Sequence[str]) -> Cancellation:
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


def validation(reference: str) -> str:
    """The step in which an order is validated."""
    return f"valid {reference}"
