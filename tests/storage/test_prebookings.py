"""A prebooking waits for its order, and for no other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.domain.orders import Journey
from carrier_backend.storage import prebookings
from carrier_backend.storage.prebookings import KEPT_FOR
from carrier_backend.storage.store import Store
from tests.builders import a_journey
from tests.fakes import FrozenClock


def keep(store: Store, journey: Journey) -> None:
    with store.begin() as unit:
        prebookings.keep(unit, journey)


def found(store: Store, journey: Journey) -> Journey | None:
    with store.read() as unit:
        return prebookings.find(unit, journey)


def test_what_was_prebooked_comes_back_for_its_order(store: Store) -> None:
    journey = a_journey()
    keep(store, journey)
    assert found(store, replace(journey, delivery=None, trace_id="LATER")) == journey


@pytest.mark.parametrize(
    "changes", [{"client_id": "another"}, {"shipper_id": "shop-2"}, {"tos_id": "another"}], ids=str
)
def test_it_is_not_found_for_another_order(store: Store, changes: dict[str, Any]) -> None:
    journey = a_journey()
    keep(store, journey)
    assert found(store, replace(journey, **changes)) is None


def test_without_a_tos_id_it_is_found_by_the_merchants_own(store: Store) -> None:
    journey = a_journey(tos_id="", external_id="A")
    keep(store, journey)
    assert found(store, journey) == journey
    assert found(store, replace(journey, external_id="B")) is None


def test_a_second_prebooking_takes_the_place_of_the_first(store: Store) -> None:
    journey = a_journey()
    keep(store, journey)
    changed = replace(journey, pickup_point_id="p-2")
    keep(store, changed)
    assert found(store, journey) == changed


def test_a_prebooking_is_kept_for_thirty_days(store: Store, clock: FrozenClock) -> None:
    journey = a_journey()
    keep(store, journey)
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    assert found(store, journey)
    clock.advance(timedelta(seconds=1))
    assert found(store, journey) is None


def test_what_expired_is_erased_and_the_rest_is_not(store: Store, clock: FrozenClock) -> None:
    keep(store, a_journey())
    clock.advance(KEPT_FOR)
    recent = a_journey()
    keep(store, recent)
    with store.begin() as unit:
        assert prebookings.erase_expired(unit) == 1
    assert found(store, recent)
