"""What the machines drive: the real backend on a SQLite file of its own, and a process that may die at any commit."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.storage import accounts, schema
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests.builders import a_catalogue, a_merchant
from tests.conftest import BY_TEST, ENCRYPTION_KEY, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder with a name of its own is made there


class Killed(BaseException):
    """As if the process had ended here: nothing of ours may catch it."""


class Process:
    """Dies at the crash point it is told to, and commits nothing from then on until it is started again."""

    def __init__(self) -> None:
        self._points_left: int | None = None
        self.kills = 0

    def die_after(self, points: int) -> None:
        self._points_left = points

    def live_on(self) -> None:
        self._points_left = None

    def pass_point(self, _: str) -> None:
        if self._points_left is None:
            return
        if self._points_left == 0:
            raise Killed
        self._points_left -= 1

    def run(self, work: Callable[[], object]) -> None:
        """Work until it is done, or until the process dies; in either case a living process follows."""
        try:
            work()
        except Killed:
            self.kills += 1
        finally:
            self.live_on()


class Stage:
    """A backend with one courier, one merchant and a channel to Ingrid, all by one clock."""

    def __init__(self, courier: FakeCourier, clock: FrozenClock, channel: FakeChannel | None = None) -> None:
        self.courier = courier
        self.clock = clock
        self.channel = channel or FakeChannel()
        self.process = Process()
        self._engine = _an_empty_database()
        self.store = Store(self._engine, Sealing([ENCRYPTION_KEY]), clock, self.process.pass_point)
        self.backend = build_backend(
            # Nobody here waits for anybody: to wait is to come again.
            replace(a_settings(a_catalogue()), booking_budget_seconds=0.3),
            store=self.store,
            clock=clock,
            couriers={courier.name: courier},
            channel=self.channel,
        )
        with self.store.begin() as unit:
            accounts.add_client(unit, "client-ingrid", "ingrid", digest("a secret"))
        self.backend.oversee.put_merchant(a_merchant(), BY_TEST)

    def close(self) -> None:
        self._engine.dispose()


def _an_empty_database() -> Engine:
    """The one database of this process, as if nothing had ever been kept there; its engine knows our statements."""
    engine = _engine()
    engine.dispose()
    database = str(engine.url.database)
    # Another file by the same name: whoever may still hold the last one writes to nobody's.
    for name in (database, f"{database}-wal", f"{database}-shm"):
        Path(name).unlink(missing_ok=True)
    Path(database).write_bytes(_migrated())
    return engine


@cache
def _engine() -> Engine:
    folder = tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return open_engine(f"sqlite:///{folder}/carrier.db")


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "carrier.db"
        engine = open_engine(f"sqlite:///{database}")
        schema.upgrade(Store(engine, Sealing([ENCRYPTION_KEY])))
        engine.dispose()
        return database.read_bytes()
