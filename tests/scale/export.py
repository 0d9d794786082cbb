"""An export of everything there is, read as it comes, and the memory that the process has meanwhile."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.scale.door import Door

MIB = 1024 * 1024
MAY_GROW_BYTES = 16 * MIB
SETTLED_AFTER = 10
"""Parts: by then, whatever is needed once is there."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many lines in how many seconds, and what memory the process had before, after some parts, and at most."""

    lines: int
    seconds: float
    before_bytes: int
    settled_bytes: int
    most_bytes: int

    def line(self) -> str:
        """Its figures."""
        memory = " / ".join(f"{size / MIB:.0f}" for size in (self.before_bytes, self.settled_bytes, self.most_bytes))
        return (
            f"export of all: {self.lines:,} lines in {self.seconds:.0f} s; "
            f"memory before it, after {SETTLED_AFTER} parts, and at most: {memory} MiB"
        )

    def faults(self) -> list[str]:
        """What is not as it should be."""
        return ["its memory grows with it"] if self.most_bytes - self.settled_bytes > MAY_GROW_BYTES else []


def export(door: Door) -> Exported:
    """Read all of it, and keep nothing."""
    began, before = time.monotonic(), _memory_bytes()
    settled = most = before
    lines = parts = 0
    for part in door.get("/admin/export.csv").iter_encoded():
        lines, parts, most = lines + part.count(b"\n"), parts + 1, max(most, _memory_bytes())
        if parts == SETTLED_AFTER:
            settled = most
    return Exported(lines, time.monotonic() - began, before, settled, most)


def _memory_bytes() -> int:
    """As Linux counts what is resident."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
