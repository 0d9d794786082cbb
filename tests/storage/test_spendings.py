"""What merchants spend in a day: each purpose once, and never beyond a limit, however many count at once."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from carrier_backend.storage import accounts, spendings
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import spendings as kept
from tests.builders import a_merchant
from tests.fakes import FrozenClock
from tests.storage.threads import at_once

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
LIMIT = Decimal("5.00")


@pytest.fixture(autouse=True)
def merchants(store: Store) -> None:
    with store.begin() as unit:
        for shipper_id in ("shop-1", "shop-2"):
            accounts.keep_merchant(unit, a_merchant(shipper_id))


def spend(
    store: Store,
    purpose: str,
    amount: str,
    *,
    shipper_id: str = "shop-1",
    day: date = TODAY,
    courier: str = "fake",
    limit: Decimal | None = LIMIT,
) -> bool:
    with store.begin() as unit:
        return spendings.spend(unit, courier, shipper_id, day, purpose, Decimal(amount), limit)


def take_back(store: Store, purpose: str, courier: str = "fake") -> None:
    with store.begin() as unit:
        spendings.take_back(unit, courier, purpose)


def spent(store: Store, since: date = TODAY, courier: str = "fake") -> dict[str, Decimal]:
    with store.read() as unit:
        return dict(spendings.spent(unit, courier, since))


def test_a_day_is_spent_up_to_its_limit(store: Store) -> None:
    assert spend(store, "first", "2.50")
    assert spend(store, "second", "2.50")
    assert not spend(store, "third", "0.01")


def test_a_purpose_counts_once_however_often_it_is_tried(store: Store) -> None:
    assert [spend(store, "first", "3.00") for _ in range(3)] == [True] * 3
    assert spent(store) == {"shop-1": Decimal("3.00")}


def test_a_purpose_that_costs_something_else_now_counts_for_that(store: Store) -> None:
    spend(store, "first", "4.00")
    assert spend(store, "first", "1.00")
    assert spend(store, "second", "4.00")


def test_beyond_the_limit_nothing_is_counted(store: Store) -> None:
    spend(store, "first", "3.00")
    assert not spend(store, "second", "2.01")
    assert spent(store) == {"shop-1": Decimal("3.00")}
    assert spend(store, "third", "2.00")


def test_what_no_longer_fits_leaves_what_was_counted_before(store: Store) -> None:
    spend(store, "first", "3.00")
    assert not spend(store, "first", "5.01")
    assert spent(store) == {"shop-1": Decimal("3.00")}


def test_where_no_limit_is_set_all_is_counted(store: Store) -> None:
    assert spend(store, "first", "1000.00", limit=None)
    assert not spend(store, "second", "1.00")


def test_what_is_taken_back_counts_no_longer(store: Store) -> None:
    spend(store, "first", "5.00")
    take_back(store, "first")
    take_back(store, "never spent")
    assert spent(store) == {}
    assert spend(store, "second", "5.00")


def test_a_tenth_of_a_penny_is_not_lost(store: Store) -> None:
    assert spend(store, "first", "0.001", limit=Decimal("0.0015"))
    assert not spend(store, "second", "0.002", limit=Decimal("0.002"))
    assert spent(store) == {"shop-1": Decimal("0.001")}


@pytest.mark.parametrize("apart", [{"day": TOMORROW}, {"shipper_id": "shop-2"}, {"courier": "second"}], ids=str)
def test_days_merchants_and_couriers_are_counted_apart(store: Store, apart: dict[str, Any]) -> None:
    spend(store, "first", "5.00")
    assert spend(store, "second", "5.00", **apart)
    take_back(store, "second", courier=apart.get("courier", "fake"))
    assert spent(store) == {"shop-1": Decimal("5.00")}


def test_a_purpose_of_another_courier_is_another(store: Store) -> None:
    spend(store, "first", "5.00")
    spend(store, "first", "4.00", courier="second")
    take_back(store, "first", courier="second")
    assert (spent(store), spent(store, courier="second")) == ({"shop-1": Decimal("5.00")}, {})


def test_a_purpose_of_yesterday_counts_today_once_it_is_tried_again(store: Store) -> None:
    spend(store, "first", "5.00")
    assert spend(store, "first", "5.00", day=TOMORROW)
    assert spend(store, "second", "5.00")


def test_what_was_spent_is_told_from_a_day_on_and_by_merchant(store: Store) -> None:
    spend(store, "first", "1.00")
    spend(store, "second", "2.00", day=TOMORROW)
    spend(store, "third", "2.50", day=TOMORROW)
    spend(store, "fourth", "4.00", shipper_id="shop-2", day=TOMORROW)
    assert spent(store) == {"shop-1": Decimal("5.50"), "shop-2": Decimal("4.00")}
    assert spent(store, TOMORROW) == {"shop-1": Decimal("4.50"), "shop-2": Decimal("4.00")}


def spend_three_pounds(store: Store, day: date, number: int) -> bool:
    return spend(store, f"{day} {number}", "3.00", day=day)


def test_two_at_once_do_not_together_exceed_the_limit(store: Store) -> None:
    for day in (TODAY + timedelta(days=number) for number in range(5)):
        spend_that_day = partial(spend_three_pounds, store, day)
        assert at_once(4, spend_that_day).count(True) == 1


def test_as_many_at_once_as_fit_are_all_counted(store: Store) -> None:
    assert at_once(5, lambda number: spend(store, f"{number}", "1.00")).count(True) == 5
    assert spent(store) == {"shop-1": LIMIT}


def test_days_long_gone_are_forgotten(store: Store, clock: FrozenClock) -> None:
    spend(store, "old", "1.00")
    clock.advance(timedelta(days=8))
    spend(store, "new", "1.00")
    with store.begin() as unit:
        spendings.forget(unit, unit.now - timedelta(days=7))
    with store.read() as unit:
        assert unit.connection.execute(select(kept.c.purpose)).scalars().all() == ["new"]
