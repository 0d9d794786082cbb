"""What is due once in the cluster, and who is alive in it."""

from datetime import timedelta

from carrier_backend.storage import ticks
from carrier_backend.storage.store import Store
from tests.fakes import FrozenClock
from tests.storage.threads import at_once

HOUR = timedelta(hours=1)


def take(store: Store, name: str = "regions") -> bool:
    with store.begin() as unit:
        return ticks.take(unit, name, HOUR)


def test_a_turn_is_taken_once(store: Store) -> None:
    assert take(store)
    assert not take(store)


def test_when_the_interval_is_over_it_is_somebodys_turn_again(store: Store, clock: FrozenClock) -> None:
    take(store)
    clock.advance(HOUR - timedelta(seconds=1))
    assert not take(store)
    clock.advance(timedelta(seconds=1))
    assert take(store)
    assert not take(store)


def test_each_thing_has_turns_of_its_own(store: Store) -> None:
    take(store)
    assert take(store, "balance")


def test_of_many_at_once_one_has_the_turn(store: Store, clock: FrozenClock) -> None:
    for _ in range(3):
        assert at_once(8, lambda _: take(store)).count(True) == 1
        clock.advance(HOUR)


def test_what_did_not_work_out_comes_back_sooner(store: Store, clock: FrozenClock) -> None:
    take(store)
    with store.begin() as unit:
        ticks.come_back(unit, "regions", timedelta(minutes=5))
    clock.advance(timedelta(minutes=4))
    assert not take(store)
    clock.advance(timedelta(minutes=1))
    assert take(store)


def test_nobody_has_been_heard_of_yet(store: Store) -> None:
    with store.read() as unit:
        assert ticks.last_beat(unit) is None


def test_the_last_beat_is_that_of_whichever_worker(store: Store, clock: FrozenClock) -> None:
    for name in ("first", "second", "first"):
        clock.advance(HOUR)
        with store.begin() as unit:
            ticks.beat(unit, name)
    with store.read() as unit:
        assert ticks.last_beat(unit) == clock.now()
