"""gunicorn's threads for whole requests alone: who sends slowly, or never, costs a socket and no thread.

gunicorn has a deadline for a thread's work and none for reading what it is to work on; nor may one caller who does not
close a connection hold up the others, as in gunicorn's own closing.
"""

import errno
import resource
import socket
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from logging import ERROR, INFO
from selectors import EVENT_READ
from typing import Any

import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from carrier_backend.arrivals import Arrival, BodyTooLong
from carrier_backend.support import strict_json, trace

AT_ONCE_BYTES = 64 * 1024
ANSWER_BUFFER_BYTES = 1024 * 1024
"""What the kernel is asked to take of an answer, so that no thread waits for a caller to read it."""
LOOK_EVERY_SECONDS = 0.5
TURN_SECONDS = 0.0005
"""How long one thread may keep the others from going on. With Python's own 5 ms, whatever a booking waits for would be
followed by so long a wait again, behind a flood of requests."""
LIFE_SECONDS_A_REQUEST = 0.1
"""max_requests is for what leaks with time and work; a flood would have processes replaced every other second by it."""
FILES_BESIDE = 200
FILES_FOR_EACH_THREAD = 3

_log = structlog.get_logger(__name__)

_REFUSALS: Mapping[type[Exception], tuple[str, str]] = {
    LimitRequestLine: ("414 URI Too Long", "the request line is too long"),
    LimitRequestHeaders: ("431 Request Header Fields Too Large", "the headers are too many or too long"),
    UnsupportedTransferCoding: ("501 Not Implemented", "this transfer coding is not known here"),
    BodyTooLong: ("413 Content Too Large", "the body is larger than 1 MiB"),
    ExpectationFailed: ("417 Expectation Failed", "this expectation cannot be met"),
    ParseException: ("400 Bad Request", "this is no request that HTTP allows"),
    TimeoutError: ("408 Request Timeout", "the request did not arrive in time"),
    Exception: ("500 Internal Server Error", "something went wrong on our side"),
}


class WebWorker(ThreadWorker):
    """One process: its main thread gathers requests from all connections, its other threads answer them."""

    head_seconds = 10.0
    body_seconds = 20.0
    answer_seconds = 20.0
    farewell_seconds = 2.0
    most_held_bytes = 64 * 1024 * 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[TConn, float] = {}
        self._leaving: dict[TConn, float] = {}
        self._held_bytes = 0
        self._looked_at = 0.0
        self._most_requests, self.max_requests = self.max_requests, sys.maxsize
        self._may_end_at = time.monotonic() + LIFE_SECONDS_A_REQUEST * self.cfg.max_requests

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        """Refuse TLS: what is gathered here has to be plain, and the proxy in front speaks it better."""
        if cfg.is_ssl:
            raise RuntimeError("certfile: TLS ends at the proxy in front of this server")
        super().check_config(cfg, log)

    def init_process(self) -> None:
        """Begin to serve."""
        self.fit_to_files()
        sys.setswitchinterval(TURN_SECONDS)
        super().init_process()

    def fit_to_files(self) -> None:
        """Have as many files as there may be connections, or else fewer connections."""
        beside = FILES_BESIDE + FILES_FOR_EACH_THREAD * self.cfg.threads
        allowed = _files(beside + self.worker_connections) - beside
        self.worker_connections = max(min(self.worker_connections, allowed), 1)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Before the end, have connections refused rather than kept waiting for nobody: a proxy then asks another."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_all(listener)
                listener.close()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, for which another that only waits has to go where there are too many."""
        if self.nr_conns >= self.worker_connections - 1:
            self._make_room()
        try:
            super().accept(listener)
        except OSError as error:
            self.log.warning("no connection could be taken: %s", errno.errorcode.get(error.errno or 0))
            self._make_room()

    def enqueue_req(self, conn: TConn) -> None:
        """Gather the next request of a connection; a thread gets it once it is whole."""
        if conn.parser is None:
            conn.parser, conn.initialized = Arrival(self.cfg, conn.client), True
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ANSWER_BUFFER_BYTES)
        conn.sock.setblocking(False)
        conn.parser.begin()
        self._held_bytes += conn.parser.held_bytes
        self._arriving[conn] = time.monotonic() + self.head_seconds
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        self._take(conn, b"")  # of what came behind the last one

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Go on with a kept connection, unless it had to go for another one while this was being told."""
        if conn in self.keepalived_conns:
            super().on_client_socket_readable(conn, client)

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Answer; a caller who does not read the answer is left."""
        conn.sock.settimeout(self.answer_seconds)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the answer was not read") from None

    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """Keep the connection, or close it as soon as the caller has, without waiting here."""
        self._held_bytes -= conn.parser.held_bytes
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    def murder_pending(self) -> None:
        """Close what has taken too long; from some age on, let enough requests be enough."""
        now = time.monotonic()
        if now < self._looked_at + LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        if now >= self._may_end_at:
            self.max_requests = self._most_requests
        for conn in [conn for conn, ends_at in self._arriving.items() if self._is_over(conn, ends_at, now)]:
            self._give_up(conn)
        for conn in [conn for conn, ends_at in self._leaving.items() if ends_at <= now]:
            self._close(conn)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None:
        """Say what is wrong as everything is said: as JSON."""
        status, message = next(_REFUSALS[kind] for kind in type(exc).__mro__ if kind in _REFUSALS)
        trace_id = trace.mint()
        is_ours = status.startswith("5") and not isinstance(exc, ParseException)
        level = ERROR if is_ours else INFO
        _log.log(level, "refused before the app", outcome=status, trace_id=trace_id, exc_info=is_ours)
        body = strict_json.dump({"errors": [{"message": message}]})
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nx-trace-id: {trace_id}\r\n\r\n"
        )
        with suppress(OSError):
            client.send(head.encode() + body)

    def _take_all(self, listener: socket.socket) -> None:
        """Those who were let in by the kernel are ours to answer."""
        taken = -1
        while taken < self.nr_conns < self.worker_connections - 1:
            taken = self.nr_conns
            self.accept(listener)

    def _read(self, conn: TConn, _: object) -> None:
        if conn not in self._arriving:  # it had to go while this was being told
            return
        try:
            data = conn.sock.recv(AT_ONCE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._held_bytes += len(data)
            self._take(conn, data)
        else:
            self._close(conn)

    def _take(self, conn: TConn, data: bytes) -> None:
        """Hand the request over if that was the last of it."""
        had_head = conn.parser.has_head
        try:
            is_whole = conn.parser.take(data)
        except (ParseException, OSError, ValueError, LookupError) as error:  # no caller's nonsense may end this loop
            self.handle_error(None, conn.sock, conn.client, error)
            self._leave(conn)
            return
        if is_whole:
            self._hand_over(conn)
        elif conn.parser.has_head and not had_head:
            self._arriving[conn] = time.monotonic() + self.body_seconds
            if conn.parser.is_waited_for():
                with suppress(OSError):
                    conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._keep_within_memory()

    def _hand_over(self, conn: TConn) -> None:
        """To the threads; until it is answered it goes on holding what it holds."""
        del self._arriving[conn]
        self.poller.unregister(conn.sock)
        super().enqueue_req(conn)

    def _keep_within_memory(self) -> None:
        """Let those go that hold most, where all together hold too much; who holds little is no part of that."""
        while self._held_bytes > self.most_held_bytes and self._arriving:
            largest = max(self._arriving, key=lambda conn: conn.parser.held_bytes)
            if largest.parser.held_bytes < AT_ONCE_BYTES:
                return
            self._give_up(largest)

    def _make_room(self) -> None:
        """Close the connection that has only waited for longest, if there is one."""
        for waiting in (self._leaving, self._arriving):
            if waiting:
                self._close(next(iter(waiting)))
                return
        if self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0.0
            self.murder_keepalived()

    def _is_over(self, conn: TConn, ends_at: float, now: float) -> bool:
        """Who has begun nothing when this process is to end is told so by a closed connection."""
        if not self.alive and not conn.parser.held_bytes:
            ends_at += self.farewell_seconds - self.head_seconds
        return ends_at <= now

    def _give_up(self, conn: TConn) -> None:
        if conn.parser.held_bytes:
            self.handle_error(None, conn.sock, conn.client, TimeoutError())
        self._leave(conn)

    def _leave(self, conn: TConn) -> None:
        """Say no more, and wait a moment for the caller to close: what it still sends would undo the answer."""
        self._forget(conn)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._leaving[conn] = time.monotonic() + self.farewell_seconds
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: TConn, _: object) -> None:
        if conn not in self._leaving:
            return
        try:
            rest = conn.sock.recv(AT_ONCE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        if not rest:
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: TConn) -> None:
        """Look no more at what comes."""
        if self._arriving.pop(conn, None):
            self._held_bytes -= conn.parser.held_bytes
            self.poller.unregister(conn.sock)
        elif self._leaving.pop(conn, None):
            self.poller.unregister(conn.sock)


def _files(wanted: int) -> int:
    """How many files this process may have open, after asking for so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
