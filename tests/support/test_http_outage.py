"""A counterpart that fails is left alone, and one that hangs holds up no calls to others."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from carrier_backend.domain.errors import CarrierError, CounterpartError, Unreachable, Unsure
from carrier_backend.domain.quotas import Quota, Urgency
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call
from carrier_backend.support.http import Http
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.fakes import FrozenClock
from tests.support.conftest import Serve
from tests.support.loopback import Counterpart, response, says, says_nothing

PLACES = 4
QUOTA = Quota("an account", ((timedelta(minutes=1), 50),))


@pytest.fixture
def calls(clock: FrozenClock) -> MemoryCalls:
    return MemoryCalls(clock)


@pytest.fixture
def http(session: requests.Session, clock: FrozenClock, calls: MemoryCalls) -> Http:
    bounds = BoundsContext(clock)
    return Http(session, bounds, clock, calls, a_breaker(clock), Bulkhead(PLACES), MemoryExchanges())


def a_call(counterpart: Counterpart, **changes: Any) -> Call:
    call = Call("intigo", "create parcel", "POST", counterpart.url, writes=True, account="an account", seconds=12)
    return replace(call, **changes)


def fail(http: Http, call: Call, times: int = 10) -> list[type[CarrierError]]:
    errors: list[type[CarrierError]] = []
    for _ in range(times):
        with pytest.raises(CounterpartError) as caught:
            http.send(call)
        errors.append(type(caught.value))
    return errors


@pytest.mark.parametrize("writes", [True, False])
def test_a_courier_that_fails_is_not_called_for_a_while(serve: Serve, http: Http, writes: bool) -> None:
    intigo = serve(says(response(500)))
    fail(http, a_call(intigo))
    with pytest.raises(Unreachable, match="failed too often") as caught:
        http.send(a_call(intigo, writes=writes))
    assert (len(intigo.requests), caught.value.retry_after_seconds) == (10, 30)


def test_in_five_minutes_of_outage_it_sees_a_probe_each_half_minute(
    serve: Serve, http: Http, clock: FrozenClock
) -> None:
    intigo = serve(says(response(503)))
    for _ in range(300):
        fail(http, a_call(intigo), times=1)
        clock.advance(timedelta(seconds=1))
    assert len(intigo.requests) == 10 + 9


def test_after_an_answered_probe_all_calls_go_out(serve: Serve, http: Http, clock: FrozenClock) -> None:
    fail(http, a_call(serve(says(response(503)))))
    clock.advance(timedelta(seconds=30))
    intigo = serve(says(response()))
    for _ in range(5):
        http.send(a_call(intigo))
    assert len(intigo.requests) == 5


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_no_is_an_answer(serve: Serve, http: Http, status: int) -> None:
    intigo = serve(says(response(status)))
    fail(http, a_call(intigo), times=20)
    assert len(intigo.requests) == 20


def test_a_failure_that_the_caller_reads_is_an_answer(serve: Serve, http: Http) -> None:
    intigo = serve(says(response(500)))
    for _ in range(20):
        http.send(a_call(intigo, answers=frozenset({500})))
    assert len(intigo.requests) == 20


def test_another_account_is_called(serve: Serve, http: Http) -> None:
    fail(http, a_call(serve(says(response(500)))))
    http.send(a_call(serve(says(response())), account="another account"))


def test_who_was_given_no_time_to_answer_is_not_cut_off(serve: Serve, session: requests.Session) -> None:
    clock = FrozenClock()
    bounds = BoundsContext(clock)
    http = Http(session, bounds, clock, MemoryCalls(clock), a_breaker(clock), Bulkhead(PLACES), MemoryExchanges())
    intigo = serve(says_nothing)
    with bounds(seconds=0.01):
        assert set(fail(http, a_call(intigo), times=12)) == {Unsure}


def test_a_courier_that_hangs_leaves_threads_to_the_others(serve: Serve, http: Http) -> None:
    hangs, answers = serve(says_nothing), serve(says(response()))
    with ThreadPoolExecutor(2 * PLACES) as threads:
        hung = [threads.submit(fail, http, a_call(hangs, seconds=2), 1) for _ in range(2 * PLACES - 1)]
        for _ in range(20):
            http.send(a_call(answers, who="ecotrack", account="another account"))
        assert not all(call.done() for call in hung)
    verdicts = [verdict for call in hung for verdict in call.result()]
    assert (verdicts.count(Unsure), verdicts.count(Unreachable)) == (PLACES, PLACES - 1)


def test_what_is_not_for_a_courier_takes_no_place(serve: Serve, http: Http) -> None:
    all_are_there = threading.Barrier(PLACES + 1)

    def answer(connection: socket.socket) -> None:
        all_are_there.wait(5)
        connection.sendall(response())

    ingrid = serve(answer)
    with ThreadPoolExecutor(PLACES + 1) as threads:
        sent = [threads.submit(http.send, a_call(ingrid, who="ingrid", account=None)) for _ in range(PLACES + 1)]
    assert [call.result().status for call in sent] == [200] * (PLACES + 1)


def test_a_call_that_is_cut_off_uses_up_no_quota(serve: Serve, http: Http, calls: MemoryCalls) -> None:
    intigo = serve(says(response(500)))
    fail(http, a_call(intigo))
    fail(http, a_call(intigo, quota=QUOTA))
    assert calls.admitted == []


@pytest.mark.parametrize("urgency", [Urgency.SOON, Urgency.SPARE])
def test_who_has_no_quota_leaves_the_turn_to_who_has(
    serve: Serve, http: Http, calls: MemoryCalls, clock: FrozenClock, urgency: Urgency
) -> None:
    fail(http, a_call(serve(says(response(500)))))
    clock.advance(timedelta(seconds=30))
    calls.rooms = {Urgency.NOW}
    back = serve(says(response()))
    fail(http, a_call(back, writes=False, quota=QUOTA, urgency=urgency), times=1)
    http.send(a_call(back, quota=QUOTA))
    assert len(back.requests) == 1


def test_who_has_no_time_leaves_the_turn_to_who_has(serve: Serve, http: Http, clock: FrozenClock) -> None:
    fail(http, a_call(serve(says(response(500)))))
    with BoundsContext(clock)(seconds=30):
        clock.advance(timedelta(seconds=30))
        back = serve(says(response()))
        fail(http, a_call(back), times=1)
    http.send(a_call(back))
    assert len(back.requests) == 1
