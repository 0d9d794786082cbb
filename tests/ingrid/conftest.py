"""The door, what stands behind it, and a caller with a token in hand."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from carrier_backend.ingrid.tokens import Tokens
from tests.fakes import FrozenClock
from tests.ingrid.door import INGRID, KEYS, FakeBackend, open_door


@pytest.fixture
def tokens(clock: FrozenClock) -> Tokens:
    return Tokens(KEYS, clock)


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def app(backend: FakeBackend, tokens: Tokens) -> Flask:
    return open_door(backend, tokens)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """Anybody at the door."""
    return app.test_client()


class Caller:
    """Ingrid at the door, with a token."""

    def __init__(self, http: FlaskClient, token: str) -> None:
        self._http = http
        self._token = token

    def post(self, path: str, body: object, **headers: str) -> TestResponse:
        return self._http.post(path, json=body, headers=self._headers(headers))

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = self._headers(options.pop("headers", {}))
        return self._http.open(path, method=method, headers=headers, **options)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", **more}


@pytest.fixture
def ingrid(http: FlaskClient, tokens: Tokens) -> Caller:
    return Caller(http, tokens.issue(INGRID.id))
