"""What this project uses of gunicorn, which has no type hints of its own."""

from gunicorn.http.unreader import Unreader

class LengthReader:
    length: int
    def __init__(self, unreader: Unreader, length: int) -> None: ...

class ChunkedReader: ...

class Body:
    reader: LengthReader | ChunkedReader
    def __init__(self, reader: LengthReader | ChunkedReader) -> None: ...
    def read(self, size: int | None = None) -> bytes: ...
