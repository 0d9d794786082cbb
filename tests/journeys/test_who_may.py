"""Every kind of credentials against every route that there is: each opens its own kind of route and no other."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from werkzeug.routing import Rule

from carrier_backend.domain.access import Role
from tests.conftest import BY_TEST
from tests.ingrid.forgeries import part
from tests.journeys.conftest import SIMULATED, Stage, simulated_settings

ANYONE, CLIENT, ONE_COURIER, ANOTHER = "anyone", "client", "/webhooks/intigo/status", "/webhooks/parcel2go"
OPENS: dict[str, set[str]] = {
    "nothing": set(),
    "a token of Ingrid's": {CLIENT},
    "a viewer's token": {Role.VIEWER},
    "an operator's token": {Role.VIEWER, Role.OPERATOR},
    "an admin's token": {Role.VIEWER, Role.OPERATOR, Role.ADMIN},
    "a courier's webhook token": {ONE_COURIER},
    "our key with a courier": set(),
    "our token with another courier": set(),
    "the secret of a courier's signatures": set(),
    "the secret of our own signatures": set(),
    "the key that signs tokens": set(),
    "a client's secret": set(),
    "a client's credentials": set(),
    "an expired token of Ingrid's": set(),
    "a token of a client that was revoked": set(),
    "a token of an operator who was revoked": set(),
}


def a_token(stage: Stage, name: str) -> tuple[str, str, str]:
    """Id, secret and token of a new client."""
    secret = stage.backend.oversee.add_client(name, BY_TEST)
    credentials = {"client_id": secret.client_id, "client_secret": secret.client_secret}
    answer = stage.ingrid.post("/oauth/token", json=credentials).get_json()
    return secret.client_id, secret.client_secret, answer["access_token"]


def headers(stage: Stage) -> dict[str, str]:
    """By each kind of credentials, the header that bears it."""
    oversee, settings = stage.backend.oversee, simulated_settings()
    expired = a_token(stage, "expired")[2]
    stage.clock.advance(timedelta(hours=2))
    client_id, client_secret, token = a_token(stage, "welcome")
    gone = a_token(stage, "gone")
    oversee.revoke_client("gone", BY_TEST)
    operators = {role: oversee.add_operator(f"the {role}", role, BY_TEST) for role in Role}
    revoked = oversee.add_operator("revoked", Role.ADMIN, BY_TEST)
    oversee.revoke_operator("revoked", BY_TEST)
    borne = {
        "a token of Ingrid's": token,
        "a viewer's token": operators[Role.VIEWER],
        "an operator's token": operators[Role.OPERATOR],
        "an admin's token": operators[Role.ADMIN],
        "a courier's webhook token": SIMULATED.intigo_webhook_token or "",
        "our key with a courier": SIMULATED.intigo_api_key,
        "our token with another courier": SIMULATED.ecotrack_api_token,
        "the secret of a courier's signatures": SIMULATED.parcel2go_webhook_secret,
        "the secret of our own signatures": settings.ingrid.hmac_secrets[0],
        "the key that signs tokens": next(iter(settings.token_keys.values())),
        "a client's secret": client_secret,
        "an expired token of Ingrid's": expired,
        "a token of a client that was revoked": gone[2],
        "a token of an operator who was revoked": revoked,
    }
    basic = {"a client's credentials": f"Basic {part(f'{client_id}:{client_secret}'.encode())}", "nothing": ""}
    return {**{kind: f"Bearer {secret}" for kind, secret in borne.items()}, **basic}


def calls(app: Flask) -> Iterator[tuple[str, str, str]]:
    """What guards it, method and path, of every call that any route takes; each courier guards its own route."""
    for rule in app.url_map.iter_rules():
        guard, path = str(app.view_functions[rule.endpoint].__dict__.get("guard", ANYONE)), _path(rule)
        for method in sorted(rule.methods or ()):
            yield path if guard == "courier" else guard, method, path


def _path(rule: Rule) -> str:
    values = {"courier": "intigo" if "<kind>" in rule.rule else "parcel2go", "kind": "status"}
    built = rule.build({name: values.get(name, 1) for name in rule.arguments})
    assert built is not None
    return built[1]


def test_each_kind_of_credentials_opens_its_own_kind_of_route(stage: Stage) -> None:
    let_in: dict[str, set[str]] = {}
    kept_out: dict[str, set[str]] = {}
    for kind, authorization in headers(stage).items():
        for guard, method, path in calls(stage.ingrid.application):
            answer = stage.ingrid.open(path, method=method, headers={"Authorization": authorization})
            assert answer.status_code < 500, (kind, method, path)
            sorted_into = kept_out if answer.status_code in (401, 403) else let_in
            sorted_into.setdefault(kind, set()).add(guard)
    every = {guard for guard, _, _ in calls(stage.ingrid.application)}
    assert {kind: guards - {ANYONE} for kind, guards in let_in.items()} == OPENS
    assert kept_out == {kind: every - {ANYONE} - opened for kind, opened in OPENS.items()}


def test_there_is_a_route_of_every_kind(stage: Stage) -> None:
    assert {guard for guard, _, _ in calls(stage.ingrid.application)} == {ANYONE, CLIENT, ONE_COURIER, ANOTHER, *Role}


def test_who_is_kept_out_is_asked_for_credentials(stage: Stage) -> None:
    for guard, method, path in calls(stage.ingrid.application):
        answer = stage.ingrid.open(path, method=method)
        if guard != ANYONE:
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)
