"""Hundreds of callers drip their requests, and what bookings and health probes take beside them: `make drip`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.databases import KINDS, a_database
from tests.drip.load import Drippers, Plan, spend

LEAST_SHARE = 0.99
"""Of the health probes that are to be answered."""
MOST = 2.0
"""How much longer one booking in a hundred may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if health and bookings stay within these limits."""
    parser = argparse.ArgumentParser(prog="make drip", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--drippers", type=int, default=200)
    parser.add_argument("--rate", type=float, default=4.0, help="bookings a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each phase")
    parser.add_argument("--pairs", type=int, default=1, help="of phases, undisturbed and dripped on")
    told = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of everything to be ended
    plan = Plan(told.rate, told.seconds, told.pairs)
    with (
        a_database(told.database, in_memory=False) as url,
        tempfile.TemporaryDirectory(prefix="carrier-drip-") as folder,
    ):
        seen = spend(plan, url, Path(folder), "dripped on", partial(Drippers, number=told.drippers))
    faults = list(seen.faults(LEAST_SHARE, MOST))
    sys.stdout.write(
        "\n".join(
            [
                f"{told.database}, {told.drippers} drippers, {plan}",
                *seen.lines(),
                *(f"! {fault}" for fault in faults),
                "",
            ]
        )
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
