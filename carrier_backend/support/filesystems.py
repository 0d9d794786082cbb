"""Where a file lies: on this machine, or over a network, where a database cannot rely on locks."""

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
_OVER_A_NETWORK = re.compile(
    r"nfs\d*|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|(fuse\.)?(glusterfs|sshfs|cephfs|s3fs|rclone)"
)


def network_type(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The type of the network filesystem that a path is on; None on a disk, or where Linux cannot be asked."""
    if not mounts.exists():
        return None
    path = path.resolve()
    lines = [line.split() for line in mounts.read_text(errors="replace").splitlines()]
    holding = [(_unescaped(where), kind) for _, where, kind, *_ in lines if path.is_relative_to(_unescaped(where))]
    # Of two on one folder, the later hides the earlier.
    _, kind = max(reversed(holding), key=lambda mount: len(mount[0]), default=("", ""))
    return kind if _OVER_A_NETWORK.fullmatch(kind) else None


def _unescaped(where: str) -> str:
    """As it is called: blanks and the like are written in octal."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), where)
