"""A client under test and the counterparts it calls."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Protocol

import pytest
import requests

from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.support.loopback import Answer, Counterpart


class Serve(Protocol):
    def __call__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> Counterpart: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts counterparts, and ends them when the test is over."""
    started: list[Counterpart] = []

    def start(answer: Answer, tls: ssl.SSLContext | None = None) -> Counterpart:
        started.append(Counterpart(answer, tls))
        return started[-1]

    yield start
    for counterpart in started:
        counterpart.close()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with closing(new_session()) as session:
        yield session


@pytest.fixture
def bounds() -> BoundsContext:
    return BoundsContext(SystemClock())


@pytest.fixture
def exchanges() -> MemoryExchanges:
    return MemoryExchanges()


@pytest.fixture
def http(session: requests.Session, bounds: BoundsContext, exchanges: MemoryExchanges) -> Http:
    clock = SystemClock()
    calls, breaker = MemoryCalls(clock), a_breaker(clock)
    return Http(session, bounds, clock, calls, breaker, Bulkhead(8), exchanges, body_limit_bytes=1024 * 1024)
