"""The trail of operators' acts, which is only added to: page by page, whether an act was done of late, or failed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import desc, func, select

from carrier_backend.domain.errors import CarrierError, Unsure
from carrier_backend.storage.oversight import note_act
from carrier_backend.storage.store import Store, Unit
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


@contextmanager
def told_if_it_fails(store: Store, operator: str, act: str, subject: str, reason: str) -> Iterator[None]:
    """What is done under this is on the trail already: should it raise a CarrierError, so is that it was not done.

    Of an Unsure, that it may have been. A second row, for the trail is only added to.
    """
    try:
        yield
    except CarrierError as error:
        ending = f"{act} in doubt" if isinstance(error, Unsure) else not_done(act)
        with store.begin() as unit:
            note_act(unit, operator, ending, subject, reason, {"error": type(error).__name__.lower()})
        raise


def not_done(act: str) -> str:
    """How the trail says that an act was not done."""
    return f"{act} not done"


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
