"""Ingrid's client as she may well be: she waits ten seconds, tries again, sometimes gives up, sometimes cancels."""

import base64
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.chaos.ledgers import Attempt, Ending, Told, Wish
from tests.chaos.orders import Order

PATIENCE_SECONDS = 10
PAUSES_SECONDS = (1, 5, 15, 30, 60)
"""Between tries: together longer than the lease of a process that died."""
SHARE_OF_PAUSE = (1.0, 1.1)
GIVES_UP, ASKS_TWICE_AT_ONCE, CANCELS = 0.1, 0.1, 0.15
COME_BACK = frozenset({401, 408, 429})
"""Answers below 500 after which she tries again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; status 0 where there was none."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Client:
    """Books orders at any of the servers, as a load balancer would choose it."""

    urls: Sequence[str]
    credentials: Mapping[str, str]

    def book(self, order: Order, chance: random.Random) -> Attempt:
        """Try until there is an answer, or the patience is at its end; then, now and then, cancel a package."""
        attempt = Attempt(order.recipient, order.weights_grams, Ending.GIVEN_UP)
        gives_up = chance.random() < GIVES_UP
        for tries, pause in enumerate((*PAUSES_SECONDS, 0), 1):
            attempt = answered(replace(attempt, tries=tries), self._ask(order, chance))
            if attempt.ending is not Ending.GIVEN_UP:
                return self._cancel_some(attempt, chance)
            if gives_up:
                break
            time.sleep(pause * chance.uniform(*SHARE_OF_PAUSE))
        return attempt

    def ask_again(self, order: Order, attempt: Attempt, chance: random.Random) -> Attempt:
        """Book once more what was acknowledged: the answer has to be the same."""
        reply = self._patiently(lambda: self._send("POST", "/booking", order.body, chance), chance)
        is_alike = reply.status == 200 and _told(reply) == attempt.told
        return replace(attempt, is_always_alike=attempt.is_always_alike and is_alike)

    def _ask(self, order: Order, chance: random.Random) -> list[Reply]:
        """Once, or at two servers at the same time."""
        times = 2 if chance.random() < ASKS_TWICE_AT_ONCE else 1
        with ThreadPoolExecutor(times) as pool:
            own = [random.Random(chance.random()) for _ in range(times)]  # noqa: S311  not for secrets
            return list(pool.map(lambda one: self._send("POST", "/booking", order.body, one), own))

    def _cancel_some(self, attempt: Attempt, chance: random.Random) -> Attempt:
        if chance.random() >= CANCELS or not attempt.told:
            return attempt
        barcode = chance.choice(attempt.told).barcode
        reply = self._patiently(lambda: self._send("DELETE", f"/booking/packages/{barcode}", None, chance), chance)
        wish = Wish.GRANTED if reply.status == 200 else Wish.DENIED if 400 <= reply.status < 500 else Wish.UNANSWERED
        return replace(attempt, wishes={barcode: wish})

    def _patiently(self, call: Callable[[], Reply], chance: random.Random) -> Reply:
        """Try as often as with a booking."""
        reply = call()
        for pause in PAUSES_SECONDS:
            if reply.status and reply.status < 500 and reply.status not in COME_BACK:
                break
            time.sleep(pause * chance.uniform(*SHARE_OF_PAUSE))
            reply = call()
        return reply

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, chance: random.Random) -> Reply:
        url = chance.choice(self.urls)
        granted = _call("POST", f"{url}/oauth/token", self.credentials)
        if granted.status != 200:
            return replace(granted, status=0)
        return _call(method, f"{url}{path}", body, json.loads(granted.body)["access_token"])


def _call(method: str, url: str, body: Mapping[str, Any] | None, token: str = "") -> Reply:
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "x-api-version": "v1.0", "Authorization": f"Bearer {token}"}
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, parts.path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return Reply(response.status, response.read())
    except (OSError, HTTPException):
        return Reply(0)
    finally:
        connection.close()


def answered(attempt: Attempt, replies: Sequence[Reply]) -> Attempt:
    """As it stands after these answers, which came at the same time: two that differ are no answer to rely on."""
    told = [_told(reply) for reply in replies if reply.status == 200]
    was_refused = any(400 <= reply.status < 500 and reply.status not in COME_BACK for reply in replies)
    if not told:
        return replace(attempt, ending=Ending.REFUSED) if was_refused else attempt
    return replace(
        attempt,
        ending=Ending.ACKNOWLEDGED,
        told=told[0],
        is_always_alike=len({*told}) == 1,
        twin_was_refused=was_refused,
    )


def _told(reply: Reply) -> tuple[Told, ...]:
    return tuple(
        Told(package["barcode"], base64.b64decode(package["label_data"]).decode("latin-1"))
        for package in json.loads(reply.body)["packages"]
    )
