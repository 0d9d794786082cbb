"""Strangers call the webhooks by the thousand, and what bookings and health probes take beside them: `make flood`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.databases import KINDS, a_database
from tests.drip.load import Plan, spend
from tests.flood.load import Flood

LEAST_SHARE = 0.99
"""Of the health probes that are to be answered."""
MOST = 2.0
"""How much longer one booking in a hundred may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if health and bookings stay within these limits."""
    parser = argparse.ArgumentParser(prog="make flood", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--calls", type=int, default=1000, help="of strangers, a second")
    parser.add_argument("--rate", type=float, default=2.0, help="bookings a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each phase")
    parser.add_argument("--pairs", type=int, default=1, help="of phases, undisturbed and flooded")
    told = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of everything to be ended
    plan = Plan(told.rate, told.seconds, told.pairs)
    flood = partial(Flood, calls_a_second=told.calls)
    with (
        a_database(told.database, in_memory=False) as url,
        tempfile.TemporaryDirectory(prefix="carrier-flood-") as folder,
    ):
        seen = spend(plan, url, Path(folder), "flooded", flood)
    faults = list(seen.faults(LEAST_SHARE, MOST))
    lines = [
        f"{told.database}, {told.calls} calls a second, {plan}",
        *seen.lines(),
        *(f"! {fault}" for fault in faults),
    ]
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
