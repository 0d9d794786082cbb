"""What this project uses of gunicorn, which has no type hints of its own."""

from collections.abc import Iterable

from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

class RequestParser:
    cfg: Config
    unreader: Unreader
    mesg: Request | None
    source_addr: object
    req_count: int
    def __init__(self, cfg: Config, source: Iterable[bytes], source_addr: object) -> None: ...
    def __next__(self) -> Request: ...
    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool: ...
