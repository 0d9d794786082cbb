"""Alive, ready, and figures for those who may see them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from carrier_backend.app import create_app
from carrier_backend.domain.access import Role
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.services.backend import Backend
from carrier_backend.storage.looks import Taken
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue, an_order
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock


@pytest.fixture
def http(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> FlaskClient:
    couriers = {courier.name: courier}
    settings = a_settings(a_catalogue())
    return create_app(settings, store=store, clock=clock, couriers=couriers, channel=channel).test_client()


def test_a_living_process_says_so(http: FlaskClient) -> None:
    answer = http.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_readiness_needs_no_worker_but_reports_it(http: FlaskClient) -> None:
    answer = http.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert "no worker has run yet" in answer.get_json()["worker"]


def test_a_heartbeat_is_reported(http: FlaskClient, backend: Backend) -> None:
    backend.clockwork.run_once()
    assert "last heard of 0 s ago" in http.get("/readyz").get_json()["worker"]


def test_a_database_of_another_version_is_not_ready(http: FlaskClient, store: Store) -> None:
    with store.begin() as unit:
        version = unit.connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    answer = http.get("/readyz")
    with store.begin() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")


def test_figures_are_for_viewers(http: FlaskClient, backend: Backend) -> None:
    token = backend.oversee.add_operator("amina", Role.VIEWER, BY_TEST)
    http.get("/healthz")
    answer = http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert 'carrier_request_seconds_count{method="GET",route="/healthz",status="200"} 1.0' in answer.text


def test_what_somebody_ought_to_look_at_is_counted(http: FlaskClient, backend: Backend, clock: FrozenClock) -> None:
    token = backend.oversee.add_operator("amina", Role.VIEWER, BY_TEST)
    backend.book(an_order())
    strange = TrackingEvent("unheard-of", "", "6900", "Colis 6900", None, clock.now())
    backend.record_tracking.from_poll("fake", Taken(), [strange], "trace")
    answer = http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert 'carrier_status_updates{state="waiting"} 1.0' in answer.text
    assert 'carrier_shipments_open{state="unsure"} 0.0' in answer.text
    assert "carrier_events_unknown_status 1.0" in answer.text
    assert "carrier_events_unmatched 1.0" in answer.text


@pytest.mark.parametrize("authorization", ["", "Bearer nobody", "Basic YTpi"])
def test_figures_are_for_nobody_else(http: FlaskClient, authorization: str) -> None:
    answer = http.get("/metrics", headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
