"""What is seen of a day from the courier's side of the wire: how long nobody asked about a parcel, and every call."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import PreparedRequest, Response

from carrier_backend.couriers.ecotrack.translate import STATUSES
from carrier_backend.domain.lifecycle import FINAL, Status
from carrier_backend.simulator.mount import Mount
from carrier_backend.support.places import fold
from tests.fakes import FrozenClock

LATENCY = timedelta(milliseconds=400)


@dataclass
class Watch:
    """For each status, the silences in seconds that began when a parcel was seen in it."""

    silences: dict[Status, list[float]] = field(default_factory=lambda: defaultdict(list))
    _last: dict[str, tuple[datetime, Status]] = field(default_factory=dict)

    def saw(self, number: str, status: Status, at: datetime) -> None:
        """The parcel was found in that status, or came into it before our eyes."""
        self._silent(number, at)
        self._last[number] = (at, status)
        if status in FINAL:
            del self._last[number]

    def begin(self) -> None:
        """From now on silences are counted, those among them that last already."""
        self.silences.clear()

    def end(self, at: datetime) -> None:
        """What nobody asked about until now has been silent until now."""
        for number in self._last:
            self._silent(number, at)

    def _silent(self, number: str, until: datetime) -> None:
        if number in self._last:
            since, status = self._last[number]
            self.silences[status].append((until - since).total_seconds())


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that the tenant noted: when each came, what for, and how it was answered."""

    moments: Sequence[float]
    kinds: Sequence[str]
    statuses: Sequence[int]

    @classmethod
    def noted(cls, calls: Sequence[Mapping[str, Any]], since: datetime) -> "Calls":
        """Those since that moment, in the order in which they came."""
        counted = [call for call in calls if datetime.fromisoformat(call["at"]) >= since]
        moments = [datetime.fromisoformat(call["at"]).timestamp() for call in counted]
        return cls(moments, [call["operation"] for call in counted], [call["status"] for call in counted])

    def worst(self, span: timedelta) -> int:
        """The most calls within any span of that length, both of its ends included."""
        ends = (bisect_right(self.moments, first + span.total_seconds()) for first in self.moments)
        return max((end - place for place, end in enumerate(ends)), default=0)


class WatchedMount(Mount):
    """The simulator in an HTTP session, as far away as it is in life, and watched."""

    def __init__(self, app: Any, clock: FrozenClock, watch: Watch) -> None:
        super().__init__(app)
        self._clock = clock
        self._watch = watch

    def send(self, request: PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any) -> Response:
        self._clock.advance(LATENCY / 2)
        response = super().send(request, stream, timeout)
        address = urlsplit(request.url or "")
        if address.path.endswith("/get/orders/status") and response.status_code == 200:
            self._note_statuses(parse_qs(address.query)["trackings"][0].split(","), response)
        self._clock.advance(LATENCY / 2)
        return response

    def _note_statuses(self, numbers: Sequence[str], response: Response) -> None:
        told = response.json()["data"]
        for number in numbers:
            self._watch.saw(number, STATUSES[fold(told[number]["status"])], self._clock.now())
