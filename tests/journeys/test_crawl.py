"""Who only knows the address finds what is meant for everybody, and nothing else."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend.app import create_app
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

PUBLIC = {"/healthz", "/readyz", "/openapi.json", "/docs"}
OFTEN_LEFT_OPEN = (
    *("/.git/config", "/.git/HEAD", "/.env", "/.svn/entries", "/.htaccess", "/.DS_Store", "/.well-known/security.txt"),
    *("/config/example.env", "/config/products.toml", "/var/carrier.db", "/carrier.db", "/backup.sql", "/dump.sql"),
    *("/wsgi.py", "/setup.cfg", "/requirements.txt", "/Dockerfile", "/README.md", "/CHANGELOG.md"),
    *("/static/", "/static/app.js", "/assets/", "/uploads/", "/favicon.ico", "/robots.txt", "/sitemap.xml"),
    *("/admin", "/admin/", "/login", "/wp-login.php", "/phpmyadmin/", "/manager/html", "/cgi-bin/", "/console"),
    *("/debug", "/debug/pprof/", "/__debugger__", "/_debug_toolbar/", "/trace", "/status", "/server-status", "/info"),
    *("/actuator", "/actuator/env", "/actuator/heapdump", "/health", "/livez", "/metrics/", "/prometheus"),
    *("/swagger.json", "/swagger-ui", "/redoc", "/api-docs", "/graphql", "/v1", "/api", "/rpc", "/oauth", "/token"),
    *("/_control", "/_state", "/webhooks", "/webhooks/", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/.env"),
)
INWARD = re.compile(
    r"Traceback|File \"|carrier_backend|site-packages|sqlite|postgres|werkzeug|/opt/|/root/", re.IGNORECASE
)


@pytest.fixture
def app(store: Store, clock: FrozenClock, courier: FakeCourier) -> Flask:
    couriers = {courier.name: courier}
    return create_app(a_settings(a_catalogue()), store=store, clock=clock, couriers=couriers, channel=FakeChannel())


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


def ways_in(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method of every route, with something in each gap."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or ()):
            yield method, re.sub(r"<[^>]+>", "1", str(rule))


def test_only_what_is_meant_for_everybody_is_answered_to_anybody(app: Flask, http: FlaskClient) -> None:
    answered = {path for method, path in ways_in(app) if http.open(path, method=method).status_code < 400}
    assert answered <= PUBLIC
    assert {"/healthz", "/readyz"} <= answered


def test_nothing_that_others_leave_open_is_there(http: FlaskClient) -> None:
    answers = {path: http.get(path) for path in OFTEN_LEFT_OPEN}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 404} == {}
    assert all([*answer.get_json()] == ["errors"] for answer in answers.values())


def test_no_answer_to_strangers_tells_how_we_are_made(app: Flask, http: FlaskClient) -> None:
    tellers = [
        (method, path)
        for method, path in ways_in(app)
        if path not in {"/openapi.json", "/docs"} and INWARD.search(http.open(path, method=method, data=b"{").text)
    ]
    assert tellers == []


def test_no_answer_says_which_version_of_what_has_made_it(app: Flask, http: FlaskClient) -> None:
    for method, path in ways_in(app):
        headers = http.open(path, method=method).headers
        assert not {"Server", "X-Powered-By"} & set(headers.keys())
