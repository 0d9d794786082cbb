"""Money, as far as we have to watch it: what merchants spend in a day, and how long the prepay balance will last."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from carrier_backend.couriers.parcel2go.translate import PlacedOrder, as_moment, as_money
from carrier_backend.domain.errors import Fault, NotServed
from carrier_backend.ports import Clock, Snapshots
from carrier_backend.support import strict_json

BALANCES = "parcel2go/balances"
WEEK = timedelta(days=7)


class Spending:
    """Kept in snapshots, for all processes alike."""

    def __init__(self, snapshots: Snapshots, clock: Clock) -> None:
        self._snapshots = snapshots
        self._clock = clock

    def reserve(self, shipper_id: str, order: PlacedOrder, limit: Decimal, day: str) -> None:
        """Count an order towards its merchant's day, once; raises NotServed, and counts nothing, beyond the limit."""

        def count(content: bytes | None) -> bytes:
            spent = _spent(content, day) | {order.id: str(order.total)}
            total = sum(map(Decimal, spent.values()), Decimal(0))
            if total > limit:
                raise NotServed(
                    Fault(f"£{order.total} more would be beyond the day's £{limit}", "merchant.daily_limit")
                )
            return strict_json.dump({"day": day, "orders": spent})

        self._snapshots.amend(f"parcel2go/spent/{shipper_id}", count)

    def note_balance(self, balance: Decimal) -> None:
        """Remember the balance of this moment, and those of the week before it."""
        now = self._clock.now()

        def append(content: bytes | None) -> bytes:
            kept = [(at, was) for at, was in _balances(content) if at >= now - WEEK]
            return strict_json.dump([[at.isoformat(), str(was)] for at, was in (*kept, (now, balance))])

        self._snapshots.amend(BALANCES, append)

    def known_balance(self) -> Decimal | None:
        """The balance that was noted last; None where there never was one."""
        noted = self._noted()
        return noted[-1] if noted else None

    def days_left(self, balance: Decimal) -> Decimal | None:
        """How long the balance will last if the next days are like the last seven; None where nothing was spent."""
        spent = self._spent_in_a_week(balance)
        return balance / spent * WEEK.days if spent else None

    def runway(self, balance: Decimal) -> str:
        """The same, for people to read."""
        days = self.days_left(balance)
        if days is None:
            return "nothing was spent in the last seven days"
        spent = self._spent_in_a_week(balance)
        return f"£{spent:.2f} were spent in the last seven days: it lasts for {days:.1f} days"

    def _spent_in_a_week(self, balance: Decimal) -> Decimal:
        """What it rose by was put there by people; all it fell by was spent."""
        falls = (max(before - after, Decimal(0)) for before, after in pairwise([*self._noted(), balance]))
        return sum(falls, Decimal(0))

    def _noted(self) -> list[Decimal]:
        """The balances of the last seven days, as they were noted."""
        snapshot = self._snapshots.read(BALANCES)
        since = self._clock.now() - WEEK
        return [was for at, was in _balances(snapshot.content if snapshot else None) if at >= since]


def _spent(content: bytes | None, day: str) -> dict[str, str]:
    match strict_json.parse(content) if content else None:
        case {"day": kept_day, "orders": dict(orders)} if kept_day == day:
            return {str(id): str(total) for id, total in orders.items()}
    return {}


def _balances(content: bytes | None) -> list[tuple[datetime, Decimal]]:
    entries = strict_json.parse(content) if content else []
    noted = []
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case [told_at, told] if (at := as_moment(told_at)) and (balance := as_money(told)) is not None:
                noted.append((at, balance))
    return noted
