"""Each route lets in who may, and nobody else: every route against every kind of caller."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from carrier_backend.domain.access import Role
from carrier_backend.ingrid.tokens import Tokens
from carrier_backend.services.backend import Backend
from tests.conftest import BY_TEST
from tests.operators.conftest import BECAUSE, Caller

NEEDED = {
    "GET /admin/shipments": Role.VIEWER,
    "GET /admin/parcels/<name:barcode>": Role.VIEWER,
    "GET /admin/parcels/<name:barcode>/label": Role.VIEWER,
    "POST /admin/parcels/<name:barcode>/cancel": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/acts/<name:name>": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/acts/adopt": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/acts/settle": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/acts/abandon": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/reconcile": Role.OPERATOR,
    "POST /admin/parcels/<name:barcode>/events": Role.OPERATOR,
    "GET /admin/status-updates": Role.VIEWER,
    "POST /admin/status-updates/<serial:update_id>/replay": Role.OPERATOR,
    "POST /admin/status-updates/replay": Role.OPERATOR,
    "POST /admin/destinations/<name:name>/resume": Role.OPERATOR,
    "GET /admin/aliases": Role.VIEWER,
    "GET /admin/aliases/unknown": Role.VIEWER,
    "PUT /admin/aliases": Role.OPERATOR,
    "DELETE /admin/aliases": Role.OPERATOR,
    "GET /admin/notifications": Role.VIEWER,
    "POST /admin/notifications/<name:notification_id>/retrigger": Role.OPERATOR,
    "GET /admin/audit": Role.VIEWER,
    "DELETE /admin/personal-data": Role.ADMIN,
    "GET /admin/couriers": Role.VIEWER,
    "POST /admin/couriers/<name:name>/check": Role.OPERATOR,
    "GET /admin/exchanges": Role.VIEWER,
    "GET /admin/stats": Role.VIEWER,
    "GET /admin/export.csv": Role.VIEWER,
    "GET /admin/clients": Role.ADMIN,
    "POST /admin/clients": Role.ADMIN,
    "POST /admin/clients/<name:client>/rotate": Role.ADMIN,
    "DELETE /admin/clients/<name:client>": Role.ADMIN,
    "GET /admin/operators": Role.ADMIN,
    "POST /admin/operators": Role.ADMIN,
    "DELETE /admin/operators/<name:name>": Role.ADMIN,
    "GET /admin/merchants": Role.VIEWER,
    "PUT /admin/merchants/<name:shipper_id>": Role.ADMIN,
    "PUT /admin/merchants/<name:shipper_id>/accounts/<name:courier>": Role.ADMIN,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def every_call(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Name of the route, method and a path of each call that the operators' door knows."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin/"):
            path = rule.build(dict.fromkeys(rule.arguments, 1))
            assert path is not None
            for method in rule.methods or ():
                known_as = "GET" if method == "HEAD" else method
                yield f"{known_as} {rule.rule}", method, path[1]


def statuses(app: Flask, caller: Caller) -> dict[str, int]:
    return {
        f"{method} {name.partition(' ')[2]}": caller.send(method, path).status_code
        for name, method, path in every_call(app)
    }


def test_every_route_has_a_role(app: Flask) -> None:
    assert {name for name, _, _ in every_call(app)} == set(NEEDED)


def strangers(app: Flask, backend: Backend, tokens: Tokens) -> dict[str, Caller]:
    revoked = backend.oversee.add_operator("gone", Role.ADMIN, BY_TEST)
    backend.oversee.revoke_operator("gone", BY_TEST)
    welcome = backend.oversee.add_operator("welcome", Role.ADMIN, BY_TEST)
    headers = {
        "no token": None,
        "nothing": "",
        "the scheme alone": "Bearer",
        "garbage": "Bearer \xff\xfe",
        "parameters": f"Bearer token={welcome}",
        "another scheme": f"Token {welcome}",
        "a password": f"Basic {welcome}",
        "no scheme": welcome,
        "two tokens": f"Bearer {welcome}, Bearer {welcome}",
        "somewhat more than a token": f"Bearer {welcome}x",
        "the token of Ingrid": f"Bearer {tokens.issue('client-ingrid')}",
        "a token of somebody revoked": f"Bearer {revoked}",
    }
    return {kind: Caller(app, header) for kind, header in headers.items()}


def test_strangers_are_asked_who_they_are_at_every_route(app: Flask, backend: Backend, tokens: Tokens) -> None:
    let_in = {
        (kind, call): status
        for kind, stranger in strangers(app, backend, tokens).items()
        for call, status in statuses(app, stranger).items()
        if status != 401
    }
    assert let_in == {}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_as_far_as_it_may(app: Flask, caller: Callable[[Role], Caller], role: Role) -> None:
    somebody = caller(role)
    for name, method, path in every_call(app):
        status = somebody.send(method, path).status_code
        assert (status == 403) == (not role.may_act_as(NEEDED[name])), (name, method, status)
        assert status != 401, name


def test_no_path_answers_a_method_that_it_does_not_have(app: Flask, admin: Caller) -> None:
    known = {(path, method) for _, method, path in every_call(app)}
    others = {(path, method) for path, _ in known for method in METHODS} - known
    assert {admin.send(method, path).status_code for path, method in others} == {405}


def test_a_lower_role_is_told_which_it_takes(viewer: Caller) -> None:
    answer = viewer.get("/admin/clients")
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert answer.get_json() == {"errors": [{"message": "this takes the role admin; yours is viewer"}]}


def test_a_stranger_is_told_nothing_about_what_is_wrong_with_the_body(app: Flask) -> None:
    answer = Caller(app, None).send("POST", "/admin/clients", data="{", content_type="text/plain")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer \xff",
        "Basic \xff",
        "Basic %%%",
        "Basic YTpi",
        'Digest username="a", realm=b',
        ",",
    ],
)
def test_whatever_else_stands_where_a_token_should_is_none(app: Flask, authorization: str) -> None:
    answer = app.test_client().get("/admin/merchants", headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_callers_claimed_address_opens_nothing(app: Flask) -> None:
    answer = app.test_client().get("/admin/merchants", headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/shipping-options", "/prebooking", "/booking"])
def test_an_operators_token_is_none_of_ingrids(admin: Caller, path: str) -> None:
    assert admin.post(path, {}).status_code == 401


def test_an_operator_who_is_revoked_is_out_at_once(admin: Caller, viewer: Caller) -> None:
    assert viewer.get("/admin/merchants").status_code == 200
    assert admin.delete("/admin/operators/the viewer", BECAUSE).status_code == 200
    assert viewer.get("/admin/merchants").status_code == 401
