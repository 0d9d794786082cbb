"""A bulkhead: only so many threads of a process wait for one courier, so that the others are served by the rest."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from carrier_backend.domain.errors import Busy

PATIENCE_SECONDS = 0.25
"""Short: whoever waits for a place holds a thread as well."""

_places: ContextVar[tuple[tuple[int, str], ...]] = ContextVar("places", default=())


def with_room_for_all(_: str) -> AbstractContextManager[None]:
    """ports.Bulkhead of a process that has a thread for each thing that it does, and holds up nobody's requests."""
    return nullcontext()


class Bulkhead:
    """So many places for each courier; whoever has one may go in again (see ports.Bulkhead)."""

    def __init__(self, places: int) -> None:
        self._number = places
        self._lock = threading.Lock()
        self._free: dict[str, threading.Semaphore] = {}

    @contextmanager
    def __call__(self, who: str) -> Iterator[None]:
        """Take a place; raises Busy where none becomes free in a moment."""
        place = (id(self), who)
        held = _places.get()
        if place in held:
            yield
            return
        free = self._of(who)
        if not free.acquire(timeout=PATIENCE_SECONDS):
            raise Busy(f"too many are waiting for {who} already")
        token = _places.set((*held, place))
        try:
            yield
        finally:
            _places.reset(token)
            free.release()

    def _of(self, who: str) -> threading.Semaphore:
        with self._lock:
            return self._free.setdefault(who, threading.Semaphore(self._number))
