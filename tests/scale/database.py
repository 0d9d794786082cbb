"""A database of either kind on a disk, which may be kept for the next run, and put out of the machine's memory."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from carrier_backend.storage import schema
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support import sealing
from carrier_backend.support.sealing import Sealing
from tests.chaos.postgres import ImmediatelyStopped

_NOTE = "loaded.json"


@dataclass(frozen=True, slots=True)
class Database:
    """Where it lies, and its server's way to begin anew, if it has one."""

    store: Store
    folder: Path
    restart: Callable[[], None]

    def note(self, now: datetime, shipments: int) -> None:
        """That it is loaded, with shipments until then."""
        (self.folder / _NOTE).write_text(json.dumps({"now": now.isoformat(), "shipments": shipments}))

    def noted(self) -> tuple[datetime, int] | None:
        """Until when it has shipments, and how many, once it is loaded."""
        note = self.folder / _NOTE
        if not note.exists():
            return None
        told = json.loads(note.read_text())
        return datetime.fromisoformat(told["now"]).astimezone(UTC), int(told["shipments"])

    def put_out_of_memory(self) -> None:
        """So that the next to ask reads from the disk; connections and servers remember nothing either."""
        self.store.engine.dispose()
        self.restart()
        for path in self.folder.rglob("*"):
            if path.is_file():
                _put_out_of_memory(path)

    def bytes(self) -> int:
        """How large all of its files are."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def _put_out_of_memory(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


@contextmanager
def a_database(kind: str, kept: Path | None) -> Iterator[Database]:
    """One of this code's version: what `kept` has, or a new one, which goes away unless it is kept."""
    with _a_folder(kind, kept) as folder:
        store_of = _store_of(folder)
        if kind == "sqlite":
            store = store_of(f"sqlite:///{folder / 'carrier.db'}")
            yield Database(store, folder, lambda: None)
            store.engine.dispose()
            return
        with ImmediatelyStopped(folder) as server:
            store = store_of(server.url)
            yield Database(store, folder, server.restart)
            store.engine.dispose()


@contextmanager
def _a_folder(kind: str, kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="carrier-scale-", dir="/tmp") as folder:
            yield Path(folder)
        return
    (kept / kind).mkdir(parents=True, exist_ok=True)
    yield kept / kind


def _store_of(folder: Path) -> Callable[[str], Store]:
    """With the key that it was sealed with."""
    key = folder / "key"
    if not key.exists():
        key.write_text(sealing.new_key())

    def opened(url: str) -> Store:
        store = Store(open_engine(url), Sealing([key.read_text()]))
        schema.upgrade(store)
        return store

    return opened
