"""Values come back from the database as they went in."""

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from carrier_backend.domain.addresses import Address, Contact, Coordinates, OpeningHours, Party, PickupPoint, PlaceKind
from carrier_backend.domain.parcels import Booked, LabelEncoding, LabelFormat, LabelSize
from carrier_backend.domain.products import Addon, Calendar, DayWindow, DefaultParcel, Direction, Merchant, Route
from carrier_backend.ports import Account
from carrier_backend.storage.shipments import Agreement
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import ticks
from carrier_backend.storage.types import dump, load
from tests.builders import a_journey, a_merchant, a_product, an_address
from tests.fakes import MONDAY

PRODUCT = a_product(
    calendar=Calendar(
        "Africa/Tunis", time(14, 30), frozenset({0, 6}), (1, 3), (DayWindow(time(9), time(12, 59, 59)),), 9
    ),
    addons=frozenset({Addon.AGE_CHECK_18}),
    directions=frozenset(Direction),
    options={"size_thresholds_grams": [5000, 15000], "validate": {"after_minutes": 30}, "stop_desk": True},
)
MERCHANT = a_merchant(
    clients=frozenset({"ingrid"}),
    parcel=DefaultParcel(Decimal("25.10"), "TND", "Vêtements", 1000, 300, 200, 100),
    couriers={"fake": {"pickup_city": "Tunis", "amount": "0", "nested": {"deep": [1, 2.5, None]}}},
)
ROUTE = Route(PRODUCT, MERCHANT)
JOURNEY = a_journey(
    receiver=Party(
        an_address(
            name="آميرة",
            lines=("12 rue de la Plage", "3ᵉ étage 🏠"),
            coordinates=Coordinates(36.878, 10.3247),
        ),
        Contact("+21620123456", "amira@example.com"),
    )
)
POINT = PickupPoint("p-1", an_address(), PlaceKind.LOCKER, (OpeningHours(0, "09:00", "18:00", "+01:00"),))


@pytest.mark.parametrize(
    "value",
    [
        PRODUCT,
        ROUTE,
        JOURNEY,
        a_journey(delivery=None, direction=Direction.RETURN),
        MERCHANT,
        a_merchant(parcel=None, clients=frozenset()),
        Agreement(JOURNEY, ROUTE, (Addon.TAKE_SIGNATURE,), LabelFormat(LabelEncoding.ZPL, LabelSize.SMALL), "ring 2×"),
        Booked("REFERENCE", "1097367", "shop-1", {"order": 7, "hashes": ["a", "b"]}, MONDAY),
        Booked("REFERENCE", "1097367", "shop-1"),
        Account("https://courier.example", {"api_key": "k"}, ("one", "two")),
        POINT,
    ],
)
def test_a_value_comes_back_equal(value: object) -> None:
    assert load(dump(value), type(value)) == value


def test_money_keeps_its_places() -> None:
    merchant = load(dump(MERCHANT), Merchant)
    assert merchant.parcel
    assert str(merchant.parcel.value) == "25.10"


def test_text_is_kept_as_it_is_written() -> None:
    assert "آميرة".encode() in dump(JOURNEY)


def test_what_an_earlier_version_kept_is_read_with_the_defaults_of_what_came_since() -> None:
    assert load(b'{"country":"TN"}', Address) == Address("TN")


def test_what_a_later_version_kept_is_read_without_what_it_added() -> None:
    assert load(b'{"country":"TN","planet":"Earth"}', Address) == Address("TN")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_whatever_a_courier_notes_comes_back(facts: dict[str, object]) -> None:
    booked = Booked("REFERENCE", "1", "shop-1", facts)
    assert load(dump(booked), Booked) == booked


def kept_and_read(store: Store, *moments: datetime) -> list[datetime]:
    with store.begin() as unit:
        rows = [{"name": str(number), "next_at": moment} for number, moment in enumerate(moments)]
        unit.connection.execute(ticks.insert(), rows)
    with store.read() as unit:
        return list(unit.connection.execute(select(ticks.c.next_at).order_by(ticks.c.next_at)).scalars())


def test_a_moment_comes_back_in_utc_to_the_microsecond(store: Store) -> None:
    in_tunis = datetime(2026, 11, 23, 10, 0, 0, 123456, timezone(timedelta(hours=1)))
    (moment,) = kept_and_read(store, in_tunis)
    assert moment == in_tunis
    assert moment.tzinfo is UTC


def test_moments_sort_by_time_whatever_their_zones(store: Store) -> None:
    moments = [
        datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=5))),
        datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 23, 2, 0, tzinfo=timezone(timedelta(hours=-8))),
    ]
    assert kept_and_read(store, *moments) == sorted(moments)


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="a moment needs its zone"):
        kept_and_read(store, MONDAY.replace(tzinfo=None))
