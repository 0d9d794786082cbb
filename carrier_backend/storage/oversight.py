"""What operators look at when they look at a parcel: its timeline; and the trail that their own acts add to."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from carrier_backend.domain.exchanges import Heading
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import exchanges, outbox, setbacks, words
from carrier_backend.storage.spendings import amount
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import (
    attempts,
    audit,
    events,
    journal,
    messages,
    parcels,
    prebookings,
    replays,
    shipments,
    spendings,
)
from carrier_backend.storage.types import load

MOST_EXCHANGES = 200
NOT_OF_AN_EXCHANGE = frozenset({"at", "heading", "order", "words", "places"})
TOLD_OF_STEPS = ("attempt", "order_id", "total", "collected_at", "tracking", "ticket")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline."""

    at: datetime
    kind: str
    title: str
    facts: Mapping[str, object]


def note_act(
    unit: Unit, operator: str, act: str, subject: str, reason: str, facts: Mapping[str, object] | None = None
) -> int:
    """Append an operator's act to the trail; the id it has there."""
    noted = unit.connection.execute(
        audit.insert().returning(audit.c.id),
        {
            "at": unit.now,
            "operator": operator,
            "act": act,
            "subject": subject,
            "reason": reason,
            "facts": dict(facts or {}),
        },
    )
    return int(noted.scalar_one())


def timeline(unit: Unit, shipment_id: str, reference: str) -> list[Entry]:
    """Everything known of a parcel, by one clock."""
    entries = [
        *_request(unit, shipment_id),
        *_setbacks(unit, shipment_id),
        *_steps(unit, shipment_id),
        *_spendings(unit, shipment_id),
        *_exchanges(unit, shipment_id, reference),
        *_events(unit, reference),
        *_pushes(unit, reference),
        *_acts(unit, shipment_id, reference),
        *_replays(unit, reference),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _request(unit: Unit, shipment_id: str) -> Iterator[Entry]:
    row = unit.connection.execute(select(shipments).where(shipments.c.id == shipment_id)).one()
    yield from _prebooking(unit, row)
    asked = {
        "trace_id": row.trace_id,
        "external_id": row.external_id,
        "tos_id": row.tos_id,
        "shipping_method": row.shipping_method,
        "courier": row.courier,
    }
    yield Entry(row.created_at, "request", "booking asked for", asked)
    if row.booked_at:
        yield Entry(row.booked_at, "booking", "booked", {"courier": row.courier})
    if row.unclaimed_at:
        yield Entry(row.unclaimed_at, "booking", "completed, but nobody came back for it", {})
    if row.erased_at:
        yield Entry(row.erased_at, "retention", "personal data erased", {})
    if row.sealed_stuck_reason:
        reason = unit.sealing.open(row.sealed_stuck_reason).decode()
        yield Entry(row.stuck_at, "booking", "waits for an operator", {"reason": reason})


def _prebooking(unit: Unit, row: Row[Any]) -> Iterator[Entry]:
    order_key = f"tos:{row.tos_id}" if row.tos_id else f"external:{row.external_id}"
    made_at = unit.connection.execute(
        select(prebookings.c.made_at).where(
            prebookings.c.client_id == row.client_id,
            prebookings.c.shipper_id == row.shipper_id,
            prebookings.c.order_key == order_key,
        )
    ).scalar_one_or_none()
    if made_at:
        yield Entry(made_at, "request", "prebooked", {})


def _setbacks(unit: Unit, shipment_id: str) -> Iterator[Entry]:
    for met in setbacks.of_shipment(unit, shipment_id):
        facts: dict[str, object] = {"reason": met.reason}
        if met.times > 1:
            facts |= {"times": met.times, "last_at": _written(met.last_at)}
        yield Entry(met.at, "booking", met.kind, facts)


def _steps(unit: Unit, shipment_id: str) -> Iterator[Entry]:
    rows = unit.connection.execute(select(journal).where(journal.c.shipment_id == shipment_id))
    for row in rows:
        facts = _told_of(unit, row)
        yield Entry(row.begun_at, "courier call", f"{row.name} begun", {} if row.done_at else facts)
        if row.done_at:
            yield Entry(row.done_at, "courier call", f"{row.name} done", facts)


def _told_of(unit: Unit, row: Row[Any]) -> Mapping[str, object]:
    """What people need of a step's facts; the rest are the courier's own, and may open what is theirs."""
    facts = load(unit.sealing.open(row.sealed_facts), dict[str, object]) if row.sealed_facts else {}
    return {name: facts[name] for name in TOLD_OF_STEPS if name in facts}


def _spendings(unit: Unit, shipment_id: str) -> Iterator[Entry]:
    references = select(parcels.c.reference).where(parcels.c.shipment_id == shipment_id)
    spent = select(spendings).where(
        spendings.c.courier == select(shipments.c.courier).where(shipments.c.id == shipment_id).scalar_subquery(),
        spendings.c.purpose.in_(references),
    )
    for row in unit.connection.execute(spent):
        yield Entry(row.spent_at, "spending", "counted towards the day", {"amount": str(amount(row.thousandths))})


def _exchanges(unit: Unit, shipment_id: str, reference: str) -> Iterator[Entry]:
    for kept in exchanges.of_parcel(unit, shipment_id, reference, MOST_EXCHANGES):
        exchange = kept.exchange
        kind = "call" if exchange.heading is Heading.OUT else "called by"
        facts = {name: value for name, value in asdict(exchange).items() if name not in NOT_OF_AN_EXCHANGE}
        if exchange.words:
            facts["errors"] = list(exchange.words)
        yield Entry(exchange.at, kind, f"{exchange.who}: {exchange.operation}", {"id": kept.id, **facts})


def _events(unit: Unit, reference: str) -> Iterator[Entry]:
    for row in unit.connection.execute(select(events).where(events.c.reference == reference)):
        code, text = words.of_event(unit, row)
        facts = {
            "code": code,
            "text": text,
            "event_at": _written(row.at),
            "source": row.source,
            "trace_id": row.trace_id,
        }
        title = text if row.is_for_timeline_only else row.status or "not in any table"
        yield Entry(row.heard_at, "note" if row.is_for_timeline_only else "event", title, facts)


def _pushes(unit: Unit, reference: str) -> Iterator[Entry]:
    tries: dict[int, list[Row[Any]]] = {}
    paused = outbox.paused(unit)
    tried = (
        select(attempts).join(messages, messages.c.id == attempts.c.message_id).where(messages.c.reference == reference)
    )
    for row in unit.connection.execute(tried):
        tries.setdefault(row.message_id, []).append(row)
    for row in unit.connection.execute(select(messages).where(messages.c.reference == reference)):
        body, error = words.opened(unit, row.sealed_body), words.opened(unit, row.sealed_error)
        facts = {"id": row.id, "state": row.state, "body": body, "error": error}
        if paused and row.state == UpdateState.WAITING:
            facts["paused"] = f"{paused.destination}: {paused.reason}"
        yield Entry(row.created_at, "status update", "to be sent", facts)
        for tried_once in tries.get(row.id, []):
            note = words.opened(unit, tried_once.sealed_note) or ""
            yield Entry(tried_once.at, "push", tried_once.outcome, {"update": row.id, "note": note})


def _acts(unit: Unit, shipment_id: str, reference: str) -> Iterator[Entry]:
    about = select(audit).where(audit.c.subject.in_([shipment_id, reference]))
    for row in unit.connection.execute(about):
        facts = {"operator": row.operator, "reason": row.reason, **row.facts}
        yield Entry(row.at, "operator", row.act, facts)


def _replays(unit: Unit, reference: str) -> Iterator[Entry]:
    """Acts about many parcels at once, of which this is one."""
    about = (
        select(audit, replays.c.message_id)
        .join(replays, replays.c.audit_id == audit.c.id)
        .join(messages, messages.c.id == replays.c.message_id)
        .where(messages.c.reference == reference)
    )
    for row in unit.connection.execute(about):
        facts = {"operator": row.operator, "reason": row.reason, "update": row.message_id}
        yield Entry(row.at, "operator", row.act, facts)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
