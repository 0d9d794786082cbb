"""How an order is placed at Parcel2Go and paid once: resumable at any point, by what the journal says.

Money moves only at the step `pay`, and a second call would debit again: one that was begun and not answered is read
back, and repeated only where no date of payment stands there after the quiet window.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from carrier_backend.couriers.parcel2go.client import Parcel2GoClient
from carrier_backend.couriers.parcel2go.collection import collection_date, drop_shop
from carrier_backend.couriers.parcel2go.handover import HandOver, item_id
from carrier_backend.couriers.parcel2go.offers import Offer, choose, offers, why_none
from carrier_backend.couriers.parcel2go.spending import Spending
from carrier_backend.couriers.parcel2go.terms import daily_limit, max_price
from carrier_backend.couriers.parcel2go.translate import LONDON, NAME, PlacedOrder, as_moment, from_facts, to_facts
from carrier_backend.domain.errors import (
    CounterpartError,
    Declined,
    LockedOut,
    NotServed,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.parcels import Booked, Cancellation, Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Clock, Journal, Step

ORDER, PAY = "order", "pay"
LONGEST_WAIT_SECONDS = 30
NO_QUOTES = "Parcel2Go has no service at all for this journey"


class Purchase:
    """The order of one shipment, as far as it has come."""

    def __init__(
        self,
        client: Parcel2GoClient,
        journal: Journal,
        shipment: Shipment,
        spending: Spending,
        clock: Clock,
        quiet_window: timedelta,
    ) -> None:
        self._client = client
        self._journal = journal
        self._shipment = shipment
        self._spending = spending
        self._clock = clock
        self._quiet_window = quiet_window

    def complete(self, hand_over: Callable[[], HandOver]) -> list[Booked]:
        """The order placed and paid; raises Declined, NotServed, Unreachable or, about paying, Unsure."""
        self._refuse_half_adopted()
        order = self._standing() or self._place(hand_over())
        if not self._is_paid(order):
            self._pay(order)
        return [_booked(order, reference, self._shipment.journey.shipper_id) for reference in self._shipment.references]

    def undo(self, *, ask: bool) -> Cancellation:
        """An unpaid order costs nothing and is left to lapse; a paid one only people can have refunded."""
        step = self._journal.step(ORDER)
        if step is None or not step.is_done:
            return self._undo_half_adopted(ask=ask)
        order = from_facts(step.facts)
        if not self._is_paid(order):
            self._spending.take_back(self._purpose)
            return Cancellation(Outcome.DONE)
        return Cancellation(Outcome.ASKED if ask else Outcome.UNABLE, refund_note(order.id))

    def _half_adopted(self) -> str | None:
        """The paid order that was being adopted when a process died: a payment is begun before no other order."""
        order, pay = self._journal.step(ORDER), self._journal.step(PAY)
        return str(pay.facts["order_id"]) if pay is not None and (order is None or not order.is_done) else None

    def _refuse_half_adopted(self) -> None:
        if order_id := self._half_adopted():
            raise Unsure(NAME, "adopt order", f"order {order_id} was being adopted: adopt it again, or abandon it")

    def _undo_half_adopted(self, *, ask: bool) -> Cancellation:
        order_id = self._half_adopted()
        if order_id is None:
            return Cancellation(Outcome.DONE)
        return Cancellation(Outcome.ASKED if ask else Outcome.UNABLE, refund_note(order_id))

    def _standing(self) -> PlacedOrder | None:
        """The order that was placed; None where there is none, or its day of collection has gone by unpaid."""
        step = self._journal.step(ORDER)
        if step is None or not step.is_done:
            return None
        collected_at = as_moment(step.facts["collected_at"])
        is_over = collected_at is not None and _day(collected_at) < _day(self._clock.now())
        return None if is_over and self._journal.step(PAY) is None else from_facts(step.facts)

    def _place(self, hand_over: HandOver) -> PlacedOrder:
        """Quote, verify, order: a refusal comes with their reasons before anything exists."""
        offer = self._choose(hand_over)
        step = self._journal.step(ORDER)
        attempt = _attempt(step) + 1
        items = {reference: item_id(reference, attempt) for reference in self._shipment.references}
        collected_at = collection_date(self._client, hand_over, offer, self._shipment, self._clock.now())
        shop_id = drop_shop(self._client, hand_over, offer)
        body = hand_over.order(offer.slug, collected_at, items, shop_id)
        self._client.verify(body)
        self._journal.begin(ORDER, {"attempt": attempt})
        order = self._client.place(body)
        if order.lines.keys() != set(items.values()):
            raise Unreachable(NAME, "place order", "the order is not of the parcels that were asked for")
        order = replace(order, lines={reference: order.lines[item] for reference, item in items.items()})
        self._journal.done(ORDER, {**to_facts(order), "attempt": attempt, "collected_at": collected_at})
        return order

    def _choose(self, hand_over: HandOver) -> Offer:
        offered = offers(self._client.quotes(hand_over.quote()))
        offer = choose(offered, hand_over.wish)
        if offer is None:
            raise NotServed(why_none(offered, hand_over.wish) if offered else NO_QUOTES)
        self._refuse_above_ceiling(offer.price)
        return offer

    def _is_paid(self, order: PlacedOrder) -> bool:
        """Whether it is; raises Unsure while that may still change without us."""
        step = self._journal.step(PAY)
        if step is None or step.is_done:
            return step is not None
        if self._look(order):
            return True
        left = (self._quiet_window - step.age).total_seconds()
        if left > 0:
            wait = min(left, LONGEST_WAIT_SECONDS)
            raise Unsure(NAME, "pay", "it is being confirmed", retry_after_seconds=wait)
        return False

    def _look(self, order: PlacedOrder, *, is_refused: bool = False) -> bool:
        """Read the payment back, and note it if it was made; an order that is refused may not be known there at all."""
        try:
            is_paid = self._client.is_paid(order.id, order.hash)
        except CounterpartError as error:  # that we could not look changes nothing of what may have been done
            if is_refused and isinstance(error, Declined):
                return False
            wait = error.retry_after_seconds
            raise Unsure(NAME, error.operation, *error.reasons, retry_after_seconds=wait) from error
        if is_paid:
            self._journal.done(PAY, {})
        return is_paid

    def _pay(self, order: PlacedOrder) -> None:
        """Pay, with the step begun first of all: a journal that may only look lets nothing be counted either."""
        self._refuse_above_ceiling(order.total)
        is_first = self._journal.step(PAY) is None
        self._journal.begin(PAY, {"order_id": order.id})
        try:
            self._refuse_beyond_means(order)
            self._client.pay(order.id, order.hash)
        except (NotServed, Unreachable):
            self._withdraw(is_first=is_first)
            raise
        except Unsure:
            if not self._look(order):
                raise
        except Declined:
            if self._look(order, is_refused=True):
                return
            self._withdraw(is_first=is_first)
            self._refuse_below_balance(order)  # it may have been spent meanwhile
            raise
        else:
            self._journal.done(PAY, {})

    def _withdraw(self, *, is_first: bool) -> None:
        """Forget an attempt that paid nothing, unless one before it may have: that is to be read back still."""
        if is_first:
            self._journal.withdraw(PAY)
            self._spending.take_back(self._purpose)

    @property
    def _purpose(self) -> str:
        """What a merchant's day counts the shipment under, however often it is ordered."""
        return self._shipment.references[0]

    def _refuse_above_ceiling(self, price: Decimal) -> None:
        ceiling = max_price(self._shipment.route)
        if ceiling is not None and price > ceiling:
            raise NotServed(f"Parcel2Go asks £{price:.2f}, and no more than £{ceiling:.2f} may be spent")

    def _refuse_beyond_means(self, order: PlacedOrder) -> None:
        limit = daily_limit(self._shipment.route.terms)
        self._spending.reserve(self._shipment.journey.shipper_id, self._purpose, order.total, limit)
        self._refuse_below_balance(order)

    def _refuse_below_balance(self, order: PlacedOrder) -> None:
        """An empty balance refuses nothing: it is ours to fill, and the order waits for it unpaid."""
        balance = self._client.balance()
        if balance < order.total:
            self._spending.note_shortage(self._shipment.journey.shipper_id, balance)
            raise LockedOut(NAME, "pay", "the prepay balance is too low: it has to be topped up")


def refund_note(order_id: object) -> str:
    """What people have to do about an order that is paid: no call of Parcel2Go's takes it back (section 13)."""
    return f"order {order_id} is paid: its refund has to be asked for at Parcel2Go"


def _booked(order: PlacedOrder, reference: str, shipper_id: str) -> Booked:
    line = order.lines[reference]
    facts = {"order_id": order.id, "order_hash": order.hash, "line_hash": line.hash}
    return Booked(reference, line.number, shipper_id, facts)


def _attempt(step: Step | None) -> int:
    attempt = step.facts["attempt"] if step else 0
    return attempt if isinstance(attempt, int) else 0


def _day(at: datetime) -> str:
    """The British day, as ISO 8601: days written so sort like days."""
    return at.astimezone(LONDON).date().isoformat()
