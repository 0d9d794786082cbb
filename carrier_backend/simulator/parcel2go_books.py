"""What Parcel2Go holds: orders with their lines, every debit of the prepaid balance, and the lines' tracking."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from os import urandom
from time import time
from typing import Any, Self

from carrier_backend.simulator import labels
from carrier_backend.simulator.parcel2go_webhooks import written

VAT = Decimal("0.2")
_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scan:
    """One entry of a line's tracking; `timestamp` as it was told."""

    timestamp: str
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Line:
    """One item of an order; `wanted` is what was asked for it, `scans` its tracking."""

    order_id: str
    order_line_id: str
    hash: str
    wanted: Mapping[str, Any]
    customer_reference: str
    price_ex_vat: Decimal
    is_paid: bool = False
    scans: tuple[Scan, ...] = ()

    @property
    def barcode(self) -> str:
        return f"P2G{self.order_line_id}"

    @property
    def reference(self) -> str:
        return str(self.wanted.get("Reference") or "")

    @property
    def parcel_ids(self) -> list[int]:
        """Numbers of Parcel2Go's own, one per parcel."""
        return [int(self.order_line_id) * 10 + place for place in range(len(self.wanted["Parcels"]))]

    def slips(self) -> list[labels.Slip]:
        """What the labels say, one per parcel."""
        return [self._slip(parcel) for parcel in self.wanted["Parcels"]]

    def _slip(self, parcel: Mapping[str, Any]) -> labels.Slip:
        to = parcel["DeliveryAddress"]
        lines = (f"{to['Property']} {to['Street']}", to["Town"], to["Postcode"], to["CountryIsoCode"])
        return labels.Slip("Parcel2Go", self.barcode, self.reference, to["ContactName"], lines)

    def state(self) -> dict[str, Any]:
        return {
            "order_line_id": self.order_line_id,
            "hash": self.hash,
            "item_id": self.wanted["Id"],
            "reference": self.reference,
            "service": self.wanted["Service"],
            "price": str(with_vat(self.price_ex_vat)),
            "scans": [scan.description for scan in self.scans],
        }


@dataclass(frozen=True, slots=True)
class Order:
    """An order and the body that asked for it; unpaid while `paid_at` is None."""

    order_id: str
    hash: str
    wanted: Mapping[str, Any]
    line_ids: tuple[str, ...]
    price_ex_vat: Decimal
    made_at: datetime
    paid_at: datetime | None = None

    @property
    def total(self) -> Decimal:
        return with_vat(self.price_ex_vat)

    def prices(self) -> dict[str, float]:
        return {
            "TotalPrice": float(self.total),
            "TotalVat": float(self.total - self.price_ex_vat),
            "TotalPriceExVat": float(self.price_ex_vat),
        }

    def paid(self, at: datetime) -> Self:
        """Its date is that of the first payment."""
        return replace(self, paid_at=self.paid_at or at)

    def state(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "hash": self.hash,
            "total_price": str(self.total),
            "made_at": written(self.made_at),
            "paid_at": self.paid_at and written(self.paid_at),
            "request": self.wanted,
        }


class Books:
    """All orders, oldest first, and the money. Not locked: its owner does that."""

    def __init__(self, balance: Decimal) -> None:
        self._begun_with = balance
        self.balance = balance
        self.orders: dict[str, Order] = {}
        self.lines: dict[str, Line] = {}
        self.payments: list[dict[str, str]] = []
        # A number must never come twice, not even from a simulator started anew beside a backend that remembers.
        started = int(time()) % 800_000_000
        self._order_ids = count(100_000_000 + started)
        self._line_ids = count(1_000_000_000 + started)

    def make(self, wanted: Mapping[str, Any], prices_ex_vat: Sequence[Decimal], at: datetime) -> Order:
        """An unpaid order with one line per item, which cost so much each."""
        order_id = str(next(self._order_ids))
        customer_reference = str(wanted["CustomerDetails"].get("Reference") or "")
        lines = [
            Line(order_id, str(next(self._line_ids)), _new_hash(), item, customer_reference, price)
            for item, price in zip(wanted["Items"], prices_ex_vat, strict=True)
        ]
        self.lines.update({line.order_line_id: line for line in lines})
        line_ids = tuple(line.order_line_id for line in lines)
        total = sum(prices_ex_vat, Decimal(0))
        self.orders[order_id] = Order(order_id, _new_hash(), wanted, line_ids, total, at)
        return self.orders[order_id]

    def lines_of(self, order: Order) -> list[Line]:
        return [self.lines[line_id] for line_id in order.line_ids]

    def line(self, number: str) -> Line | None:
        """By its id, with or without P2G before it."""
        return self.lines.get(number.removeprefix("P2G"))

    def pay(self, order: Order, at: datetime) -> bool:
        """Debits the balance, again for an order that is paid; False, and no debit, where it is too low."""
        if order.total > self.balance:
            return False
        self.balance -= order.total
        debit = {
            "order_id": order.order_id,
            "amount": str(order.total),
            "at": written(at),
            "balance": str(self.balance),
        }
        self.payments.append(debit)
        self.orders[order.order_id] = self.orders[order.order_id].paid(at)
        for line in self.lines_of(order):
            self.lines[line.order_line_id] = replace(line, is_paid=True)
        return True

    def scan(self, line: Line, scan: Scan) -> None:
        standing = self.lines[line.order_line_id]
        self.lines[line.order_line_id] = replace(standing, scans=(*standing.scans, scan))

    def results(self, line: Line) -> list[dict[str, Any]]:
        """The line's tracking as it is served, which knows no stages."""
        return [
            {
                "Timestamp": scan.timestamp,
                "Description": scan.description,
                "Details": None,
                "StatusCode": scan.code,
                "ParcelNumber": line.barcode,
                "CourierId": 1,
                "DeliveryType": "Door",
            }
            for scan in self.lines[line.order_line_id].scans
        ]

    def state(self) -> dict[str, Any]:
        orders = [
            {**order.state(), "lines": [line.state() for line in self.lines_of(order)]}
            for order in self.orders.values()
        ]
        return {"orders": orders, "payments": self.payments, "balance": str(self.balance)}

    def clear(self) -> None:
        """Forgets all; numbers go on counting."""
        self.orders.clear()
        self.lines.clear()
        self.payments.clear()
        self.balance = self._begun_with


def with_vat(ex_vat: Decimal) -> Decimal:
    """To the penny."""
    return (ex_vat * (1 + VAT)).quantize(_PENNY)


def _new_hash() -> str:
    """Base64 with all the letters that a URL would misread."""
    while True:
        made = b64encode(urandom(32)).decode()
        if "+" in made and "/" in made:
            return made
