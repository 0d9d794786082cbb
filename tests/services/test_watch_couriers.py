"""How a courier does is seen without asking it, and whether it lets us in by asking."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.calls import Record
from carrier_backend.domain.errors import Unknown
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.health import Balance, Condition, Health, Means
from carrier_backend.ports import Account
from carrier_backend.services.backend import Backend
from carrier_backend.services.keep_counts import KeepCounts
from carrier_backend.services.watch_couriers import CourierView
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.tally import CallTally
from tests.builders import a_catalogue, an_order
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock


class Watched(FakeCourier):
    """A courier that notes whose account was checked, and how much time that had."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.checks: list[tuple[str, float | None]] = []
        self._clock = clock

    def check(self, shipper_id: str = "") -> Health:
        self.checks.append((shipper_id, BoundsContext(self._clock).time_left()))
        return self.health


@pytest.fixture
def courier(clock: FrozenClock) -> Watched:
    return Watched(clock)


def said(backend: Backend, *verdicts: str | None, ago: timedelta = timedelta()) -> None:
    """Calls of ours that ended so, each a second after the one before."""
    for number, verdict in enumerate(verdicts):
        at = backend.clock.now() - ago + timedelta(seconds=number)
        exchange = Exchange(Heading.OUT, "fake", "create", "TRACE1", "POST", "/parcels", at, 10, None, verdict)
        backend.exchanges.record(exchange)
    backend.exchanges.write_all()


@pytest.fixture
def elsewhere(store: Store, clock: FrozenClock, courier: Watched) -> Backend:
    """The same, in another process."""
    return build_backend(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={"fake": courier}, channel=FakeChannel()
    )


def seen(backend: Backend) -> CourierView:
    (view,) = backend.watch_couriers.every()
    return view


def figures(backend: Backend) -> dict[str, float]:
    return {
        " ".join((each.name, *each.labels.values())): each.value
        for each in backend.watch_couriers.figures()
        if not each.is_total
    }


def test_of_a_courier_that_was_never_called_nothing_is_claimed(backend: Backend) -> None:
    view = seen(backend)
    assert (view.name, view.record, view.last_good_at, view.last_failure) == ("fake", Record(0, None, None), None, None)
    assert (view.cut_off, view.means) == ((), Means())


def test_share_and_p95_are_those_of_the_last_hour(backend: Backend) -> None:
    said(backend, "Unsure", "Unsure", ago=timedelta(minutes=61))
    said(backend, None, "Declined", "Unreachable", None, ago=timedelta(minutes=59))
    assert seen(backend).record == Record(4, 0.75, 10)


def test_when_it_last_answered_well_and_what_failed_last_is_known_for_longer(
    backend: Backend, clock: FrozenClock
) -> None:
    said(backend, None, "Unsure", ago=timedelta(hours=3))
    view = seen(backend)
    assert view.last_good_at == clock.now() - timedelta(hours=3)
    assert view.last_failure is not None
    assert (view.last_failure.operation, view.last_failure.verdict) == ("create", "Unsure")


def test_whose_account_is_cut_off_is_told(backend: Backend, store: Store, clock: FrozenClock) -> None:
    backend.oversee.put_account("shop-1", "fake", Account("https://fake.example", {"api_key": "theirs"}), BY_TEST)
    for account in ("the account of all", "the account of shop-1", "an account of old"):
        SharedOutages(store, clock).begin("fake", account, timedelta(seconds=30))
    told = {(each.is_default, each.shipper_ids) for each in seen(backend).cut_off}
    assert told == {(True, ()), (False, ("shop-1",)), (False, ())}
    assert {each.since for each in seen(backend).cut_off} == {clock.now()}


def test_a_parcel_on_its_way_is_open(backend: Backend) -> None:
    backend.book(an_order(parcels=2))
    assert seen(backend).open.parcels == 2


def test_what_is_seen_is_counted_too(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    said(backend, None, "Unsure")
    balance = Balance(Decimal("12.50"), "GBP", clock.now(), Decimal(3))
    courier.has = Means({"minute": 49}, None, balance)
    assert figures(backend) == {
        "carrier_courier_accounts_cut_off fake": 0,
        "carrier_courier_parcels_open fake": 0,
        "carrier_courier_success_share fake": 0.5,
        "carrier_courier_p95_seconds fake": 0.01,
        "carrier_quota_left_calls fake minute": 49,
        "carrier_prepay_balance fake GBP": 12.5,
        "carrier_prepay_runway_days fake": 3,
    }


def test_calls_are_totalled_by_what_came_of_them(backend: Backend, store: Store) -> None:
    tally = CallTally()
    tally.count("ingrid", "LockedOut")
    KeepCounts(store, tally).run_once()
    totals = {tuple(each.labels.values()): each.value for each in backend.watch_couriers.figures() if each.is_total}
    assert {each for each in totals if totals[each]} == {("ingrid", "LockedOut")}
    assert totals["fake", "Unsure"] == 0


def test_a_check_is_the_couriers_word_within_ten_seconds(backend: Backend, courier: Watched) -> None:
    courier.health = Health(Condition.WRONG_KEY, "the key is refused: ask for a new one")
    assert backend.watch_couriers.check("fake", "", BY_TEST) == courier.health
    assert courier.checks == [("", 10)]


def test_a_merchants_own_account_is_checked_where_there_is_one(backend: Backend, courier: Watched) -> None:
    with pytest.raises(Unknown, match="'shop-1' has no account of its own with fake"):
        backend.watch_couriers.check("fake", "shop-1", BY_TEST)
    backend.oversee.put_account("shop-1", "fake", Account("https://fake.example", {"api_key": "theirs"}), BY_TEST)
    backend.watch_couriers.check("fake", "shop-1", BY_TEST)
    assert [whose for whose, _ in courier.checks] == ["shop-1"]


def test_a_check_knows_what_another_process_has_just_been_told(
    backend: Backend, elsewhere: Backend, courier: Watched
) -> None:
    assert elsewhere.oversee.merchants()
    with pytest.raises(Unknown):
        elsewhere.watch_couriers.check("fake", "shop-1", BY_TEST)
    backend.oversee.put_account("shop-1", "fake", Account("https://fake.example", {"api_key": "theirs"}), BY_TEST)
    elsewhere.watch_couriers.check("fake", "shop-1", BY_TEST)
    assert [whose for whose, _ in courier.checks] == ["shop-1"]


def test_a_courier_that_is_not_there_is_not_checked(backend: Backend) -> None:
    with pytest.raises(Unknown, match="there is no courier 'nobody'"):
        backend.watch_couriers.check("nobody", "", BY_TEST)


@pytest.mark.parametrize(("shipper_id", "subject"), [("", "fake"), ("shop-1", "shop-1/fake")])
def test_a_check_stands_in_the_trail(backend: Backend, store: Store, shipper_id: str, subject: str) -> None:
    backend.oversee.put_account("shop-1", "fake", Account("https://fake.example", {"api_key": "theirs"}), BY_TEST)
    backend.watch_couriers.check("fake", shipper_id, BY_TEST)
    with store.read() as unit:
        row = unit.connection.execute(select(audit).where(audit.c.act == "check")).one()
    assert (row.operator, row.subject, row.reason) == (BY_TEST.operator, subject, BY_TEST.reason)


def test_two_couriers_are_seen_apart(store: Store, clock: FrozenClock, courier: Watched) -> None:
    other = FakeCourier()
    other.name = "other"
    couriers = {"fake": courier, "other": other}
    both = build_backend(a_settings(a_catalogue()), store=store, clock=clock, couriers=couriers, channel=FakeChannel())
    said(both, None)
    assert [view.record.calls for view in both.watch_couriers.every()] == [1, 0]
