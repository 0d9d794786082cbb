"""What operators wait for in front of a year's shipments, a million unless said otherwise: `make scale`."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from carrier_backend.observability import logs
from tests.databases import KINDS
from tests.scale.ask import ask
from tests.scale.database import Database, a_database
from tests.scale.door import Door, a_door
from tests.scale.export import export
from tests.scale.load import load
from tests.scale.questions import BOUND_MS, every

MIB = 1024 * 1024
TELL_EVERY = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if each question is answered within its bound, whatever is in memory, and no plan reads a whole table."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--shipments", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="which shipments there are")
    parser.add_argument("--keep", type=Path, help="a folder for the database, which is loaded only if it is not there")
    parser.add_argument("--no-plans", action="store_true", help="print figures alone")
    told = parser.parse_args(arguments)
    with a_database(told.database, told.keep) as database:
        now, shipments = database.noted() or _loaded(database, told.shipments, told.seed)
        door = a_door(database.store)
        logs.configure("json", "critical")
        _say(f"{told.database}, {shipments:,} shipments, {database.bytes() / MIB:,.0f} MiB")
        return _ask(door, database, now, with_plans=not told.no_plans)


def _loaded(database: Database, shipments: int, seed: int) -> tuple[datetime, int]:
    now, began = datetime.now(UTC), time.monotonic()
    load(database.store, now, shipments, seed, _teller(shipments, began))
    database.note(now, shipments)
    return now, shipments


def _teller(shipments: int, began: float) -> Callable[[int], None]:
    def tell(loaded: int) -> None:
        if loaded % TELL_EVERY == 0 or loaded == shipments:
            _say(f"  {loaded:,} loaded after {time.monotonic() - began:.0f} s")

    return tell


def _ask(door: Door, database: Database, now: datetime, *, with_plans: bool) -> int:
    """Everything, told as it comes; 1 where something is not as it should be."""
    faults, told = 0, set[str]()
    _say(f"{'milliseconds; the bound is ' + str(BOUND_MS):<58} {'min':>7} {'median':>7} {'max':>7} {'from disk':>9}")
    for question in every(database.store, now):
        asked = ask(door, database, question)
        if asked is None:
            continue
        faults += bool(asked.faults())
        _say(asked.line())
        for statement, plan in asked.plans.items():
            if with_plans and statement not in told:
                told.add(statement)
                _say(f"    {' '.join(statement.split())}", *(f"      | {line}" for line in plan))
    exported = export(door)
    _say(f"{exported.line()}  {'; '.join(exported.faults()) or 'ok'}")
    return 1 if faults or exported.faults() else 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
