"""Every call is counted, by whom it was to and what came of it: those that never went out, too."""

from contextlib import suppress
from datetime import timedelta

import pytest
import requests

from carrier_backend.domain.errors import CarrierError
from carrier_backend.domain.quotas import Quota
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from carrier_backend.support.tally import CallTally
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.support.conftest import Serve
from tests.support.loopback import hang_up, response, says

REFUSING = "http://127.0.0.1:1"  # a port that nobody listens at


class Counting:
    """Makes calls, and tells what they were counted as."""

    def __init__(self, session: requests.Session, bounds: BoundsContext) -> None:
        clock = SystemClock()
        self.allowed = MemoryCalls(clock)
        self._tally = CallTally()
        breaker, exchanges = a_breaker(clock), MemoryExchanges()
        self._http = Http(
            session, bounds, clock, self.allowed, breaker, Bulkhead(8), exchanges, count=self._tally.count
        )

    def counted(self, url: str, *, writes: bool = False, quota: Quota | None = None) -> list[str]:
        call = Call("intigo", "create parcel", "POST", f"{url}/parcels", writes=writes, quota=quota, seconds=5)
        with suppress(CarrierError):
            self._http.send(call)
        taken = self._tally.take()
        assert all(who == "intigo" for who, _ in taken)
        return [outcome for (_, outcome), times in taken.items() for _ in range(times)]


@pytest.fixture
def counting(session: requests.Session, bounds: BoundsContext) -> Counting:
    return Counting(session, bounds)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(201, "Answered"), (401, "LockedOut"), (422, "Declined"), (429, "OutOfQuota"), (503, "Unreachable")],
)
def test_an_answer_is_counted_by_what_it_means(serve: Serve, counting: Counting, status: int, outcome: str) -> None:
    assert counting.counted(serve(says(response(status=status))).url) == [outcome]


def test_no_answer_is_doubt_for_a_write_alone(serve: Serve, counting: Counting) -> None:
    assert counting.counted(serve(hang_up).url, writes=True) == ["Unsure"]
    assert counting.counted(serve(hang_up).url) == ["Unanswered"]
    assert counting.counted(REFUSING, writes=True) == ["Unanswered"]


def test_a_call_that_no_quota_is_left_for_is_counted(counting: Counting) -> None:
    counting.allowed.rooms.clear()
    counting.allowed.wait_seconds = 60
    assert counting.counted(REFUSING, quota=Quota("shared", ((timedelta(minutes=1), 1),))) == ["OutOfQuota"]
