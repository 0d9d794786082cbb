"""How drafts come into being at Ecotrack: one order for each parcel, resumable at any point, by what the journal says.

Its references need not be unique, and it has no search by them: an order whose creation was begun and never answered is
looked for in the list, and made again only where it is nowhere in it after the quiet window (section 5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from carrier_backend.couriers.ecotrack.client import NAME, Body, Deletion, EcotrackClient, Passing
from carrier_backend.couriers.ecotrack.search import Position, Search
from carrier_backend.couriers.ecotrack.translate import Order, as_number, digits
from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.parcels import Facts
from carrier_backend.ports import Clock, Journal, Step

LONGEST_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that exists, and when we came to know of it."""

    tracking: str
    known_at: datetime


class Drafts:
    """The orders of one shipment, as far as they have come."""

    def __init__(
        self,
        client: EcotrackClient,
        journal: Journal,
        references: Sequence[str],
        clock: Clock,
        quiet_window: timedelta,
    ) -> None:
        self._client = client
        self._journal = journal
        self._references = references
        self._clock = clock
        self._quiet_window = quiet_window

    def complete(self, bodies: Callable[[], Mapping[str, Body]], passing: Passing) -> dict[str, Draft]:
        """All of them, those that were missing created; raises Declined, Unreachable or Unsure."""
        known = self.known()
        missing = [reference for reference in self._references if reference not in known]
        if missing:
            wanted = bodies()
            known |= {reference: self._create(reference, wanted[reference], passing) for reference in missing}
        return {reference: known[reference] for reference in self._references}

    def known(self) -> dict[str, Draft]:
        """Those that exist; raises Unsure where another may still be coming into being."""
        return {reference: draft for reference in self._references if (draft := self._known(reference)) is not None}

    def adopt(self, reference: str, tracking: str, body: Body) -> None:
        """Note the order of that number, which people found, as made; raises Declined unless it is as we asked for it.

        One that people entered may bear no reference; with that of another parcel, it is another's.
        """
        order = self._client.order(tracking)
        if order is None:
            raise Declined(NAME, "adopt order", f"Ecotrack lists no order {tracking}")
        facts = {"phone": body["telephone"], "amount": body["montant"], "begun_at": self._clock.now().isoformat()}
        if order.reference not in ("", reference) or not _is_as_asked(order, facts):
            raise Declined(NAME, "adopt order", f"order {tracking} is another's: reference, phone or amount differ")
        step = self._journal.step(creation(reference))
        if step is not None and step.is_done and step.facts["tracking"] != tracking:
            raise Declined(NAME, "adopt order", f"the package is order {step.facts['tracking']} already")
        self._refuse_shared(reference, tracking)
        if step is None:
            self._journal.begin(creation(reference), facts)
        self._note(reference, tracking)

    def _refuse_shared(self, reference: str, tracking: str) -> None:
        """One that bears no reference must not become two packages of the same order."""
        for other in self._references:
            step = self._journal.step(creation(other))
            if other != reference and step is not None and step.facts.get("tracking") == tracking:
                raise Declined(NAME, "adopt order", f"another package of this booking is order {tracking}")

    def _known(self, reference: str) -> Draft | None:
        step = self._journal.step(creation(reference))
        if step is None:
            return None
        if step.is_done:
            return Draft(str(step.facts["tracking"]), datetime.fromisoformat(str(step.facts["known_at"])))
        found = self._look_for(reference, step.facts, is_early=step.age < self._quiet_window)
        if found is None:
            wait_out(step, self._quiet_window, "create order")
        return found

    def _create(self, reference: str, body: Body, passing: Passing) -> Draft:
        begin = partial(self._begin, reference, body)
        facts = begin()
        try:
            tracking = self._client.create(body, passing, after_waiting=begin)
        except (Declined, Unreachable):
            self._journal.withdraw(creation(reference))
            raise
        except Unsure:
            found = self._look_for(reference, facts, is_early=True)
            if found is None:
                raise
            return found
        return self._note(reference, tracking)

    def _begin(self, reference: str, body: Body) -> Facts:
        """Note that it is about to be sent: the quiet window counts from here."""
        begun_at = self._clock.now().isoformat()
        facts = {"phone": body["telephone"], "amount": body["montant"], "begun_at": begun_at}
        self._journal.begin(creation(reference), facts)
        return facts

    def _look_for(self, reference: str, facts: Facts, *, is_early: bool) -> Draft | None:
        """The order in the list; while it is early, it may still come, and is only looked for among the newest."""
        begun_at = datetime.fromisoformat(str(facts["begun_at"]))
        search = Search(self._client, reference, begun_at, Position.of(facts.get("position")))
        try:
            orders = search.among_newest() if is_early else self._carry_on(search, reference, facts)
            return self._note(reference, self._only(orders, facts).tracking) if orders else None
        except CounterpartError as error:  # that we could not look changes nothing of what may have been done
            wait = error.retry_after_seconds
            raise Unsure(NAME, error.operation, *error.reasons, retry_after_seconds=wait) from error

    def _carry_on(self, search: Search, reference: str, facts: Facts) -> Sequence[Order]:
        """Search to the end; whether or not it is reached, the next try goes on where this one stopped."""
        try:
            return search.everywhere()
        finally:
            self._journal.note(creation(reference), {**facts, "position": search.position.facts})

    def _only(self, orders: Sequence[Order], facts: Facts) -> Order:
        """The one order that is ours; what came into being twice is deleted where it is a draft still."""
        distinct = {order.tracking: order for order in orders}
        if not all(_is_as_asked(order, facts) for order in distinct.values()):
            raise Unsure(NAME, "orders", "an order has our reference and another's phone or amount")
        kept, *doubles = sorted(distinct.values(), key=lambda order: (order.is_draft, order.tracking))
        for double in doubles:
            if self._client.delete(double.tracking) is Deletion.LOCKED:
                raise Unsure(NAME, "delete order", "an order was made and handed over twice")
        return kept

    def _note(self, reference: str, tracking: str) -> Draft:
        draft = Draft(tracking, self._clock.now())
        self._journal.done(creation(reference), {"tracking": tracking, "known_at": draft.known_at.isoformat()})
        return draft


def creation(reference: str) -> str:
    """The step in which an order is created."""
    return f"create {reference}"


def wait_out(step: Step, quiet_window: timedelta, operation: str) -> None:
    """Raise Unsure while what was begun may still be under way at their side."""
    left = (quiet_window - step.age).total_seconds()
    if left > 0:
        wait = min(left, LONGEST_WAIT_SECONDS)
        raise Unsure(NAME, operation, "it is being confirmed", retry_after_seconds=wait)


def _is_as_asked(order: Order, facts: Facts) -> bool:
    return order.phone == digits(facts["phone"]) and order.amount == as_number(facts["amount"])
