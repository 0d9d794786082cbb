"""Who may call what is Ingrid's: whoever bears one of our access tokens."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Flask, Response, current_app

from carrier_backend import current
from carrier_backend.domain.access import Client
from carrier_backend.doors import exchanges
from carrier_backend.doors.guard import bearer_token, named
from carrier_backend.ingrid.tokens import Tokens

_P = ParamSpec("_P")

_EXTENSION = "ingrid-tokens"


def client(view: Callable[Concatenate[Client, _P], Response]) -> Callable[_P, Response]:
    """Let in who bears one of our access tokens, and hand the client to the view."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> Response:
        bearer = _bearer()
        exchanges.let_in()
        return view(bearer, *args, **kwargs)

    return named("client", guarded)


def keep(tokens: Tokens, app: Flask) -> None:
    """Have the guard of an app verify with these tokens."""
    app.extensions[_EXTENSION] = tokens


def tokens() -> Tokens:
    """The tokens of the running app."""
    found: Tokens = current_app.extensions[_EXTENSION]
    return found


def _bearer() -> Client:
    return current.backend().admit.bearer(tokens().client_id(bearer_token()))
