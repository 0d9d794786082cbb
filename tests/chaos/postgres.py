"""A PostgreSQL that is stopped with `-m immediate` and started again, and keeps what it has committed."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL

from tests.postgres import binaries, give

START_SECONDS = 30
# A commit waits for its log to be handed to the system. That survives any death of the server; only the machine's own
# would need fsync.
SETTINGS = ("listen_addresses=", "max_connections=300", "shared_buffers=64MB", "fsync=off", "synchronous_commit=on")


class ImmediatelyStopped:
    """Serves for as long as its context lasts, on a unix socket in a folder of its own."""

    def __init__(self, home: Path | None = None) -> None:
        """In a folder that stays as it is left, if one is given; the path of its socket has to be a short one."""
        self._home = home or Path(tempfile.mkdtemp(prefix="carrier-chaos-postgres-", dir="/tmp"))
        self._is_kept = home is not None
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._programs = binaries(self._home, copied=self._user is not None)
        if self._user:
            give(self._home, pwd.getpwnam(self._user))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        address = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(self._home)})
        return address.render_as_string(hide_password=False)

    def stop(self) -> None:
        """What `pg_ctl stop -m immediate` does: it ends at once, and replays its log at the next start."""
        if self._server:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()

    def restart(self) -> None:
        """As after a crash."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        self._server = self._popen("postgres", "-D", str(self._home / "data"), "-k", str(self._home), *settings)
        ends_at = time.monotonic() + START_SECONDS
        while self._popen("pg_isready", "-q", "-h", str(self._home)).wait():
            if time.monotonic() > ends_at or self._server.poll() is not None:
                raise RuntimeError("PostgreSQL did not start: " + (self._home / "log").read_text())
            time.sleep(0.05)

    def _popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / program), *arguments],
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                cwd=self._home,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever directs the run, and then stops the server
            )

    def __enter__(self) -> Self:
        if not (self._home / "data").exists():
            self._make()
        self.start()
        return self

    def _make(self) -> None:
        ways: Sequence[str] = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        if self._popen("initdb", "-D", str(self._home / "data"), *ways).wait():
            raise RuntimeError("no cluster was made: " + (self._home / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if not self._is_kept:
            shutil.rmtree(self._home, ignore_errors=True)
