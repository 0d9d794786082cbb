"""What the Ecotrack tenant holds: orders by tracking and by day, and what is still to become of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, islice
from time import time
from typing import Any

from carrier_backend.simulator import ecotrack_statuses as statuses
from carrier_backend.simulator.ecotrack_orders import ALGIERS, Activity, Order, Remark
from carrier_backend.simulator.ecotrack_places import Commune


@dataclass(frozen=True, slots=True)
class Step:
    """A status and the activity that goes with it; a driver may have given his reason."""

    status: str
    activity: str | None
    station: str = "Station principale"
    reason: str | None = None
    postponed_to: str | None = None


class Books:
    """All orders, oldest first. Not locked: its owner does that."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.validations: list[dict[str, Any]] = []
        self.returns_asked: list[dict[str, str]] = []
        self.usual_journey: Sequence[tuple[float, Step]] = ()
        self._by_day: dict[date, dict[str, Order]] = {}
        self._by_reference: dict[str, list[Order]] = {}
        self._to_come: list[tuple[datetime, int, Order, Step]] = []
        self._places_in_line = count()
        # A number must never come twice, not even from a simulator started anew beside a backend that remembers.
        self._numbers = count(10_000_000 + int(time()) % 80_000_000)

    def clear(self) -> None:
        """Forgets all; numbers go on counting."""
        for kept in (self.orders, self._by_day, self._by_reference):
            kept.clear()
        for listed in (self.validations, self.returns_asked, self._to_come):
            listed.clear()
        self.usual_journey = ()

    def make(self, wanted: Mapping[str, Any], commune: Commune, at: datetime) -> Order:
        """A draft; nothing keeps the same reference from coming twice."""
        local = at.astimezone(ALGIERS)
        order = Order(f"ECSIMU{local:%y%m%d}{next(self._numbers)}", wanted, commune, local)
        self.orders[order.tracking] = order
        self._by_day.setdefault(local.date(), {})[order.tracking] = order
        if order.reference:
            self._by_reference.setdefault(order.reference, []).append(order)
        return order

    def found(self, tracking: str) -> Order | None:
        """Deleted ones are not."""
        order = self.orders.get(tracking)
        return None if order is None or order.deleted_at else order

    def with_reference(self, reference: str) -> Sequence[Order]:
        return self._by_reference.get(reference, [])

    def delete(self, order: Order, at: datetime) -> None:
        order.deleted_at = at.astimezone(ALGIERS)
        self._unlist(order)

    def validate(self, order: Order, ask_collection: bool, at: datetime) -> None:
        order.validated_at = at.astimezone(ALGIERS)
        order.status = statuses.AWAITING_COLLECTION if ask_collection else statuses.TO_THE_HUB
        order.activities.append(Activity(order.validated_at, statuses.VALIDATED, ""))
        self.validations.append(
            {"tracking": order.tracking, "at": order.validated_at.isoformat(), "ask_collection": ask_collection}
        )
        self.plan(order, self.usual_journey, at)

    def remark(self, order: Order, remark: Remark) -> None:
        order.remarks.append(remark)
        order.activities.append(Activity(remark.at, statuses.REMARKED, remark.station))

    def move(self, order: Order, step: Step, at: datetime) -> None:
        local = at.astimezone(ALGIERS)
        order.status = step.status
        if step.activity:
            order.activities.append(Activity(local, step.activity, step.station))
        if step.reason:
            order.remarks.append(Remark(local, step.reason, step.station, "HINI Djamel", step.postponed_to))
        if not order.is_listed:
            self._unlist(order)

    def archive(self, order: Order) -> None:
        """From now on only its history is to be had."""
        order.is_gone = True
        self._unlist(order)

    def _unlist(self, order: Order) -> None:
        self._by_day.get(order.created_at.date(), {}).pop(order.tracking, None)

    def plan(self, order: Order, journey: Sequence[tuple[float, Step]], begun_at: datetime) -> None:
        """What is to become of an order, each step so many seconds after the beginning."""
        for seconds, step in journey:
            due_at = begun_at + timedelta(seconds=seconds)
            heappush(self._to_come, (due_at, next(self._places_in_line), order, step))

    def let_happen(self, now: datetime) -> None:
        """Moves on whatever was planned for a moment that has come."""
        while self._to_come and self._to_come[0][0] <= now:
            at, _, order, step = heappop(self._to_come)
            if not order.deleted_at:
                self.move(order, step, at)

    def listed(self, first: date, last: date) -> int:
        """How many orders created on these days get/orders has."""
        return sum(len(orders) for day, orders in self._by_day.items() if first <= day <= last)

    def page(self, first: date, last: date, skipped: int, length: int) -> list[Order]:
        """The newest first."""
        return list(islice(self._newest_first(first, last), skipped, skipped + length))

    def _newest_first(self, first: date, last: date) -> Iterator[Order]:
        for day in sorted((day for day in self._by_day if first <= day <= last), reverse=True):
            yield from reversed(self._by_day[day].values())

    def state(self) -> dict[str, Any]:
        return {
            "orders": [order.state() for order in self.orders.values()],
            "validations": self.validations,
            "returns_asked": self.returns_asked,
        }
