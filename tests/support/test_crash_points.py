"""Crash points: passed unharmed, unless it is the one at which the process is to die."""

import subprocess
import sys

import pytest

from carrier_backend.support.crash_points import KILLED

PASSES = """
from carrier_backend.support.crash_points import dying_at
pass_point = dying_at({point!r})
for passed in ("before:here", "after:here", "before:here"):
    print(passed, flush=True)
    pass_point(passed)
"""


@pytest.mark.parametrize(
    ("point", "status", "passed"),
    [
        ("", 0, 3),
        ("after:there", 0, 3),
        ("before:here", KILLED, 1),
        ("after:here", KILLED, 2),
        ("before:here#2", KILLED, 3),
    ],
)
def test_a_process_dies_at_its_point_and_at_no_other(point: str, status: int, passed: int) -> None:
    command = [sys.executable, "-c", PASSES.format(point=point)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (status, passed, "")
