"""How gunicorn serves the app: its own settings by their names, for config/gunicorn.py to take or change."""

import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from itertools import count
from math import ceil
from pathlib import Path
from typing import Protocol

from flask import Flask

from carrier_backend import current
from carrier_backend.bootstrap import open_store, refuse_foreign_schema
from carrier_backend.domain.errors import CarrierError, Fault
from carrier_backend.loops import Loop
from carrier_backend.observability import logs
from carrier_backend.services.backend import Backend
from carrier_backend.settings import Settings, SettingsError
from carrier_backend.support import metrics


def _whole(name: str, default: int) -> int:
    """A whole number from 1 up; refuses anything else as the settings do, by its name and with exit code 2."""
    text = os.environ.get(name) or str(default)
    if not re.fullmatch(r"[1-9]\d{0,3}", text, re.ASCII):
        sys.stderr.write(f"Error: these settings cannot be used:\n  {name}: must be a whole number from 1 up\n")
        sys.exit(2)
    return int(text)


def _whole_seconds(name: str, default: int) -> int:
    """Seconds, rounded up; what cannot be read is refused with all other settings before the server starts."""
    text = os.environ.get(name) or ""
    return ceil(float(text)) if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text, re.ASCII) else default


# Threads wait for couriers, so there are many; processes use the cores.
worker_class = "carrier_backend.web_worker.WebWorker"
workers = _whole("WEB_CONCURRENCY", 2)
threads = _whole("CARRIER_WEB_THREADS", 128)
worker_connections = threads + 1000

# A booking that has begun is finished: both outlast the longest that one may take.
timeout = _whole_seconds("CARRIER_BOOKING_BUDGET_SECONDS", 20) + 15
graceful_timeout = timeout
keepalive = 20

# A process is replaced before anything that leaks can hurt; not all at the same time.
max_requests = 2000
max_requests_jitter = 200

http_parser = "python"  # that of carrier_backend.arrivals
limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190
# Whose X-Forwarded-* count is for the app to say, by CARRIER_PROXY_HOPS.
forwarded_allow_ips = ""

# Heartbeats of the workers: not on a disk, where a busy one would look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  gunicorn makes a file of its own there
control_socket_disable = True

accesslog = None  # the app writes one line a request
logconfig_dict = logs.stdlib_config(
    os.environ.get("CARRIER_LOG_FORMAT") or "json", os.environ.get("CARRIER_LOG_LEVEL") or "info"
)


class _Worker(Protocol):
    seat: int
    wsgi: Flask
    is_over: threading.Event


class _Server(Protocol):
    WORKERS: Mapping[int, _Worker]
    metrics_folder: Path


def on_starting(server: _Server) -> None:
    """Refuse settings that cannot be used, or a database that is not of this version."""
    given = os.environ.get(metrics.FOLDER_VARIABLE)
    try:
        if given and (fault := metrics.fault_in_folder(given)):
            raise SettingsError([Fault(fault, metrics.FOLDER_VARIABLE)])
        store = open_store(Settings.read())
        refuse_foreign_schema(store)
    except (SettingsError, CarrierError) as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    store.engine.dispose()  # each worker has connections of its own
    server.metrics_folder = Path(given or tempfile.mkdtemp(prefix="carrier-metrics-"))


def pre_fork(server: _Server, worker: _Worker) -> None:
    """Give the worker the lowest seat that no living one has: it goes on from the figures of a dead one."""
    taken = {other.seat for other in server.WORKERS.values()}
    worker.seat = next(seat for seat in count() if seat not in taken)


def post_fork(server: _Server, worker: _Worker) -> None:
    """Count, together with the other processes, in one folder."""
    metrics.share(server.metrics_folder, lambda: f"web-{worker.seat}")


def post_worker_init(worker: _Worker) -> None:
    """Have what was said both ways, and how often, written beside the requests, which wait for no commit of it."""
    worker.is_over = threading.Event()
    backend = _backend(worker)
    for loop in (
        Loop("exchanges", backend.exchanges.run_once, worker.is_over, 0.5),
        Loop("counts", backend.keep_counts.run_once, worker.is_over, 5),
    ):
        threading.Thread(target=loop.run, daemon=True).start()


def worker_exit(_server: _Server, worker: _Worker) -> None:
    """Write what is left of it; a worker that never began to serve has nothing."""
    if hasattr(worker, "is_over"):
        worker.is_over.set()
        backend = _backend(worker)
        backend.exchanges.write_all()
        backend.keep_counts.keep_last()


def _backend(worker: _Worker) -> Backend:
    with worker.wsgi.app_context():
        return current.backend()


def on_exit(server: _Server) -> None:
    """Remove the folder, unless it was given."""
    if metrics.FOLDER_VARIABLE not in os.environ:
        shutil.rmtree(server.metrics_folder, ignore_errors=True)
