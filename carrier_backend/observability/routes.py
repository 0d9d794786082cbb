"""Routes for whatever watches over this: alive, ready, figures (contract section 6)."""

from flask import Blueprint, Flask, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.guard import anyone
from carrier_backend.operators.access import operator_may
from carrier_backend.support import strict_json
from carrier_backend.support.metrics import Metrics

_EXTENSION = "carrier-metrics"

observability = Blueprint("observability", __name__)


def open_door(app: Flask, metrics: Metrics) -> None:
    """Hang the routes into the app."""
    app.extensions[_EXTENSION] = metrics
    app.register_blueprint(observability)


@observability.get("/healthz")
@anyone
def healthz() -> Response:
    """Whether this process answers at all."""
    return _json({"status": "ok"}, 200)


@observability.get("/readyz")
@anyone
def readyz() -> Response:
    """Whether requests should be sent here: database and schema decide, the worker is reported."""
    readiness = current.backend().examine.ready()
    status, code = ("ok", 200) if readiness.is_ready else ("not ready", 503)
    return _json({"status": status, **readiness.notes}, code)


@observability.get("/metrics")
@operator_may(Role.VIEWER)
def metrics() -> Response:
    """Figures for Prometheus: of this host's requests, and of what the database holds."""
    counted: Metrics = current_app.extensions[_EXTENSION]
    return Response(counted.exposition(current.backend().examine.figures()), content_type=CONTENT_TYPE_LATEST)


def _json(body: object, status: int) -> Response:
    return Response(strict_json.dump(body), status, content_type="application/json")
