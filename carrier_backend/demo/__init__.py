"""The demo: parcels walk from checkout to delivery, on this machine alone, and leave nothing behind."""

import signal
import sys
import time
from collections.abc import Mapping

from carrier_backend.demo.journey import Walk
from carrier_backend.demo.screen import Screen
from carrier_backend.demo.stage import SHOP, DemoFailed, Stage, set_up
from carrier_backend.processes import told_to_stop
from carrier_backend.simulator.orders import JOURNEYS

START_SECONDS = 60


def run(*, keep: bool) -> int:
    """Walk every journey; 0 only if Ingrid heard what it should. `keep` leaves all running until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of everything to be ended
    screen = Screen()
    with set_up() as stage:
        try:
            credentials = start(stage, screen)
            _walk_all(stage, screen, credentials)
            if keep:
                _keep(stage, screen, credentials)
        except DemoFailed as failure:
            screen.fail(failure, stage.last_lines())
            return 1
    return 0


def start(stage: Stage, screen: Screen) -> dict[str, str]:
    """Set the backend up as anybody would; the credentials of its one client."""
    screen.say("A carrier for Ingrid, on this machine alone; couriers and Ingrid are pretended.")
    _run(stage, screen, "upgrade")
    stage.start()
    _run(stage, screen, "merchants", "import", str(SHOP / "merchants.toml"))
    credentials = _run(stage, screen, "clients", "add", "ingrid")
    if not screen.wait("web and worker are starting", stage.is_ready, START_SECONDS):
        raise DemoFailed("the backend did not become ready")
    screen.row("carrier-backend up", "", f"backend            {stage.url}")
    screen.note(f"pretended systems  {stage.pretended_url}")
    return credentials


def _run(stage: Stage, screen: Screen, *command: str) -> dict[str, str]:
    name = f"carrier-backend {' '.join(command[:2])}"
    with screen.busy(name):
        said: dict[str, str] = stage.run(*command)
    screen.row(name)
    return said


def _walk_all(stage: Stage, screen: Screen, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    for journey in JOURNEYS:
        screen.say(f"{journey.title[0].upper()}{journey.title[1:]}")
        Walk(journey, stage, screen, credentials)()
    seconds = time.monotonic() - began
    screen.say(f"All parcels are home; Ingrid heard every step, in order and signed ({seconds:.0f} seconds).")


def _keep(stage: Stage, screen: Screen, credentials: Mapping[str, str]) -> None:
    """Leave it running, and say how to get in."""
    operator = stage.run("operators", "add", "demo", "--role", "admin")
    stop = told_to_stop()
    screen.row("client_id", "", credentials["client_id"])
    screen.row("client_secret", "", credentials["client_secret"])
    screen.row("operator's token", "", operator["token"])
    screen.say(f"It goes on running at {stage.url} until Ctrl-C.")
    stage.keep_until(stop)
