"""Answers whose types have drifted, as they do from one version of a counterpart to the next."""

import json
import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

Place = tuple[Any, ...]

SHARE = 0.4
"""Of the bodies, so that some bookings come far."""
STRANGE: tuple[Any, ...] = (
    *(None, True, False, -1, 1e3, 0.5, 10**40),
    *("", " ", "\u0000", "\ud800", "\u202e\U0001f600", "١٢٣", "x" * 5000),
    *([], {}, [None], [[]], [{}], {"": None}, {"id": []}),
)


class Drifting(HTTPAdapter):
    """Passes on what another adapter answers, one thing in each JSON body being of another type.

    `changed` counts those bodies.
    """

    def __init__(self, behind: BaseAdapter, seed: int) -> None:
        super().__init__()
        self._behind = behind
        self._drift = Drift(seed)
        self.changed = 0

    def send(self, request: PreparedRequest, *how: Any, **named: Any) -> Response:
        answer = self._behind.send(request, *how, **named)
        if answer.content[:1] not in (b"{", b"[") or not self._drift.happens():
            return answer
        self.changed += 1
        drifted = json.dumps(self._drift(answer.json())).encode()
        raw = HTTPResponse(BytesIO(drifted), HTTPHeaderDict(), answer.status_code, preload_content=False)
        return self.build_response(request, raw)


def drift_into(session: Session, prefix: str, seed: int) -> Drifting:
    """From now on a session's answers drift."""
    drifting = Drifting(session.get_adapter(prefix), seed)
    session.mount(prefix, drifting)
    return drifting


class Drift:
    """Changes one thing in a body of JSON."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  a test that fails is to fail again

    def happens(self) -> bool:
        """Whether this one is changed."""
        return self._random.random() < SHARE

    def __call__(self, body: Any) -> Any:
        *way, last = self._random.choice([*_places(body)]) if body else (None,)
        if last is None:
            return self._other(body)
        holder = body
        for key in way:
            holder = holder[key]
        if isinstance(holder, dict) and self._random.random() < 0.1:
            del holder[last]
        else:
            holder[last] = self._other(holder[last])
        return body

    def _other(self, value: Any) -> Any:
        """The same as another type, or what nobody expects."""
        same: tuple[Any, ...] = (str(value), [value], {"value": value}, json.dumps(value))
        if isinstance(value, str) and value.isdecimal():
            same += (int(value), float(value)) * 5
        return self._random.choice((*same, *STRANGE))


def _places(body: Any, way: Place = ()) -> Iterator[Place]:
    """The ways to all that is in a body, and to the whole."""
    yield way or (None,)
    within = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in within:
        yield from _places(value, (*way, key))
