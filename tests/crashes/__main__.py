"""All crash points on both databases, and how many deaths were survived: `make crashes`; with `list`, their names."""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from carrier_backend.observability import logs
from carrier_backend.storage import schema
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.conftest import ENCRYPTION_KEY
from tests.crashes.crashes import METHODS, faults, journeys
from tests.crashes.stage import Stage, a_stage


@contextmanager
def _sqlite() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'carrier.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    server = postgres.start()
    try:
        yield server.create_database()
    finally:
        server.stop()


DATABASES = {"SQLite": _sqlite, "PostgreSQL": _postgresql}


@contextmanager
def _stage_on(database: str) -> Iterator[Stage]:
    with DATABASES[database]() as url:
        engine = open_engine(url)
        schema.upgrade(Store(engine, Sealing([ENCRYPTION_KEY])))
        with a_stage(engine) as stage:
            logs.configure("json", "critical")
            yield stage
        engine.dispose()


def _survived(database: str, method: str) -> tuple[int, int]:
    """How many deaths were survived, of how many; what was not is said."""
    survived = died = 0
    with _stage_on(database) as stage:
        for journey, names in journeys(stage, method):
            wrong = {name: found for place, name in enumerate(names) if (found := faults(stage, journey, place))}
            survived, died = survived + len(names) - len(wrong), died + len(names)
            _say(f"{database:<10}  {journey!s:<34} {len(names) - len(wrong):>4} of {len(names):>4}")
            for name, found in wrong.items():
                _say(f"    {name}: {'; '.join(found)}")
    return survived, died


def _all_names() -> list[str]:
    with _stage_on("SQLite") as stage:
        return sorted({name for method in METHODS for _, names in journeys(stage, method) for name in names})


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _all() -> bool:
    with ProcessPoolExecutor() as processes:
        counted = list(processes.map(_survived, *zip(*product(DATABASES, METHODS), strict=True)))
    survived = sum(survived for survived, _ in counted)
    died = sum(died for _, died in counted)
    _say(f"{survived} of {died} deaths survived: every package carried once, or not at all")
    return survived == died


if __name__ == "__main__":
    if "list" in sys.argv:
        _say("\n".join(_all_names()))
        sys.exit(0)
    sys.exit(0 if _all() else 1)
