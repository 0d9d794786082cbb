"""A call with a quota goes out only while there is room, and what answers tell of it is learned."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from carrier_backend.domain.errors import Busy, Declined, Unreachable, Unsure
from carrier_backend.domain.quotas import Admission, Allowance, Quota, Urgency
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call
from carrier_backend.support.http import Http
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.fakes import FrozenClock
from tests.support.conftest import Serve
from tests.support.loopback import Counterpart, resets, response, says

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUOTA = Quota("an account", ((HOUR, 1500), (MINUTE, 50)))


class Waited(MemoryCalls):
    """There is room once so many seconds were waited."""

    def __init__(self, clock: FrozenClock, seconds: float) -> None:
        super().__init__(clock)
        self._from = clock.now() + timedelta(seconds=seconds)

    def admit(self, quota: Quota, urgency: Urgency) -> Admission:
        seconds = (self._from - self._clock.now()).total_seconds()
        return Admission(None, seconds) if seconds > 0 else super().admit(quota, urgency)


class Away(MemoryCalls):
    """The database is not answering."""

    def over(self, *_: Any) -> None:
        raise Busy("the database is not answering")


@pytest.fixture
def calls(clock: FrozenClock) -> MemoryCalls:
    return MemoryCalls(clock)


def an_http(session: requests.Session, clock: FrozenClock, calls: MemoryCalls) -> Http:
    return Http(session, BoundsContext(clock), clock, calls, a_breaker(clock), Bulkhead(8), MemoryExchanges())


def a_call(counterpart: Counterpart, **changes: Any) -> Call:
    call = Call("ecotrack", "create order", "POST", counterpart.url, writes=True, quota=QUOTA, seconds=12)
    return replace(call, **changes)


def test_a_call_without_quota_is_nobodys_to_admit(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls
) -> None:
    an_http(session, clock, calls).send(a_call(serve(says(response())), quota=None))
    assert calls.admitted == []


@pytest.mark.parametrize("urgency", Urgency)
def test_a_call_is_counted_before_it_is_made(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls, urgency: Urgency
) -> None:
    an_http(session, clock, calls).send(a_call(serve(says(response())), urgency=urgency))
    assert (calls.admitted, calls.ended) == ([urgency], 1)


@pytest.mark.parametrize("urgency", Urgency)
def test_a_call_that_there_is_no_time_for_is_not_counted(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls, urgency: Urgency
) -> None:
    http, call = an_http(session, clock, calls), a_call(serve(says(response())), urgency=urgency)
    with BoundsContext(clock)(seconds=5):
        clock.advance(timedelta(seconds=5))
        with pytest.raises(Unreachable, match="no time was left"):
            http.send(call)
    assert calls.admitted == []


@pytest.mark.parametrize("urgency", [Urgency.SOON, Urgency.SPARE])
def test_what_can_wait_is_put_off_without_a_call(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls, urgency: Urgency
) -> None:
    ecotrack = serve(says(response()))
    calls.rooms, calls.wait_seconds = {Urgency.NOW}, 7
    with pytest.raises(Unreachable, match="no call is left") as put_off:
        an_http(session, clock, calls).send(a_call(ecotrack, urgency=urgency))
    assert (put_off.value.retry_after_seconds, ecotrack.requests) == (7, [])


def test_what_is_urgent_waits_for_room(serve: Serve, session: requests.Session, clock: FrozenClock) -> None:
    began = clock.monotonic()
    with BoundsContext(clock)(seconds=20):
        an_http(session, clock, Waited(clock, seconds=8)).send(a_call(serve(says(response()))))
    assert clock.monotonic() - began == 8


@pytest.mark.parametrize(("bound", "is_waited_for"), [(20, True), (15, True), (14.9, False)])
def test_waiting_leaves_time_for_the_call(
    serve: Serve, session: requests.Session, clock: FrozenClock, bound: float, is_waited_for: bool
) -> None:
    ecotrack = serve(says(response()))
    with BoundsContext(clock)(seconds=bound):
        if is_waited_for:
            an_http(session, clock, Waited(clock, seconds=10)).send(a_call(ecotrack))
        else:
            with pytest.raises(Unreachable):
                an_http(session, clock, Waited(clock, seconds=10)).send(a_call(ecotrack))
    assert len(ecotrack.requests) == is_waited_for


def test_a_wait_of_hours_is_not_passed_on_whole(serve: Serve, session: requests.Session, clock: FrozenClock) -> None:
    with pytest.raises(Unreachable) as put_off:
        an_http(session, clock, Waited(clock, seconds=9_000)).send(a_call(serve(says(response()))))
    assert put_off.value.retry_after_seconds == 15 * 60


def test_without_a_database_to_count_in_nothing_is_sent(
    serve: Serve, session: requests.Session, clock: FrozenClock
) -> None:
    class Nowhere(MemoryCalls):
        def admit(self, quota: Quota, urgency: Urgency) -> Admission:
            raise Busy("the database is not answering", 5)

    ecotrack = serve(says(response()))
    with pytest.raises(Unreachable, match="nothing was sent") as put_off:
        an_http(session, clock, Nowhere(clock)).send(a_call(ecotrack))
    assert (put_off.value.retry_after_seconds, ecotrack.requests) == (5, [])


def test_an_answer_is_worth_more_than_what_it_tells_of_the_quota(
    serve: Serve, session: requests.Session, clock: FrozenClock
) -> None:
    reply = an_http(session, clock, Away(clock)).send(a_call(serve(says(response(201)))))
    assert reply.status == 201


def test_what_an_answer_tells_is_learned(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls
) -> None:
    told = Allowance(MINUTE, 49, clock.now() + MINUTE)
    an_http(session, clock, calls).send(a_call(serve(says(response())), allowances=lambda _: [told]))
    assert calls.told == [told]


def test_a_no_is_learned_from_as_well(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls
) -> None:
    told = Allowance(MINUTE, 49, clock.now() + MINUTE)
    with pytest.raises(Declined):
        an_http(session, clock, calls).send(a_call(serve(says(response(422))), allowances=lambda _: [told]))
    assert calls.told == [told]


def test_a_call_whose_answer_is_lost_has_come_to_its_end_too(
    serve: Serve, session: requests.Session, clock: FrozenClock, calls: MemoryCalls
) -> None:
    with pytest.raises(Unsure):
        an_http(session, clock, calls).send(a_call(serve(resets)))
    assert calls.ended == 1


@pytest.mark.parametrize(("answer", "seconds"), [(response(429, Retry_After="17"), 17), (response(429), None)])
def test_too_many_calls_are_a_pause(
    serve: Serve,
    session: requests.Session,
    clock: FrozenClock,
    calls: MemoryCalls,
    answer: bytes,
    seconds: int | None,
) -> None:
    with pytest.raises(Unreachable):
        an_http(session, clock, calls).send(a_call(serve(says(answer))))
    until = None if seconds is None else clock.now() + timedelta(seconds=seconds)
    assert calls.told == [Allowance(MINUTE, 0, until)]


def test_what_is_left_can_be_asked(session: requests.Session, clock: FrozenClock, calls: MemoryCalls) -> None:
    assert an_http(session, clock, calls).left(QUOTA) == {MINUTE: 50, HOUR: 1500}


@pytest.mark.parametrize("seconds", [0, 5])
def test_who_had_to_wait_is_told_before_the_call_goes_out(
    serve: Serve, session: requests.Session, clock: FrozenClock, seconds: float
) -> None:
    ecotrack, told = serve(says(response())), []
    call = a_call(ecotrack, after_waiting=lambda: told.append((clock.now(), len(ecotrack.requests))))
    goes_out_at = clock.now() + timedelta(seconds=seconds)
    an_http(session, clock, Waited(clock, seconds)).send(call)
    assert told == ([(goes_out_at, 0)] if seconds else [])
