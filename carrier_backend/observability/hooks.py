"""What surrounds every request, whichever door it came to: a trace id, one log line, one count."""

from time import monotonic

import structlog
from flask import Flask, Response, g, request

from carrier_backend.support import trace
from carrier_backend.support.metrics import Metrics

TRACE_HEADER = "x-trace-id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger(__name__)


def register(app: Flask, metrics: Metrics) -> None:
    """Give each request `g.trace_id`, sent back with the answer, and say how it went once it is answered."""

    @app.before_request
    def begin() -> None:
        g.begun = monotonic()
        g.trace_id = trace.clean(request.headers.get(TRACE_HEADER))
        structlog.contextvars.bind_contextvars(trace_id=g.trace_id)

    @app.after_request
    def end(response: Response) -> Response:
        seconds = monotonic() - g.begun
        response.headers[TRACE_HEADER] = g.trace_id
        metrics.answered(_method(), _route(), response.status_code, seconds)
        _log.info(
            "answered",
            method=_method(),
            route=_route(),
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()


def _method() -> str:
    """Callers may invent methods; figures count only those that exist."""
    return request.method if request.method in _METHODS else "other"


def _route() -> str:
    """The template of the path: the path itself may name people."""
    return request.url_rule.rule if request.url_rule else "unknown"
