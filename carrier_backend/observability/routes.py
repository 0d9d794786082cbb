"""Routes for whatever watches over this: alive, ready, figures (contract section 6)."""

from flask import Flask, Response, current_app
from flask_smorest import Api
from prometheus_client import CONTENT_TYPE_LATEST

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Blueprint
from carrier_backend.doors.guard import anyone
from carrier_backend.operators.access import operator_may
from carrier_backend.support import strict_json
from carrier_backend.support.metrics import Metrics

_EXTENSION = "carrier-metrics"

_NOTES = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}

observability = Blueprint("observability", __name__, description="Whether it is well")


def open_door(app: Flask, api: Api, metrics: Metrics) -> None:
    """Hang the routes into the app, and into its description."""
    app.extensions[_EXTENSION] = metrics
    api.register_blueprint(observability)


@observability.route("/healthz")
@anyone
@observability.response(200, _NOTES)
def healthz() -> Response:
    """Whether this process answers at all."""
    return _json({"status": "ok"}, 200)


@observability.route("/readyz")
@anyone
@observability.response(200, _NOTES)
@observability.alt_response(503, schema=_NOTES, description="Not ready: what is missing is told.")
def readyz() -> Response:
    """Whether requests should be sent here: database and schema decide, the worker is reported."""
    readiness = current.backend().examine.ready()
    status, code = ("ok", 200) if readiness.is_ready else ("not ready", 503)
    return _json({"status": status, **readiness.notes}, code)


@observability.route("/metrics")
@operator_may(Role.VIEWER)
@observability.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Figures for Prometheus: of this host's requests, and of what the database holds."""
    counted: Metrics = current_app.extensions[_EXTENSION]
    return Response(counted.exposition(current.backend().examine.figures()), content_type=CONTENT_TYPE_LATEST)


def _json(body: object, status: int) -> Response:
    return Response(strict_json.dump(body), status, content_type="application/json")
