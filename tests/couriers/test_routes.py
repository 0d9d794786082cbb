"""The webhooks' door with a courier behind it that says what it hears, and a backend that notes what it is told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend import current
from carrier_backend.couriers import routes
from carrier_backend.domain.errors import Busy, Malformed, NotAllowed
from carrier_backend.domain.tracking import Heard
from carrier_backend.doors import bodies, errors, openapi
from carrier_backend.ingrid import errors as ingrid_errors
from carrier_backend.observability import hooks
from carrier_backend.ports import Courier, Delivery, Reply
from carrier_backend.services.backend import Backend
from carrier_backend.support.metrics import Metrics
from carrier_backend.support.patience import FAILURES_ALLOWED
from tests.couriers.fakes import MemoryExchanges
from tests.fakes import FakeCourier, FrozenClock


class EchoingWebhook:
    """Knows the courier by a header, hears nothing, and gives back what came."""

    kinds: Sequence[str] = ("", "status")
    shown = frozenset({"nid"})

    def verify(self, delivery: Delivery) -> str:
        if delivery.headers.get("x-pass") != "open sesame":
            raise NotAllowed("who are you")
        return "the voice of sesame"

    def voices(self, shipper_id: str, booked_at: datetime) -> Collection[str]:
        return ()

    def heard(self, delivery: Delivery) -> Heard:
        if delivery.body == b"noise":
            raise Malformed("not JSON")
        return Heard(look_again=[delivery.kind])

    def reply(self, delivery: Delivery) -> Reply:
        return Reply(delivery.body)


@dataclass
class NotingBackend:
    """Notes what was heard, as its record_tracking, too."""

    couriers: dict[str, Courier]
    clock: FrozenClock = field(default_factory=FrozenClock)
    exchanges: MemoryExchanges = field(default_factory=MemoryExchanges)
    noted: list[tuple[str, Delivery, Heard, str, str]] = field(default_factory=list)
    error: Exception | None = None

    @property
    def record_tracking(self) -> "NotingBackend":
        return self

    def from_webhook(self, courier: str, delivery: Delivery, heard: Heard, trace_id: str, voice: str) -> None:
        if self.error:
            raise self.error
        self.noted.append((courier, delivery, heard, trace_id, voice))


@pytest.fixture
def backend() -> NotingBackend:
    calling, silent = FakeCourier(), FakeCourier()
    calling.webhook = EchoingWebhook()
    return NotingBackend({"calling": calling, "silent": silent})


@pytest.fixture
def http(backend: NotingBackend) -> FlaskClient:
    app = Flask(__name__)
    errors.register(app, ingrid_errors.answer)
    metrics = Metrics()
    hooks.register(app, metrics)
    current.keep(cast(Backend, backend), app)
    routes.open_door(app, openapi.describe(app), metrics)
    return app.test_client()


PASS = {"X-Pass": "open sesame", "x-trace-id": "TRACE1"}


def test_news_is_recorded_and_answered_as_the_courier_expects(http: FlaskClient, backend: NotingBackend) -> None:
    said = b'{ "b": 1.0, "a": "\\u00e9" }'

    answer = http.post("/webhooks/calling/status", data=said, headers=PASS)

    assert (answer.status_code, answer.data) == (200, said)
    ((courier, delivery, heard, trace_id, voice),) = backend.noted
    assert (courier, delivery.kind, delivery.body, trace_id) == ("calling", "status", said, "TRACE1")
    assert voice == "the voice of sesame"
    assert heard == Heard(look_again=["status"])


def test_what_goes_back_is_nothing_but_json(http: FlaskClient) -> None:
    answer = http.post("/webhooks/calling", data=b'"<script>"', headers=PASS)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_said_is_kept_as_far_as_the_courier_lets_it_be_shown(
    http: FlaskClient, backend: NotingBackend
) -> None:
    http.post("/webhooks/calling/status", data=b'{"nid":"7","name":"Amira"}', headers=PASS)
    (kept,) = backend.exchanges.recorded
    assert (kept.heading, kept.who, kept.operation, kept.status) == ("in", "calling", "webhook status", 200)
    assert kept.request == kept.response == '{"body":{"nid":"7","name":"[withheld]"}}'


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/silent", "/webhooks/calling/parcels"])
def test_of_what_nobody_waits_for_nothing_is_kept(http: FlaskClient, backend: NotingBackend, path: str) -> None:
    http.post(path, data=b"{}", headers=PASS)
    http.post("/webhooks/calling", data=b"{}")
    assert backend.exchanges.recorded == []


def test_a_courier_may_have_no_kinds(http: FlaskClient, backend: NotingBackend) -> None:
    assert http.post("/webhooks/calling", data=b"{}", headers=PASS).status_code == 200
    assert backend.noted[0][1].kind == ""


def test_a_stranger_hears_nothing_back_and_leaves_nothing(http: FlaskClient, backend: NotingBackend) -> None:
    answer = http.post("/webhooks/calling/status", data=b'{"echo":"me"}', headers={"X-Pass": "clé"})

    assert (answer.status_code, answer.get_json()) == (401, {"errors": [{"message": "who are you"}]})
    assert (backend.noted, backend.exchanges.recorded) == ([], [])


def test_a_flood_of_strangers_is_not_looked_at_and_holds_up_nobody_from_elsewhere(http: FlaskClient) -> None:
    statuses = [http.post("/webhooks/calling").status_code for _ in range(FAILURES_ALLOWED)]
    throttled = http.post("/webhooks/calling/status", data=b" " * (bodies.BODY_LIMIT_BYTES + 1), headers=PASS)

    assert set(statuses) == {401}
    assert (throttled.status_code, [*throttled.get_json()]) == (429, ["errors"])
    assert 0 < int(throttled.headers["Retry-After"]) <= 60
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert http.post("/webhooks/calling", data=b"{}", headers=PASS, environ_base=elsewhere).status_code == 200


def test_a_stranger_fills_no_disk_with_what_is_too_long_to_be_heard(http: FlaskClient, backend: NotingBackend) -> None:
    longer = b" " * (bodies.BODY_LIMIT_BYTES + 1)

    assert http.post("/webhooks/calling/status", data=longer).status_code == 413
    assert backend.exchanges.recorded == []


@pytest.mark.parametrize(
    "path", ["/webhooks/unknown/status", "/webhooks/silent", "/webhooks/calling/parcels", "/webhooks/calling/status/x"]
)
def test_an_unknown_courier_or_kind_is_not_found(http: FlaskClient, backend: NotingBackend, path: str) -> None:
    answer = http.post(path, data=b"{}", headers=PASS)

    assert answer.status_code == 404
    assert answer.get_json()["errors"][0]["message"]
    assert backend.noted == []


def test_noise_is_refused_and_not_recorded(http: FlaskClient, backend: NotingBackend) -> None:
    answer = http.post("/webhooks/calling/status", data=b"noise", headers=PASS)

    assert (answer.status_code, answer.get_json()) == (400, {"errors": [{"message": "not JSON"}]})
    assert backend.noted == []


def test_what_cannot_be_kept_now_is_not_acknowledged(http: FlaskClient, backend: NotingBackend) -> None:
    backend.error = Busy("the database is not answering")

    assert http.post("/webhooks/calling/status", data=b"{}", headers=PASS).status_code == 503


def test_a_megabyte_is_heard_and_a_byte_more_is_not(http: FlaskClient, backend: NotingBackend) -> None:
    longest = b" " * bodies.BODY_LIMIT_BYTES

    assert http.post("/webhooks/calling/status", data=longest, headers=PASS).status_code == 200
    assert http.post("/webhooks/calling/status", data=longest + b" ", headers=PASS).status_code == 413
    assert len(backend.noted) == 1


def test_the_door_is_described(http: FlaskClient) -> None:
    paths = http.get("/openapi.json").get_json()["paths"]

    assert {"/webhooks/calling", "/webhooks/calling/status"} <= paths.keys()
