"""Every call that went out is recorded, whatever came of it, and nothing in it that could tell too much."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from carrier_backend.domain.errors import CounterpartError
from carrier_backend.domain.exchanges import Heading
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.call import Call
from carrier_backend.support.http import Http
from tests.couriers.fakes import MemoryExchanges
from tests.support.conftest import Serve
from tests.support.loopback import Answer, Counterpart, hang_up, response, says

SECRET = "a-secret-of-ours"


def a_call(counterpart: Counterpart) -> Call:
    return Call(
        "courier",
        "create parcel",
        "POST",
        f"{counterpart.url}/7",
        writes=True,
        headers={"Authorization": f"Bearer {SECRET}"},
        params=[("token", SECRET), ("page", "2")],
        body=b'{"nid":"7","name":"Amira"}',
        seconds=5,
        shown=frozenset({"nid", "page"}),
    )


def test_a_call_is_recorded_with_what_may_be_kept_of_it(
    serve: Serve, http: Http, bounds: BoundsContext, exchanges: MemoryExchanges
) -> None:
    with bounds(trace_id="ABC-1", seconds=5):
        http.send(a_call(serve(says(response(201, b'{"nid":"8","for":"Amira"}', Retry_After="7")))))
    (kept,) = exchanges.recorded
    assert (kept.heading, kept.who, kept.operation, kept.trace_id) == (Heading.OUT, "courier", "create parcel", "ABC-1")
    assert (kept.method, kept.path, kept.status, kept.verdict) == ("POST", "/parcels/7", 201, None)
    assert json.loads(kept.request or "") == {
        "query": {"token": "[withheld]", "page": "2"},
        "body": {"nid": "7", "name": "[withheld]"},
    }
    assert json.loads(kept.response or "")["body"] == {"nid": "8", "for": "[withheld]"}
    assert json.loads(kept.response or "")["headers"] == {"retry-after": "7"}
    assert SECRET not in repr(kept)


@pytest.mark.parametrize(
    ("answer", "status", "verdict"),
    [
        (says(response(400)), 400, "Declined"),
        (says(response(500)), 500, "Unsure"),
        (says(response(401)), 401, "LockedOut"),
        (says(response(429)), 429, "OutOfQuota"),
        (hang_up, None, "Unsure"),
    ],
)
def test_a_call_that_failed_is_recorded_with_its_verdict(
    serve: Serve, http: Http, exchanges: MemoryExchanges, answer: Answer, status: int | None, verdict: str
) -> None:
    with suppress(CounterpartError):
        http.send(a_call(serve(answer)))
    (kept,) = exchanges.recorded
    assert (kept.status, kept.verdict, kept.request is None) == (status, verdict, False)


def test_of_a_call_for_a_token_neither_request_nor_answer_is_kept(
    serve: Serve, http: Http, exchanges: MemoryExchanges
) -> None:
    http.send(replace(a_call(serve(says(response(200, b'{"access_token":"t"}')))), shown=None))
    (kept,) = exchanges.recorded
    assert (kept.status, kept.request, kept.response) == (200, None, None)


def test_what_was_not_even_tried_is_not_recorded(
    serve: Serve, http: Http, bounds: BoundsContext, exchanges: MemoryExchanges
) -> None:
    with bounds(seconds=0), suppress(CounterpartError):
        http.send(a_call(serve(says(response()))))
    assert exchanges.recorded == []
