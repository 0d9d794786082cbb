"""Each secret is rotated while two hosts are at work, one changing over after the other: nothing lost, no false 401."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from requests import PreparedRequest, Response, Session

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.couriers.intigo.courier import Settings as IntigoSettings
from carrier_backend.couriers.parcel2go.courier import Settings as Parcel2GoSettings
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.settings import Settings
from carrier_backend.simulator import create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.storage import resealing
from carrier_backend.storage.store import Store
from carrier_backend.support.sealing import Sealing, new_key
from carrier_backend.support.sessions import new_session
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.couriers.parcel2go.stage import an_envelope
from tests.journeys.conftest import SIMULATED, Body, Stage, simulated_settings

OLD, NEW = "an old secret of more than thirty-two bytes", "a new secret of more than thirty-two bytes"
A_ROUND = timedelta(minutes=25)
Change = Mapping[str, Any]


@dataclass
class Cluster:
    """Two hosts on one database, and callers who now come to the one and now to the other."""

    stage: Stage
    store: Store
    a_booking: Callable[..., Body]
    settings: Settings = field(default_factory=simulated_settings)
    hosts: list[FlaskClient] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    booked: list[tuple[Body, bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    turned_away: list[Body] = field(default_factory=list)
    keys_at_intigo: tuple[str, ...] = (SIMULATED.intigo_api_key,)
    ingrids_secret: str = SIMULATED.ingrid_hmac_secrets[0]
    webhook_token: str = SIMULATED.intigo_webhook_token or ""
    signing_secret: str = SIMULATED.parcel2go_webhook_secret
    client: tuple[str, str] = ("", "")

    def start(self, changes: Change, keys: tuple[str, ...] = (ENCRYPTION_KEY,)) -> FlaskClient:
        """A host with these settings; all call the same pretended systems, and an Ingrid who changes her secret."""
        store = Store(self.store.engine, Sealing(keys), self.stage.clock)
        session = new_session()
        session.mount("http://simulator.test", Mount(self.stage.simulator.application))
        self.sessions.append(session)
        self.ingrid_takes(self.ingrids_secret)
        self.intigo_takes(*self.keys_at_intigo)
        app = create_app(replace(self.settings, **changes), store=store, clock=self.stage.clock, session=session)
        return app.test_client()

    def ingrid_takes(self, secret: str) -> None:
        """From now on, and no other."""
        self.ingrids_secret = secret
        ingrid = create_simulator(replace(SIMULATED, ingrid_hmac_secrets=(secret,)), lambda *_: (200, b""))
        for session in self.sessions:
            session.mount("http://simulator.test/ingrid", Mount(ingrid))

    def intigo_takes(self, *keys: str) -> None:
        """From now on, and no others."""
        self.keys_at_intigo = keys
        for session in self.sessions:
            session.mount("http://simulator.test/intigo", _Taking(keys, self.stage.simulator.application))

    def untold(self) -> int:
        """How many status updates Ingrid has not accepted."""
        states = (UpdateState.WAITING, UpdateState.PARKED)
        return sum(len(self.stage.backend.oversee.status_updates(state).items) for state in states)

    def roll(self, changes: Change, keys: tuple[str, ...] = (ENCRYPTION_KEY,)) -> None:
        """Have one host after the other change over, callers calling all the time."""
        if not self.hosts:
            self.hosts = [self.start(changes, keys) for _ in range(2)]
        for place in range(2):
            self.hosts[place] = self.start(changes, keys)
            self.everybody_calls()

    def everybody_calls(self) -> None:
        """With every token and secret that is still good, each host is asked for everything."""
        self.stage.clock.advance(A_ROUND)
        for host in self.hosts:
            credentials = dict(zip(("client_id", "client_secret"), self.client, strict=True))
            answer = host.post("/oauth/token", json=credentials)
            self.answers.append(answer.status_code)
            self.tokens.append((answer.get_json() or {}).get("access_token", ""))
        self.tokens = self.tokens[-6:]  # of the last fifty minutes
        for number, token in enumerate(self.tokens):
            self._book(self.hosts[(number + 1) % 2], token)  # the other than the one that issued it
            self._call_back(self.hosts[number % 2])
        for host in self.hosts:
            with host.application.app_context():
                while current.backend().push_statuses.run_once():
                    pass
        for body, answered in self.booked[-4:]:
            for host in self.hosts:
                again = self._post(host, "/booking", body, self.tokens[-1])
                assert (again.status_code, again.data) == (200, answered), again.text

    def _book(self, host: FlaskClient, token: str) -> None:
        body = self.a_booking()
        answer = self._post(host, "/booking", body, token)
        self.answers.append(answer.status_code)
        if answer.status_code == 200:
            self.booked.append((body, answer.data))
        else:
            self.turned_away.append(body)

    def _call_back(self, host: FlaskClient) -> None:
        headers = {"Authorization": f"Bearer {self.webhook_token}"}
        envelope = an_envelope(self.stage.clock.now(), secret=self.signing_secret)
        self.answers.append(host.post("/webhooks/intigo/status", json={}, headers=headers).status_code)
        self.answers.append(host.post("/webhooks/parcel2go", json=envelope).status_code)

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[-1]}"}

    def _post(self, host: FlaskClient, path: str, body: Body, token: str) -> Any:
        return host.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


class _Taking(Mount):
    """A courier who takes some keys; to the pretended one behind it, each of them is the key that it knows."""

    def __init__(self, keys: tuple[str, ...], app: Flask) -> None:
        super().__init__(app)
        self._keys = keys

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        is_taken = any(key in request.headers["Authorization"] for key in self._keys)
        known = SIMULATED.intigo_api_key if is_taken else "withdrawn"
        request.headers["Authorization"] = f"{{ apiKey: {known} }}"
        return super().send(request, *args, **more)


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Of one kind: secrets are told apart in memory."""
    database = tmp_path / "carrier.db"
    database.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{database}"


@pytest.fixture
def cluster(stage: Stage, store: Store, a_booking: Callable[..., Body]) -> Iterator[Cluster]:
    secret = stage.backend.oversee.add_client("rotating", BY_TEST)
    cluster = Cluster(stage, store, a_booking, client=(secret.client_id, secret.client_secret))
    yield cluster
    for session in cluster.sessions:
        session.close()


def test_a_key_that_signs_tokens_is_known_everywhere_before_it_signs(cluster: Cluster) -> None:
    for keys in ({"1": OLD}, {"1": OLD, "2": NEW}, {"2": NEW, "1": OLD}):
        cluster.roll({"token_keys": keys})
    for _ in range(3):  # an hour, and the last token by the old key is over
        cluster.everybody_calls()
    cluster.roll({"token_keys": {"2": NEW}})
    assert set(cluster.answers) == {200}


def test_a_key_that_signs_before_it_is_known_everywhere_would_turn_callers_away(cluster: Cluster) -> None:
    for keys in ({"1": OLD}, {"2": NEW, "1": OLD}):
        cluster.roll({"token_keys": keys})
    assert 401 in cluster.answers


def test_a_key_that_goes_before_its_tokens_are_over_would_turn_callers_away(cluster: Cluster) -> None:
    for keys in ({"1": OLD}, {"1": OLD, "2": NEW}, {"2": NEW, "1": OLD}, {"2": NEW}):
        cluster.roll({"token_keys": keys})
    assert 401 in cluster.answers


def test_a_key_that_seals_is_known_everywhere_before_it_seals_and_goes_once_all_is_sealed_anew(
    cluster: Cluster,
) -> None:
    new = new_key()
    for keys in ((ENCRYPTION_KEY,), (ENCRYPTION_KEY, new), (new, ENCRYPTION_KEY)):
        cluster.roll({}, keys)
    resealing.reseal(Store(cluster.store.engine, Sealing((new, ENCRYPTION_KEY)), cluster.stage.clock))
    cluster.roll({}, (new,))
    assert set(cluster.answers) == {200}


def test_a_courier_may_change_over_to_the_next_token_at_any_moment(cluster: Cluster) -> None:
    old = cluster.settings.couriers["intigo"]
    assert isinstance(old, IntigoSettings)
    for tokens in (old.webhook_tokens, (*old.webhook_tokens, NEW)):
        cluster.roll(_with(cluster, "intigo", replace(old, webhook_tokens=tokens)))
    cluster.webhook_token = NEW
    cluster.everybody_calls()
    cluster.roll(_with(cluster, "intigo", replace(old, webhook_tokens=(NEW,))))
    assert set(cluster.answers) == {200}


def test_a_courier_may_change_over_to_the_next_signature_at_any_moment(cluster: Cluster) -> None:
    old = cluster.settings.couriers["parcel2go"]
    assert isinstance(old, Parcel2GoSettings)
    for secrets in (old.webhook_secrets, (*old.webhook_secrets, NEW)):
        cluster.roll(_with(cluster, "parcel2go", replace(old, webhook_secrets=secrets)))
    cluster.signing_secret = NEW
    cluster.everybody_calls()
    cluster.roll(_with(cluster, "parcel2go", replace(old, webhook_secrets=(NEW,))))
    assert set(cluster.answers) == {200}


def test_our_key_with_a_courier_changes_while_both_are_taken(cluster: Cluster) -> None:
    old = cluster.settings.couriers["intigo"]
    assert isinstance(old, IntigoSettings)
    cluster.roll({})
    cluster.intigo_takes(SIMULATED.intigo_api_key, NEW)
    cluster.roll(_with(cluster, "intigo", replace(old, api_key=NEW)))
    cluster.intigo_takes(NEW)
    cluster.everybody_calls()
    assert set(cluster.answers) == {200}


def test_a_key_that_a_courier_withdrew_too_early_loses_nothing(cluster: Cluster) -> None:
    old = cluster.settings.couriers["intigo"]
    assert isinstance(old, IntigoSettings)
    cluster.roll({})
    cluster.intigo_takes(NEW)
    cluster.roll(_with(cluster, "intigo", replace(old, api_key=NEW)))
    assert set(cluster.answers) == {200, 503}
    again = [cluster.hosts[0].post("/booking", json=body, headers=cluster.bearer()) for body in cluster.turned_away]
    assert [answer.status_code for answer in again] == [200] * len(again)
    assert len(cluster.stage.books("intigo")["parcels"]) == len(cluster.booked) + len(again)


def test_a_clients_old_secret_holds_until_ingrid_has_changed_over(cluster: Cluster) -> None:
    cluster.roll({})
    rotated = cluster.stage.backend.oversee.rotate_client(cluster.client[0], BY_TEST)
    cluster.everybody_calls()
    cluster.client = (rotated.client_id, rotated.client_secret)
    cluster.everybody_calls()
    assert set(cluster.answers) == {200}


def test_ingrid_may_change_over_to_the_next_secret_at_any_moment(cluster: Cluster) -> None:
    old = cluster.settings.ingrid
    for secrets in (old.hmac_secrets, (*old.hmac_secrets, NEW)):
        cluster.roll({"ingrid": replace(old, hmac_secrets=secrets)})
    cluster.ingrid_takes(NEW)
    cluster.everybody_calls()
    cluster.roll({"ingrid": replace(old, hmac_secrets=(NEW,))})
    assert cluster.untold() == 0
    assert set(cluster.answers) == {200}


def test_a_secret_of_which_ingrid_alone_knows_would_keep_her_uninformed(cluster: Cluster) -> None:
    cluster.roll({})
    cluster.ingrid_takes(NEW)
    cluster.everybody_calls()
    assert cluster.untold() > 0


def _with(cluster: Cluster, courier: str, settings: object) -> Change:
    return {"couriers": {**cluster.settings.couriers, courier: settings}}
