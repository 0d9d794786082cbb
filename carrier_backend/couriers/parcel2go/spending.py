"""Money, as far as we have to watch it: what merchants spend in a day, and how long the prepay balance will last."""

from datetime import date, timedelta
from decimal import Decimal

from carrier_backend.couriers.parcel2go.translate import LONDON, NAME, as_money
from carrier_backend.domain.errors import Fault, NotServed
from carrier_backend.domain.health import Balance
from carrier_backend.ports import Accounts, Clock, Snapshot, Snapshots
from carrier_backend.support import strict_json

BALANCE = "parcel2go/balance"
WEEK = timedelta(days=7)


class Spending:
    """Kept where all processes see it."""

    def __init__(self, accounts: Accounts, snapshots: Snapshots, clock: Clock) -> None:
        self._accounts = accounts
        self._snapshots = snapshots
        self._clock = clock

    def reserve(self, shipper_id: str, purpose: str, total: Decimal, limit: Decimal | None) -> None:
        """Count a total towards its merchant's British day, once; raises NotServed beyond the limit."""
        if not self._accounts.spend(NAME, shipper_id, self._today(), purpose, total, limit):
            raise NotServed(Fault(f"£{total:.2f} more would be beyond the day's £{limit:.2f}", "merchant.daily_limit"))

    def take_back(self, purpose: str) -> None:
        """Count what was not spent after all no longer."""
        self._accounts.take_back(NAME, purpose)

    def note_balance(self, balance: Decimal) -> None:
        """Remember the balance of our own account as it is now."""
        self._snapshots.keep(BALANCE, strict_json.dump({"balance": str(balance)}))

    def note_shortage(self, shipper_id: str, balance: Decimal) -> None:
        """Remember a balance that a booking found too low, where it is our own account's, unless it was known."""
        if self._accounts.of(NAME, shipper_id) is None and balance != self._noted(self._snapshots.read(BALANCE)):
            self.note_balance(balance)

    def known_balance(self) -> Balance | None:
        """The balance that was noted last; None where there never was one."""
        snapshot = self._snapshots.read(BALANCE)
        amount = self._noted(snapshot)
        if snapshot is None or amount is None:
            return None
        return Balance(amount, "GBP", snapshot.fetched_at, self.days_left(amount))

    @staticmethod
    def _noted(snapshot: Snapshot | None) -> Decimal | None:
        match strict_json.parse(snapshot.content) if snapshot else None:
            case {"balance": told}:
                return as_money(told)
        return None

    def days_left(self, balance: Decimal) -> Decimal | None:
        """How long the balance will last if the next days are like the last seven; None where nothing was spent."""
        spent = self._spent_in_a_week()
        return balance / spent * WEEK.days if spent else None

    def runway(self, balance: Decimal) -> str:
        """The same, for people to read."""
        days = self.days_left(balance)
        if days is None:
            return "nothing was spent in the last seven days"
        return f"£{self._spent_in_a_week():.2f} were spent in the last seven days: it lasts for {days:.1f} days"

    def _spent_in_a_week(self) -> Decimal:
        """By the merchants that have no account, and so no balance, of their own."""
        spent = self._accounts.spent(NAME, self._today() - WEEK + timedelta(days=1))
        ours = (amount for shipper_id, amount in spent.items() if self._accounts.of(NAME, shipper_id) is None)
        return sum(ours, Decimal(0))

    def _today(self) -> date:
        return self._clock.now().astimezone(LONDON).date()
