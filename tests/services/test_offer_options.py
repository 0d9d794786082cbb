"""What a shopper is offered: the product's calendar, or what the courier itself knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from carrier_backend.domain.addresses import PickupPoint, PlaceKind, Window
from carrier_backend.domain.errors import Forbidden, Malformed, NotServed
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery, SearchArea
from carrier_backend.domain.products import Route
from carrier_backend.services.backend import Backend
from carrier_backend.services.offer_options import SHOPPERS_PATIENCE_SECONDS
from carrier_backend.storage.store import Store
from carrier_backend.support.bounds import BoundsContext
from tests.builders import a_merchant, an_address, an_options_query
from tests.conftest import BY_TEST
from tests.fakes import MONDAY, FakeCourier, FrozenClock

TOMORROW_AT_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # in Tunis
POINT = PickupPoint("p-1", an_address(), PlaceKind.LOCKER)


class KnowingCourier(FakeCourier):
    """A courier that knows options of its own, and notes how long it is given."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.knows = Options()
        self.seconds: list[float | None] = []
        self._clock = clock

    def options(self, query: OptionsQuery, route: Route) -> Options:
        super().options(query, route)
        self.seconds.append(BoundsContext(self._clock).time_left())
        return self.knows


@pytest.fixture
def courier(clock: FrozenClock) -> KnowingCourier:
    return KnowingCourier(clock)


def days(options: Options) -> list[int]:
    return list(dict.fromkeys(window.start_at.day for window in options.windows))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(store.engine, "before_cursor_execute", note)


def test_where_the_courier_knows_no_windows_the_calendar_gives_them(backend: Backend) -> None:
    options = backend.offer_options(an_options_query())
    assert options.windows[0] == Window(TOMORROW_AT_NINE, TOMORROW_AT_NINE + timedelta(hours=4))
    assert days(options) == [24, 25, 26, 27, 28, 30]


def test_a_couriers_own_windows_are_offered_as_they_are(backend: Backend, courier: KnowingCourier) -> None:
    own = (Window(MONDAY + timedelta(days=9), MONDAY + timedelta(days=10)),)
    courier.knows = Options(own)
    assert backend.offer_options(an_options_query()).windows == own


def test_pickup_points_come_with_the_windows_of_the_calendar(backend: Backend, courier: KnowingCourier) -> None:
    courier.knows = Options(pickup_points=(POINT,))
    options = backend.offer_options(an_options_query())
    assert options.pickup_points == (POINT,)
    assert options.windows


def test_a_pickup_time_moves_the_windows(backend: Backend) -> None:
    thursday = Window(MONDAY + timedelta(days=3), MONDAY + timedelta(days=3, hours=1))
    assert days(backend.offer_options(an_options_query(collection=thursday)))[0] == 27


def test_public_holidays_of_the_destination_are_left_out(backend: Backend, clock: FrozenClock) -> None:
    clock.advance(datetime(2026, 12, 30, 9, 0, tzinfo=UTC) - MONDAY)
    assert days(backend.offer_options(an_options_query()))[:2] == [31, 2]


def test_a_country_that_is_not_served_is_said_in_the_documents_words(backend: Backend) -> None:
    query = an_options_query(area=SearchArea(an_address(country="SE")))
    with pytest.raises(NotServed, match=r"^provided postal code is not covered$"):
        backend.offer_options(query)


def test_a_place_that_the_courier_does_not_go_to_is_not_served(backend: Backend, courier: KnowingCourier) -> None:
    courier.fails["options"] = [NotServed("no such city")]  # type: ignore[list-item]  # no error of a call
    with pytest.raises(NotServed, match="no such city"):
        backend.offer_options(an_options_query())


def test_an_unknown_method_is_malformed(backend: Backend) -> None:
    with pytest.raises(Malformed, match="shipping_method: 'unheard-of' is not a shipping method of ours"):
        backend.offer_options(an_options_query(shipping_method="unheard-of"))


def test_where_only_one_product_is_sold_the_method_may_be_left_out(backend: Backend) -> None:
    assert backend.offer_options(an_options_query(shipping_method="")).windows


def test_a_strange_merchant_is_forbidden(backend: Backend) -> None:
    with pytest.raises(Forbidden, match="shipper_id: 'stranger'"):
        backend.offer_options(an_options_query(shipper_id="stranger"))


def test_a_merchant_of_another_client_is_forbidden(backend: Backend) -> None:
    backend.oversee.put_merchant(a_merchant(clients=frozenset({"somebody else"})), BY_TEST, may_await_clients=True)
    with pytest.raises(Forbidden):
        backend.offer_options(an_options_query())


def test_a_shopper_is_not_kept_waiting(backend: Backend, courier: KnowingCourier) -> None:
    backend.offer_options(an_options_query())
    assert courier.seconds == [SHOPPERS_PATIENCE_SECONDS]


def test_the_database_is_not_asked(backend: Backend, store: Store) -> None:
    backend.offer_options(an_options_query())
    with statements(store) as asked:
        for _ in range(10):
            backend.offer_options(an_options_query())
    assert asked == []
