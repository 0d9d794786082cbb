"""What was heard of parcels, and what Ingrid was told of it, is yet to be told, or could not be told."""

import json
from datetime import datetime, timedelta

from carrier_backend.domain.exchanges import Heading
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import Source, StatusUpdate, UpdateState
from carrier_backend.ingrid.translate import IngridWire
from carrier_backend.storage import lanes, tables
from carrier_backend.storage.lanes import Kind
from tests.scale.bookings import MOMENT
from tests.scale.ledger import Ledger, Row
from tests.scale.past import Box, Past
from tests.scale.talk import enter_exchange

TRIED_FOR = timedelta(minutes=20)
PARKED, TRIES = 0.003, 10
SOURCES = {"intigo": Source.WEBHOOK, "parcel2go": Source.POLL, "ecotrack": Source.POLL}
_WIRE = IngridWire()


def enter_news(ledger: Ledger, past: Past) -> None:
    """Every step of the parcels: an event, a status update, and the tries to tell it."""
    for box in past.boxes:
        if box.number is None:
            continue
        states = [_enter_step(ledger, past, box, box.number, status, at) for status, at in box.steps]
        due_at = ledger.now + TRIED_FOR if UpdateState.WAITING in states else None
        lane = {"key": lanes.push_key(box.reference), "kind": Kind.PUSH, "due_at": due_at, "attempts": 0}
        ledger.add(tables.lanes, lane)


def _enter_step(ledger: Ledger, past: Past, box: Box, number: str, status: Status, at: datetime) -> UpdateState:
    is_ours = status is Status.SUBMITTED
    trace_id = past.trace_id if is_ours else ledger.trace_id()
    event = {
        "reference": box.reference,
        "courier": past.shop.courier,
        "number": number,
        "named": box.reference,
        "code": status,
        "sealed_words": None if past.erased_at else ledger.seal(_words(past, status)),
        "status": status,
        "at": at,
        "second": int(at.timestamp()),
        "heard_at": at + MOMENT,
        "source": Source.OURSELVES if is_ours else SOURCES[past.shop.courier],
        "trace_id": trace_id,
        "is_for_timeline_only": False,
    }
    ledger.add(tables.events, event)
    told = StatusUpdate(number, past.shipping_method, past.shop.shipper_id, status, at)
    update = _update(ledger, past, box, trace_id, told)
    ledger.add(tables.messages, update)
    _enter_tries(ledger, past, update)
    if not is_ours:
        heading = Heading.IN if event["source"] is Source.WEBHOOK else Heading.OUT
        enter_exchange(ledger, past, heading, past.shop.courier, "tracking", trace_id, at + MOMENT / 2)
    return UpdateState(str(update["state"]))


def _words(past: Past, status: Status) -> bytes:
    return json.dumps([status, f"{status}, as {past.shop.courier} says"]).encode()


def _update(ledger: Ledger, past: Past, box: Box, trace_id: str, told: StatusUpdate) -> Row:
    at, state, error = told.event_at + MOMENT, UpdateState.SENT, None
    if ledger.now - at < TRIED_FOR:
        state = UpdateState.WAITING
    elif ledger.chance.random() < PARKED:
        state, error = UpdateState.PARKED, b"404: there is no such site"
    is_kept = past.erased_at is None or state is UpdateState.WAITING
    return {
        "id": next(ledger.updates),
        "lane": lanes.push_key(box.reference),
        "reference": box.reference,
        "site_id": f"site-of-{past.shop.shipper_id}",
        "trace_id": trace_id,
        "sealed_body": ledger.seal(_WIRE.status(told)) if is_kept else None,
        "state": state,
        "sealed_error": ledger.seal(error) if error and is_kept else None,
        "created_at": at,
        "done_at": at + MOMENT if state is not UpdateState.WAITING else None,
    }


def _enter_tries(ledger: Ledger, past: Past, update: Row) -> None:
    state, at = update["state"], update["created_at"]
    assert isinstance(at, datetime)
    tries = {UpdateState.SENT: 1, UpdateState.PARKED: TRIES}.get(UpdateState(str(state)), 0)
    note = ledger.seal(b"404: there is no such site") if state is UpdateState.PARKED and not past.erased_at else None
    outcome = "sent" if state is UpdateState.SENT else "refused"
    for place in range(tries):
        tried_at = at + MOMENT * (place + 1)
        row = {"message_id": update["id"], "at": tried_at, "outcome": outcome, "sealed_note": note}
        ledger.add(tables.attempts, row)
        enter_exchange(ledger, past, Heading.OUT, "ingrid", "push", str(update["trace_id"]), tried_at)
