"""What is mounted over a network is told from a disk."""

from pathlib import Path

import pytest

from carrier_backend.support.filesystems import network_type

MOUNTED = """\
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
files:/export /srv/shared nfs4 rw,vers=4.2 0 0
/dev/sdb1 /srv/shared/disk xfs rw 0 0
//box/share /mnt/two\\040words cifs rw 0 0
me@box:/ /mnt/ssh fuse.sshfs rw 0 0
/dev/sdc1 /mnt/over ext4 rw 0 0
files:/over /mnt/over nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/carrier.db", None),
        ("/run/carrier.db", None),
        ("/srv/shared/var/carrier.db", "nfs4"),
        ("/srv/shared/disk/carrier.db", None),
        ("/srv/sharedbutnot/carrier.db", None),
        ("/mnt/two words/carrier.db", "cifs"),
        ("/mnt/ssh/carrier.db", "fuse.sshfs"),
        ("/mnt/over/carrier.db", "nfs"),
    ],
)
def test_a_network_filesystem_is_told_by_its_type(tmp_path: Path, path: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTED)
    assert network_type(Path(path), mounts) == kind


def test_where_nothing_tells_of_mounts_nothing_is_claimed(tmp_path: Path) -> None:
    assert network_type(tmp_path, tmp_path / "no such file") is None
