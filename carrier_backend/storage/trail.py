"""The trail of operators' acts, which is only added to: page by page, and whether an act was done of late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import desc, func, select

from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import audit


@dataclass(frozen=True, slots=True)
class NotedAct:
    """Who did what to what, when and why."""

    id: int
    at: datetime
    operator: str
    act: str
    subject: str
    reason: str
    facts: Mapping[str, object]


def newest(unit: Unit, operator: str | None, subject: str | None, before: int | None, most: int) -> list[NotedAct]:
    """So many of the acts before an id, newest first; one operator's, or to one subject, where that is asked for."""
    wanted = {audit.c.operator: operator, audit.c.subject: subject}
    query = select(audit).where(*(column == value for column, value in wanted.items() if value))
    if before is not None:
        query = query.where(audit.c.id < before)
    return [NotedAct(**row._mapping) for row in unit.connection.execute(query.order_by(desc(audit.c.id)).limit(most))]


def latest_of(unit: Unit, subject: str, acts: Sequence[str], within: timedelta) -> NotedAct | None:
    """The latest of these acts to a subject in that span; nobody else is told until this transaction ends."""
    if unit.connection.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        unit.connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"audit:{subject}"))))
    row = unit.connection.execute(
        select(audit)
        .where(audit.c.subject == subject, audit.c.act.in_(acts), audit.c.at > unit.now - within)
        .order_by(desc(audit.c.id))
        .limit(1)
    ).one_or_none()
    return NotedAct(**row._mapping) if row else None


def about(unit: Unit, subjects: Sequence[str]) -> list[NotedAct]:
    """All acts to these subjects, oldest first."""
    query = select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.id)
    return [NotedAct(**row._mapping) for row in unit.connection.execute(query)]
