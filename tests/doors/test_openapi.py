"""The description of everything there is to call, and the page that shows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend.app import create_app
from carrier_backend.doors.fields import Shape
from carrier_backend.operators.merchants import MerchantSchema
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import a_settings
from tests.corpus.places import Described, operations
from tests.fakes import FakeChannel, FakeCourier, FrozenClock


@pytest.fixture
def app(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Flask:
    return create_app(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={courier.name: courier}, channel=channel
    )


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def told(http: FlaskClient) -> Any:
    return http.get("/openapi.json").get_json()


def test_every_route_is_described(app: Flask, told: Any) -> None:
    calls = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/webhooks/")  # of which there are as many as couriers call
    }
    assert len([*operations(told)]) == len(calls)


def test_who_may_call_is_said(told: Any) -> None:
    security = {
        str(operation): told["paths"][operation.path][operation.method.lower()].get("security")
        for operation, _ in operations(told)
    }
    assert security["POST /booking"] == [{"client": ["general"]}]
    assert security["GET /admin/shipments"] == security["GET /metrics"] == [{"operator": []}]
    assert {call for call, needed in security.items() if needed is None} == {
        *("GET /openapi.json", "GET /docs", "GET /healthz", "GET /readyz", "POST /oauth/token"),
    }


def test_a_courier_that_calls_has_its_webhooks_described(http: FlaskClient, courier: FakeCourier) -> None:
    class Calls:
        kinds = ("", "news")

    courier.webhook = Calls()  # type: ignore[assignment]  # all that is asked of it here
    paths = http.get("/openapi.json").get_json()["paths"]
    assert [path for path in paths if path.startswith("/webhooks")] == ["/webhooks/fake/news", "/webhooks/fake"]


def test_every_body_has_an_example_that_leaves_no_field_out(told: Any) -> None:
    bodies = [(operation, described["schema"]) for operation, described in operations(told) if described["schema"]]
    assert bodies
    for operation, schema in bodies:
        assert [*missing(told, schema, operation.example, ())] == [], operation


def test_every_example_would_be_read() -> None:
    shapes = [
        shape for shape in _below(Shape) | _below(MerchantSchema) if "examples" in vars(shape).get("described", {})
    ]
    assert len(shapes) > 20
    for shape in shapes:
        for example in shape.described["examples"]:
            assert shape().validate(example) == {}, shape


def test_a_query_has_no_null(told: Any) -> None:
    queries = [each["schema"] for _, one in operations(told) for each in one["parameters"] if each["in"] == "query"]
    assert queries
    assert "null" not in str(queries)
    assert "None" not in str(queries)


def test_the_page_shows_all_of_it_and_loads_nothing(http: FlaskClient, told: Any) -> None:
    page = http.get("/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert [path for path in told["paths"] if f"</b>{path}<" not in page.text] == []
    assert [
        name for name in told["components"]["schemas"] if f'id="{name}"' not in page.text and name != "Nothing"
    ] == []
    assert "Amira Trabelsi" in page.text
    for loads in ("<script", "<link", "<img", " src=", "url(", "@import"):
        assert loads not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def missing(told: Described, schema: Described, example: Any, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The ways to fields that the example leaves out."""
    if "anyOf" in schema and "properties" not in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array" and example:
        yield from missing(told, schema["items"], example[0], way)
    for name, inner in schema.get("properties", {}).items():
        if name in example:
            yield from missing(told, inner, example[name], (*way, name))
        else:
            yield (*way, name)


def _below(kind: type[Any]) -> set[type[Any]]:
    return {kind, *(one for below in kind.__subclasses__() for one in _below(below))}
