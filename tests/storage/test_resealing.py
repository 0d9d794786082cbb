"""After everything was sealed anew, the older key opens nothing, and nobody misses it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from carrier_backend.services.backend import Backend
from carrier_backend.storage import accounts, resealing
from carrier_backend.storage.resealing import Resealed
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import metadata
from carrier_backend.support.sealing import Sealing, WrongKey, new_key
from tests.builders import a_journey, a_merchant, an_order
from tests.conftest import ENCRYPTION_KEY
from tests.fakes import FrozenClock

NEW_KEY = new_key()


@pytest.fixture
def rotated(engine: Engine, clock: FrozenClock) -> Store:
    """The same database, by a new key before the old one."""
    return Store(engine, Sealing([NEW_KEY, ENCRYPTION_KEY]), clock)


def sealed(store: Store) -> list[bytes]:
    with store.engine.connect() as connection:
        return [
            bytes(value)
            for table in metadata.sorted_tables
            for column in table.columns
            if column.name.startswith("sealed_")
            for value in connection.execute(select(column).where(column.is_not(None))).scalars()
        ]


def opens(sealing: Sealing, value: bytes) -> bool:
    try:
        sealing.open(value)
    except WrongKey:
        return False
    return True


def test_everything_is_opened_by_the_new_key_alone(backend: Backend, rotated: Store) -> None:
    for number in range(3):
        backend.book(an_order(parcels=2, journey=a_journey(tos_id=f"order-{number}")))
    before = sealed(rotated)
    assert len(before) > 10
    assert resealing.reseal(rotated).anew == len(before)
    assert all(opens(Sealing([NEW_KEY]), value) for value in sealed(rotated))
    assert not any(opens(Sealing([ENCRYPTION_KEY]), value) for value in sealed(rotated))
    assert resealing.reseal(rotated) == Resealed(0, {})


def test_more_than_go_into_one_transaction(rotated: Store, store: Store) -> None:
    shops = [a_merchant(f"shop-{number}") for number in range(7)]
    with store.begin() as unit:
        for shop in shops:
            accounts.keep_merchant(unit, shop)
    assert resealing.reseal(rotated, at_once=2).anew == 7
    with rotated.read() as unit:
        assert accounts.every_merchant(unit) == shops


def test_what_somebody_changed_meanwhile_stays_as_they_left_it(
    rotated: Store, store: Store, engine: Engine, clock: FrozenClock
) -> None:
    with store.begin() as unit:
        accounts.keep_merchant(unit, a_merchant(name="Before"))

    def change() -> None:
        with store.begin() as unit:
            accounts.keep_merchant(unit, a_merchant(name="After"))

    resealing.reseal(Store(engine, _ChangingSealing([NEW_KEY, ENCRYPTION_KEY], change), clock))
    with rotated.read() as unit:
        assert [shop.name for shop in accounts.every_merchant(unit)] == ["After"]


def test_what_no_key_opens_is_told_and_keeps_no_other_from_being_sealed_anew(
    rotated: Store, store: Store, engine: Engine, clock: FrozenClock
) -> None:
    for place, shop in enumerate(["a", "b", "c"]):
        foreign = Store(engine, Sealing([new_key()]), clock)
        with (foreign if place == 1 else store).begin() as unit:
            accounts.keep_merchant(unit, a_merchant(shop))
    assert resealing.reseal(rotated) == Resealed(2, {"merchants.sealed_merchant": 1})


class _ChangingSealing(Sealing):
    """Lets somebody write while a value is being sealed anew."""

    def __init__(self, keys: list[str], change: Callable[[], None]) -> None:
        super().__init__(keys)
        self._change = change

    def anew(self, sealed: bytes) -> bytes | None:
        self._change()
        return super().anew(sealed)
