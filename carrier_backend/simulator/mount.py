"""A WSGI app inside an HTTP session; and how answers get lost, there and on a real port."""

import errno
import math
import socket
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Response as FlaskResponse
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError, ReadTimeout
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOST = "X-Simulator-Drop"
PATIENCE = "simulator.patience"


def lost(how: str) -> FlaskResponse:
    """An answer that the caller must not see: its connection is `reset`, or it came too late (`timeout`)."""
    return FlaskResponse(status=504, headers={LOST: how})


def seen_status(answer: FlaskResponse) -> int | None:
    """The status that reached the caller; None for a lost answer."""
    return None if LOST in answer.headers else answer.status_code


class Mount(HTTPAdapter):
    """Serves a WSGI app inside a session: `session.mount("http://simulator", Mount(app))`.

    Tells the app how many seconds the caller will wait, so that a longer hang costs no time. Raises
    ReadTimeout for an answer that came too late, and ConnectionError for one whose connection was cut.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        super().__init__()
        self._client = Client(app, use_cookies=False)

    def send(self, request: PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any) -> Response:
        answer = self._client.open(
            path=request.path_url,
            base_url=(request.url or "").removesuffix(request.path_url),
            method=request.method,
            headers=list(request.headers.items()),
            data=request.body,
            environ_base={PATIENCE: _patience(timeout)},
        )
        if LOST in answer.headers:
            raise _loss(answer.headers[LOST], request)
        headers = HTTPHeaderDict(answer.headers.items())
        raw = HTTPResponse(BytesIO(answer.data), headers, answer.status_code, preload_content=False)
        return self.build_response(request, raw)


def _patience(timeout: Any) -> float:
    """The read timeout in whichever way requests lets a caller say it, in seconds."""
    reading = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    return math.inf if reading is None else float(reading)


def _loss(how: str, request: PreparedRequest) -> ConnectionError | ReadTimeout:
    if how == "timeout":
        return ReadTimeout("Read timed out.", request=request)
    return ConnectionError("Connection reset by peer", request=request)


def cut_lost_connections(app: "WSGIApplication") -> "WSGIApplication":
    """On a real port, makes of a lost answer an error at which the server hangs up without a word."""

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if PATIENCE not in environ and any(name == LOST for name, _ in headers):
                _hang_up(environ)
            return start_response(status, headers, *rest)

        return app(environ, start)

    return guarded


def _hang_up(environ: "WSGIEnvironment") -> NoReturn:
    """Gunicorn closes the connection after such an error; Werkzeug would wait for the next request on it."""
    if "werkzeug.socket" in environ:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError(errno.ECONNRESET, "cut on purpose")
