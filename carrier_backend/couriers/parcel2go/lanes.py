"""What is offered on a lane, remembered: a shopper is answered from here, and never waits for long.

A stale answer serves while one thread fetches a new one; where there is none at all, its end is waited for briefly.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import structlog

from carrier_backend.couriers.parcel2go.offers import Offer
from carrier_backend.domain.errors import CarrierError
from carrier_backend.ports import Clock

FRESH_SECONDS = 15 * 60
STALE_SECONDS = 6 * 60 * 60
FAILURE_SECONDS = 30
PATIENCE_SECONDS = 1.2  # a shopper has 1.5 for everything
MOST_LANES = 10_000
MOST_FETCHES = 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a lane comes down to: the offer that is taken; else why none is, empty where nobody goes there at all."""

    offer: Offer | None
    lack: str = ""


Fetch = Callable[[], Offered]


@dataclass(slots=True)
class _Lane:
    offered: Offered | None = None
    fetched_at: float = float("-inf")
    failed_at: float = float("-inf")
    arrived: threading.Event = field(default_factory=threading.Event)
    is_being_fetched: bool = False


class Lanes:
    """The lanes asked for last; shared by all threads."""

    def __init__(self, clock: Clock, patience_seconds: float = PATIENCE_SECONDS, most_lanes: int = MOST_LANES) -> None:
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._most_lanes = most_lanes
        self._lock = threading.Lock()
        self._lanes: OrderedDict[Hashable, _Lane] = OrderedDict()
        self._fetches = 0

    def offered(self, key: Hashable, fetch: Fetch) -> Offered | None:
        """What is offered there; None where nobody said so in time."""
        lane, now = self._lane(key), self._clock.monotonic()
        if now - lane.fetched_at >= FRESH_SECONDS and now - lane.failed_at >= FAILURE_SECONDS:
            self._refresh(lane, fetch)
        if lane.offered is None and lane.is_being_fetched:
            lane.arrived.wait(self._patience_seconds)
        is_usable = self._clock.monotonic() - lane.fetched_at < STALE_SECONDS
        return lane.offered if is_usable else None

    def _lane(self, key: Hashable) -> _Lane:
        with self._lock:
            lane = self._lanes.setdefault(key, _Lane())
            self._lanes.move_to_end(key)
            while len(self._lanes) > self._most_lanes:
                self._lanes.popitem(last=False)
            return lane

    def _refresh(self, lane: _Lane, fetch: Fetch) -> None:
        with self._lock:
            if lane.is_being_fetched or self._fetches >= MOST_FETCHES:
                return
            lane.is_being_fetched = True
            lane.arrived.clear()
            self._fetches += 1
        # A thread of its own: it outlives the shopper's patience, and bears none of their deadline.
        threading.Thread(target=self._fetch, args=(lane, fetch), daemon=True, name="parcel2go-quotes").start()

    def _fetch(self, lane: _Lane, fetch: Fetch) -> None:
        try:
            offered = fetch()
            lane.offered, lane.fetched_at = offered, self._clock.monotonic()
        except CarrierError as error:  # one postcode that they cannot read says nothing of the others on its lane
            lane.failed_at = self._clock.monotonic()
            log.warning("no quotes came", who="parcel2go", error=type(error).__name__)
        finally:
            with self._lock:
                lane.is_being_fetched = False
                self._fetches -= 1
            lane.arrived.set()
