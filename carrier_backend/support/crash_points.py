"""Crash points: where a process can be told to die at once, to show that nothing is lost by it and nothing done twice.

Two places pass them: storage/store.py before and after each commit, and support/http.py before and after each call. A
commit is named after the function that makes it and a call after whom it asks for what, so that none can be left out.
"""

import os
import re
from collections.abc import Callable
from itertools import count

PassPoint = Callable[[str], None]
"""Called at each crash point with its name; whoever is to die there does not return."""

PATTERN = re.compile(r"(?P<name>(before|after):[^#]+)(#(?P<time>[1-9]\d{0,5}))?")
"""`before:courier/create`, or `after:services.book.Book._intend`; with `#2`, the second time in a process's life."""
KILLED = 137
"""The exit status of a process that was killed: nothing is tidied up."""


def unharmed(_: str) -> None:
    """Pass every crash point."""


def dying_at(point: str) -> PassPoint:
    """What ends this process at the point, which is written as in PATTERN; none is named by an empty text."""
    match = PATTERN.fullmatch(point)
    if match is None:
        return unharmed
    name, time, times = match["name"], int(match["time"] or 1), count(1)

    def pass_point(passed: str) -> None:
        if passed == name and next(times) == time:
            os._exit(KILLED)

    return pass_point
