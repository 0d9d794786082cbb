"""What this project uses of gunicorn, which has no type hints of its own."""

import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from selectors import BaseSelector
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.message import Request

class TConn:
    sock: socket.socket
    client: object
    parser: Any
    initialized: bool
    timeout: float
    def close(self, graceful: bool = False) -> None: ...

class PollableMethodQueue:
    def init(self) -> None: ...
    def defer(self, callback: Callable[..., object], *args: object) -> None: ...

class WorkerTmp:
    def close(self) -> None: ...

class ThreadWorker:
    cfg: Config
    log: Logger
    alive: bool
    sockets: list[socket.socket]
    nr_conns: int
    worker_connections: int
    poller: BaseSelector
    tpool: ThreadPoolExecutor
    method_queue: PollableMethodQueue
    keepalived_conns: deque[TConn]
    tmp: WorkerTmp
    wsgi: Callable[..., Any]
    def __init__(
        self, age: int, ppid: int, sockets: list[socket.socket], app: object, timeout: float, cfg: Config, log: Logger
    ) -> None: ...
    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None: ...
    def init_process(self) -> None: ...
    def get_thread_pool(self) -> ThreadPoolExecutor: ...
    def set_accept_enabled(self, enabled: bool) -> None: ...
    def accept(self, listener: socket.socket) -> None: ...
    def enqueue_req(self, conn: TConn) -> None: ...
    def handle_request(self, req: Request, conn: TConn) -> bool: ...
    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None: ...
    def finish_request(self, conn: TConn, fs: Future[object]) -> None: ...
    def murder_keepalived(self, force: bool = False) -> None: ...
    def murder_pending(self) -> None: ...
    def run(self) -> None: ...
