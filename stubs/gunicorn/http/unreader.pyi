"""What this project uses of gunicorn, which has no type hints of its own."""

from io import BytesIO

class Unreader:
    buf: BytesIO
    def unread(self, data: bytes) -> None: ...
    def take_buffered(self) -> bytes: ...
