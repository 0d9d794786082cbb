"""Who is turned away before the app has any work with them."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response

from carrier_backend.domain.errors import Throttled
from carrier_backend.doors import errors
from carrier_backend.support import trace
from carrier_backend.support.patience import Patience

TOO_MANY = "too many failed attempts from this address"


class Doorkeeper:
    """What stands before an app: it refuses, below a path, whoever patience is at an end with."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], path: str, patience: Patience, count: Callable[[], None]
    ) -> None:
        self._app = app
        self._path = path
        self._patience = patience
        self._count = count

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(self._path):
            seconds = self._patience.seconds_until_patient(environ.get("REMOTE_ADDR", ""))
            if seconds:
                self._count()
                return _refusal(seconds, environ)(environ, start_response)
        return self._app(environ, start_response)


def _refusal(seconds: float, environ: dict[str, Any]) -> Response:
    """As any other of ours, but without a line in the log: a flood would fill the disk with them."""
    response = errors.answer(Throttled(TOO_MANY, seconds), [TOO_MANY])
    response.headers["x-trace-id"] = trace.clean(environ.get("HTTP_X_TRACE_ID"))
    return response
