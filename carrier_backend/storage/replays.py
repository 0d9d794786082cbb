"""Which status updates of some span may be told again: counted, and listed in the order in which they came to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, tuple_

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import messages, replays


@dataclass(frozen=True, slots=True)
class Wanted:
    """Updates in a state that came to be from one moment on and before another, of one site or of all.

    `after` is the last of those before them.
    """

    state: UpdateState
    since: datetime | None
    until: datetime | None
    site_id: str | None
    after: int | None = None


def has(unit: Unit, message_id: int) -> bool:
    """Whether there is such an update."""
    return unit.connection.execute(select(messages.c.id).where(messages.c.id == message_id)).scalar() is not None


def count(unit: Unit, wanted: Wanted, most: int) -> int:
    """How many there are, counted up to so many."""
    some = select(literal(1)).select_from(messages).where(*_conditions(wanted)).limit(most).subquery()
    return unit.connection.execute(select(func.count()).select_from(some)).scalar_one()


def oldest(unit: Unit, wanted: Wanted, most: int) -> Sequence[int]:
    """The ids of the first so many."""
    query = select(messages.c.id).where(*_conditions(wanted)).order_by(messages.c.created_at, messages.c.id)
    return unit.connection.execute(query.limit(most)).scalars().all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [messages.c.state == wanted.state, messages.c.sealed_body.is_not(None)]
    if wanted.since:
        conditions.append(messages.c.created_at >= wanted.since)
    if wanted.until:
        conditions.append(messages.c.created_at < wanted.until)
    if wanted.site_id:
        conditions.append(messages.c.site_id == wanted.site_id)
    if wanted.after is not None:
        created_at = select(messages.c.created_at).where(messages.c.id == wanted.after).scalar_subquery()
        conditions.append(tuple_(messages.c.created_at, messages.c.id) > tuple_(created_at, literal(wanted.after)))
    return conditions


def note(unit: Unit, act: int, message_ids: Sequence[int]) -> None:
    """Keep which updates an act had sent again, for their parcels' timelines."""
    if message_ids:
        rows = [{"audit_id": act, "message_id": message_id} for message_id in message_ids]
        unit.connection.execute(replays.insert(), rows)
