"""In which ways the ledgers may disagree."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """In which way the ledgers disagree."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    UNEXPECTED = "unexpected"
    MISLABELLED = "mislabelled"
    ANSWERED_OTHERWISE = "answered otherwise"
    REFUSED_WITHOUT_CAUSE = "refused without cause"
    EVENT_LOST = "events lost"
    EVENT_DUPLICATED = "events duplicated too often"
    EVENT_UNEXPECTED = "events unexpected"
    ORDER = "order violations"


@dataclass(frozen=True, slots=True)
class Violation:
    """One disagreement, and about whom."""

    kind: Kind
    whom: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.whom}: {self.what}"
