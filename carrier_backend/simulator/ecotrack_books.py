"""What the Ecotrack tenant holds: orders by tracking and by day, and what is still to become of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from heapq import heappop, heappush
from itertools import count, islice
from time import time
from typing import Any

from carrier_backend.simulator import ecotrack_statuses as statuses
from carrier_backend.simulator import labels
from carrier_backend.simulator.ecotrack_places import Commune

ALGIERS = timezone(timedelta(hours=1))
HOME_WILAYA = 16


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of an order's history, in local time."""

    at: datetime
    status: str
    station: str

    def wire(self) -> dict[str, str]:
        return {**_day_and_time(self.at), "status": self.status, "station": self.station}


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of the sender's or of a driver's, whose reasons show in get/orders/status too."""

    at: datetime
    text: str
    station: str = ""
    driver: str = ""
    postponed_to: str | None = None

    def as_reason(self) -> dict[str, Any]:
        told = {"reason": self.text, "details": "", "station": self.station, "driver": self.driver}
        return {**told, **_day_and_time(self.at), "postponed_to": self.postponed_to}


@dataclass(slots=True)
class Order:
    """One order; `wanted` is what was asked for, as text."""

    tracking: str
    wanted: Mapping[str, Any]
    commune: Commune
    created_at: datetime
    status: str = statuses.DRAFT
    validated_at: datetime | None = None
    deleted_at: datetime | None = None
    is_gone: bool = False
    activities: list[Activity] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def reference(self) -> str | None:
        return self.wanted.get("reference")

    @property
    def is_listed(self) -> bool:
        """Archived orders are left out of get/orders."""
        return not (self.is_gone or self.deleted_at or self.status in statuses.ARCHIVED)

    def slip(self) -> labels.Slip:
        lines = (self.wanted["adresse"], f"{self.commune.postal_code} {self.commune.name}", self.commune.wilaya_name)
        return labels.Slip("Ecotrack", self.tracking, self.reference or "", self.wanted["nom_client"], lines)

    def row(self) -> dict[str, Any]:
        """As get/orders lists it; amounts are text."""
        return {
            "tracking": self.tracking,
            "reference": self.reference,
            "client": self.wanted["nom_client"],
            "phone": self.wanted["telephone"],
            "phone_2": self.wanted.get("telephone_2"),
            "adresse": self.wanted["adresse"],
            "commune": self.commune.name,
            "wilaya_id": self.commune.wilaya_id,
            "montant": self.wanted["montant"],
            "tarif_prestation": "700",
            "tarif_retour": "200",
            "type_id": int(self.wanted["type"]),
            "created_at": self.created_at.date().isoformat(),
            "payment_id": None,
            "return_id": None,
            "status": self.status,
            "products": self.wanted.get("produit"),
        }

    def standing(self) -> dict[str, Any]:
        """As get/orders/status gives it: a desk's address, or the driver's number while he is on his way."""
        is_on_the_way = self.status == statuses.IN_DELIVERY
        desk = dict.fromkeys(("desk_phone", "desk_commune", "desk_map_link", "desk_address"), "")
        with_whom = {"driver_phone": "0550000000"} if is_on_the_way else desk
        reasons = [remark.as_reason() for remark in self.remarks if remark.driver]
        return {"status": self.status, "order_id": self.reference or "", **with_whom, "activity": reasons}

    def history(self) -> dict[str, Any]:
        """As get/tracking/info gives it, which knows no status of the whole."""
        return {
            "recipientName": self.wanted["nom_client"],
            "shippedBy": self.wanted.get("boutique") or "Test Shop",
            "originCity": HOME_WILAYA,
            "destLocationCity": self.commune.wilaya_id,
            "currentStation": self.activities[-1].station if self.activities else "",
            "activity": [activity.wire() for activity in self.activities],
            "reasons": [],
        }

    def state(self) -> dict[str, Any]:
        return {
            "tracking": self.tracking,
            "reference": self.reference,
            "status": self.status,
            "created_at": self.created_at.isoformat(),
            "validated_at": self.validated_at and self.validated_at.isoformat(),
            "deleted_at": self.deleted_at and self.deleted_at.isoformat(),
            "activities": [activity.status for activity in self.activities],
            "remarks": [remark.text for remark in self.remarks],
            "request": dict(self.wanted),
        }


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


def _day_and_time(at: datetime) -> dict[str, str]:
    return {"date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M:%S}"}
