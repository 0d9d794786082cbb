"""What the carrier says to each text in each place, and to each document on each route: the same on both databases."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from carrier_backend.domain.access import Role
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.corpus.documents import EVERY
from tests.corpus.places import Operation, Place, operations, places
from tests.corpus.strings import HOSTILE
from tests.databases import a_database
from tests.fakes import FrozenClock
from tests.journeys.conftest import SIMULATED, Stage, booking_body, set_up

UNREAD = (
    "not JSON",
    "not UTF-8",
    "a key stands twice",
    "a whole number",
    "a number is",
    "nested deeper",
    "a text contains",
    "NaN is",
    "Infinity is",
    "-Infinity is",
)
"""How a refusal begins that concerns the document, and not what it says."""
INGRID = ("/shipping-options", "/prebooking", "/booking")
_OUTSIDE = ("/webhooks/",)  # their bodies are judged by whose they are, before they are read


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked, and how it was answered."""

    asked: str
    status: int
    fault: str = ""
    """What is wrong with the answer itself, if anything is."""


class Court:
    """A carrier with something in it, and an operator who may do everything."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._http: FlaskClient = stage.ingrid
        token = stage.backend.oversee.add_operator("corpus", Role.ADMIN, BY_TEST)
        self._operator = {"Authorization": f"Bearer {token}"}
        barcode = stage.book(booking_body(stage.clock)).get_json()["packages"][0]["barcode"]
        self._known = {
            **{"barcode": barcode, "name": "remark", "client": "nobody", "shipper_id": "shop-1", "courier": "intigo"},
            **{"notification_id": "7", "update_id": "1"},
        }
        self.told: Mapping[str, Any] = self._http.get("/openapi.json").get_json()

    def on_texts(self, each: int) -> Iterator[Verdict]:
        """So many of the hostile texts in every place, others in each."""
        texts = cycle(HOSTILE)
        for place in self._places():
            for text in islice(texts, each):
                yield self.on_text(place, text)

    def on_text(self, place: Place, text: str) -> Verdict:
        """One text in one place."""
        path, body = place.request(text, self._known_to(place.operation), self._body(place.operation))
        answer = self._http.open(path, method=place.operation.method, json=body, headers=self._headers(place.operation))
        return Verdict(f"{place}: {ascii(text)[:80]}", answer.status_code, _fault(answer))

    def on_documents(self, each: int) -> Iterator[Verdict]:
        """So many of the documents to every route that takes any, others to each."""
        documents = cycle(EVERY)
        for operation, described in operations(self.told):
            if described["schema"] is not None and not operation.path.startswith(_OUTSIDE):
                for document, is_read in islice(documents, each):
                    yield self._on_document(operation, document, is_read=is_read)

    def _on_document(self, operation: Operation, document: bytes, *, is_read: bool) -> Verdict:
        path = Place(operation, "nowhere", ()).request("", self._known_to(operation), None)[0]
        answer = self._http.open(
            path,
            method=operation.method,
            data=document,
            content_type="application/json",
            headers=self._headers(operation),
        )
        is_acts_own = not document and operation.path.startswith("/admin")  # its fields may stand in the query
        fault = _fault(answer) or _misjudged(answer, is_read=is_read or is_acts_own)
        return Verdict(f"{operation}: {document[:60]!r}", answer.status_code, fault)

    def _places(self) -> Sequence[Place]:
        return [place for place in places(self.told) if not place.operation.path.startswith(_OUTSIDE)]

    def _known_to(self, operation: Operation) -> Mapping[str, str]:
        """Whoever gets an account that leads nowhere has no parcels."""
        return {**self._known, "shipper_id": "shop-2"} if "{courier}" in operation.path else self._known

    def _body(self, operation: Operation) -> Any:
        """What would be done: Ingrid's as they are, and new each time; any other as the description shows it."""
        if operation.path in INGRID:
            booking = booking_body(self._stage.clock)
            parties = {**booking["parties"], "search": {"address": booking["parties"]["to"]["address"]}}
            return {**booking, "parties": parties}
        if operation.path.endswith("/accounts/{courier}") or operation.example is None:
            return operation.example
        replaced = {"courier": "intigo"} if "courier" in operation.example else {}
        named = {"name": uuid4().hex} if operation.path in ("/admin/clients", "/admin/operators") else {}
        return {**operation.example, **replaced, **named}

    def _headers(self, operation: Operation) -> Mapping[str, str]:
        return self._operator if operation.path.startswith(("/admin", "/metrics")) else self._stage.headers


@contextmanager
def court(kind: str) -> Iterator[Court]:
    """One upon an empty database of a kind, on the same day at the same hour as any other."""
    with a_database(kind) as url:
        engine, clock = open_engine(url), FrozenClock()
        try:
            store = Store(engine, Sealing([ENCRYPTION_KEY]), clock)
            with set_up(store, clock, api_token=SIMULATED.ingrid_api_token) as stage:
                yield Court(stage)
        finally:
            engine.dispose()


def apart(one: Sequence[Verdict], other: Sequence[Verdict]) -> list[str]:
    """Where two databases do not agree, and where an answer is none."""
    faults = [f"{verdict.asked}: {verdict.fault}" for verdict in (*one, *other) if verdict.fault]
    return faults + [
        f"{mine.asked}: {mine.status} here, {theirs.status} there"
        for mine, theirs in zip(one, other, strict=True)
        if mine.status != theirs.status
    ]


def _fault(answer: TestResponse) -> str:
    if answer.status_code >= 500:
        return f"answered {answer.status_code}: {answer.text[:200]}"
    if answer.status_code >= 400 and not _is_refusal(answer):
        return f"answered {answer.status_code} in another shape: {answer.text[:200]}"
    return "" if answer.headers.get("x-trace-id") else "no trace id"


def _is_refusal(answer: TestResponse) -> bool:
    try:
        errors = json.loads(answer.data)["errors"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(errors) and all(isinstance(error["message"], str) and error["message"] for error in errors)


def _misjudged(answer: TestResponse, *, is_read: bool) -> str:
    if answer.status_code < 400:
        return "" if is_read else "was read"
    messages = [error["message"] for error in answer.get_json()["errors"]]
    was_unread = answer.status_code == 413 or messages[0].startswith(UNREAD)
    return "" if was_unread is not is_read else f"{'refused' if is_read else 'read'}: {messages[0][:100]}"
