"""How an order that people found at Parcel2Go, and paid there or saw paid, becomes the one that was asked for.

Only a paid one: an unpaid order binds nobody, and another is placed in its stead.
"""

from collections.abc import Mapping

from carrier_backend.couriers.parcel2go.booking import ORDER, PAY
from carrier_backend.couriers.parcel2go.client import Parcel2GoClient
from carrier_backend.couriers.parcel2go.spending import Spending
from carrier_backend.couriers.parcel2go.translate import (
    NAME,
    Line,
    PlacedOrder,
    as_id,
    from_facts,
    to_facts,
)
from carrier_backend.domain.errors import Declined, Fault, Malformed, Unreachable, raise_faults
from carrier_backend.domain.parcels import LabelSize
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Journal, Step

Told = Mapping[str, object]
NEEDED = ("order_id", "order_hash")
LONGEST_HASH = 200


class Adopting:
    """The order of one shipment, as people tell of it."""

    def __init__(self, client: Parcel2GoClient, journal: Journal, shipment: Shipment, spending: Spending) -> None:
        self._client = client
        self._journal = journal
        self._shipment = shipment
        self._spending = spending

    def __call__(self, reference: str, line_id: str, told: Told) -> None:
        """Note that order line as a parcel's; raises Malformed, Declined or Unreachable."""
        step = self._journal.step(ORDER)
        if step is not None and step.is_done:
            self._refuse_another(from_facts(step.facts), reference, line_id)
        else:
            self._note(self._found(reference, line_id, told), step)

    def _refuse_another(self, order: PlacedOrder, reference: str, line_id: str) -> None:
        """Which line is whose, their own answer to the order has told us."""
        known = order.lines[reference]
        if known.id != line_id:
            raise Declined(NAME, "adopt order", f"the package is {known.number} of order {order.id}")

    def _found(self, reference: str, line_id: str, told: Told) -> PlacedOrder:
        if len(self._shipment.references) > 1:
            raise Declined(NAME, "adopt order", "an order of several packages cannot be adopted one by one")
        order_id, hash = self._needed(told)
        line = Line(line_id, _hash(told, "line_hash"))
        standing = self._client.standing_order(order_id, hash)
        if standing.references.get(line_id, reference) != reference:
            raise Declined(NAME, "adopt order", f"order line {line_id} is another's: it bears another reference")
        if not self._client.is_paid(order_id, hash):
            raise Declined(NAME, "adopt order", f"order {order_id} is not paid: it binds nobody")
        # Its label proves that the line is of this order, however little else is told of it.
        if self._client.label(line_id, line.hash or hash, LabelSize.NORMAL) is None:
            raise Unreachable(NAME, "label", f"there is no label of order line {line_id} yet")
        return PlacedOrder(order_id, hash, standing.total, {reference: line})

    def _needed(self, told: Told) -> tuple[str, str]:
        order_id, hash = as_id(told.get("order_id")), _hash(told, "order_hash")
        missing = [name for name, value in zip(NEEDED, (order_id, hash), strict=True) if not value]
        raise_faults(Malformed, [Fault("is needed as well, to read the order back", name) for name in missing])
        return order_id, hash

    def _note(self, order: PlacedOrder, step: Step | None) -> None:
        """The payment is begun before its order is known: whoever finds it so looks, and never pays a second time."""
        self._journal.begin(PAY, {"order_id": order.id})
        attempt = step.facts["attempt"] if step else 0
        self._journal.begin(ORDER, {"attempt": attempt})
        self._journal.done(ORDER, {**to_facts(order), "attempt": attempt, "collected_at": ""})
        self._spending.reserve(self._shipment.journey.shipper_id, self._shipment.references[0], order.total, limit=None)
        self._journal.done(PAY, {})


def _hash(told: Told, name: str) -> str:
    value = told.get(name)
    return value.strip()[:LONGEST_HASH] if isinstance(value, str) else ""
