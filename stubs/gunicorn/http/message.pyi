"""What this project uses of gunicorn, which has no type hints of its own."""

from gunicorn.config import Config
from gunicorn.http.body import Body
from gunicorn.http.unreader import Unreader

class Request:
    body: Body
    _expected_100_continue: bool
    def __init__(self, cfg: Config, unreader: Unreader, peer_addr: object, req_number: int = 1) -> None: ...
    def force_close(self) -> None: ...
    def should_close(self) -> bool: ...
