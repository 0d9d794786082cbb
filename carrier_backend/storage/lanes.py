"""Durable work in order: one lane per parcel or shipment, its due time, its lease, and the messages waiting in it.

Whoever adds to a lane touches the lane's row first: its lock keeps messages in the order of their commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, func, or_, select, update

from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import words
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import attempts, destinations, lanes, messages, parcels, shipments


class Kind(StrEnum):
    """What work a lane carries."""

    PUSH = "push"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane whose lease is ours for now."""

    key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Message:
    """The head of a lane: these very bytes are signed and sent."""

    id: int
    lane: str
    reference: str
    site_id: str
    trace_id: str
    body: bytes
    waiting_since: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be."""

    reference: str
    site_id: str
    trace_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at sending a message."""

    message_id: int
    outcome: str
    note: str


def settle_key(shipment_id: str) -> str:
    """The lane on which a shipment is settled."""
    return f"settle:{shipment_id}"


def push_key(reference: str) -> str:
    """The lane on which a parcel's status updates travel."""
    return f"push:{reference}"


def shipment_of(lane: Lane) -> str:
    """The shipment that is settled on a lane."""
    return lane.key.removeprefix("settle:")


def enqueue(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Put messages at the ends of their parcels' lanes; a lane that is backing off keeps its due time."""
    if not drafts:
        return
    keys = sorted({push_key(draft.reference) for draft in drafts})
    statement = insert(unit, lanes)
    unit.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"due_at": func.coalesce(lanes.c.due_at, statement.excluded.due_at)}
        ),
        [{"key": key, "kind": Kind.PUSH, "due_at": unit.now, "attempts": 0} for key in keys],
    )
    unit.connection.execute(
        messages.insert(),
        [
            {
                "lane": push_key(draft.reference),
                "reference": draft.reference,
                "site_id": draft.site_id,
                "trace_id": draft.trace_id,
                "sealed_body": unit.sealing.seal(draft.body),
                "state": UpdateState.WAITING,
                "created_at": unit.now,
            }
            for draft in drafts
        ],
    )


def settle_at(unit: Unit, shipment_id: str, due_at: datetime | None) -> None:
    """Have a shipment settled at that moment; None: no more."""
    statement = insert(unit, lanes).values(key=settle_key(shipment_id), kind=Kind.SETTLE, due_at=due_at, attempts=0)
    unit.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"due_at": due_at, "lease_until": None, "owner": None}
        )
    )


_DUE = (
    select(lanes.c.key, lanes.c.attempts)
    .where(
        lanes.c.kind == bindparam("kind"),
        lanes.c.due_at <= bindparam("now"),
        or_(lanes.c.lease_until.is_(None), lanes.c.lease_until < bindparam("now")),
    )
    .order_by(lanes.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def claim(unit: Unit, kind: Kind, owner: str, most: int, lease: timedelta) -> list[Lane]:
    """Lease up to so many due lanes, longest due first."""
    rows = unit.connection.execute(_DUE, {"kind": kind, "now": unit.now, "most": most}).all()
    if rows:
        unit.connection.execute(
            update(lanes)
            .where(lanes.c.key.in_([row.key for row in rows]))
            .values(owner=owner, lease_until=unit.now + lease)
        )
    return [Lane(row.key, row.attempts) for row in rows]


def take_up(unit: Unit, key: str) -> int:
    """Count that somebody begins on a lane; how often in a row whoever did so before never gave it back."""
    deaths = unit.connection.execute(select(lanes.c.deaths).where(lanes.c.key == key)).scalar_one()
    unit.connection.execute(update(lanes).where(lanes.c.key == key).values(deaths=deaths + 1))
    return int(deaths)


def give_back(unit: Unit, key: str) -> None:
    """Note that whoever took a lane up has come back from it."""
    unit.connection.execute(update(lanes).where(lanes.c.key == key).values(deaths=0))


def forget_attempts(unit: Unit, key: str) -> None:
    """Note that it went well: the next failure is the first."""
    unit.connection.execute(update(lanes).where(lanes.c.key == key).values(attempts=0))


def heads(unit: Unit, claimed: Sequence[Lane]) -> dict[str, Message]:
    """The message each lane has to send next."""
    first = (
        select(func.min(messages.c.id))
        .where(messages.c.lane.in_([lane.key for lane in claimed]), messages.c.state == UpdateState.WAITING)
        .group_by(messages.c.lane)
    )
    rows = unit.connection.execute(select(messages).where(messages.c.id.in_(first)))
    return {
        row.lane: Message(
            id=row.id,
            lane=row.lane,
            reference=row.reference,
            site_id=row.site_id,
            trace_id=row.trace_id,
            body=unit.sealing.open(row.sealed_body),
            waiting_since=row.done_at or row.created_at,
        )
        for row in rows
    }


def hold(unit: Unit, keys: Iterable[str], owner: str) -> set[str]:
    """Lock those of the lanes that are still ours, so that what is added to them meanwhile is seen."""
    held = select(lanes.c.key).where(lanes.c.key.in_(list(keys)), lanes.c.owner == owner)
    return set(unit.connection.execute(held.order_by(lanes.c.key).with_for_update()).scalars())


def finish(unit: Unit, message_ids: Iterable[int], state: UpdateState, error: str | None = None) -> None:
    """Take messages out of their lanes: sent, or parked with the reason; of an erased shipment, erased as well."""
    ids = list(message_ids)
    unit.connection.execute(
        update(messages)
        .where(messages.c.id.in_(ids))
        .values(state=state, sealed_error=words.seal(unit, error), done_at=unit.now)
    )
    is_erased = (
        select(messages.c.id)
        .join(parcels, parcels.c.reference == messages.c.reference)
        .join(shipments, shipments.c.id == parcels.c.shipment_id)
        .where(messages.c.id.in_(ids), shipments.c.erased_at.is_not(None))
    )
    erase(unit, unit.connection.execute(is_erased).scalars().all())


def erase(unit: Unit, message_ids: Sequence[int]) -> None:
    """Erase what messages say, and what was answered to them: either may name somebody."""
    if message_ids:
        these = messages.c.id.in_(message_ids)
        unit.connection.execute(update(messages).where(these).values(sealed_body=None, sealed_error=None))
        tried = update(attempts).where(attempts.c.message_id.in_(message_ids))
        unit.connection.execute(tried.values(sealed_note=None))


def restore(unit: Unit, message_ids: Iterable[int], state: UpdateState = UpdateState.PARKED) -> list[int]:
    """Put messages that are in that state, and not erased, back where they stood, their lanes due; which.

    From now on they have all the time of new ones: `done_at` of what waits says since when it does, again.
    """
    ids = list(message_ids)
    keys = sorted(set(unit.connection.execute(select(messages.c.lane).where(messages.c.id.in_(ids))).scalars()))
    # The lanes first, as always: whoever is just settling one has then either seen the message or is yet to look.
    unit.connection.execute(select(lanes.c.key).where(lanes.c.key.in_(keys)).order_by(lanes.c.key).with_for_update())
    restored = unit.connection.execute(
        update(messages)
        .where(messages.c.id.in_(ids), messages.c.state == state, messages.c.sealed_body.is_not(None))
        .values(state=UpdateState.WAITING, done_at=unit.now)
        .returning(messages.c.id)
    )
    put_back = sorted(restored.scalars())
    unit.connection.execute(
        update(lanes).where(lanes.c.key.in_(keys), lanes.c.due_at.is_(None)).values(due_at=unit.now, attempts=0)
    )
    return put_back


def readdress(unit: Unit, shipper_id: str, site_id: str) -> None:
    """Have what was not told yet of a shipper's parcels told to the site that is theirs now."""
    theirs = select(parcels.c.reference).where(
        parcels.c.reference == messages.c.reference, parcels.c.shipper_id == shipper_id
    )
    unit.connection.execute(
        update(messages)
        .where(messages.c.site_id != site_id, theirs.exists())
        .where(messages.c.state.in_([UpdateState.WAITING, UpdateState.PARKED]))
        .values(site_id=site_id)
    )


def note_attempts(unit: Unit, tried: Sequence[Attempt]) -> None:
    """Keep what became of each try, for the parcel's timeline."""
    if tried:
        unit.connection.execute(
            attempts.insert(),
            [
                {
                    "message_id": each.message_id,
                    "at": unit.now,
                    "outcome": each.outcome,
                    "sealed_note": words.seal(unit, each.note or None),
                }
                for each in tried
            ],
        )


_WAITING = select(messages.c.id).where(messages.c.lane == lanes.c.key, messages.c.state == UpdateState.WAITING).exists()


def advance(unit: Unit, keys: Iterable[str]) -> None:
    """Give lanes back after their head is out of the way: due at once if more waits, else idle."""
    mine = list(keys)
    free = {"lease_until": None, "owner": None, "attempts": 0}
    unit.connection.execute(update(lanes).where(lanes.c.key.in_(mine), _WAITING).values(due_at=unit.now, **free))
    unit.connection.execute(update(lanes).where(lanes.c.key.in_(mine), ~_WAITING).values(due_at=None, **free))


def retry(unit: Unit, key: str, attempts_made: int, due_at: datetime) -> None:
    """Give a lane back to be tried again at that moment."""
    unit.connection.execute(
        update(lanes)
        .where(lanes.c.key == key)
        .values(lease_until=None, owner=None, attempts=attempts_made, due_at=due_at)
    )


def hasten(unit: Unit, kind: Kind, due_after: datetime, most: int) -> None:
    """Have lanes that back off for longer than until that moment tried at once, so many of those that are due first."""
    later = select(lanes.c.key).where(lanes.c.kind == kind, lanes.c.due_at > due_after, lanes.c.attempts > 0)
    # Others may hold some of them, and wait for what we hold.
    chosen = later.order_by(lanes.c.due_at).limit(most).with_for_update(skip_locked=True)
    keys = unit.connection.execute(chosen).scalars().all()
    unit.connection.execute(update(lanes).where(lanes.c.key.in_(keys)).values(due_at=unit.now))


@dataclass(frozen=True, slots=True)
class Destination:
    """Where messages go: whether it is paused, and the refusals seen alike since it last accepted anything."""

    name: str
    paused_at: datetime | None = None
    reason: str | None = None
    probe_at: datetime | None = None
    refusal: str | None = None
    refused: tuple[tuple[str, int], ...] = ()
    """Pairs of reference and message id."""


def destination(unit: Unit, name: str) -> Destination:
    """The destination of that name, locked until the transaction ends."""
    unit.connection.execute(insert(unit, destinations).values(name=name, refused=[]).on_conflict_do_nothing())
    row = unit.connection.execute(select(destinations).where(destinations.c.name == name).with_for_update()).one()
    refused = tuple((reference, message_id) for reference, message_id in row.refused)
    return Destination(
        name=row.name,
        paused_at=row.paused_at,
        reason=words.opened(unit, row.sealed_reason),
        probe_at=row.probe_at,
        refusal=words.opened(unit, row.sealed_refusal),
        refused=refused,
    )


def keep_destination(unit: Unit, kept: Destination) -> None:
    """Keep how a destination stands."""
    row = {
        "name": kept.name,
        "paused_at": kept.paused_at,
        "sealed_reason": words.seal(unit, kept.reason),
        "probe_at": kept.probe_at,
        "sealed_refusal": words.seal(unit, kept.refusal),
        "refused": [list(pair) for pair in kept.refused],
    }
    statement = insert(unit, destinations).values(row)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
