"""Numbers that operators watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with a name, what it counts, and what tells it from others of that name."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    is_total: bool = False
    """Whether it only ever grows."""
