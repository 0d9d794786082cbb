"""The rules of the house: who may import whom, and what may stand where.

A new room, or a new library, has to be given its place in the tables below.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend import couriers
from carrier_backend.app import create_app
from carrier_backend.domain.access import Role
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

PACKAGE = Path(couriers.__file__).parent.parent

# Floor by floor, from the ground: a room, and the rooms that it may import from.
GROUND = {"domain", "ports", "support"}
BEHIND_A_DOOR = GROUND | {"services", "doors", "current"}
ROOMS: dict[str, set[str]] = {
    "domain": set(),
    "ports": {"domain"},
    "support": {"domain", "ports"},
    "storage": GROUND,
    "couriers": {"ports", "support"},
    "couriers.*": GROUND,
    "ingrid.channel": GROUND,
    "ingrid.notifications": GROUND | {"ingrid.channel"},
    "services": {"domain", "ports", "storage"},
    "current": {"services"},
    "doors": GROUND | {"services", "current"},
    "ingrid": BEHIND_A_DOOR,
    "couriers.routes": BEHIND_A_DOOR,
    "operators": BEHIND_A_DOOR,
    "observability": BEHIND_A_DOOR | {"operators"},  # whose guard keeps the figures
    "simulator": set(),  # of a translation that is wrong, both sides must not know
}
ROOF = {
    "__main__",
    "app",
    "arrivals",
    "bootstrap",
    "checks",
    "cli",
    "cli_directory",
    "config_files",
    "demo",
    "development_keys",
    "environment",
    "gunicorn_settings",
    "host_checks",
    "loops",
    "processes",
    "settings",
    "web_worker",
}

# A library, and the rooms or modules that may import it.
LIBRARIES: dict[str, set[str]] = {
    "alembic": {"storage"},
    "apispec": {"doors"},
    "cattrs": {"storage"},
    "click": {"cli", "cli_directory", "demo"},
    "cryptography": {"support.sealing", "checks"},
    "environs": {"environment", "settings", "checks", "couriers", "couriers.*"},
    "flask": {
        *("app", "current", "doors", "gunicorn_settings", "ingrid", "couriers.routes", "operators", "observability"),
        "simulator",
    },
    "flask_smorest": {"doors", "ingrid", "couriers.routes", "operators", "observability"},
    "gunicorn": {"arrivals", "web_worker"},
    "holidays": {"support.public_holidays"},
    "jwt": {"ingrid.tokens"},
    "marshmallow": {"config_files", "doors", "ingrid", "operators"},
    "phonenumbers": {"couriers.*"},
    "prometheus_client": {"support.metrics", "observability"},
    "rapidfuzz": {"support.places"},
    "reportlab": {"simulator"},
    "requests": {
        "support.http",
        "support.sessions",
        "support.transport",
        "support.deadlines",
        "bootstrap",
        "simulator",
    },
    "sqlalchemy": {"storage"},
    "structlog": {
        "couriers.*",
        "ingrid.notifications",
        "loops",
        "observability",
        "services",
        "storage",
        "support.bounds",
        "support.http",
        "web_worker",
    },
    "urllib3": {"support.deadlines", "simulator"},
    "webargs": {"doors"},
    "werkzeug": {"app", "doors", "ingrid", "operators", "simulator"},
    "_typeshed": {"support.deadlines", "simulator"},  # of the type checker
}

SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip("."): ast.parse(
        path.read_text()
    )
    for path in sorted(PACKAGE.rglob("*.py"))
}


def room_of(module: str) -> str:
    """The room in which a module stands; one of the courier's folders by its own name."""
    parts = module.split(".")
    if module in {"couriers.routes", "ingrid.channel", "ingrid.notifications"}:
        return module
    return ".".join(parts[: 2 if parts[0] == "couriers" else 1])


def entry(room: str) -> str:
    """What a room is called in the tables."""
    is_a_courier = room.startswith("couriers.") and room != "couriers.routes"
    return "couriers.*" if is_a_courier else room


def imports(tree: ast.AST) -> Iterator[str]:
    """The full names of the modules that are imported anywhere below."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            ours = [f"{node.module}.{alias.name}".removeprefix("carrier_backend.") for alias in node.names]
            yield from (f"carrier_backend.{name}" if name in SOURCES else node.module for name in ours)


def ours(tree: ast.AST) -> set[str]:
    """The modules of ours that are imported, without the name of the package; the package itself is no room."""
    return {name.removeprefix("carrier_backend.") for name in imports(tree) if name.startswith("carrier_backend.")}


def libraries(tree: ast.AST) -> set[str]:
    names = {name.partition(".")[0] for name in imports(tree)}
    return names - set(sys.stdlib_module_names) - {"carrier_backend"}


def test_every_room_has_a_floor() -> None:
    rooms = {entry(room_of(module)) for module in SOURCES if module}
    assert rooms == set(ROOMS) | ROOF


def test_floors_hold() -> None:
    broken = [
        f"{module} imports {imported}"
        for module, tree in SOURCES.items()
        for imported in sorted(ours(tree))
        if (room := room_of(module)) not in ROOF | {""}
        and room_of(imported) != room
        and room_of(imported) not in ROOMS[entry(room)]
    ]
    assert broken == []


def test_every_library_is_imported_where_it_belongs() -> None:
    broken = [
        f"{module} imports {library}"
        for module, tree in SOURCES.items()
        for library in sorted(libraries(tree))
        if not {module, entry(room_of(module))} & LIBRARIES.get(library, set())
    ]
    assert broken == []


def test_every_library_in_the_table_is_imported_where_it_may_be() -> None:
    used = {
        (library, place)
        for module, tree in SOURCES.items()
        for library in libraries(tree)
        for place in {module, entry(room_of(module))}
    }
    allowed = {(library, place) for library, places in LIBRARIES.items() for place in places}
    assert sorted(allowed - used) == []


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    assert {module: libraries(tree) for module, tree in SOURCES.items() if module.startswith("domain")} == {
        module: set() for module in SOURCES if module.startswith("domain")
    }


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{module}, line {node.lineno}"
        for module, tree in SOURCES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_only_the_couriers_are_imported_by_name() -> None:
    by_name = re.compile("import_module|__import__")
    assert [module for module, tree in SOURCES.items() if by_name.search(ast.unparse(tree))] == ["couriers"]


def test_no_import_is_relative() -> None:
    relative = [
        f"{module}, line {node.lineno}"
        for module, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_a_broad_except_stands_only_where_work_is_repeated() -> None:
    broad = {
        module
        for module, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & set(re.findall(r"\w+", ast.unparse(node.type))))
    }
    assert broad == {"loops"}


@pytest.mark.parametrize("courier", couriers.present())
def test_no_courier_is_named_outside_its_folder(courier: str) -> None:
    homes = (PACKAGE / "couriers" / courier, PACKAGE / "simulator")
    named = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(path.is_relative_to(home) for home in homes)
        and courier in path.read_text().lower()
    ]
    assert named == []


@pytest.mark.parametrize("courier", couriers.present())
def test_a_courier_has_the_files_that_every_courier_has(courier: str) -> None:
    files = {path.stem for path in (PACKAGE / "couriers" / courier).glob("*.py")}
    assert {"client", "translate", "courier"} <= files


@pytest.fixture
def app(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Flask:
    return create_app(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={courier.name: courier}, channel=channel
    )


GUARDS = {"anyone", "client", "courier", *Role}
OPEN_TO_ANYONE = {"GET /docs", "GET /healthz", "GET /openapi.json", "GET /readyz", "POST /oauth/token"}


def guards(app: Flask) -> dict[str, object]:
    """By method and path, what guards each route."""
    return {
        f"{method} {rule.rule}": app.view_functions[rule.endpoint].__dict__.get("guard")
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def test_every_route_names_its_guard(app: Flask) -> None:
    assert [route for route, guard in guards(app).items() if guard not in GUARDS] == []


def test_nothing_else_is_open_to_anyone(app: Flask) -> None:
    assert {route for route, guard in guards(app).items() if guard == "anyone"} == OPEN_TO_ANYONE


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer a-guess", "Basic YTpi"])
def test_no_guarded_route_lets_a_stranger_in(app: Flask, authorization: str) -> None:
    caller = app.test_client()
    let_in = [
        route
        for route, guard in guards(app).items()
        if guard in {"client", *Role} and status(caller, route, authorization) != 401
    ]
    assert let_in == []


def test_no_role_reaches_further_than_it_should(app: Flask, backend: Backend) -> None:
    tokens = {role: backend.oversee.add_operator(role, role, BY_TEST) for role in Role}
    caller = app.test_client()
    wrong = [
        f"{role}: {route}"
        for route, guard in guards(app).items()
        if guard in set(Role)
        for role in Role
        if (status(caller, route, f"Bearer {tokens[role]}") == 403) is role.may_act_as(Role(str(guard)))
    ]
    assert wrong == []


def status(caller: FlaskClient, route: str, authorization: str) -> int:
    """How a route answers, its parameters filled with something."""
    method, path = route.split(" ")
    filled = re.sub(r"<serial:[^>]*>", "1", path)
    filled = re.sub(r"<[^>]*>", "something", filled)
    return caller.open(filled, method=method, headers={"Authorization": authorization}).status_code
