"""What this project uses of gunicorn, which has no type hints of its own."""

from gunicorn.config import Config

class Logger:
    def __init__(self, cfg: Config) -> None: ...
    def warning(self, msg: str, *args: object) -> None: ...
