"""How Intigo calls us: its two webhooks, and a record of every call with the answer it got."""

import json
from collections.abc import Mapping
from typing import Any

from requests import RequestException

from carrier_backend.simulator.world import World

_NO_ANSWER = {"status": None, "answer": None, "echoed": False, "error": None}


class Webhooks:
    """Calls the registered addresses; tries each body once, however it is answered."""

    def __init__(self, world: World, urls: Mapping[str, str | None], token: str) -> None:
        self._world = world
        self._urls = urls
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.sent: list[dict[str, Any]] = []

    def call(self, kind: str, payload: Any, times: int = 1) -> list[dict[str, Any]]:
        """The records of the calls made: none where nobody registered an address for this kind."""
        body = json.dumps(payload, ensure_ascii=False)
        return [self._send(kind, url, body) for url in [self._urls[kind]] * times if url]

    def call_again(self, place: int) -> list[dict[str, Any]]:
        """The same bytes once more; raises IndexError if so many were never sent."""
        earlier = self.sent[place]
        return [self._send(earlier["kind"], earlier["url"], earlier["body"])]

    def _send(self, kind: str, url: str, body: str) -> dict[str, Any]:
        at = self._world.now().isoformat()
        record: dict[str, Any] = {"kind": kind, "url": url, "at": at, "body": body, **_NO_ANSWER}
        with self._world.lock:
            self.sent.append(record)
        outcome = self._outcome(url, body.encode())
        with self._world.lock:
            record.update(outcome)
            return dict(record)

    def _outcome(self, url: str, body: bytes) -> dict[str, Any]:
        try:
            status, answer = self._world.deliver(url, dict(self._headers), body)
        except RequestException as error:
            return {"error": str(error)}
        return {"status": status, "answer": answer.decode(errors="replace"), "echoed": answer == body}
