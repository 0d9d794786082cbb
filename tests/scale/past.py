"""A year of shipments as a growing carrier would have had them, drawn in the order in which they were booked."""

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from carrier_backend.domain.lifecycle import FINAL, BookingState, Status, StuckOver

_Kind = TypeVar("_Kind")
SHOPS = 400
YEAR = timedelta(days=365)
GROWTH = 0.7
"""Of the moments: the year's last month has an eighth of its shipments, the first one a thirtieth."""
RETENTION = timedelta(days=30)
PACKAGES = ((1, 85), (2, 11), (3, 4))
METHODS = {
    "intigo": ("intigo-home",),
    "parcel2go": ("parcel2go-home",),
    "ecotrack": ("ecotrack-home", "ecotrack-desk"),
}
_WAYS: tuple[tuple[tuple[Status, ...], int], ...] = (
    ((Status.SUBMITTED, Status.PICKED_UP, Status.AT_DEPOT, Status.OUT_FOR_DELIVERY, Status.DELIVERED), 865),
    ((Status.SUBMITTED, Status.PICKED_UP, Status.DELAYED, Status.OUT_FOR_DELIVERY, Status.DELIVERED), 40),
    ((Status.SUBMITTED, Status.PICKED_UP, Status.DELIVERY_FAILED, Status.RETURNING, Status.RETURNED), 60),
    ((Status.SUBMITTED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELAYED, Status.LOST), 5),
    ((Status.SUBMITTED, Status.CANCELLED), 30),
)
_ENDS = ((BookingState.BOOKED, 974), (BookingState.REFUSED, 18), (BookingState.ABANDONED, 8))
OPEN = (BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING)
_OPEN_FOR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Shop:
    """Who sends: by one courier, under order numbers and package ids of a style of its own."""

    place: int
    courier: str

    @property
    def shipper_id(self) -> str:
        return f"shop-{self.place + 1}"

    def order_number(self, number: int) -> str:
        """Two shops in three have numbers that others have too."""
        return (f"{number}", f"#{number}", f"S{self.place + 1}-{number}")[self.place % 3]

    def package_id(self, position: int, chance: random.Random) -> str:
        """One shop in four calls its packages 1, 2 and 3."""
        return f"{position + 1}" if self.place % 4 == 0 else _uuid(chance)


@dataclass(frozen=True, slots=True)
class Box:
    """One parcel: its names, the way it has come so far, and how its booking stands."""

    package_id: str
    reference: str
    number: str | None
    booking: BookingState
    steps: tuple[tuple[Status, datetime], ...]

    @property
    def is_over(self) -> bool:
        return bool(self.steps) and self.steps[-1][0] in FINAL


@dataclass(frozen=True, slots=True)
class Past:
    """One shipment, and what became of it until now."""

    id: str
    shop: Shop
    shipping_method: str
    external_id: str
    tos_id: str
    trace_id: str
    is_return: bool
    created_at: datetime
    state: BookingState
    boxes: tuple[Box, ...]
    over_at: datetime | None
    erased_at: datetime | None
    stuck_over: StuckOver | None
    is_unclaimed: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_booked(self) -> bool:
        return self.state is BookingState.BOOKED


class Year:
    """Draws shipments of the year that ends now; the same seed draws the same."""

    def __init__(self, now: datetime, seed: int) -> None:
        self._now = now
        self._chance = random.Random(seed)  # noqa: S311  # no secret hangs on it
        couriers = self._chance.choices(list(METHODS), (45, 25, 30), k=SHOPS)
        self.shops = [Shop(place, courier) for place, courier in enumerate(couriers)]
        self._weights = list(accumulate(1 / (place + 1) ** 0.9 for place in range(SHOPS)))
        self._orders = dict.fromkeys(self.shops, 1000)
        self._numbers = 0

    def shipments(self, number: int) -> Iterator[Past]:
        """So many, oldest first."""
        for place in range(number):
            part = ((place + self._chance.random()) / number) ** GROWTH
            yield self._shipment(self._now - YEAR + YEAR * part)

    def _shipment(self, created_at: datetime) -> Past:
        chance = self._chance
        (shop,) = chance.choices(self.shops, cum_weights=self._weights)
        self._orders[shop] += 1
        state = self._state(created_at)
        boxes = tuple(self._box(shop, position, state, created_at) for position in range(_drawn(chance, PACKAGES)))
        over_at = _over_at(state, boxes, created_at)
        is_erased = over_at is not None and over_at < self._now - RETENTION
        is_stuck = over_at is None and chance.random() < 0.05
        return Past(
            id=_hex(chance),
            shop=shop,
            shipping_method=chance.choice(METHODS[shop.courier]),
            external_id=shop.order_number(self._orders[shop]),
            tos_id="" if shop.place % 10 == 0 else _hex(chance),
            trace_id=_hex(chance),
            is_return=chance.random() < 0.05,
            created_at=created_at,
            state=state,
            boxes=boxes,
            over_at=over_at,
            erased_at=over_at + RETENTION if over_at and is_erased else None,
            stuck_over=StuckOver.CANCELLATION if is_stuck else None,
            is_unclaimed=state is BookingState.BOOKED and over_at is None and chance.random() < 0.05,
        )

    def _state(self, created_at: datetime) -> BookingState:
        if self._now - created_at < _OPEN_FOR and self._chance.random() < 0.05:
            return self._chance.choice(OPEN)
        return _drawn(self._chance, _ENDS)

    def _box(self, shop: Shop, position: int, state: BookingState, created_at: datetime) -> Box:
        chance, is_booked = self._chance, state is BookingState.BOOKED
        self._numbers += 1
        steps = self._steps(created_at) if is_booked else ()
        booking = state
        if steps and steps[-1][0] is Status.CANCELLED:
            booking = BookingState.CANCELLED
        elif is_booked and len(steps) < 3 and chance.random() < 0.1:
            booking = BookingState.CANCELLING
        number = _number(shop.courier, self._numbers) if is_booked else None
        return Box(shop.package_id(position, chance), _reference(chance), number, booking, steps)

    def _steps(self, created_at: datetime) -> tuple[tuple[Status, datetime], ...]:
        """Those that it has taken by now, hours or days apart."""
        way, span = _drawn(self._chance, _WAYS), timedelta(hours=self._chance.lognormvariate(3.7, 0.5))
        moments = (created_at + span * step / (len(way) - 1) for step in range(len(way)))
        return tuple((status, at) for status, at in zip(way, moments, strict=True) if at <= self._now)


def _over_at(state: BookingState, boxes: tuple[Box, ...], created_at: datetime) -> datetime | None:
    if state in (BookingState.REFUSED, BookingState.ABANDONED):
        return created_at + timedelta(minutes=1)
    return max(box.steps[-1][1] for box in boxes) if all(box.is_over for box in boxes) else None


def _number(courier: str, number: int) -> str:
    """As the courier would have called it, one after the other."""
    return {"intigo": f"{5_000_000 + number}", "parcel2go": f"P2G{90_000_000 + number}"}.get(
        courier, f"ECS{26_000_000 + number}"
    )


def _drawn(chance: random.Random, kinds: Sequence[tuple[_Kind, int]]) -> _Kind:
    """One of the kinds, each as often as its weight says."""
    (drawn,) = chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
    return drawn


def _hex(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _reference(chance: random.Random) -> str:
    """As domain.parcels mints them, but the same for the same seed."""
    return base64.b32encode(chance.randbytes(13)).decode()[:20]
