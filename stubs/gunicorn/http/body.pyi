"""What this project uses of gunicorn, which has no type hints of its own."""

class LengthReader:
    length: int

class ChunkedReader: ...

class Body:
    reader: LengthReader | ChunkedReader
    def read(self, size: int | None = None) -> bytes: ...
