"""Ingrid away for three days with ten thousand updates waiting, on a driven clock: `make outage`."""

import argparse
import sys
from collections.abc import Sequence

from carrier_backend.observability import logs
from tests.databases import KINDS, a_database
from tests.outage.outage import NEWS, Plan, spend


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if every update was told once, in order, and at the relay's pace."""
    parser = argparse.ArgumentParser(prog="make outage", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--parcels", type=int, default=1000, help=f"each has {len(NEWS)} updates")
    told = parser.parse_args(arguments)
    logs.configure("json", "critical")
    with a_database(told.database) as url:
        seen = spend(Plan(told.parcels), url)
    sys.stdout.write("\n".join([told.database, *seen.lines(), *(f"! {fault}" for fault in seen.faults()), ""]))
    return 1 if seen.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
