"""Whether requests should come here, and what a doctor would say."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Column, MetaData, String, Table, select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.health import Condition, Health
from carrier_backend.services.backend import Backend
from carrier_backend.services.examine import Finding
from carrier_backend.storage import lanes
from carrier_backend.storage.lanes import Destination
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.sealing import Sealing
from tests.builders import a_catalogue
from tests.conftest import ENCRYPTION_KEY, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock


class CheckedCourier(FakeCourier):
    """A courier that is as well as it is told to be."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.seconds: list[float | None] = []
        self._clock = clock

    def check(self, shipper_id: str = "") -> Health:
        self.seconds.append(BoundsContext(self._clock).time_left())
        return self.health


@pytest.fixture
def courier(clock: FrozenClock) -> CheckedCourier:
    return CheckedCourier(clock)


def over(store: Store, clock: FrozenClock, courier: FakeCourier) -> Backend:
    settings = a_settings(a_catalogue())
    return build_backend(settings, store=store, clock=clock, couriers={"fake": courier}, channel=FakeChannel())


def cut_off(backend: Backend) -> float:
    name = "carrier_courier_accounts_cut_off"
    return next(figure.value for figure in backend.examine.figures() if figure.name == name)


@pytest.fixture
def away(clock: FrozenClock, courier: CheckedCourier) -> Backend:
    """A backend whose database does not answer."""
    return over(Store(open_engine("sqlite:////nowhere/carrier.db"), Sealing([ENCRYPTION_KEY]), clock), clock, courier)


@pytest.fixture
def foreign(store: Store, clock: FrozenClock, courier: CheckedCourier) -> Iterator[Backend]:
    """A backend whose database belongs to newer code."""
    version = Table("alembic_version", MetaData(), Column("version_num", String))
    with store.begin() as unit:
        revision = unit.connection.execute(select(version.c.version_num)).scalar_one()
        unit.connection.execute(version.update().values(version_num="9999"))
    yield over(store, clock, courier)
    with store.begin() as unit:
        unit.connection.execute(version.update().values(version_num=revision))


def finding(backend: Backend, name: str) -> Finding:
    return next(each for each in backend.examine.doctor() if each.name == name)


def test_who_has_a_database_of_the_right_schema_is_ready(backend: Backend) -> None:
    readiness = backend.examine.ready()
    assert readiness.is_ready
    assert readiness.notes["database"] == "well"


def test_without_a_database_nobody_is_ready(away: Backend) -> None:
    readiness = away.examine.ready()
    assert not readiness.is_ready
    assert dict(readiness.notes) == {"database": "the database is not answering", "worker": "not known"}


def test_with_another_schema_nobody_is_ready(foreign: Backend) -> None:
    readiness = foreign.examine.ready()
    assert not readiness.is_ready
    assert "(9999) is newer than the code" in readiness.notes["database"]


def test_couriers_have_no_say_in_it(backend: Backend, courier: CheckedCourier) -> None:
    courier.health = Health(Condition.WRONG_KEY, "the key is refused")
    assert backend.examine.ready().is_ready
    assert courier.seconds == []


def test_the_workers_heartbeat_is_reported_and_decides_nothing(backend: Backend, clock: FrozenClock) -> None:
    readiness = backend.examine.ready()
    assert readiness.is_ready
    assert "no worker has run yet" in readiness.notes["worker"]
    backend.clockwork.run_once()
    clock.advance(timedelta(hours=1))
    assert backend.examine.ready().notes["worker"].startswith("last heard of 3600 s ago: start one")


def test_a_doctor_finds_everything_well(backend: Backend) -> None:
    backend.clockwork.run_once()
    findings = backend.examine.doctor()
    names = ["database", "clock", "worker", "status updates", "courier outages", "courier fake"]
    assert [each.name for each in findings] == names
    assert all(each.is_well for each in findings)


def test_a_paused_destination_is_found_with_the_reason(backend: Backend, store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        lanes.keep_destination(unit, Destination("ingrid", clock.now(), "wrong signature"))
    note = "ingrid is paused: wrong signature; once that is mended: POST /admin/destinations/ingrid/resume"
    assert finding(backend, "status updates") == Finding("status updates", False, note)


def test_a_worker_that_was_silent_for_long_is_not_well(backend: Backend, clock: FrozenClock) -> None:
    backend.clockwork.run_once()
    clock.advance(timedelta(minutes=2) - timedelta(seconds=1))
    assert finding(backend, "worker").is_well
    clock.advance(timedelta(seconds=1))
    assert not finding(backend, "worker").is_well


def test_where_no_worker_ever_ran_it_is_said_how_to_start_one(backend: Backend) -> None:
    note = "no worker has run yet: start one (`carrier-backend work`), and read what it says"
    assert finding(backend, "worker") == Finding("worker", False, note)


@pytest.mark.parametrize(("seconds", "is_well"), [(4, True), (5, False), (-4, True), (-3600, False)])
def test_a_clock_that_differs_from_the_databases_is_not_well(
    store: Store, courier: CheckedCourier, clock: FrozenClock, seconds: int, is_well: bool
) -> None:
    ours = FrozenClock(clock.now() + timedelta(seconds=seconds))
    found = finding(over(store, ours, courier), "clock")
    assert found.is_well is is_well
    assert found.note.startswith(f"the database's clock is {abs(seconds):.1f} s from this host's")
    assert found.is_well != ("NTP" in found.note)


def test_a_courier_that_is_cut_off_is_found_and_counted(backend: Backend, store: Store, clock: FrozenClock) -> None:
    assert cut_off(backend) == 0
    SharedOutages(store, clock).begin("fake", "an account", timedelta(seconds=30))
    note = "fake: most calls failed, tried every 30 s; GET /admin/couriers tells why"
    assert finding(backend, "courier outages") == Finding("courier outages", False, note)
    assert cut_off(backend) == 1


def test_a_courier_that_is_not_well_is_found_with_what_to_do(backend: Backend, courier: CheckedCourier) -> None:
    courier.health = Health(Condition.WRONG_KEY, "the key is refused: ask for a new one")
    assert finding(backend, "courier fake") == Finding("courier fake", False, "the key is refused: ask for a new one")


def test_a_courier_is_not_waited_for_for_long(backend: Backend, courier: CheckedCourier) -> None:
    backend.examine.doctor()
    assert courier.seconds == [10]


def test_before_the_database_is_well_no_courier_is_asked(
    away: Backend, foreign: Backend, courier: CheckedCourier
) -> None:
    for unwell in (away, foreign):
        findings = unwell.examine.doctor()
        assert [(each.name, each.is_well) for each in findings] == [("database", False), ("courier fake", False)]
    assert courier.seconds == []


def test_why_the_database_is_away_is_told_to_a_doctor_and_to_no_stranger(away: Backend) -> None:
    mended = "this user has to be able to write the file in CARRIER_DATABASE_URL, and its folder"
    assert finding(away, "database").note == f"the database is not answering: {mended}"
    assert away.examine.ready().notes["database"] == "the database is not answering"
