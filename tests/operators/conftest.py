"""The operators' door with the real backend behind it, Ingrid's beside it, and a caller of every kind."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors import errors, openapi
from carrier_backend.ingrid import errors as ingrid_errors
from carrier_backend.ingrid import routes as ingrid_routes
from carrier_backend.ingrid.tokens import Tokens
from carrier_backend.observability import hooks
from carrier_backend.operators import routes
from carrier_backend.services.backend import Backend
from carrier_backend.support.metrics import Metrics
from tests.conftest import BY_TEST
from tests.fakes import FrozenClock

BECAUSE = {"reason": "a customer asked for it"}


@pytest.fixture
def tokens(clock: FrozenClock) -> Tokens:
    return Tokens({"1": "a token key of more than thirty-two bytes"}, clock)


@pytest.fixture
def app(backend: Backend, tokens: Tokens) -> Flask:
    app = Flask(__name__)
    errors.register(app, ingrid_errors.answer)
    hooks.register(app, Metrics())
    current.keep(backend, app)
    api = openapi.describe(app)
    ingrid_routes.open_door(app, api, tokens)
    routes.open_door(app, api)
    return app


class Caller:
    """Somebody at the door, with what they show of themselves."""

    def __init__(self, app: Flask, authorization: str | None) -> None:
        self._http = app.test_client()
        self._headers = {} if authorization is None else {"Authorization": authorization}

    def get(self, path: str) -> TestResponse:
        return self.send("GET", path)

    def post(self, path: str, body: object = BECAUSE) -> TestResponse:
        return self.send("POST", path, json=body)

    def put(self, path: str, body: object) -> TestResponse:
        return self.send("PUT", path, json=body)

    def delete(self, path: str, body: object = BECAUSE) -> TestResponse:
        return self.send("DELETE", path, json=body)

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        return self._http.open(path, method=method, headers=self._headers, **options)


@pytest.fixture
def caller(app: Flask, backend: Backend) -> Callable[[Role], Caller]:
    """An operator of a role, named for it, with a token."""

    def admitted(role: Role) -> Caller:
        return Caller(app, f"Bearer {backend.oversee.add_operator(f'the {role}', role, BY_TEST)}")

    return admitted


@pytest.fixture
def viewer(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def operator(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.OPERATOR)


@pytest.fixture
def admin(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.ADMIN)
