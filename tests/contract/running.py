"""A running service with something in it, held by Schemathesis against its own description."""

import os
import subprocess
import tempfile
import threading
from pathlib import Path

from carrier_backend.demo.caller import call
from carrier_backend.demo.stage import SHOP, Stage, set_up
from carrier_backend.simulator.orders import JOURNEYS

CONFIG = Path(__file__).with_name("schemathesis.toml")
READY_SECONDS = 60
FAREWELLS = ("DELETE /admin/operators/{name}", "DELETE /admin/clients/{client}")
"""Tried last: whoever lets go of itself is a stranger from then on, and would see nothing but 401."""


def hold_against_its_description(schemathesis: Path, *options: str) -> int:
    """Start it, book something, and have every operation tried in every way there is; 0 where nothing was found."""
    with set_up() as stage, tempfile.TemporaryDirectory() as folder:
        variables = {**_furnish(stage), "PATH": os.defpath, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
        command = [str(schemathesis.absolute()), "--config-file", str(CONFIG), "run", f"{stage.url}/openapi.json"]
        turns = [[f"{how}-name={name}" for name in FAREWELLS] for how in ("--exclude", "--include")]
        return max(
            # It keeps what it found where it runs.
            subprocess.run(
                [*command, "--checks", "all", *turn, *options], env=variables, cwd=folder, check=False
            ).returncode
            for turn in turns
        )


def _furnish(stage: Stage) -> dict[str, str]:
    """One client, one operator, and a shipment of each courier."""
    stage.run("upgrade")
    stage.start()
    stage.run("merchants", "import", str(SHOP / "merchants.toml"))
    client = stage.run("clients", "add", "ingrid")
    operator = stage.run("operators", "add", "schemathesis", "--role", "admin")
    _wait_for(stage)
    token = call("POST", f"{stage.url}/oauth/token", client).json()["access_token"]
    for journey in JOURNEYS:
        call("POST", f"{stage.url}/booking", journey.booking, token)
    return {
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "OPERATOR_TOKEN": operator["token"],
    }


def _wait_for(stage: Stage) -> None:
    pause = threading.Event()
    for _ in range(READY_SECONDS * 5):
        if stage.is_ready():
            return
        pause.wait(0.2)
    raise RuntimeError("the backend did not become ready")
