"""A request is whole when its last byte is there, however it was cut on the way."""

from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import ParseException
from hypothesis import given
from hypothesis import strategies as st

from carrier_backend.arrivals import HEAD_LIMIT_BYTES, Arrival, BodyTooLong

GET = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /booking HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /booking HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO_IN_CHUNKS = CHUNKED + b"2\r\nhe\r\n3;of=five\r\nllo\r\n0\r\n\r\n"


def an_arrival() -> Arrival:
    arrival = Arrival(Config(), ("127.0.0.1", 50000))
    arrival.begin()
    return arrival


def pieces(request: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(request), *(cut % len(request) for cut in cuts)})
    return [request[start:end] for start, end in pairwise(places)]


@pytest.mark.parametrize("request_bytes", [GET, POST, HELLO_IN_CHUNKS])
@given(cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_it_is_whole_with_its_last_piece_and_not_before(request_bytes: bytes, cuts: list[int]) -> None:
    arrival = an_arrival()
    *others, last = pieces(request_bytes, cuts)
    assert not any(arrival.take(piece) for piece in others)
    assert arrival.take(last)


@pytest.mark.parametrize("request_bytes", [POST, HELLO_IN_CHUNKS])
def test_its_body_is_what_was_sent(request_bytes: bytes) -> None:
    arrival = an_arrival()
    arrival.take(request_bytes)
    assert next(arrival).body.read() == b"hello"


def test_what_comes_behind_it_begins_the_next() -> None:
    arrival = an_arrival()
    arrival.take(HELLO_IN_CHUNKS + POST)
    assert next(arrival).body.read() == b"hello"
    arrival.begin()
    assert arrival.take(b"")
    assert next(arrival).body.read() == b"hello"


@pytest.mark.parametrize(
    "refused",
    [
        b"GET /\r\n",
        b"GET / HTTP/1.1\nHost: here\n",
        b"GET / HTTP/1.1\r\nHost: here\n",
        b"GET /" + b"a" * 5000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD_LIMIT_BYTES,
        CHUNKED + b"five\r\n",
        CHUNKED + b"-5\r\n",
        CHUNKED + b"1" * 400,
        CHUNKED + b"2\r\nhello",
        CHUNKED + b"2\r\nhe\rllo",
        CHUNKED + b"0\r\nX-Trailer: 1\r\n",
    ],
)
def test_what_can_become_no_request_is_refused_without_waiting_for_its_end(refused: bytes) -> None:
    with pytest.raises(ParseException):
        an_arrival().take(refused)


def test_no_more_is_waited_for_than_may_come_and_the_connection_is_not_used_again() -> None:
    arrival = an_arrival()
    assert arrival.take(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n")
    assert next(arrival).should_close()


@pytest.mark.parametrize("sent", [b"100001\r\n", b"fffff\r\n" + b"a" * 0xFFFFF + b"\r\n2\r\n"])
def test_chunks_that_are_longer_together_than_may_come_are_refused_before_they_are_there(sent: bytes) -> None:
    with pytest.raises(BodyTooLong):
        an_arrival().take(CHUNKED + sent)


def test_chunks_are_put_together_before_anybody_reads_them() -> None:
    arrival = an_arrival()
    assert arrival.take(CHUNKED + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n" + GET)
    body = next(arrival).body
    assert isinstance(body.reader, LengthReader)  # gunicorn's reader of chunks would take seconds, and of 1 MiB minutes
    assert body.read() == b"a" * 10_000
    arrival.begin()
    assert arrival.take(b"")


def test_what_the_app_did_not_read_stands_in_nobodys_way() -> None:
    arrival = an_arrival()
    arrival.take(b"POST /booking HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\n\r\n" + b"a" * 900_000 + GET)
    next(arrival)
    assert arrival.finish_body()
    arrival.begin()
    assert arrival.take(b"")


def test_who_announces_more_than_may_come_is_not_asked_for_it() -> None:
    arrival = an_arrival()
    arrival.take(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    next(arrival)
    assert not arrival.is_waited_for()


def test_a_caller_who_waits_to_be_asked_for_the_body_is_asked_once() -> None:
    arrival = an_arrival()
    arrival.take(POST.removesuffix(b"hello").replace(b"Host", b"Expect: 100-continue\r\nHost"))
    assert (arrival.is_waited_for(), arrival.is_waited_for()) == (True, False)
