"""Every request gets a trace id, one log line and one count."""

from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from carrier_backend.observability import hooks
from carrier_backend.support.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> FlaskClient:
    app = Flask(__name__)
    hooks.register(app, metrics)

    @app.get("/parcels/<barcode>")
    def parcel(barcode: str) -> dict[str, Any]:
        return {"barcode": barcode, "trace_id": g.trace_id, "in_lines": get_contextvars().get("trace_id")}

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("broken")

    return app.test_client()


def test_a_callers_trace_id_comes_back(client: FlaskClient) -> None:
    answer = client.get("/parcels/1", headers={"x-trace-id": "ABC-123"})
    assert answer.headers["x-trace-id"] == "ABC-123"


def test_the_view_and_its_log_lines_have_the_trace_id(client: FlaskClient) -> None:
    answer = client.get("/parcels/1", headers={"x-trace-id": "ABC-123"})
    assert answer.get_json() == {"barcode": "1", "trace_id": "ABC-123", "in_lines": "ABC-123"}


@pytest.mark.parametrize("forged", ["", "a b", "x" * 65, "\x1b[31m"])
def test_an_unfit_trace_id_is_replaced(client: FlaskClient, forged: str) -> None:
    answer = client.get("/parcels/1", headers={"x-trace-id": forged})
    assert answer.headers["x-trace-id"] not in ("", forged)


def test_what_an_earlier_request_bound_is_gone(client: FlaskClient) -> None:
    first = client.get("/parcels/1", headers={"x-trace-id": "FIRST"})
    second = client.get("/parcels/1")
    assert second.get_json()["in_lines"] != first.get_json()["in_lines"]


def test_a_request_is_one_line_without_the_path_itself(client: FlaskClient) -> None:
    with capture_logs() as lines:
        client.get("/parcels/1?phone=22345678")
    (line,) = lines
    assert (line["method"], line["route"], line["status"]) == ("GET", "/parcels/<barcode>", 200)
    assert "22345678" not in str(line)


def test_an_unknown_path_is_one_route_whatever_it_says(client: FlaskClient) -> None:
    with capture_logs() as lines:
        client.get("/amina")
    assert (lines[0]["route"], lines[0]["status"]) == ("unknown", 404)


def test_a_failure_of_our_own_is_a_line_and_an_answer_too(client: FlaskClient) -> None:
    with capture_logs() as lines:
        answer = client.get("/broken", headers={"x-trace-id": "ABC"})
    assert (answer.status_code, answer.headers["x-trace-id"], lines[-1]["status"]) == (500, "ABC", 500)


def test_requests_are_counted_by_route_and_status(client: FlaskClient, metrics: Metrics) -> None:
    client.get("/parcels/1")
    client.get("/parcels/2")
    count = 'carrier_request_seconds_count{method="GET",route="/parcels/<barcode>",status="200"} 2.0'
    assert count in metrics.exposition().decode()


def test_invented_methods_are_counted_as_one(client: FlaskClient, metrics: Metrics) -> None:
    client.open("/parcels/1", method="BREW")
    assert 'method="other"' in metrics.exposition().decode()
