"""The web application: the Backend, and the doors that lead to it."""

from typing import Unpack

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from carrier_backend import current
from carrier_backend.bootstrap import Replacements, build_backend
from carrier_backend.couriers import routes as courier_routes
from carrier_backend.doors import errors, openapi
from carrier_backend.ingrid import errors as ingrid_errors
from carrier_backend.ingrid import routes as ingrid_routes
from carrier_backend.ingrid.tokens import Tokens
from carrier_backend.observability import hooks, logs
from carrier_backend.observability import routes as observability_routes
from carrier_backend.operators import routes as operator_routes
from carrier_backend.settings import Settings
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.metrics import Metrics

BODY_LIMIT_BYTES = 1024 * 1024


def create_app(settings: Settings | None = None, **replacements: Unpack[Replacements]) -> Flask:
    """The application, from the environment's settings unless given others; raises SettingsError."""
    settings = settings or Settings.read()
    logs.configure(settings.log_format, settings.log_level)
    app = Flask(__name__, static_folder=None)
    app.config.update(DEBUG=False, MAX_CONTENT_LENGTH=BODY_LIMIT_BYTES)
    current.keep(build_backend(settings, **replacements), app)
    _hang_doors(app, Tokens(settings.token_keys, replacements.get("clock") or SystemClock()))
    # Before whatever the doors have put before the app: callers' addresses are known to all of them.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign]  # as Flask says
    return app


def _hang_doors(app: Flask, tokens: Tokens) -> None:
    metrics = Metrics()
    hooks.register(app, metrics)
    errors.register(app, ingrid_errors.answer)
    api = openapi.describe(app)
    ingrid_routes.open_door(app, api, tokens)
    courier_routes.open_door(app, api, metrics)
    operator_routes.open_door(app, api)
    observability_routes.open_door(app, api, metrics)
