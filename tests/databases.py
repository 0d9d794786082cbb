"""An empty database of this code's version, of either kind, for what runs outside the suite."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carrier_backend.storage import schema
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.conftest import ENCRYPTION_KEY

KINDS = ("sqlite", "postgresql")
_MEMORY = Path("/dev/shm")  # noqa: S108  a folder with a name of its own is made there


@contextmanager
def a_database(kind: str, *, in_memory: bool = True) -> Iterator[str]:
    """Its URL; it goes away with whoever asked for it. A file is in memory where no disk is to be waited for."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir=_MEMORY if in_memory and _MEMORY.is_dir() else None) as folder:
            yield _upgraded(f"sqlite:///{Path(folder) / 'carrier.db'}")
        return
    server = postgres.start()
    try:
        yield _upgraded(server.create_database())
    finally:
        server.stop()


def _upgraded(url: str) -> str:
    engine = open_engine(url)
    schema.upgrade(Store(engine, Sealing([ENCRYPTION_KEY])))
    engine.dispose()
    return url
