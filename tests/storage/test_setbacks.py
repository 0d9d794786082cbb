"""Setbacks: each is kept with its reason, repetitions are counted, and an endless row of them stays short."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.lifecycle import Setback
from carrier_backend.storage import endings, setbacks
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import setbacks as table
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import intended

MINUTE = timedelta(minutes=1)


def noted(store: Store, shipment_id: str) -> list[tuple[Setback, str, int]]:
    with store.read() as unit:
        return [(each.kind, each.reason, each.times) for each in setbacks.of_shipment(unit, shipment_id)]


def note(store: Store, shipment_id: str, *reasons: str, kind: Setback = Setback.NOT_BOOKED) -> None:
    for reason in reasons:
        with store.begin() as unit:
            setbacks.note(unit, shipment_id, kind, reason)


def test_each_setback_of_a_shipment_is_kept_with_its_reason(store: Store) -> None:
    shipment, other = intended(store), intended(store)
    note(store, shipment.id, "no balance", "no connection")
    note(store, other.id, "no key")
    assert noted(store, shipment.id) == [
        (Setback.NOT_BOOKED, "no balance", 1),
        (Setback.NOT_BOOKED, "no connection", 1),
    ]


def test_the_same_again_is_counted_with_its_first_and_last_moment(store: Store, clock: FrozenClock) -> None:
    shipment = intended(store)
    note(store, shipment.id, "no balance")
    clock.advance(MINUTE)
    note(store, shipment.id, "no balance")
    with store.read() as unit:
        (twice,) = setbacks.of_shipment(unit, shipment.id)
    assert (twice.times, twice.at, twice.last_at) == (2, MONDAY, MONDAY + MINUTE)


def test_of_an_endless_row_the_last_entry_tells_the_latest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setbacks, "MOST", 3)
    shipment = intended(store)
    note(store, shipment.id, *(f"wait {number} seconds" for number in range(6)))
    assert [reason for _, reason, _ in noted(store, shipment.id)] == [
        "wait 0 seconds",
        "wait 1 seconds",
        "wait 5 seconds",
    ]


def test_a_reason_is_sealed_and_goes_with_the_rest_of_what_is_personal(store: Store) -> None:
    shipment = intended(store)
    note(store, shipment.id, "Amira is not served")
    with store.begin() as unit:
        (row,) = unit.connection.execute(select(table)).all()
        assert b"Amira" not in row.sealed_reason
        endings.erase_these(unit, [shipment.id])
    assert noted(store, shipment.id) == []
