"""Every kind of credentials against every route that there is: each opens its own kind of route and no other."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from carrier_backend.domain.access import Role
from carrier_backend.ports import Account
from tests.conftest import BY_TEST
from tests.couriers.parcel2go.stage import an_envelope
from tests.ingrid.forgeries import part
from tests.journeys.conftest import SIMULATED, Stage, simulated_settings

ANYONE, CLIENT, ONE_COURIER, ANOTHER = "anyone", "client", "/webhooks/intigo/status", "/webhooks/parcel2go"
OPENS: dict[str, set[str]] = {
    "nothing": set(),
    "a token of Ingrid's": {CLIENT},
    "a viewer's token": {Role.VIEWER},
    "an operator's token": {Role.VIEWER, Role.OPERATOR},
    "an admin's token": {Role.VIEWER, Role.OPERATOR, Role.ADMIN},
    "an admin's token as a password": set(),
    "a token of Ingrid's in the query": set(),
    "a token of Ingrid's, and another's behind it": set(),
    "a courier's webhook token": {ONE_COURIER},
    "a merchant's own webhook token": {ONE_COURIER},
    "a courier's signed call": {ANOTHER},
    "a merchant's own signed call": {ANOTHER},
    "a call signed with a token": set(),
    "our key with a courier": set(),
    "our token with another courier": set(),
    "the secret of a courier's signatures": set(),
    "the secret of our own signatures": set(),
    "the key that signs tokens": set(),
    "the key that seals": set(),
    "our token for Ingrid's notifications": set(),
    "a client's secret": set(),
    "a client's credentials": set(),
    "an expired token of Ingrid's": set(),
    "a token of a client that was revoked": set(),
    "a token of an operator who was revoked": set(),
}
FOR_ANYONE = {"GET /healthz", "GET /readyz", "GET /openapi.json", "GET /docs", "POST /oauth/token"}
COURIERS = {"intigo": ONE_COURIER, "parcel2go": ANOTHER}
MERCHANTS = "the secret of a merchant's own account with "
Asked = dict[str, Any]


def a_token(stage: Stage, name: str) -> tuple[str, str, str]:
    """Id, secret and token of a new client."""
    secret = stage.backend.oversee.add_client(name, BY_TEST)
    credentials = {"client_id": secret.client_id, "client_secret": secret.client_secret}
    answer = stage.ingrid.post("/oauth/token", json=credentials).get_json()
    return secret.client_id, secret.client_secret, answer["access_token"]


def callers(stage: Stage) -> dict[str, Asked]:
    """By each kind of credentials, what a request bears."""
    oversee, settings = stage.backend.oversee, simulated_settings()
    expired = a_token(stage, "expired")[2]
    stage.clock.advance(timedelta(hours=2))
    client_id, client_secret, token = a_token(stage, "welcome")
    gone = a_token(stage, "gone")
    oversee.revoke_client("gone", BY_TEST)
    operators = {role: oversee.add_operator(f"the {role}", role, BY_TEST) for role in Role}
    revoked = oversee.add_operator("revoked", Role.ADMIN, BY_TEST)
    oversee.revoke_operator("revoked", BY_TEST)
    give_accounts(stage)
    borne = {
        "a token of Ingrid's": token,
        "a viewer's token": operators[Role.VIEWER],
        "an operator's token": operators[Role.OPERATOR],
        "an admin's token": operators[Role.ADMIN],
        "a token of Ingrid's, and another's behind it": f"{token}, Bearer {operators[Role.ADMIN]}",
        "a courier's webhook token": SIMULATED.intigo_webhook_token or "",
        "a merchant's own webhook token": f"{MERCHANTS}intigo",
        "our key with a courier": SIMULATED.intigo_api_key,
        "our token with another courier": SIMULATED.ecotrack_api_token,
        "the secret of a courier's signatures": SIMULATED.parcel2go_webhook_secret,
        "the secret of our own signatures": settings.ingrid.hmac_secrets[0],
        "the key that signs tokens": next(iter(settings.token_keys.values())),
        "the key that seals": settings.encryption_keys[0],
        "our token for Ingrid's notifications": settings.ingrid.api_token,
        "a client's secret": client_secret,
        "an expired token of Ingrid's": expired,
        "a token of a client that was revoked": gone[2],
        "a token of an operator who was revoked": revoked,
    }
    signing = {
        "a courier's signed call": SIMULATED.parcel2go_webhook_secret,
        "a merchant's own signed call": f"{MERCHANTS}parcel2go",
        "a call signed with a token": SIMULATED.intigo_webhook_token or "",
    }
    return {
        "nothing": {"headers": {"Authorization": ""}},
        "a client's credentials": basic(client_id, client_secret),
        "an admin's token as a password": basic("admin", operators[Role.ADMIN]),
        "a token of Ingrid's in the query": {"query_string": {"access_token": token}},
        **{kind: {"headers": {"Authorization": f"Bearer {secret}"}} for kind, secret in borne.items()},
        **{kind: {"json": an_envelope(stage.clock.now(), secret=secret)} for kind, secret in signing.items()},
    }


def basic(name: str, password: str) -> Asked:
    return {"headers": {"Authorization": f"Basic {part(f'{name}:{password}'.encode())}"}}


def give_accounts(stage: Stage) -> None:
    """A merchant has accounts of its own, each with a webhook secret of its own."""
    client = {"client_id": SIMULATED.parcel2go_client_id, "client_secret": SIMULATED.parcel2go_client_secret}
    for courier, credentials in {"intigo": {"api_key": SIMULATED.intigo_api_key}, "parcel2go": client}.items():
        account = Account(f"http://simulator.test/{courier}", credentials, (MERCHANTS + courier,))
        stage.backend.oversee.put_account("shop-1", courier, account, BY_TEST)


def calls(app: Flask) -> Iterator[tuple[str, str, str]]:
    """What guards it, method and path, of every call that any route takes; each courier guards its own routes."""
    for rule in app.url_map.iter_rules():
        guard = str(app.view_functions[rule.endpoint].__dict__.get("guard", ANYONE))
        for path in _paths(rule):
            for method in sorted(rule.methods or ()):
                yield COURIERS[path.split("/")[2]] if guard == "courier" else guard, method, path


def _paths(rule: Rule) -> Iterator[str]:
    couriers = {"intigo": ("status", "parcels")} if "<kind>" in rule.rule else {"parcel2go": ("",)}
    gaps: list[dict[str, Any]] = [{"courier": name, "kind": kind} for name, kinds in couriers.items() for kind in kinds]
    for values in gaps if "<courier>" in rule.rule else [{}]:
        built = rule.build({name: values.get(name, 1) for name in rule.arguments})
        assert built is not None
        yield built[1]


def test_each_kind_of_credentials_opens_its_own_kind_of_route(stage: Stage) -> None:
    let_in: dict[str, set[str]] = {}
    kept_out: dict[str, set[str]] = {}
    for number, (kind, asked) in enumerate(callers(stage).items()):
        whence = {"REMOTE_ADDR": f"192.0.2.{number}"}  # or the first would have used up the patience with all others
        for guard, method, path in calls(stage.ingrid.application):
            answer = stage.ingrid.open(path, method=method, environ_base=whence, **asked)
            assert answer.status_code < 500, (kind, method, path)
            sorted_into = kept_out if answer.status_code in (401, 403) else let_in
            sorted_into.setdefault(kind, set()).add(guard)
    every = {guard for guard, _, _ in calls(stage.ingrid.application)}
    assert {kind: guards - {ANYONE} for kind, guards in let_in.items()} == OPENS
    assert kept_out == {kind: every - {ANYONE} - opened for kind, opened in OPENS.items()}


def test_what_is_for_anyone_is_known(stage: Stage) -> None:
    open_to_all = {f"{method} {path}" for guard, method, path in calls(stage.ingrid.application) if guard == ANYONE}
    assert {call for call in open_to_all if not call.startswith("HEAD ")} == FOR_ANYONE


def test_there_is_a_route_of_every_kind(stage: Stage) -> None:
    assert {guard for guard, _, _ in calls(stage.ingrid.application)} == {ANYONE, CLIENT, ONE_COURIER, ANOTHER, *Role}


def test_who_is_kept_out_is_asked_for_credentials(stage: Stage) -> None:
    for guard, method, path in calls(stage.ingrid.application):
        answer = stage.ingrid.open(path, method=method)
        if guard != ANYONE:
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)
