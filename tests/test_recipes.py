"""The recipes in deploy/ name settings, commands, routes and ports that there are, and say the same of them."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

from carrier_backend import gunicorn_settings, web_worker
from carrier_backend.app import BODY_LIMIT_BYTES, create_app
from carrier_backend.cli import main
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import a_settings
from tests.environment import ROOT
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

DEPLOY = ROOT / "deploy"
RECIPES = {
    path.relative_to(DEPLOY).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(DEPLOY.rglob("*"))
    if path.is_file() and path.suffix != ".json"
}
SETTING = re.compile(r"\b(?:CARRIER|INGRID|INTIGO|PARCEL2GO|ECOTRACK)_[A-Z0-9_]+\b")
SETTINGS = set(SETTING.findall((ROOT / "config/example.env").read_text()))
ENVIRONMENTS = ("carrier.env", "systemd/secrets.env", "compose.yaml", "kubernetes.yaml")
NGINX = RECIPES["nginx.conf"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_setting_that_is_named_there_is(recipe: str) -> None:
    named = set(SETTING.findall(RECIPES[recipe]))
    assert {name for name in named if not {name, name.removesuffix("_FILE")} & SETTINGS} == set()


@pytest.mark.parametrize("recipe", ["compose.yaml", "kubernetes.yaml", "systemd/secrets.env"])
def test_every_setting_that_has_no_default_is_set(recipe: str) -> None:
    required = re.findall(r"(?m)^([A-Z0-9_]+)=", (ROOT / "config/example.env").read_text())
    told = RECIPES[recipe] if recipe == "kubernetes.yaml" else RECIPES[recipe] + RECIPES["carrier.env"]
    named = {name.removesuffix("_FILE") for name in SETTING.findall(told)}
    assert set(required) - named == {"CARRIER_ENV"}  # whose default is production


@pytest.mark.parametrize("recipe", ENVIRONMENTS)
def test_no_secret_stands_in_a_recipe(recipe: str) -> None:
    lines = re.findall(r"(?m)^ *([A-Z0-9_]+)[=:] *(.*)$", RECIPES[recipe])
    secret = re.compile(r"_(KEYS?|SECRET|TOKEN|URL)\Z")
    assert [name for name, _ in lines if secret.search(name) and name != "ECOTRACK_BASE_URL"] == []


def commands_of(text: str) -> list[str]:
    """What follows our own name, in whatever notation."""
    spoken = re.findall(r"(?m)(?:^|&& |`|bin/)carrier(?:-backend)?(?: --[\w-]+)? ([a-z]+(?: [a-z]+)?)", text)
    listed = re.findall(r"(?m)^ *(?:args:|command:|CMD) \[\"?([a-z]+)\"?[,\]]", text)
    return [*spoken, *listed]


@pytest.mark.parametrize("recipe", ["README.md", "Dockerfile", "compose.yaml", "kubernetes.yaml"])
def test_every_command_that_is_named_there_is(recipe: str) -> None:
    commands = commands_of(RECIPES[recipe])
    assert len(commands) > 0
    for command in commands:
        first, *rest = command.split()
        found = main.commands.get(first)
        assert found is not None, command
        if isinstance(found, click.Group):
            assert rest[0] in found.commands, command


def test_the_units_run_what_there_is_and_stop_it_as_it_ends_gracefully() -> None:
    for name in ("carrier-web@.service", "carrier-worker.service"):
        unit = RECIPES[f"systemd/{name}"]
        (command,) = re.findall(r"(?m)^ExecStart=\S+/carrier-backend (\w+)", unit)
        assert command in main.commands
        assert "User=carrier\n" in unit
        assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > 35  # what a booking may take, and its answer


def test_proxy_and_servers_speak_of_the_same_ports() -> None:
    ports = set(re.findall(r"server 127\.0\.0\.1:(\d+)", NGINX))
    assert ports == {
        port for line in re.findall(r"enable --now (.+)", RECIPES["README.md"]) for port in re.findall(r"@(\d+)", line)
    }
    assert all("8000" in RECIPES[name] for name in ("Dockerfile", "kubernetes.yaml"))


def test_the_proxy_gives_no_more_time_and_room_than_the_server() -> None:
    seconds = {name: int(number) for name, number in re.findall(r"client_(header|body)_timeout (\d+)s", NGINX)}
    assert seconds["header"] <= web_worker.WebWorker.head_seconds
    assert seconds["body"] <= web_worker.WebWorker.body_seconds
    assert re.findall(r"client_max_body_size (\d+)m", NGINX) == [str(BODY_LIMIT_BYTES // 2**20)]
    assert "X-Forwarded-For $remote_addr;" in NGINX
    assert "CARRIER_PROXY_HOPS=1" in RECIPES["systemd/secrets.env"]


def test_the_proxy_drops_an_idle_connection_before_the_server_does() -> None:
    (upstream,) = re.findall(r"upstream carrier \{(.+?)\n    \}", NGINX, re.DOTALL)
    (seconds,) = re.findall(r"keepalive_timeout (\d+)s;", upstream)
    assert int(seconds) < gunicorn_settings.keepalive


def test_the_proxy_refuses_what_is_too_long_as_the_server_does() -> None:
    for line, status in (("414 =414", 414), ("494 =431", 431), ("413 =413", 413)):
        assert f"error_page {line} /errors/{status};" in NGINX
        assert f"location = /errors/{status} {{ internal; return {status} " in NGINX


@pytest.fixture
def app(store: Store, clock: FrozenClock, courier: FakeCourier) -> Flask:
    couriers = {courier.name: courier}
    return create_app(a_settings(a_catalogue()), store=store, clock=clock, couriers=couriers, channel=FakeChannel())


def test_every_route_that_is_named_there_is(app: Flask) -> None:
    """Of probes, of the proxy, of the ingress, and of the page."""
    rules = [str(rule) for rule in app.url_map.iter_rules()]
    named = re.findall(r"path: (/[\w/-]+)|location (?:=|\^~) (/[\w/-]+)", RECIPES["kubernetes.yaml"] + NGINX)
    named += re.findall(r"127\.0\.0\.1:\d+(/[a-z]+)()", RECIPES["Dockerfile"])
    named += re.findall(r"carrier\.example\.com(/[\w/-]+)()", RECIPES["README.md"])
    for path in {first or second for first, second in named}:
        if not path.startswith(("/errors/", "/etc/", "/run/", "/tmp")):  # noqa: S108  of a container
            is_one = path in rules or any(rule.startswith(f"{path.rstrip('/')}/") for rule in rules)
            assert is_one or any(path.startswith(rule.partition("<")[0]) for rule in rules if "<" in rule), path


def test_of_what_operators_ask_and_read_nothing_is_answered_outside() -> None:
    inside = re.search(r"location ~ (\S+) \{\s+allow[^}]+deny all;", NGINX)
    assert inside
    for path in ("/admin/shipments", "/docs", "/openapi.json"):
        assert re.search(inside[1], path), path
        assert f"path: {path}" not in RECIPES["kubernetes.yaml"]
    for path in ("/booking", "/oauth/token", "/webhooks/intigo/status", "/healthz"):
        assert not re.search(inside[1], path), path


def test_every_file_that_is_named_there_is() -> None:
    for path in re.findall(r"`((?:systemd/)?[\w@.-]+\.(?:service|env|conf|yaml|yml|json))`", RECIPES["README.md"]):
        assert (DEPLOY / path).exists() or (DEPLOY / "systemd" / path).exists(), path
    for path in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", RECIPES["Dockerfile"]):
        assert all((ROOT / name).exists() for name in path.split()), path


def test_every_link_of_the_page_leads_somewhere() -> None:
    page = RECIPES["README.md"]
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"(?m)^## (.+)$", page)
    }
    for target in re.findall(r"\]\(([^)]+)\)", page):
        assert target[1:] in headings if target.startswith("#") else (DEPLOY / target).exists(), target


@pytest.mark.parametrize("recipe", ["systemd/carrier-web@.service", "systemd/carrier-worker.service"])
def test_systemd_understands_the_units(recipe: str, tmp_path: Path) -> None:
    """Where systemd is not installed, that it is a unit at all: sections, and names with values."""
    assert all(re.fullmatch(r"|#.*|\[\w+\]|\w+=.*", line) for line in RECIPES[recipe].splitlines())
    tool = shutil.which("systemd-analyze")
    if tool:
        unit = tmp_path / Path(recipe).name.replace("@", "@8000")
        unit.write_text(RECIPES[recipe].replace("/opt/carrier/current/bin/carrier-backend", "/bin/true"))
        done = subprocess.run([tool, "verify", str(unit)], capture_output=True, check=False, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    """Where nginx is not installed, that every brace is closed and every line is ended."""
    lines = [line.strip() for line in NGINX.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert NGINX.count("{") == NGINX.count("}")
    assert all(line.endswith((";", "{", "}")) or "#" in line for line in lines)
    tool = shutil.which("nginx")
    if tool:
        configuration = tmp_path / "nginx.conf"
        without_tls = re.sub(r"(?m)^\s+(ssl_|listen).*$", "", NGINX).replace("/run/", f"{tmp_path}/")
        configuration.write_text(without_tls)
        done = subprocess.run(
            [tool, "-t", "-e", "stderr", "-c", str(configuration)], capture_output=True, check=False, text=True
        )
        assert "syntax is ok" in done.stderr, done.stderr  # the folders that it goes on to make are root's
