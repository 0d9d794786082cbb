"""What this project uses of gunicorn, which has no type hints of its own."""

class Config:
    limit_request_line: int
    threads: int
    max_requests: int
    is_ssl: bool
    def set(self, name: str, value: object) -> None: ...
