"""The description of every route, made from the schemas that validate: /openapi.json, and /docs for people."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from flask import Flask, Response, current_app, render_template
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from carrier_backend import __version__, current
from carrier_backend.domain.access import Role
from carrier_backend.doors import errors
from carrier_backend.doors.bodies import Blueprint
from carrier_backend.doors.describing import Described, Describing
from carrier_backend.doors.guard import anyone
from carrier_backend.doors.shapes import Errors
from carrier_backend.support import strict_json

_EXTENSION = "carrier-description"
_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_SCHEMES: Mapping[str, Described] = {
    "client": {
        "type": "oauth2",
        "description": "An access token of an OAuth client's.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {"general": "everything there is"}}},
    },
    "operator": {"type": "http", "scheme": "bearer", "description": "An operator's token."},
}

# What couriers send is theirs to say, and so is what they want to be answered.
_HEARD: Described = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}
_TAKEN_IN: Described = {"200": {"description": "Taken in", "content": {"application/json": {"schema": {}}}}}

description = Blueprint("description", __name__, description="What there is to call", template_folder="pages")


class OpenApi(Api):
    """Describes the routes of the blueprints that are registered with it."""

    ERROR_SCHEMA = Errors

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in the one shape; the description's own handler would bring another."""
        return errors.answer(error, [errors.of_http(error)])


class Description:
    """What an app can be asked, made once somebody wants to know: then all of it is there."""

    def __init__(self, app: Flask, api: OpenApi) -> None:
        self._app = app
        self._api = api

    @cached_property
    def for_programs(self) -> bytes:
        """As JSON."""
        return strict_json.dump(self._told)

    @cached_property
    def for_people(self) -> str:
        """As a page."""
        return render_template("docs.html", told=self._told)

    @cached_property
    def _told(self) -> Described:
        return _described(self._app, self._api)


def describe(app: Flask) -> OpenApi:
    """Serve the description; blueprints that are registered with it are described."""
    app.config.update(API_TITLE="Carrier backend", API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
    api = OpenApi(app, spec_kwargs={"marshmallow_plugin": Describing()})
    for name, scheme in _SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    app.extensions[_EXTENSION] = Description(app, api)
    api.register_blueprint(description)
    return api


@description.route("/openapi.json")
@anyone
@description.response(200, {"type": "object"})
def show_description() -> Response:
    """This description: OpenAPI 3.1."""
    return Response(_description().for_programs, content_type="application/json")


@description.route("/docs")
@anyone
@description.response(200, {"type": "string"}, content_type="text/html")
def show_docs() -> Response:
    """The same for people to read: nothing is loaded from anywhere, and nothing runs."""
    page = Response(_description().for_people, content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = _POLICY
    page.headers["X-Content-Type-Options"] = "nosniff"
    return page


def _description() -> Description:
    found: Description = current_app.extensions[_EXTENSION]
    return found


def _described(app: Flask, api: OpenApi) -> Described:
    """Everything that can be called, by whom, and with an example of what is sent."""
    told: Described = api.spec.to_dict()
    schemas = told["components"]["schemas"]
    for rule in app.url_map.iter_rules():
        path = told["paths"].get(_PARAMETER.sub(r"{\1}", rule.rule), {})
        for method in {each.lower() for each in rule.methods or ()} & path.keys():
            _say_who_may(path[method], app.view_functions[rule.endpoint].__dict__.get("guard"))
            _give_example(path[method], schemas)
            _say_what_a_query_can(path[method])
    _name_couriers(told["paths"])
    return told


def _say_who_may(operation: Described, guard: object) -> None:
    if guard in set(Role):
        operation["security"] = [{"operator": []}]
        operation["responses"]["403"] = {"$ref": "#/components/responses/DEFAULT_ERROR"}
        text = operation.get("description", "")
        operation["description"] = f"{text}\n\nTakes the role {guard}.".strip()
    elif guard == "client":
        operation["security"] = [{"client": ["general"]}]
    if guard != "anyone":
        operation["responses"]["401"] = {"$ref": "#/components/responses/DEFAULT_ERROR"}


def _give_example(operation: Described, schemas: Mapping[str, Described]) -> None:
    bodies = [operation.get("requestBody", {}), operation["responses"].get("200", {})]
    for content in (content for body in bodies for content in body.get("content", {}).values()):
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        for example in schemas.get(name, {}).get("examples", [])[:1]:
            content["example"] = example


def _say_what_a_query_can(operation: Described) -> None:
    """It has no null: what is not meant is left out, or left empty."""
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "query":
            parameter["schema"] = _without_null(parameter["schema"])


def _without_null(schema: Any) -> Any:
    match schema:
        case dict():
            left = {key: _without_null(value) for key, value in schema.items() if not (key == "default" and not value)}
            return left | ({"type": "string"} if left.get("type") == ["string"] else {})
        case list():
            return [_without_null(item) for item in schema if item not in (None, "null")]
    return schema


def _name_couriers(paths: Described) -> None:
    """Of the couriers' webhooks those that there are: whoever does not call has none."""
    for template in [path for path in paths if "{courier}" in path and path.startswith("/webhooks")]:
        shared = paths.pop(template)
        for courier, kind in _webhooks():
            if bool(kind) == ("{kind}" in template):
                path = template.replace("{courier}", courier).replace("{kind}", kind)
                paths[path] = {"post": _HEARD | shared["post"] | {"responses": _TAKEN_IN | shared["post"]["responses"]}}


def _webhooks() -> Iterator[tuple[str, str]]:
    for name, courier in current.backend().couriers.items():
        for kind in courier.webhook.kinds if courier.webhook else ():
            yield name, kind
