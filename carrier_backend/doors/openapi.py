"""The description of every route at /openapi.json, made from the schemas that validate."""

from flask import Flask, Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from carrier_backend import __version__
from carrier_backend.doors import errors
from carrier_backend.doors.shapes import Errors


class OpenApi(Api):
    """Describes the routes of the blueprints that are registered with it."""

    ERROR_SCHEMA = Errors

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in the one shape; the description's own handler would bring another."""
        return errors.answer(error, [errors.of_http(error)])


def describe(app: Flask) -> OpenApi:
    """Serve the description, yet without routes."""
    app.config.update(
        API_TITLE="Carrier backend",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
    )
    return OpenApi(app)
