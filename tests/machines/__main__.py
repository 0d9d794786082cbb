"""Two clients that use the same names for everything, for as long as it takes: `make crossings`."""

import argparse
import sys
import time
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carrier_backend.observability import logs
from tests.machines.clients import ClientsMachine


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if neither ever met what is the other's; whatever else is raised shows the steps that led there."""
    parser = argparse.ArgumentParser(prog="make crossings", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50, help="of a run, at most")
    told = parser.parse_args(arguments)
    logs.configure("json", "error")
    began = time.monotonic()
    run_state_machine_as_test(
        ClientsMachine,
        settings=settings(
            max_examples=told.runs,
            stateful_step_count=told.steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    seconds = time.monotonic() - began
    sys.stdout.write(f"{told.runs:,} runs of {told.steps} steps at most in {seconds:,.0f} s: no crossing\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
