"""Money that we watch: the British day of a merchant, and how long our own balance will last."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from carrier_backend.couriers.parcel2go.spending import Spending
from carrier_backend.domain.errors import NotServed
from carrier_backend.ports import Account
from tests.couriers.fakes import MemoryAccounts, MemorySnapshots
from tests.fakes import FrozenClock

LIMIT = Decimal("5.00")
LATE = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # half past eleven in Britain


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(LATE)


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def spending(clock: FrozenClock, accounts: MemoryAccounts) -> Spending:
    return Spending(accounts, MemorySnapshots(clock), clock)


def test_a_day_is_a_british_one(spending: Spending, clock: FrozenClock) -> None:
    spending.reserve("shop-1", "first", LIMIT, LIMIT)
    with pytest.raises(NotServed, match=r"£0\.01 more would be beyond the day's £5\.00"):
        spending.reserve("shop-1", "second", Decimal("0.01"), LIMIT)
    clock.advance(timedelta(minutes=30))
    spending.reserve("shop-1", "second", LIMIT, LIMIT)


def test_what_is_taken_back_can_be_spent_again(spending: Spending) -> None:
    spending.reserve("shop-1", "first", LIMIT, LIMIT)
    spending.take_back("first")
    spending.reserve("shop-1", "second", LIMIT, LIMIT)


def test_the_balance_lasts_as_the_last_seven_days_did(spending: Spending, clock: FrozenClock) -> None:
    for number in range(8):
        spending.reserve("shop-1", f"{number}", Decimal(10), None)
        clock.advance(timedelta(days=1 if number < 7 else 0))
    assert spending.days_left(Decimal(20)) == 2
    assert spending.runway(Decimal(20)) == "£70.00 were spent in the last seven days: it lasts for 2.0 days"


def test_what_merchants_spend_from_a_balance_of_their_own_is_none_of_ours(
    spending: Spending, accounts: MemoryAccounts
) -> None:
    accounts.held["shop-2"] = Account("http://p2g.test", {})
    spending.reserve("shop-1", "first", Decimal(10), None)
    spending.reserve("shop-2", "second", Decimal(1000), None)
    assert spending.days_left(Decimal(20)) == 14


def test_where_nothing_was_spent_nobody_knows_how_long_it_lasts(spending: Spending, clock: FrozenClock) -> None:
    spending.reserve("shop-1", "first", Decimal(10), None)
    clock.advance(timedelta(days=7))
    assert spending.days_left(Decimal(20)) is None
    assert spending.runway(Decimal(20)) == "nothing was spent in the last seven days"


def test_the_balance_that_was_noted_last_is_known(spending: Spending) -> None:
    assert spending.known_balance() is None
    spending.note_balance(Decimal("70.05"))
    spending.note_balance(Decimal("60.05"))
    known = spending.known_balance()
    assert known is not None
    assert (known.amount, known.days_left) == (Decimal("60.05"), None)
