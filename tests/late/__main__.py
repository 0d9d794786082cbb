"""Writes that come late, a thousand of them, and what a carrier that does not wait would make of it: `make late`."""

import argparse
import sys
from collections.abc import Sequence

from carrier_backend.observability import logs
from tests.databases import KINDS, a_database
from tests.late.commits import COURIERS, Plan, Seen, bound, spend

QUIET_SECONDS = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if nothing was doubled or lost, and a quiet window of none is seen to double something."""
    parser = argparse.ArgumentParser(prog="make late", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--bookings", type=int, default=334, help="with each courier")
    parser.add_argument("--control", type=int, default=50, help="bookings with each courier and no quiet window")
    parser.add_argument("--seed", type=int, default=1, help="what is booked, and how late it comes")
    told = parser.parse_args(arguments)
    logs.configure("json", "error")
    kept = _spend(told.database, told.bookings, QUIET_SECONDS, told.seed)
    _say(*(f"  ! {violation}" for seen in kept for violation in seen.verdict.violations))
    broken = _spend(told.database, told.control, 0, told.seed)
    is_well = not any(seen.verdict.violations for seen in kept)
    return 0 if is_well and all(seen.duplicates for seen in broken) else 1


def _spend(database: str, bookings: int, quiet_seconds: float, seed: int) -> list[Seen]:
    """With each courier in turn; told as it comes."""
    seens = []
    _say(f"{database}, quiet window {quiet_seconds:g} s, seed {seed}")
    for courier in COURIERS:
        with a_database(database) as url:
            seen = spend(Plan(courier, bookings, url, quiet_seconds, seed))
        _say(f"  {seen.told()}")
        seens.append(seen)
    late = sum(sum(seen.late.values()) for seen in seens)
    duplicates, lost = sum(seen.duplicates for seen in seens), sum(seen.lost for seen in seens)
    _say(f"  {late:,} writes came late: {duplicates} duplicates, {lost} lost")
    if not duplicates + lost:
        _say(f"  95 % bound: fewer than {bound(late)} of late writes")
    return seens


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
