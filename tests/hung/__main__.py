"""A courier, or Ingrid, hangs in every call, again and again, and what bookings with the others take: `make hung`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.databases import KINDS, a_database
from tests.hung.load import SYSTEMS, Plan, spend

MOST = 2.0
"""How much longer one in a hundred of the others' callers may wait."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if the others' p99 stays within MOST times its undisturbed value, without an error."""
    parser = argparse.ArgumentParser(prog="make hung", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--hanging", choices=sorted(SYSTEMS), default="intigo")
    parser.add_argument("--rate", type=float, default=2.0, help="bookings a second, with each but Ecotrack")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each phase")
    parser.add_argument("--pairs", type=int, default=3, help="of phases, undisturbed and disturbed")
    told = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of everything to be ended
    plan = Plan(told.hanging, told.rate, told.seconds, told.pairs)
    with (
        a_database(told.database, in_memory=False) as url,
        tempfile.TemporaryDirectory(prefix="carrier-hung-") as folder,
    ):
        seen = spend(plan, url, Path(folder))
    faults = seen.faults(MOST)
    sys.stdout.write("\n".join([f"{told.database}, {plan}", *seen.lines(), *(f"! {fault}" for fault in faults), ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
