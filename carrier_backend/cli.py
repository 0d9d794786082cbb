"""The commands of contract section 1, each a call into a room."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from carrier_backend import __version__, demo, loops
from carrier_backend.bootstrap import boot, build_backend, open_store
from carrier_backend.cli_directory import clients, merchants, operators
from carrier_backend.domain.errors import CarrierError, Refusal
from carrier_backend.host_checks import of_host
from carrier_backend.observability import logs
from carrier_backend.processes import Processes, end_with, told_to_stop
from carrier_backend.settings import Settings, SettingsError
from carrier_backend.simulator import SimulatorSettings
from carrier_backend.simulator.server import SimulatorServer, registered_at
from carrier_backend.storage import resealing, schema

_Command = TypeVar("_Command", bound=Callable[..., None])

GUNICORN_SETTINGS = Path("config/gunicorn.py")


class _Failure(click.ClickException):
    """What went wrong, in a line or several."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n  ".join(lines))


class _SettingsFailure(_Failure):
    exit_code = 2


class _Commands(click.Group):
    """Has whatever the rooms raise said in words."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise _SettingsFailure("these settings cannot be used:", *map(str, error.faults)) from error
        except Refusal as error:
            raise _Failure(*map(str, error.faults)) from error
        except CarrierError as error:
            raise _Failure(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """One carrier for Ingrid: parcels are handed to couriers, and what becomes of them is told back."""


main.add_command(clients)
main.add_command(operators)
main.add_command(merchants)


def _port(default: int) -> Callable[[_Command], _Command]:
    return click.option("--port", default=default, show_default=True, type=click.IntRange(0, 65535))


def _ends_with_its_starter(command: _Command) -> _Command:
    """A command that `up` and `demo` start, and that must not outlive them."""

    def begin(_context: click.Context, _parameter: click.Parameter, starter: int | None) -> None:
        end_with(starter)

    return click.option("--ends-with", type=int, hidden=True, expose_value=False, callback=begin)(command)


_host = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")


@main.command("demo")
@click.option("--keep", is_flag=True, help="Leave it running afterwards, to try things out.")
def show(*, keep: bool) -> None:
    """Walk parcels from checkout to delivery, against pretended counterparts."""
    sys.exit(demo.run(keep=keep))


@main.command()
@_host
@_port(8000)
@_ends_with_its_starter
def up(host: str, port: int) -> None:
    """Upgrade the database, then run web and worker until told to stop."""
    _upgrade(Settings.read())
    stop = told_to_stop()
    with Processes() as processes:
        processes.start("serve", "--host", host, "--port", str(port))
        processes.start("work")
        if not processes.watch(stop):
            raise _Failure("web or worker has ended, so that both had to")


@main.command()
@_host
@_port(8000)
@_ends_with_its_starter
def serve(host: str, port: int) -> None:
    """Run the web server alone, by config/gunicorn.py where that is there."""
    Settings.read()  # refused here in our own words; the rest is refused by gunicorn's settings
    own = GUNICORN_SETTINGS if GUNICORN_SETTINGS.is_file() else "python:carrier_backend.gunicorn_settings"
    command = [sys.executable, "-m", "gunicorn", "--config", str(own), "--bind", f"{host}:{port}"]
    os.execv(sys.executable, [*command, "carrier_backend.app:create_app()"])  # noqa: S606  no shell is wanted


@main.command()
@_ends_with_its_starter
def work() -> None:
    """Run the background worker alone: status updates, tracking, reconciliation, chores."""
    backend = boot()
    loops.work(backend, told_to_stop())


@main.command()
def upgrade() -> None:
    """Bring the database to this version's schema."""
    _upgrade(Settings.read())
    click.echo("the database is up to date")


@main.command()
def reseal() -> None:
    """Seal everything that is kept with the first encryption key: then the others may go."""
    resealed = resealing.reseal(boot().store)
    click.echo(f"{resealed.anew:,} values were sealed anew; older keys may go once every process seals with the first")
    if resealed.unopened:
        lost = [f"{column}: {number:,}" for column, number in resealed.unopened.items()]
        raise _Failure("none of the keys opens these values; an older key that was taken out may:", *lost)


def _upgrade(settings: Settings) -> None:
    logs.configure(settings.log_format, settings.log_level)
    schema.upgrade(open_store(settings))


@main.command()
def doctor() -> None:
    """Look at everything that has to be well, and say what is not."""
    settings = Settings.read()
    logs.configure(settings.log_format, "warning")  # to standard error, beside what is found
    examine = build_backend(settings).examine
    findings = [*of_host(settings), *examine.doctor()]
    for finding in findings:
        click.echo(f"{'ok ' if finding.is_well else 'BAD'}  {finding.name:<18} {finding.note}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


@main.command()
@_port(9000)
@_ends_with_its_starter
@click.option("--backend", default="http://127.0.0.1:8000", show_default=True, help="Whom the couriers call.")
def simulate(port: int, backend: str) -> None:
    """Run the pretended systems: couriers and Ingrid, on one port of this machine."""
    stop = told_to_stop()
    with SimulatorServer(port, registered_at(backend.rstrip("/"), SimulatorSettings())) as server:
        click.echo(f"# The pretended systems are running. A backend at {backend} meets them with these settings:")
        for name, value in {"CARRIER_ENV": "development", **server.backend_environment}.items():
            click.echo(f"export {name}={value}")
        stop.wait()
