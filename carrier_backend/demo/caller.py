"""One HTTP call, as Ingrid or anybody at a terminal would make it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def call(method: str, url: str, body: Mapping[str, object] | None = None, token: str = "") -> Answer:
    """Make one call; raises OSError where nobody listens."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "x-trace-id": "demo", "x-api-version": "v1.0"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, parts.path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()
