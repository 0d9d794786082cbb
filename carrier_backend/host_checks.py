"""What `doctor` looks at on this host: its disk, what has to be writable, and who may read the secrets."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from carrier_backend.environment import is_secret
from carrier_backend.services.examine import Finding
from carrier_backend.settings import Settings
from carrier_backend.support import metrics
from carrier_backend.support.filesystems import network_type

LEAST_DISK_SHARE = 0.05


def of_host(settings: Settings, environment: Mapping[str, str] = os.environ) -> Sequence[Finding]:
    """All of it."""
    return [_disk(settings), _database_file(settings.database_file), _figures(environment), _secret_files(environment)]


def _disk(settings: Settings) -> Finding:
    folder = settings.database_file.parent if settings.database_file else Path.cwd()
    disk = shutil.disk_usage(folder)
    note = f"{disk.free // 2**20} MiB free in {folder.resolve()}"
    is_well = disk.free > LEAST_DISK_SHARE * disk.total
    return Finding("disk", is_well, note if is_well else f"{note}: make room, for nothing is booked on a full disk")


def _database_file(file: Path | None) -> Finding:
    there = [path for path in (file.parent, file) if os.access(path, os.F_OK)] if file else []
    if closed := [path for path in there if not os.access(path, os.W_OK)]:
        return Finding("database file", False, f"this user cannot write {closed[0]}: give it to the user we run as")
    kind = network_type(file) if file else None
    note = f"SQLite cannot rely on the locks of {kind}: use a disk of this host, or PostgreSQL for several hosts"
    return Finding("database file", kind is None, note if kind else "writable, on no network filesystem")


def _figures(environment: Mapping[str, str]) -> Finding:
    given = environment.get(metrics.FOLDER_VARIABLE)
    fault = metrics.fault_in_folder(given) if given else None
    note = f"{fault}: give it to the user we run as, or see {metrics.FOLDER_VARIABLE}"
    return Finding("figures", fault is None, note if fault else f"counted in {given or 'a folder of each server'}")


def _secret_files(environment: Mapping[str, str]) -> Finding:
    open_ones = sorted(_readable_by_all(environment))
    note = f"everybody on this host can read {', '.join(open_ones)}: take that away (chmod o= FILE)"
    return Finding("secret files", not open_ones, note if open_ones else "readable for whom they should be")


def _readable_by_all(environment: Mapping[str, str]) -> Iterator[str]:
    for name, path in environment.items():
        if name.endswith("_FILE") and is_secret(name.removesuffix("_FILE")):
            file = Path(path.strip())
            if file.stat().st_mode & stat.S_IROTH and _is_reachable(file):
                yield str(file)


def _is_reachable(file: Path) -> bool:
    """A folder that is closed to others closes all that is in it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in file.resolve().parents)
