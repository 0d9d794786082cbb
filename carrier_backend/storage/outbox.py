"""What waits for Ingrid, was told to her or could not be told, as operators look at it: page by page, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, desc, func, select

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import words
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import attempts, destinations, lanes, messages, parcels


@dataclass(frozen=True, slots=True)
class LastTry:
    """What came of the newest of the attempts at telling."""

    at: datetime
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class Paused:
    """A destination that refuses everything, why, and when one update alone is tried again."""

    destination: str
    paused_at: datetime
    reason: str
    probe_at: datetime | None


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """A status update as the outbox holds it; `paused` is what keeps it waiting."""

    id: int
    reference: str
    barcode: str
    state: str
    tries: int
    last_try: LastTry | None
    body: str
    trace_id: str
    error: str | None
    created_at: datetime
    done_at: datetime | None
    next_try_at: datetime | None
    paused: Paused | None


_LAST = attempts.alias("last")
_NEWEST_TRY = select(func.max(attempts.c.id)).where(attempts.c.message_id == messages.c.id).scalar_subquery()
_TRIES = select(func.count()).where(attempts.c.message_id == messages.c.id).scalar_subquery()
_LISTED = (
    select(
        messages,
        parcels.c.barcode,
        lanes.c.due_at,
        _TRIES.label("tries"),
        _LAST.c.at.label("tried_at"),
        _LAST.c.outcome,
        _LAST.c.sealed_note,
    )
    .join(parcels, parcels.c.reference == messages.c.reference)
    .join(lanes, lanes.c.key == messages.c.lane)
    .outerjoin(_LAST, _LAST.c.id == _NEWEST_TRY)
    .order_by(desc(messages.c.id))
)


def updates(unit: Unit, state: UpdateState | None, before: int | None, limit: int) -> list[UpdateRow]:
    """A page of the outbox, newest first, below a message id."""
    query = _LISTED.limit(limit)
    if state is not None:
        query = query.where(messages.c.state == state)
    if before is not None:
        query = query.where(messages.c.id < before)
    pause = paused(unit)
    return [_update_row(unit, row, pause) for row in unit.connection.execute(query)]


def _update_row(unit: Unit, row: Row[Any], pause: Paused | None) -> UpdateRow:
    is_waiting = row.state == UpdateState.WAITING
    return UpdateRow(
        id=row.id,
        reference=row.reference,
        barcode=row.barcode,
        state=row.state,
        tries=row.tries,
        last_try=_last_try(unit, row),
        body=words.opened(unit, row.sealed_body) or "",
        trace_id=row.trace_id,
        error=words.opened(unit, row.sealed_error),
        created_at=row.created_at,
        done_at=None if is_waiting else row.done_at,
        next_try_at=_next_try_at(row, pause) if is_waiting else None,
        paused=pause if is_waiting else None,
    )


def _last_try(unit: Unit, row: Row[Any]) -> LastTry | None:
    if row.tried_at is None:
        return None
    return LastTry(row.tried_at, row.outcome, words.opened(unit, row.sealed_note) or "")


def _next_try_at(row: Row[Any], pause: Paused | None) -> datetime | None:
    due_at: datetime | None = row.due_at
    if due_at and pause and pause.probe_at:
        return max(due_at, pause.probe_at)
    return due_at


def update_named(unit: Unit, message_id: int) -> tuple[str, UpdateState] | None:
    """Reference and state of one status update."""
    row = unit.connection.execute(
        select(messages.c.reference, messages.c.state).where(messages.c.id == message_id)
    ).one_or_none()
    return (row.reference, UpdateState(row.state)) if row else None


def paused(unit: Unit) -> Paused | None:
    """The destination of all updates, where it is paused."""
    row = unit.connection.execute(select(destinations).where(destinations.c.paused_at.is_not(None)).limit(1)).first()
    if row is None:
        return None
    return Paused(row.name, row.paused_at, words.opened(unit, row.sealed_reason) or "", row.probe_at)
