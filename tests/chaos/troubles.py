"""What befalls a run: processes and databases that die, counterparts that lie, hang and forget to answer."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.chaos.stage import Stage

LATEST_DEED_SECONDS = 15
"""After its call: a courier's quiet window has to be longer."""
FAULTS_EVERY_SECONDS = 1.0
NOBODY_UP_SECONDS = 0.2
KILLS_APART = 0.5
"""Two in a row are apart by the mean, give or take this share of it."""

_LOST: Sequence[Mapping[str, Any]] = (
    {"fault": "drop"},
    {"fault": "error_after"},
    {"fault": "error_before"},
    {"fault": "hang_after", "seconds": 14},
    {"fault": "commit_late", "seconds": LATEST_DEED_SECONDS, "answer_seconds": 1},
    {"fault": "commit_late", "seconds": 5, "answer_seconds": 0},
    {"fault": "garbage"},
    {"fault": "slow", "seconds": 3},
    {"fault": "rate_limit"},
)
_UNREAD: Sequence[Mapping[str, Any]] = (
    {"fault": "error_before"},
    {"fault": "drop"},
    {"fault": "garbage"},
    {"fault": "slow", "seconds": 3},
)
_LABEL: Sequence[Mapping[str, Any]] = (*_UNREAD, {"fault": "late_label"}, {"fault": "empty_label"})
_BY_OPERATION: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "intigo": {
        "create": (*_LOST, {"fault": "refuse"}, {"fault": "success_without_nid"}),
        "create_batch": (*_LOST, {"fault": "refuse"}, {"fault": "reorder"}),
        "find": _UNREAD,
        "label": _LABEL,
        "labels": _LABEL,
    },
    "parcel2go": {
        "create_order": (*_LOST, {"fault": "reorder"}, {"fault": "without_id"}),
        "pay": _LOST,
        "read_order": _UNREAD,
        "labels": _LABEL,
        "tracking": _UNREAD,
    },
    "ecotrack": {
        "create": (*_LOST, {"fault": "without_tracking"}),
        "validate": _LOST,
        "delete": _LOST,
        "orders": _UNREAD,
        "statuses": _UNREAD,
        "label": _LABEL,
    },
    "ingrid": {
        "push": (
            {"fault": "error_before"},
            {"fault": "drop"},
            {"fault": "error_after"},
            {"fault": "slow", "seconds": 2},
        )
    },
}


class Troubles:
    """Go on until told to stop; what was killed is counted."""

    def __init__(self, stage: Stage, chance: random.Random, stop: threading.Event) -> None:
        self._stage = stage
        self._chance = chance
        self._stop = stop
        self.kills: Counter[str] = Counter()

    def kill(self, number: int, seconds: float) -> None:
        """So many processes in so many seconds, at random."""
        chance = random.Random(self._chance.random())  # noqa: S311  not for secrets
        for _ in range(number):
            if self._stop.wait(seconds / number * chance.uniform(1 - KILLS_APART, 1 + KILLS_APART)):
                return
            while (killed := self._stage.kill_something(chance)) is None:
                if self._stop.wait(NOBODY_UP_SECONDS):
                    return
            self.kills[killed] += 1

    def script_faults(self) -> None:
        """One after the other, each for the next call that it fits."""
        chance = random.Random(self._chance.random())  # noqa: S311  not for secrets
        while not self._stop.wait(FAULTS_EVERY_SECONDS):
            system = chance.choice([*_BY_OPERATION])
            operation = chance.choice([*_BY_OPERATION[system]])
            fault = chance.choice(_BY_OPERATION[system][operation])
            self._stage.control({"system": system, "operation": operation, **fault})

    def restart_database(self, restart: Callable[[], None], number: int, seconds: float) -> None:
        """So many times in so many seconds."""
        for _ in range(number):
            if self._stop.wait(seconds / (number + 1)):
                return
            restart()
            self.kills["database"] += 1
