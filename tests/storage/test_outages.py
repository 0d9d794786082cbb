"""That an account is cut off is known to all processes, and one of them tries again."""

from datetime import timedelta

import pytest

from carrier_backend.storage.outages import SharedOutages, accounts_cut_off
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests.conftest import ENCRYPTION_KEY
from tests.fakes import FrozenClock

PAUSE = timedelta(seconds=30)


@pytest.fixture
def here(store: Store, clock: FrozenClock) -> SharedOutages:
    return SharedOutages(store, clock)


@pytest.fixture
def elsewhere(store: Store, clock: FrozenClock) -> SharedOutages:
    """Another process on the same database."""
    return SharedOutages(store, clock)


def test_nobody_is_cut_off_at_first(here: SharedOutages) -> None:
    assert here.seconds_left("an account") is None


def test_an_outage_is_known_elsewhere_within_a_second(
    here: SharedOutages, elsewhere: SharedOutages, clock: FrozenClock
) -> None:
    assert elsewhere.seconds_left("an account") is None
    here.begin("intigo", "an account", PAUSE)
    clock.advance(timedelta(seconds=1))
    assert (here.seconds_left("an account"), elsewhere.seconds_left("an account")) == (29, 29)


def test_an_outage_that_two_find_at_once_began_with_the_first(
    here: SharedOutages, elsewhere: SharedOutages, clock: FrozenClock
) -> None:
    here.begin("intigo", "an account", PAUSE)
    clock.advance(timedelta(seconds=10))
    elsewhere.begin("intigo", "an account", PAUSE)
    assert elsewhere.seconds_left("an account") == 20


def test_it_is_one_processes_turn_to_try(here: SharedOutages, elsewhere: SharedOutages, clock: FrozenClock) -> None:
    here.begin("intigo", "an account", PAUSE)
    assert not here.take_turn("an account", PAUSE)
    clock.advance(PAUSE)
    assert [each.take_turn("an account", PAUSE) for each in (here, elsewhere, here)] == [True, False, False]


def test_the_end_of_an_outage_is_known_elsewhere_within_a_second(
    here: SharedOutages, elsewhere: SharedOutages, clock: FrozenClock
) -> None:
    here.begin("intigo", "an account", PAUSE)
    assert elsewhere.seconds_left("an account") == 30
    here.end("an account")
    clock.advance(timedelta(seconds=1))
    assert elsewhere.seconds_left("an account") is None


def test_accounts_that_are_cut_off_are_counted_by_courier(here: SharedOutages, store: Store) -> None:
    for who, account in (("intigo", "a"), ("ecotrack", "b"), ("ecotrack", "c")):
        here.begin(who, account, PAUSE)
    with store.read() as unit:
        assert accounts_cut_off(unit) == {"intigo": 1, "ecotrack": 2}


def test_an_account_that_nobody_has_tried_for_an_hour_is_not_counted(
    here: SharedOutages, store: Store, clock: FrozenClock
) -> None:
    here.begin("intigo", "an account whose key was changed", PAUSE)
    clock.advance(PAUSE + timedelta(hours=1))
    with store.read() as unit:
        assert accounts_cut_off(unit) == {}


def test_an_account_that_is_tried_in_vain_for_an_hour_is_counted(
    here: SharedOutages, store: Store, clock: FrozenClock
) -> None:
    here.begin("intigo", "an account", PAUSE)
    clock.advance(timedelta(hours=1))
    here.take_turn("an account", PAUSE)
    clock.advance(timedelta(minutes=1))
    with store.read() as unit:
        assert accounts_cut_off(unit) == {"intigo": 1}


def test_a_database_that_is_away_cuts_nobody_off_and_lets_nobody_try(clock: FrozenClock) -> None:
    away = SharedOutages(Store(open_engine("sqlite:////nowhere/carrier.db"), Sealing([ENCRYPTION_KEY]), clock), clock)
    away.begin("intigo", "an account", PAUSE)
    clock.advance(PAUSE)
    assert away.seconds_left("an account") is None
    assert not away.take_turn("an account", PAUSE)
    away.end("an account")
