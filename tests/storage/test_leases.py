"""A lease: held by one, for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.storage import leases, shipments
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from tests.fakes import FrozenClock
from tests.storage.kept import intended
from tests.storage.threads import at_once

MOMENT = timedelta(seconds=1)


def take(store: Store, shipment_id: str, owner: str) -> bool:
    with store.begin() as unit:
        return leases.take(unit, shipment_id, owner, LEASE)


def take_open(store: Store, shipment_id: str, owner: str) -> bool:
    with store.begin() as unit:
        return leases.take_open(unit, shipment_id, owner, LEASE)


def renew(store: Store, shipment_id: str, owner: str) -> bool:
    with store.begin() as unit:
        return leases.renew(unit, shipment_id, owner, LEASE)


def release(store: Store, shipment_id: str, owner: str) -> None:
    with store.begin() as unit:
        leases.release(unit, shipment_id, owner)


def is_leased(store: Store, shipment_id: str) -> bool:
    with store.read() as unit:
        return leases.is_leased(unit, shipment_id)


def test_a_new_shipment_is_nobodys(store: Store) -> None:
    shipment = intended(store)
    assert not is_leased(store, shipment.id)
    assert not renew(store, shipment.id, "anna")


def test_who_takes_a_free_lease_holds_it(store: Store) -> None:
    shipment = intended(store)
    assert take(store, shipment.id, "anna")
    assert is_leased(store, shipment.id)
    assert renew(store, shipment.id, "anna")


def test_a_lease_that_is_held_is_not_given_to_another(store: Store) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    assert not take(store, shipment.id, "bilal")
    assert not renew(store, shipment.id, "bilal")


def test_even_its_owner_does_not_take_it_twice(store: Store) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    assert not take(store, shipment.id, "anna")


def test_a_lease_that_ran_out_is_free(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    clock.advance(LEASE + MOMENT)
    assert not is_leased(store, shipment.id)
    assert take(store, shipment.id, "bilal")


def test_a_lease_that_was_lost_cannot_be_renewed(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    clock.advance(LEASE + MOMENT)
    assert not renew(store, shipment.id, "anna")
    take(store, shipment.id, "bilal")
    assert not renew(store, shipment.id, "anna")


def test_a_renewed_lease_runs_from_then(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    clock.advance(LEASE - MOMENT)
    renew(store, shipment.id, "anna")
    clock.advance(LEASE - MOMENT)
    assert not take(store, shipment.id, "bilal")


def test_a_lease_given_back_is_free_at_once(store: Store) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    release(store, shipment.id, "anna")
    assert take(store, shipment.id, "bilal")


def test_nobody_gives_back_what_another_holds(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    clock.advance(LEASE + MOMENT)
    take(store, shipment.id, "bilal")
    release(store, shipment.id, "anna")
    assert is_leased(store, shipment.id)


def test_of_many_at_once_one_gets_the_lease(store: Store) -> None:
    shipment = intended(store)
    assert at_once(8, lambda number: take(store, shipment.id, f"{number}")).count(True) == 1


@pytest.mark.parametrize("state", sorted(BookingState))
def test_whoever_wants_to_go_on_with_a_booking_takes_only_one_that_is_open(store: Store, state: BookingState) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        shipments.record_state(unit, replace(shipment, state=state))
    is_open = state in (BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING)
    assert take_open(store, shipment.id, "anna") is is_open
    assert is_leased(store, shipment.id) is is_open


def test_an_open_booking_that_somebody_works_on_is_not_given_to_another(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    take(store, shipment.id, "anna")
    assert not take_open(store, shipment.id, "bilal")
    clock.advance(LEASE + MOMENT)
    assert take_open(store, shipment.id, "bilal")
