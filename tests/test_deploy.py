"""What watches over an installation names figures that there are, and sections of the runbook that there are."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from carrier_backend import ports
from carrier_backend.app import create_app
from carrier_backend.domain.access import Role
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.health import Balance, Means
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue, an_order
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

HOME = Path(ports.__file__).parent.parent
ALERTS = HOME / "deploy" / "alerts.yml"
DASHBOARD = HOME / "deploy" / "grafana.json"
RUNBOOK = HOME / "docs" / "runbook.md"

PROMETHEUS_OWN = {"up"}
NAMES = re.compile(r"\b(carrier_\w+|up)\b(?!\s*=)")
# The part of YAML that our rules are written in: whatever else stood there would have to be read by more than this.
GRAMMAR = re.compile(
    r"#.*|groups:|  - name: [\w-]+|    rules:|      - alert: (?P<alert>\w+)|        for: \d+[smh]"
    r"|        expr: (?P<expr>[a-z](?:(?! #|: ).)*)|        (?:labels|annotations):|          severity: (?:page|ticket)"
    r'|          summary: "[^"\\]+"|          runbook: (?P<runbook>docs/runbook\.md#[\w-]+)'
)


def rules() -> Iterator[dict[str, str]]:
    """Each rule's name, expression and section."""
    rule: dict[str, str] = {}
    for number, line in enumerate(ALERTS.read_text().splitlines(), start=1):
        read = GRAMMAR.fullmatch(line)
        assert read is not None, f"line {number} is none of ours: {line}"
        rule |= {name: value for name, value in read.groupdict().items() if value}
        if read["runbook"]:
            yield rule
            rule = {}
    assert rule == {}


def targets(dashboard: Any) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def sections() -> set[str]:
    """The runbook's headings, as links name them."""
    headings = re.findall(r"(?m)^## (.+)$", RUNBOOK.read_text())
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture
def told(backend: Backend, store: Store, clock: FrozenClock, courier: FakeCourier) -> set[str]:
    """The names of all figures, where there is something to tell of everything."""
    courier.has = Means({"minute": 49}, None, Balance(10, "GBP", clock.now(), 3))  # type: ignore[arg-type]  # whole ones
    backend.exchanges.record(Exchange(Heading.OUT, "fake", "create", "T", "POST", "/", clock.now(), 10, 200))
    backend.exchanges.write_all()
    backend.clockwork.run_once()
    http = app(store, clock, courier)
    http.get("/healthz")
    token = backend.oversee.add_operator("amina", Role.VIEWER, BY_TEST)
    answer = http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    return {sample.name for family in text_string_to_metric_families(answer.text) for sample in family.samples}


def app(store: Store, clock: FrozenClock, courier: FakeCourier) -> FlaskClient:
    couriers = {courier.name: courier}
    settings = a_settings(a_catalogue())
    return create_app(settings, store=store, clock=clock, couriers=couriers, channel=FakeChannel()).test_client()


def test_every_alert_looks_at_figures_that_there_are(told: set[str]) -> None:
    named = {rule["alert"]: set(NAMES.findall(rule["expr"])) for rule in rules()}
    assert all(named.values())
    assert {
        alert: names - told - PROMETHEUS_OWN for alert, names in named.items() if names - told - PROMETHEUS_OWN
    } == {}


def test_every_panel_looks_at_figures_that_there_are(told: set[str]) -> None:
    named = [set(NAMES.findall(target)) for target in targets(json.loads(DASHBOARD.read_text()))]
    assert all(named)
    assert set().union(*named) - told - PROMETHEUS_OWN == set()


def test_every_alert_names_a_section_of_the_runbook() -> None:
    named = {rule["alert"]: rule["runbook"].partition("#")[2] for rule in rules()}
    assert {alert: section for alert, section in named.items() if section not in sections()} == {}


def test_every_alert_has_a_name_of_its_own() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 0


def test_every_figure_of_ours_is_on_the_dashboard_or_in_an_alert(told: set[str]) -> None:
    shown = "\n".join((*targets(json.loads(DASHBOARD.read_text())), *(rule["expr"] for rule in rules())))
    parts_of_another = ("carrier_request_seconds", "carrier_calls_created")
    assert {name for name in told if name not in shown and not name.startswith(parts_of_another)} == set()


def requests_of_the_runbook() -> list[str]:
    return re.findall(r"(?m)^curl .+$", RUNBOOK.read_text())


class Told(NamedTuple):
    """A request as a line of the runbook makes it."""

    method: str
    path: str
    query: str
    body: str | None
    is_by_an_operator: bool


def read(line: str, **values: str) -> Told:
    """A line as a shell would read it, given values for its variables."""
    words = shlex.split(re.sub(r"\$([A-Z]+)", lambda found: values.get(found[1], found[0]), line))
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else "GET"
    address = urlsplit(next(word for word in words if word.startswith("http://")))
    body = words[words.index("-d") + 1] if "-d" in words else None
    return Told(method, address.path, address.query, body, "$AUTH" in words)


def test_every_request_of_the_runbook_is_understood(
    backend: Backend, store: Store, clock: FrozenClock, courier: FakeCourier
) -> None:
    backend.book(an_order())
    barcode = backend.find_shipments().items[0].parcels[0].barcode
    http = app(store, clock, courier)
    token = backend.oversee.add_operator("amina", Role.ADMIN, BY_TEST)
    for line in requests_of_the_runbook():
        told = read(
            line, BACKEND="http://backend", BARCODE=barcode or "", TRACE="TRACE1", UPDATE="1", AT="2026-11-23T09:00:00Z"
        )
        answer = http.open(
            told.path,
            method=told.method,
            query_string=told.query,
            data=told.body,
            headers={"Authorization": f"Bearer {token}"} if told.is_by_an_operator else {},
            content_type="application/json" if told.body else None,
        )
        # Of what this backend has not, such as a courier of that name or Ingrid's token, it says so in its own words.
        assert answer.status_code in {200, 404, 409, 503}, (line, answer.text)
        assert "there is nothing at this address" not in answer.text, line
