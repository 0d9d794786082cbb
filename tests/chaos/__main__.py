"""Bookings while everything dies, and three ledgers compared: `make chaos ARGS="--bookings 300 --kills 100"`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import active_children, get_context
from pathlib import Path

from tests.chaos.storm import Plan, run

DATABASES = ("sqlite", "postgresql")


def plans(arguments: Sequence[str] | None = None) -> list[Plan]:
    """One for each database that is wanted."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, help="only this one; else both at the same time")
    parser.add_argument("--bookings", type=int, default=60, help="on each database")
    parser.add_argument("--kills", type=int, default=20, help="of web and worker processes, on each database")
    parser.add_argument("--restarts", type=int, default=2, help="of PostgreSQL, stopped with -m immediate")
    parser.add_argument("--seconds", type=float, default=30, help="in which bookings begin and processes are killed")
    parser.add_argument("--seed", type=int, default=1, help="what is booked, and what befalls it")
    parser.add_argument("--keep", type=Path, help="a folder for logs and ledgers")
    told = parser.parse_args(arguments)
    return [
        Plan(name, told.bookings, told.kills, told.restarts, told.seconds, told.seed, told.keep)
        for name in DATABASES
        if told.database in {None, name}
    ]


def _stop(*_: object) -> None:
    """Have the runs end what they have started."""
    for child in active_children():
        child.terminate()
    sys.exit(128 + signal.SIGTERM)


def main() -> int:
    """0 only if the ledgers agree, on every database."""
    wanted, is_well = plans(), True
    signal.signal(signal.SIGTERM, _stop)
    with ProcessPoolExecutor(len(wanted), mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(run, plan) for plan in wanted]):
            sys.stdout.write("\n".join([*done.result().told(), "", ""]))
            is_well = is_well and done.result().is_well
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
