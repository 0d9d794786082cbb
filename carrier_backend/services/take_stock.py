"""How it goes: what became of the parcels of a span, by merchant, courier and product."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.storage import stock
from carrier_backend.storage.stock import Pile, Span
from carrier_backend.storage.store import Store

LONGEST = timedelta(days=93)
USUAL = timedelta(days=30)
MOST_MERCHANTS = 100
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
LATE, FAILED = (
    frozenset({Status.DELAYED}),
    frozenset({Status.DELIVERY_FAILED, Status.RETURNING, Status.RETURNED, Status.LOST}),
)


@dataclass(slots=True)
class Tally:
    """What became of some parcels."""

    parcels: int = 0
    bookings: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, pile: Pile) -> None:
        """Count a pile in."""
        self.parcels += pile.parcels
        self.bookings[pile.booking] += pile.parcels
        if pile.status:
            self.statuses[pile.status] += pile.parcels

    @property
    def late_share(self) -> float | None:
        """Of those that were booked, the share that is delayed now; None where nothing was booked."""
        return self._share(LATE)

    @property
    def failed_share(self) -> float | None:
        """Of those that were booked, the share that could not be delivered: failed, on the way back, or lost."""
        return self._share(FAILED)

    def _share(self, statuses: Iterable[str]) -> float | None:
        booked = self.bookings[BookingState.BOOKED]
        return round(sum(self.statuses[status] for status in statuses) / booked, 4) if booked else None


@dataclass(frozen=True, slots=True)
class Stock:
    """What became of the parcels of a span; `merchants` are those with the most, as far as they are listed."""

    since: datetime
    until: datetime
    shipments: int
    all: Tally
    merchants: Mapping[str, Tally]
    couriers: Mapping[str, Tally]
    products: Mapping[str, Tally]
    delivery_hours: Mapping[str, Mapping[str, int]]


class TakeStock:
    """Count what is there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, since: datetime | None = None, until: datetime | None = None) -> Stock:
        """What came to be from one moment on and before another: of the last thirty days, unless asked otherwise.

        Raises Malformed for a span of more than LONGEST, or of none.
        """
        with self._store.read() as unit:
            until = until or unit.now
            since = since or until - USUAL
            if not timedelta(0) < until - since <= LONGEST:
                raise Malformed(Fault(f"must be before `until`, and {LONGEST.days} days before it at most", "since"))
            span = Span(since, until)
            number = stock.shipments_of(unit, span)
            all_of_them, merchants, couriers, products = _tallied(stock.piles_of(unit, span))
            hours = _percentiles(stock.hours_to_delivery(unit, span))
        return Stock(since, until, number, all_of_them, _largest(merchants), couriers, products, hours)


def _tallied(piles: Iterable[Pile]) -> tuple[Tally, dict[str, Tally], dict[str, Tally], dict[str, Tally]]:
    everything = Tally()
    merchants: dict[str, Tally] = defaultdict(Tally)
    couriers: dict[str, Tally] = defaultdict(Tally)
    products: dict[str, Tally] = defaultdict(Tally)
    for pile in piles:
        everything.add(pile)
        for tallies, name in ((merchants, pile.shipper_id), (couriers, pile.courier), (products, pile.shipping_method)):
            tallies[name].add(pile)
    return everything, merchants, couriers, products


def _largest(tallies: Mapping[str, Tally]) -> Mapping[str, Tally]:
    by_size = sorted(tallies.items(), key=lambda item: (-item[1].parcels, item[0]))
    return dict(by_size[:MOST_MERCHANTS])


def _percentiles(counted: Iterable[tuple[str, int, int]]) -> Mapping[str, Mapping[str, int]]:
    """By courier, within how many hours of its booking that share of the delivered parcels was delivered."""
    by_courier: dict[str, list[tuple[int, int]]] = {}
    for courier, hours, number in counted:
        by_courier.setdefault(courier, []).append((hours, number))
    return {
        courier: {name: _within(spent, share) for name, share in PERCENTILES.items()}
        for courier, spent in by_courier.items()
    }


def _within(spent: Iterable[tuple[int, int]], share: float) -> int:
    """The whole hours, begun ones included, within which that share was delivered."""
    in_order = sorted(spent)
    wanted, seen = share * sum(number for _, number in in_order), 0
    for hours, number in in_order:
        seen += number
        if seen >= wanted:
            return hours + 1
    raise ValueError("nothing was delivered")
