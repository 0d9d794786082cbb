"""How Parcel2Go calls us: signed envelopes, tried again until somebody answers 200 or patience is at its end."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

from requests import RequestException

from carrier_backend.simulator.world import World

RETRY_SECONDS = (10, 60, 300, 1800, 7200)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One webhook, as the text that goes out; its signature covers Id, Timestamp and Type, not the payload."""

    text: str

    def swapped(self, payload: Mapping[str, Any]) -> Self:
        """The same header over another payload."""
        content = json.loads(self.text)
        return type(self)(json.dumps({**content, "Payload": {**content["Payload"], **payload}}))


class Webhooks:
    """Calls the one registered address, and keeps a record of every attempt with the answer it got."""

    def __init__(self, world: World, url: str | None, secret: str) -> None:
        self._world = world
        self._url = url
        self._secret = secret
        self.sent: list[dict[str, Any]] = []

    def envelope(
        self, kind: str, payload: Any, sent_at: str | None = None, id: str | None = None, signature: str | None = None
    ) -> Envelope:
        """Signed as the document shows, unless it is to bear another signature."""
        header = {"Id": id or str(uuid4()), "Timestamp": sent_at or written(self._world.now())}
        good = sign(header["Id"], header["Timestamp"], kind, self._secret)
        return Envelope(
            json.dumps(
                {**header, "Signature": good if signature is None else signature, "Type": kind, "Payload": payload}
            )
        )

    def send(self, envelope: Envelope, attempt: int = 1) -> list[dict[str, Any]]:
        """The record of the call made, none where no address is registered; any answer but 200 has it come again."""
        if self._url is None:
            return []
        record = self._record(self._url, envelope, attempt)
        outcome = self._outcome(self._url, envelope.text.encode())
        with self._world.lock:
            record.update(outcome)
        if outcome["status"] != 200 and attempt <= len(RETRY_SECONDS):
            self._world.later("parcel2go", RETRY_SECONDS[attempt - 1], lambda: self.send(envelope, attempt + 1))
        return [dict(record)]

    def _record(self, url: str, envelope: Envelope, attempt: int) -> dict[str, Any]:
        record = {"url": url, "at": self._world.now().isoformat(), "attempt": attempt, "body": envelope.text}
        with self._world.lock:
            self.sent.append(record)
        return record

    def _outcome(self, url: str, body: bytes) -> dict[str, Any]:
        try:
            status, answer = self._world.deliver(url, {"Content-Type": "application/json"}, body)
        except RequestException as error:
            return {"status": None, "answer": None, "error": str(error)}
        return {"status": status, "answer": answer.decode(errors="replace"), "error": None}


def sign(id: str, timestamp: str, kind: str, secret: str) -> str:
    """Hex of the HMAC-SHA256 of `Id:yyyy-MM-dd HH:mm:ss:Type`, with the local time as it is written."""
    message = f"{id}:{timestamp[:10]} {timestamp[11:19]}:{kind}"
    return hmac.digest(secret.encode(), message.encode(), hashlib.sha256).hex()


def written(moment: datetime) -> str:
    """As .NET writes moments: seven fractional digits, and an offset."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}4+00:00"
