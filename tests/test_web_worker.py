"""The server takes slow, silent and malformed callers for what they are, and goes on answering others."""

import json
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from selectors import DefaultSelector
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from carrier_backend import gunicorn_settings
from carrier_backend.web_worker import LIFE_SECONDS_A_REQUEST, LOOK_EVERY_SECONDS, WebWorker

THREADS = 2
HELD_BYTES = 200_000
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
KEPT = HEALTH.replace(b"Connection: close\r\n", b"")
BODY = b"POST /echo HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
A_LOT = b"a" * 20_000_000
"""More than the kernel takes of an answer that nobody reads."""


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """What was sent comes back; at /slow later, and at /much a lot of it."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.5)
    body = A_LOT if environ["PATH_INFO"] == "/much" else environ["wsgi.input"].read() or b"ok"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


class Hurried(WebWorker):
    head_seconds, body_seconds, answer_seconds, farewell_seconds = 0.4, 0.8, 0.5, 0.3
    most_held_bytes = HELD_BYTES


class Server:
    """One such process, as far as it is ours: its loop, in a thread."""

    def __init__(self, connections: int, max_requests: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = self._listener.getsockname()
        cfg = Config()
        for name in ("limit_request_line", "limit_request_fields", "limit_request_field_size", "http_parser"):
            cfg.set(name, getattr(gunicorn_settings, name))
        cfg.set("threads", THREADS)
        cfg.set("keepalive", 1)
        cfg.set("worker_connections", connections)
        cfg.set("max_requests", max_requests)
        self._worker = Hurried(1, os.getppid(), [self._listener], None, 30, cfg, Logger(cfg))
        self._worker.tpool, self._worker.poller = self._worker.get_thread_pool(), DefaultSelector()
        self._worker.method_queue.init()
        self._worker.wsgi = app
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def connect(self, sent: bytes = b"", read_buffer: int | None = None) -> socket.socket:
        sock = socket.socket()
        if read_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
        sock.settimeout(5)
        try:
            sock.connect(self._address)
            sock.sendall(sent)
        except OSError:
            sock.close()
            raise
        return sock

    def ask(self, sent: bytes = HEALTH) -> bytes:
        """Everything that comes back until the connection is closed."""
        with self.connect(sent) as sock:
            return all_of(sock)

    def pause(self, seconds: float) -> None:
        """Have it look at nothing for a while, and then at all that came in the meantime."""
        self._worker.method_queue.defer(time.sleep, seconds)
        time.sleep(seconds / 4)

    def is_ending(self) -> bool:
        return not self._worker.alive

    def end(self) -> None:
        """End it; whatever befell it, nobody and nothing is counted twice."""
        self._worker.alive = False
        self._worker.method_queue.defer(lambda: None)  # so that it looks
        self._thread.join()
        self._worker.tmp.close()
        assert (self._worker.nr_conns, self._worker._held_bytes) == (0, 0)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(connections=60)
    yield server
    server.end()


@pytest.fixture
def small_server() -> Iterator[Server]:
    server = Server(connections=10)
    yield server
    server.end()


def all_of(sock: socket.socket) -> bytes:
    answer = b""
    with suppress(ConnectionResetError):
        while data := sock.recv(65536):
            answer += data
    return answer


def answered(server: Server, sent: bytes) -> socket.socket:
    """A connection that is kept, for it has been answered."""
    sock = server.connect(sent)
    answer = b""
    while not answer.endswith(b"ok"):
        answer += sock.recv(1000)
    return sock


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def a_request(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((*lines, b"", body))


SECOND = b"GET /second HTTP/1.1\r\nHost: here\r\n\r\n"
POST, GET = b"POST /echo HTTP/1.1", b"GET /healthz HTTP/1.1"
HOST = b"Host: here"
FRAMING = {
    "a length and chunks": (
        400,
        a_request(POST, HOST, b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "two lengths": (400, a_request(POST, HOST, b"Content-Length: 1", b"Content-Length: 1", body=b"a")),
    "two different lengths": (400, a_request(POST, HOST, b"Content-Length: 0", b"Content-Length: 9", body=b"")),
    "a list of lengths": (400, a_request(POST, HOST, b"Content-Length: 1, 1", body=b"a")),
    "a signed length": (400, a_request(POST, HOST, b"Content-Length: +2", body=b"aa")),
    "a negative length": (400, a_request(POST, HOST, b"Content-Length: -2", body=b"aa")),
    "a blank before the colon": (400, a_request(POST, HOST, b"Transfer-Encoding : chunked", body=b"0\r\n\r\n")),
    "an unknown coding": (501, a_request(POST, HOST, b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n")),
    "chunks twice": (400, a_request(POST, HOST, b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n")),
    "chunks in HTTP/1.0": (400, a_request(b"POST / HTTP/1.0", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "a chunk longer than it says": (
        400,
        a_request(POST, HOST, b"Transfer-Encoding: chunked", body=b"2\r\nhello\r\n0\r\n\r\n"),
    ),
    "chunks that are too long": (
        413,
        a_request(POST, HOST, b"Transfer-Encoding: chunked", body=b"fffffff\r\nhello"),
    ),
    "a folded header": (400, a_request(GET, HOST, b"X-Folded: one", b" two")),
    "bare line feeds": (400, b"GET /healthz HTTP/1.1\nHost: here\n\n"),
    "a bare line feed among others": (400, b"GET /healthz HTTP/1.1\r\nHost: here\nX: y\r\n\r\n"),
    "a bare carriage return": (400, a_request(GET, HOST, b"X: a\rb")),
    "NUL in a header": (400, a_request(GET, HOST, b"X: a\x00b")),
    "no version": (400, b"GET /\r\n\r\n"),
    "no version, and no more": (400, b"GET /\r\n"),
    "a version nobody speaks": (400, b"GET / HTTP/3.7\r\n\r\n"),
    "200 headers": (431, a_request(GET, HOST, *(b"X-%d: y" % number for number in range(200)))),
    "9 kB in a header": (431, a_request(GET, HOST, b"X: " + b"a" * 9000)),
    "1 MB of headers": (431, a_request(GET, HOST, *(b"X: " + b"a" * 8000 for _ in range(125)))),
    "5 kB in the first line": (414, a_request(b"GET /" + b"a" * 5000 + b" HTTP/1.1", HOST)),
    "an endless first line": (414, b"GET /" + b"a" * 50_000),
    "TLS": (400, bytes.fromhex("160301020001") + b"\n" * 20),
}


@pytest.mark.parametrize("name", FRAMING)
def test_what_may_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_heard(server: Server, name: str) -> None:
    status, sent = FRAMING[name]
    answer = server.ask(sent + SECOND)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (status_of(answer), answer.count(b"HTTP/1.1")) == (status, 1)
    assert [*json.loads(body)] == ["errors"]
    assert b"x-trace-id: " in head


def test_a_request_is_answered_however_it_is_cut(server: Server) -> None:
    with server.connect() as sock:
        for place in range(len(BODY)):
            sock.sendall(BODY[place : place + 1])
        assert all_of(sock).endswith(b"\r\n\r\nhello")


def test_chunks_are_put_together(server: Server) -> None:
    sent = a_request(
        POST, HOST, b"Connection: close", b"Transfer-Encoding: chunked", body=b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    assert server.ask(sent).endswith(b"\r\n\r\nhello")


def test_requests_on_one_connection_are_answered_in_turn(server: Server) -> None:
    assert server.ask(KEPT + BODY.replace(b"Connection: close\r\n", b"") + HEALTH).count(b"200 OK") == 3


def test_who_asks_first_whether_to_send_a_body_is_told_to(server: Server) -> None:
    head, _, body = BODY.replace(b"Host", b"Expect: 100-continue\r\nHost").partition(b"\r\n\r\n")
    with server.connect(head + b"\r\n\r\n") as sock:
        assert sock.recv(100).startswith(b"HTTP/1.1 100 Continue")
        sock.sendall(body)
        assert all_of(sock).endswith(b"hello")


@pytest.mark.parametrize("begun", [b"GET /healthz HT", BODY[:-2], BODY[:-5]])
def test_who_does_not_end_a_request_in_time_is_told_so(server: Server, begun: bytes) -> None:
    assert status_of(server.ask(begun)) == 408


def test_dripping_gains_no_time(server: Server) -> None:
    began = time.monotonic()
    with server.connect(KEPT[:-2]) as sock, suppress(OSError):
        while time.monotonic() < began + 10:
            sock.sendall(b"X: y\r\n")
            time.sleep(0.05)
    assert time.monotonic() < began + 5


def test_who_says_nothing_is_not_waited_for(server: Server) -> None:
    assert server.ask(b"") == b""


def test_slow_callers_take_no_thread(server: Server) -> None:
    dripping = [server.connect(begun) for begun in (b"GET", KEPT[:-2], BODY[:-1], b"") * 5]
    assert status_of(server.ask()) == 200
    for sock in dripping:
        sock.close()


def test_who_does_not_read_an_answer_is_left(server: Server) -> None:
    much = KEPT.replace(b"/healthz", b"/much")
    deaf = [server.connect(much, read_buffer=1024) for _ in range(THREADS)]
    assert status_of(server.ask()) == 200
    for sock in deaf:
        sock.close()


def test_who_does_not_close_holds_up_nobody(server: Server) -> None:
    lingering = [server.connect(HEALTH) for _ in range(10)]
    began = time.monotonic()
    assert status_of(server.ask()) == 200
    assert time.monotonic() < began + 1
    for sock in lingering:
        assert status_of(all_of(sock)) == 200
        sock.close()


def test_more_callers_than_places_leave_room_for_the_newest(server: Server) -> None:
    idle = [server.connect() for _ in range(200)]
    assert status_of(server.ask()) == 200
    for sock in idle:
        sock.close()


@pytest.mark.parametrize(("first", "then"), [(KEPT[:-2], KEPT[-2:]), (KEPT, KEPT), (HEALTH, b"")])
def test_who_had_to_go_while_it_spoke_is_not_listened_to_any_more(
    small_server: Server, first: bytes, then: bytes
) -> None:
    begin = small_server.connect if then == KEPT[-2:] else partial(answered, small_server)
    waiting = [begin(first) for _ in range(7)]
    in_hand = [small_server.connect(KEPT.replace(b"/healthz", b"/slow")) for _ in range(THREADS)]
    time.sleep(0.1)
    small_server.pause(0.2)
    newest = small_server.connect(HEALTH)
    for sock in waiting:
        sock.sendall(then)
        sock.shutdown(socket.SHUT_WR)
    assert status_of(all_of(newest)) == 200
    for sock in (newest, *waiting, *in_hand):
        sock.close()


def test_more_than_may_be_held_in_memory_is_held_for_nobody_but_the_small(server: Server) -> None:
    sent = BODY.replace(b"Length: 5", b"Length: 99000")
    with server.connect(BODY[:-1]) as small:
        large = [server.connect(sent + b"a" * 90_000) for _ in range(4)]
        assert status_of(server.ask()) == 200
        small.sendall(b"o")
        assert all_of(small).endswith(b"hello")
    for sock in large:
        sock.close()


def test_a_body_that_is_too_long_is_left_to_the_app_to_refuse(server: Server) -> None:
    sent = BODY.replace(b"Length: 5", b"Length: 5000000").replace(b"Connection: close\r\n", b"")
    assert server.ask(sent + KEPT).count(b"HTTP/1.1 200") == 1


def test_a_request_in_hand_is_answered_before_the_end() -> None:
    server = Server(connections=60)
    sock = server.connect(KEPT.replace(b"/healthz", b"/slow"))
    time.sleep(0.2)
    server.end()
    assert status_of(all_of(sock)) == 200
    sock.close()


def test_who_comes_while_it_ends_may_ask_another_at_once() -> None:
    server = Server(connections=60)
    with server.connect(KEPT.replace(b"/healthz", b"/slow")):
        time.sleep(0.2)
        ending = threading.Thread(target=server.end)
        ending.start()
        time.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        ending.join()


def test_after_so_many_requests_a_process_is_replaced_but_not_by_a_flood_of_them() -> None:
    server = Server(connections=60, max_requests=10)
    assert [status_of(server.ask()) for _ in range(20)] == [200] * 20
    assert not server.is_ending()
    time.sleep(10 * LIFE_SECONDS_A_REQUEST + 2 * LOOK_EVERY_SECONDS)
    assert status_of(server.ask()) == 200
    assert server.is_ending()
    server.end()


def test_there_are_no_more_connections_than_files() -> None:
    cfg = Config()
    cfg.set("worker_connections", 10**7)
    worker = WebWorker(1, os.getppid(), [], None, 30, cfg, Logger(cfg))
    worker.tmp.close()
    worker.fit_to_files()
    assert worker.worker_connections < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_tls_is_refused_at_start() -> None:
    cfg = Config()
    cfg.set("certfile", __file__)
    with pytest.raises(RuntimeError, match="TLS ends at the proxy"):
        WebWorker.check_config(cfg, Logger(cfg))
