"""The Backend of the running app, for doors."""

from flask import Flask, current_app

from carrier_backend.services.backend import Backend

_EXTENSION = "carrier-backend"


def keep(backend: Backend, app: Flask) -> None:
    """Make it the Backend of an app."""
    app.extensions[_EXTENSION] = backend


def backend() -> Backend:
    """The use cases that this request may call."""
    found: Backend = current_app.extensions[_EXTENSION]
    return found
