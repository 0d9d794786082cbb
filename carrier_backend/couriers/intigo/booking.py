"""How parcels come into being at Intigo, and are taken back: resumable at any point, by what the journal says.

A step `create` that is done tells exactly which parcels exist. One that was only begun may have made any of them: they
are looked up by our own id, and nothing is created again before the quiet window has passed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from carrier_backend.couriers.intigo.client import NAME, IntigoClient
from carrier_backend.couriers.intigo.handover import Body
from carrier_backend.couriers.intigo.translate import Registered, from_facts, to_facts
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.parcels import Facts
from carrier_backend.ports import Journal, Step

CREATE = "create"
ADOPTED = "adopted"
LONGEST_WAIT_SECONDS = 30
BATCH_FACTOR = 7.5  # 15 minutes where one parcel has 2

Known = dict[str, Registered]
"""Parcels that exist for certain, by reference."""


class Creation:
    """The creation of one shipment's parcels, as far as it has come."""

    def __init__(
        self, client: IntigoClient, journal: Journal, references: Sequence[str], quiet_window: timedelta
    ) -> None:
        self._client = client
        self._journal = journal
        self._references = references
        self._quiet_window = quiet_window

    def complete(self, bodies: Callable[[], Mapping[str, Body]]) -> Known:
        """All parcels, those that were missing created; raises Declined, Unreachable or Unsure."""
        known = self.known()
        if self._missing(known):
            known = self._create(known, bodies())
        if any(parcel.is_cancelled for parcel in known.values()):
            raise Declined(NAME, "create parcel", "Intigo has cancelled a parcel of it")
        return known

    def known(self) -> Known:
        """The parcels that exist; raises Unsure where others may still be coming into being."""
        step = self._journal.step(CREATE)
        if step is None:
            return {}
        known = from_facts(step.facts)
        if step.is_done:
            return known
        known = self._look_up(known)
        if not self._missing(known):
            self._journal.done(CREATE, to_facts(known))
        else:
            wait_out(step, self._window(step.facts), "create parcel")
        return known

    def adopt(self, reference: str, number: str) -> None:
        """Note the parcel of that number, which people found, as made; raises Declined unless it bears our own id."""
        found = self._client.find_by_nid(number)
        if found is None:
            raise Declined(NAME, "adopt parcel", f"Intigo knows no parcel {number}")
        if found.cid != reference:
            raise Declined(NAME, "adopt parcel", f"parcel {number} is another's: it does not bear the id {reference}")
        if found.is_cancelled:
            raise Declined(NAME, "adopt parcel", f"Intigo has cancelled parcel {number}")
        step = self._journal.step(CREATE)
        before = from_facts(step.facts) if step else {}
        if reference in before and before[reference].nid != number:
            raise Declined(NAME, "adopt parcel", f"the package is parcel {before[reference].nid} already")
        if step is None:
            self._journal.begin(CREATE, {})
        known = before | {reference: found}
        if step is None or step.is_done or not self._missing(known):
            self._journal.done(CREATE, to_facts(known))
        else:  # of the others nobody knows yet
            self._journal.note(CREATE, {**to_facts(known), ADOPTED: [*_adopted(step.facts), reference]})

    def _create(self, known: Known, bodies: Mapping[str, Body]) -> Known:
        failure: Declined | Unsure | None = None
        self._journal.begin(CREATE, to_facts(known))
        try:
            known = known | self._send([bodies[reference] for reference in self._missing(known)])
        except Unreachable:
            self._conclude(known)
            raise
        except (Declined, Unsure) as error:
            failure = error
        # An answer may be lost, or leave some out; a batch refused may yet be made in part (section 4: not told), and
        # one parcel be refused because it is there by now.
        known = self._look_up(known)
        if self._missing(known) and not isinstance(failure, Declined):
            raise failure or Unsure(NAME, "create parcels", "not all are confirmed")
        self._conclude(known)
        if failure and self._missing(known):
            raise failure
        return known

    def _window(self, facts: Facts) -> timedelta:
        """By how many were asked for at once: those, too, that people have found since."""
        return quiet_for(len(self._missing(from_facts(facts))) + len(_adopted(facts)), self._quiet_window)

    def _send(self, bodies: Sequence[Body]) -> Known:
        """One parcel alone is answered at once and with its secret code; several go as a batch."""
        if len(bodies) == 1:
            return _told_apart([self._client.create(bodies[0])])
        asked = {body["cid"] for body in bodies}
        return _told_apart([parcel for parcel in self._client.create_batch(bodies) if parcel.cid in asked])

    def _look_up(self, known: Known) -> Known:
        try:
            found = {cid: self._client.find_by_cid(cid) for cid in self._missing(known)}
        except CounterpartError as error:  # that we could not look changes nothing of what may have been done
            wait = error.retry_after_seconds
            raise Unsure(NAME, error.operation, *error.reasons, retry_after_seconds=wait) from error
        return known | {cid: parcel for cid, parcel in found.items() if parcel is not None}

    def _conclude(self, known: Known) -> None:
        """Note what exists, now that nothing else will."""
        if known:
            self._journal.done(CREATE, to_facts(known))
        else:
            self._journal.withdraw(CREATE)

    def _missing(self, known: Known) -> list[str]:
        return [reference for reference in self._references if reference not in known]


def quiet_for(parcels: int, quiet_window: timedelta) -> timedelta:
    """A batch may be worked on for long after its request timed out (section 4); a single parcel is not."""
    return quiet_window * BATCH_FACTOR if parcels > 1 else quiet_window


def ask_to_cancel(
    client: IntigoClient, journal: Journal, nid: str, reference: str, quiet_window: timedelta
) -> str | None:
    """Have the staff cancel a parcel, for nobody else can (section 9): one ticket, however often it is asked for.

    What was asked, for callers to know; None where a ticket may have been filed and nobody can tell.
    """
    name = f"cancel:{reference}"
    step = journal.step(name)
    if step is not None and step.is_done:
        return _note(step.facts["ticket"])
    if step is not None:
        # Tickets can't be looked for by parcel, and are filed once: whether this one was, people have to find out.
        wait_out(step, quiet_window, "file ticket")
        return None
    journal.begin(name, {})
    try:
        number = client.file_ticket(
            {
                "nid": nid,
                "ticketType": 1,
                "title": "Annulation du colis",
                "description": f"Merci d'annuler le colis {nid} ({reference}).",
            }
        )
    except (Declined, Unreachable):
        journal.withdraw(name)
        raise
    journal.done(name, {"ticket": number})
    return _note(number)


def wait_out(step: Step, quiet_window: timedelta, operation: str) -> None:
    """Raise Unsure while what was begun may still be under way at their side."""
    left = (quiet_window - step.age).total_seconds()
    if left > 0:
        wait = min(left, LONGEST_WAIT_SECONDS)
        raise Unsure(NAME, operation, "it is being confirmed", retry_after_seconds=wait)


def _adopted(facts: Facts) -> list[str]:
    adopted = facts.get(ADOPTED)
    return list(map(str, adopted)) if isinstance(adopted, list) else []


def _told_apart(parcels: Sequence[Registered]) -> Known:
    """Each parcel under its own id; none that shares an id with another, for a label would go on the wrong box."""
    distinct = set(parcels)
    cids = Counter(parcel.cid for parcel in distinct)
    nids = Counter(parcel.nid for parcel in distinct)
    return {parcel.cid: parcel for parcel in distinct if cids[parcel.cid] == nids[parcel.nid] == 1}


def _note(ticket: object) -> str:
    return f"ticket {ticket} was filed"
