"""What a call sends, what it gives back, and the verdict on everything that may come instead."""

import gzip
import logging
import re
import socket
import traceback
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from carrier_backend.domain.errors import (
    CounterpartError,
    Declined,
    LockedOut,
    Malformed,
    OutOfQuota,
    Unanswered,
    Unreachable,
    Unsure,
)
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.support.conftest import Serve
from tests.support.loopback import (
    Answer,
    Counterpart,
    drips,
    hang_up,
    resets,
    response,
    says,
    says_nothing,
)

BODY = '{"city":"Béja","note":"قرطاج 🎁","amount":136.0}'.encode()


def a_write(counterpart: Counterpart, seconds: float = 5) -> Call:
    return Call("intigo", "create parcel", "POST", counterpart.url, writes=True, body=BODY, seconds=seconds)


def a_read(counterpart: Counterpart, seconds: float = 5) -> Call:
    return Call("intigo", "list regions", "GET", counterpart.url, writes=False, seconds=seconds)


def test_an_answer_comes_back_whole(serve: Serve, http: Http) -> None:
    intigo = serve(says(response(201, b'{"nid": 7}', X_Quota="49")))
    reply = http.send(a_write(intigo))
    assert (reply.status, reply.json(), reply.headers["x-quota"]) == (201, {"nid": 7}, "49")


@pytest.mark.parametrize("url", ["http://[::1", "http://courier.example:99999/parcels", "courier.example/parcels"])
@pytest.mark.parametrize("writes", [True, False])
def test_an_address_that_is_none_had_nothing_sent_to_it(http: Http, url: str, writes: bool) -> None:
    with pytest.raises(Unanswered, match="nothing was sent"):
        http.send(Call("intigo", "list regions", "GET", url, writes=writes))


@pytest.mark.parametrize("key", ["a\nb", "ключ", " b"])
@pytest.mark.parametrize("writes", [True, False])
def test_a_key_that_cannot_be_sent_is_ours_to_mend(serve: Serve, http: Http, key: str, writes: bool) -> None:
    intigo = serve(says(response()))
    call = Call("intigo", "create", "POST", intigo.url, writes=writes, headers={"Authorization": key})
    with pytest.raises(LockedOut, match="nothing was sent: a credential cannot stand in a header"):
        http.send(call)
    assert intigo.requests == []


def test_the_exact_bytes_are_sent(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    http.send(a_write(intigo))
    assert intigo.requests[0].partition(b"\r\n\r\n")[2] == BODY


@pytest.mark.parametrize("answer", [says(response()), hang_up])
def test_a_call_passes_a_crash_point_on_each_side_whatever_comes_of_it(
    serve: Serve, session: requests.Session, bounds: BoundsContext, answer: Answer
) -> None:
    intigo, passed = serve(answer), list[tuple[str, int]]()
    clock = SystemClock()
    calls, breaker = MemoryCalls(clock), a_breaker(clock)

    def pass_point(point: str) -> None:
        passed.append((point, len(intigo.requests)))

    http = Http(session, bounds, clock, calls, breaker, Bulkhead(8), MemoryExchanges(), pass_point=pass_point)
    with suppress(Unsure):
        http.send(a_write(intigo))
    assert passed == [("before:intigo/create parcel", 0), ("after:intigo/create parcel", 1)]


def test_parameters_are_quoted(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    http.send(replace(a_read(intigo), params=[("q", "L'Aïn & Cie"), ("q", "2")]))
    assert intigo.requests[0].startswith(b"GET /parcels?q=L%27A%C3%AFn+%26+Cie&q=2 HTTP/1.1\r\n")


def test_no_compression_is_asked_for(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    http.send(a_read(intigo))
    assert b"\r\nAccept-Encoding: identity\r\n" in intigo.requests[0]


def test_the_trace_id_goes_along(serve: Serve, http: Http, bounds: BoundsContext) -> None:
    intigo = serve(says(response()))
    with bounds(trace_id="ABC-1", seconds=5):
        http.send(a_read(intigo))
    assert b"\r\nx-trace-id: ABC-1\r\n" in intigo.requests[0]


def test_outside_any_bounds_a_call_has_a_trace_id_of_its_own(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    http.send(a_read(intigo))
    assert re.search(rb"(?i)\r\nx-trace-id: [0-9a-f]{32}\r\n", intigo.requests[0])


@pytest.mark.parametrize(
    ("status", "on_a_write", "on_a_read"),
    [
        (302, Unsure, Unreachable),
        (304, Unsure, Unreachable),
        (400, Declined, Declined),
        (401, LockedOut, LockedOut),
        (402, LockedOut, LockedOut),
        (403, LockedOut, LockedOut),
        (404, Declined, Declined),
        (408, Unsure, Unreachable),
        (422, Declined, Declined),
        (425, Unreachable, Unreachable),
        (429, OutOfQuota, OutOfQuota),
        (500, Unsure, Unreachable),
        (503, Unsure, Unreachable),
        (999, Unsure, Unreachable),
    ],
)
def test_every_status_has_its_verdict(
    serve: Serve,
    http: Http,
    status: int,
    on_a_write: type[CounterpartError],
    on_a_read: type[CounterpartError],
) -> None:
    intigo = serve(says(response(status)))
    for call, expected in ((a_write(intigo), on_a_write), (a_read(intigo), on_a_read)):
        with pytest.raises(CounterpartError) as caught:
            http.send(call)
        assert type(caught.value) is expected
        assert (caught.value.who, caught.value.operation) == ("intigo", call.operation)
    assert len(intigo.requests) == 2


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500])
def test_a_status_the_caller_asked_for_is_an_answer(serve: Serve, http: Http, status: int) -> None:
    intigo = serve(says(response(status, b"[]")))
    reply = http.send(replace(a_read(intigo), answers=frozenset({status})))
    assert (reply.status, reply.json()) == (status, [])


def test_a_no_comes_with_the_counterparts_own_reasons(serve: Serve, http: Http) -> None:
    intigo = serve(says(response(400, b'["phone1", "city"]')))
    call = replace(a_write(intigo), reasons=lambda reply: [reply.body.decode(), "and more"])
    with pytest.raises(Declined) as caught:
        http.send(call)
    assert caught.value.reasons == ('["phone1", "city"]', "and more")


@pytest.mark.parametrize("failure", ["unreadable", "malformed", "nothing"])
def test_a_no_whose_reasons_cannot_be_read_is_a_no_all_the_same(serve: Serve, http: Http, failure: str) -> None:
    def reasons(reply: Reply) -> list[str]:
        if failure == "nothing":
            return []
        raise Malformed("not JSON") if failure == "malformed" else reply.garbled("an HTML page")

    intigo = serve(says(response(422, b"<html>")))
    with pytest.raises(Declined) as caught:
        http.send(replace(a_write(intigo), reasons=reasons))
    assert caught.value.reasons == ("answered 422",)


@pytest.mark.parametrize(("body", "writes", "verdict"), [(b"<html>", True, Unsure), (b"", False, Unreachable)])
def test_an_answer_that_is_not_json_leaves_a_write_unsure(
    serve: Serve, http: Http, body: bytes, writes: bool, verdict: type[CounterpartError]
) -> None:
    intigo = serve(says(response(200, body)))
    reply = http.send(a_write(intigo) if writes else a_read(intigo))
    with pytest.raises(verdict):
        reply.json()


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_they_ask_for_is_passed_on_but_never_longer_than_15_minutes(
    serve: Serve, http: Http, status: int
) -> None:
    intigo = serve(says(response(status, Retry_After="999999999")))
    with pytest.raises(CounterpartError) as caught:
        http.send(a_write(intigo))
    assert caught.value.retry_after_seconds == 900


def test_a_lost_answer_leaves_a_write_unsure_and_a_read_repeatable(serve: Serve, http: Http) -> None:
    intigo = serve(says_nothing)
    with pytest.raises(Unsure):
        http.send(a_write(intigo, seconds=0.3))
    with pytest.raises(Unreachable):
        http.send(a_read(intigo, seconds=0.3))


@pytest.mark.parametrize(
    ("promptly", "dripped"),
    [
        (b"", response()),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 99 + b"\r\nContent-Length: 2\r\n\r\n{}"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + response()),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"[" + b" " * 97 + b"]"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 20 + b"0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"[" + b" " * 97 + b"]"),
    ],
    ids=["everything", "a header", "interim answers", "the body", "chunks", "a body of no stated length"],
)
def test_dripping_the_answer_gains_no_time(serve: Serve, http: Http, promptly: bytes, dripped: bytes) -> None:
    # Told within half a second or more, at 10 ms a byte: no single pause is ever too long.
    intigo = serve(drips(dripped, promptly))
    with pytest.raises(Unsure):
        http.send(a_write(intigo, seconds=0.3))


def test_a_pause_is_cut_short_where_the_deadline_falls_into_it(serve: Serve, http: Http) -> None:
    intigo = serve(drips(b"{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", seconds_a_byte=0.2))
    with pytest.raises(Unsure):
        http.send(a_write(intigo, seconds=0.3))


def test_flooding_gains_no_time_either(serve: Serve, http: Http) -> None:
    def floods(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 999)

    intigo = serve(floods)
    with pytest.raises(Unsure):
        http.send(a_write(intigo, seconds=0.3))


def test_the_bounds_shorten_a_calls_own_deadline(serve: Serve, http: Http, bounds: BoundsContext) -> None:
    intigo = serve(drips(response(), seconds_a_byte=0.02))
    with bounds(trace_id="T", seconds=0.2), pytest.raises(Unsure):
        http.send(a_write(intigo))


def test_without_time_left_nothing_is_sent(serve: Serve, http: Http, bounds: BoundsContext) -> None:
    intigo = serve(says(response()))
    with bounds(trace_id="T", seconds=0), pytest.raises(Unreachable, match="no time was left"):
        http.send(a_write(intigo))
    assert intigo.requests == []


def test_a_kept_connection_gives_every_call_its_own_time(serve: Serve, http: Http) -> None:
    intigo = serve(drips(b"{}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", seconds_a_byte=0.2))
    for _ in range(2):
        http.send(a_write(intigo, seconds=0.6))
    assert (len(intigo.requests), len(intigo.connections)) == (2, 1)


def test_where_nobody_listens_nothing_was_done(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    call = Call("intigo", "create parcel", "POST", f"http://127.0.0.1:{port}/", writes=True)
    with pytest.raises(Unreachable) as caught:
        http.send(call)
    assert str(caught.value) == "intigo (create parcel): nothing was sent (ConnectionRefusedError)"
    assert caught.value.__context__ is None  # which would show the address in a traceback


@pytest.mark.parametrize("url", ["ftp://intigo.tn/", "intigo.tn", "https://", f"https://{'a' * 64}.tn/"])
def test_an_address_that_is_none_is_never_called(http: Http, url: str) -> None:
    with pytest.raises(Unreachable, match="nothing was sent"):
        http.send(Call("intigo", "create parcel", "POST", url, writes=True))


BROKEN: dict[str, Answer] = {
    "reset": resets,
    "hung up": hang_up,
    "cut short": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", then_hangs_up=True),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "no chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "endless chunk line": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 999_999),
    "headers without end": says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999 + b"\r\n"),
    "endless header": says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99_999 + b"\r\n\r\n"),
    "not gzip": says(response(200, b"no gzip at all", Content_Encoding="gzip")),
    "not HTTP": says(b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_leaves_a_write_unsure_after_one_attempt(serve: Serve, http: Http, how: str) -> None:
    intigo = serve(BROKEN[how])
    with pytest.raises(Unsure, match="no whole answer came"):
        http.send(a_write(intigo))
    assert len(intigo.requests) == 1


def test_a_kept_connection_that_closes_under_a_write_leaves_it_unsure(serve: Serve, http: Http) -> None:
    def answers_once(connection: socket.socket) -> None:
        if len(intigo.requests) == 1:
            connection.sendall(response())
        else:
            resets(connection)

    intigo = serve(answers_once)
    http.send(a_write(intigo))
    with pytest.raises(Unsure):
        http.send(a_write(intigo))
    assert (len(intigo.requests), len(intigo.connections)) == (2, 1)


def test_a_connection_closed_meanwhile_is_opened_anew(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    http.send(a_write(intigo))
    hang_up(intigo.connections[0])
    http.send(a_write(intigo))
    assert (len(intigo.requests), len(intigo.connections)) == (2, 2)


@pytest.mark.parametrize("status", [200, 302, 500])
@pytest.mark.parametrize("form", ["announced", "endless", "compressed"])
def test_an_endless_answer_is_cut_off_in_little_memory(serve: Serve, http: Http, status: int, form: str) -> None:
    intigo = serve(says(_a_flood(status, form)))
    tracemalloc.start()
    with pytest.raises(Unsure, match="longer than 1048576 bytes"):
        http.send(a_write(intigo))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def _a_flood(status: int, form: str) -> bytes:
    zeros = bytes(16 * 1024 * 1024)
    headers = {"Location": "/elsewhere"}
    match form:
        case "announced":
            return response(status, zeros, **headers)
        case "compressed":
            return response(status, gzip.compress(zeros, 1), Content_Encoding="gzip", **headers)
    head = f"HTTP/1.1 {status} OK\r\nLocation: /elsewhere\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + (b"10000\r\n" + zeros[:65536] + b"\r\n") * 256


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(serve: Serve, http: Http, status: int) -> None:
    stranger = serve(says(response()))
    intigo = serve(says(response(status, Location=stranger.url)))
    with pytest.raises(Unsure, match=f"answered {status}"):
        http.send(a_write(intigo))
    with pytest.raises(Unreachable, match="not followed"):
        http.send(a_read(intigo))
    assert stranger.requests == []


def test_the_environment_has_no_say(serve: Serve, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stranger, intigo = serve(says(response())), serve(says(response()))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, stranger.url)
    http.send(replace(a_write(intigo), headers={"Authorization": "our-key"}))
    assert stranger.requests == []
    assert b"\r\nAuthorization: our-key\r\n" in intigo.requests[0]


def test_cookies_of_one_account_do_not_reach_the_next(serve: Serve, http: Http) -> None:
    intigo = serve(says(response(Set_Cookie="account=first; Path=/")))
    http.send(a_read(intigo))
    http.send(a_read(intigo))
    assert b"cookie" not in intigo.requests[1].lower()


def test_a_call_leaves_one_line_in_the_log(serve: Serve, http: Http, bounds: BoundsContext) -> None:
    intigo = serve(says(response(201)))
    with bounds(trace_id="T-1", seconds=5), capture_logs([merge_contextvars]) as lines:
        http.send(a_write(intigo))
    assert lines == [
        {
            "log_level": "info",
            "event": "called",
            "who": "intigo",
            "operation": "create parcel",
            "status": 201,
            "milliseconds": lines[0]["milliseconds"],
            "trace_id": "T-1",
        }
    ]


@pytest.mark.parametrize(
    ("status", "level", "verdict", "reason"),
    [
        (401, "error", "LockedOut", "answered 401"),
        (500, "warning", "Unsure", "answered 500"),
        (422, "warning", "Declined", None),
    ],
)
def test_a_failure_is_logged_with_its_verdict_and_louder_when_it_is_ours_to_mend(
    serve: Serve, http: Http, status: int, level: str, verdict: str, reason: str | None
) -> None:
    intigo = serve(says(response(status)))
    with capture_logs() as lines, pytest.raises(CounterpartError):
        http.send(replace(a_write(intigo), reasons=lambda _: ["Mrs Ben Salah does not live here"]))
    [line] = lines
    assert (line["log_level"], line["verdict"], line["reason"], line["status"]) == (
        level,
        verdict,
        reason,
        status,
    )


INDISCREET: dict[str, Answer] = {
    "reset": resets,
    "not HTTP": says(b"nonsense\r\n\r\n"),
    "a header without a name": says(b"HTTP/1.1 200 OK\r\n: bad\r\n\r\n"),
}


@pytest.mark.parametrize("how", INDISCREET)
def test_neither_errors_nor_logs_hold_addresses_or_what_stands_in_them(
    serve: Serve, http: Http, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.DEBUG)
    intigo = serve(INDISCREET[how])
    call = replace(a_write(intigo, seconds=0.5), params=[("api_token", "geheim"), ("nom", "Salah")])
    with capture_logs() as lines, pytest.raises(CounterpartError) as caught:
        http.send(call)
    everything = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(lines) + repr(call)
    assert not [secret for secret in ("geheim", "Salah", "127.0.0.1", "/parcels") if secret in everything]
