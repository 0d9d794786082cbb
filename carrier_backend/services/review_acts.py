"""Who did what, when and why: the trail of operators' acts, newest first."""

from dataclasses import dataclass

from carrier_backend.storage import trail
from carrier_backend.storage.store import Store
from carrier_backend.storage.trail import NotedAct

PAGE = 50


@dataclass(frozen=True, slots=True)
class ActPage:
    """Some of the acts, newest first; `next` names where the following ones begin, if there are any."""

    items: tuple[NotedAct, ...]
    next: str | None


class ReviewActs:
    """Read the trail; nothing else than acts themselves adds to it, and nothing changes it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(
        self, *, operator: str | None = None, subject: str | None = None, cursor: str | None = None
    ) -> ActPage:
        """A page of the acts of an operator, to a subject, or of all."""
        with self._store.read() as unit:
            acts = trail.newest(unit, operator, subject, int(cursor) if cursor else None, PAGE + 1)
        items = tuple(acts[:PAGE])
        return ActPage(items, str(items[-1].id) if len(acts) > PAGE else None)
