"""What couriers told us: deliveries kept as they came, events, and the parcels that they move."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, or_, select, update

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import OURS, Heard, Seen, Source, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.storage import words
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import deliveries, events, parcels, shipments

NAMES_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Tracked:
    """As much of a parcel as news can change."""

    reference: str
    shipment_id: str
    number: str
    barcode: str
    shipping_method: str
    shipper_id: str
    booking: BookingState
    status: Status | None
    status_at: datetime | None
    booked_at: datetime | None
    is_erased: bool


class Arrival(StrEnum):
    """Whether a courier's call came before, by the id that the courier gave it."""

    NEW = "new"
    REPEATED = "repeated"
    ALTERED = "altered"
    """The same id over another body: one of the two is not theirs, and nobody can tell which."""


def keep_delivery(unit: Unit, courier: str, delivery: Delivery, heard: Heard, trace_id: str, voice: str) -> Arrival:
    """Keep a courier's call to us as it came, and what of it could not be read, unless it came before in that voice."""
    row = {
        "courier": courier,
        "kind": delivery.kind,
        "trace_id": trace_id,
        "received_at": unit.now,
        "sealed_body": unit.sealing.seal(delivery.body),
        "unreadable": list(heard.unreadable),
        "call_id": heard.call_id or None,
        "voice": voice,
    }
    kept = insert(unit, deliveries).values(row).on_conflict_do_nothing(index_elements=["courier", "voice", "call_id"])
    if unit.connection.execute(kept.returning(deliveries.c.id)).one_or_none() is not None:
        return Arrival.NEW
    before = unit.connection.execute(
        select(deliveries.c.sealed_body).where(
            deliveries.c.courier == courier, deliveries.c.voice == voice, deliveries.c.call_id == heard.call_id
        )
    ).scalar_one()
    is_same = before is None or unit.sealing.open(before) == delivery.body
    return Arrival.REPEATED if is_same else Arrival.ALTERED


def forget_delivery(unit: Unit, trace_id: str) -> None:
    """Forget a call of this moment as it came: it tells of a parcel whose people are not to be known any more."""
    of_now = (deliveries.c.received_at == unit.now, deliveries.c.trace_id == trace_id)
    unit.connection.execute(update(deliveries).where(*of_now).values(sealed_body=None))


def _tracked(row: Any) -> Tracked:
    return Tracked(
        reference=row.reference,
        shipment_id=row.shipment_id,
        number=row.number,
        barcode=row.barcode,
        shipping_method=row.shipping_method,
        shipper_id=row.shipper_id,
        booking=BookingState(row.booking),
        status=Status(row.status) if row.status else None,
        status_at=row.status_at,
        booked_at=row.booked_at,
        is_erased=row.erased_at is not None,
    )


_TRACKED = select(
    parcels.c.reference,
    parcels.c.shipment_id,
    parcels.c.number,
    parcels.c.barcode,
    parcels.c.shipping_method,
    parcels.c.shipper_id,
    parcels.c.booking,
    parcels.c.status,
    parcels.c.status_at,
    shipments.c.booked_at,
    shipments.c.erased_at,
).join(shipments, shipments.c.id == parcels.c.shipment_id)
_NAMED = (
    _TRACKED.where(
        parcels.c.courier == bindparam("courier"),
        or_(
            parcels.c.number.in_(bindparam("names", expanding=True)),
            parcels.c.reference.in_(bindparam("names", expanding=True)),
        ),
    )
    .order_by(parcels.c.reference)
    .with_for_update(of=parcels)
)


def named(unit: Unit, courier: str, names: Iterable[str]) -> list[Tracked]:
    """The booked parcels with these numbers or references, locked until the transaction ends.

    Those that are still being booked are locked too: whoever records the booking then sees what came before.
    """
    rows = {row.reference: row for row in asked_in_parts(unit, _NAMED, courier, names)}
    return [_tracked(row) for _, row in sorted(rows.items()) if row.barcode]


def asked_in_parts(unit: Unit, query: Select[Any], courier: str, names: Iterable[str]) -> Iterator[Any]:
    """The rows of a query by names, however many: a stock SQLite takes no more than 32,766 values at once."""
    wanted = sorted(set(names))
    for start in range(0, len(wanted), NAMES_AT_ONCE):
        part = wanted[start : start + NAMES_AT_ONCE]
        yield from unit.connection.execute(query, {"courier": courier, "names": part})


def add_events(
    unit: Unit,
    courier: str,
    heard: Sequence[tuple[TrackingEvent, Tracked | None]],
    source: Source,
    trace_id: str,
    voice: str = OURS,
) -> set[tuple[str, str, int]]:
    """Keep events, each with the parcel it is about if that is known; the keys of those that were news.

    One that was kept before its parcel was known is news once it is. Of unknown parcels it is kept who spoke.
    """
    rows = {event_key(*pair): _event_row(unit, courier, *pair, source, trace_id, voice) for pair in heard}
    if not rows:
        return set()
    statement = insert(unit, events)
    adopted = statement.on_conflict_do_update(
        index_elements=["courier", "number", "code", "second", "voice"],
        set_={"reference": statement.excluded.reference},
        where=events.c.reference.is_(None) & statement.excluded.reference.is_not(None),
    )
    new = unit.connection.execute(
        adopted.returning(events.c.number, events.c.code, events.c.second),
        [rows[key] for key in sorted(rows)],  # in one order for everybody: nobody waits in a circle
    )
    return {(row.number, row.code, row.second) for row in new}


def is_known(unit: Unit, courier: str, event: TrackingEvent, parcel: Tracked) -> bool:
    """Whether an event of a parcel was kept before."""
    number, code, second = event_key(event, parcel)
    kept = select(events.c.id).where(
        events.c.courier == courier,
        events.c.number == number,
        events.c.code == code,
        events.c.second == second,
        events.c.voice == OURS,
    )
    return unit.connection.execute(kept).first() is not None


def event_key(event: TrackingEvent, parcel: Tracked | None) -> tuple[str, str, int]:
    """What makes two reports one event: webhook and poll differ in fractions of a second, never in these."""
    number = parcel.number if parcel else event.number or event.reference
    return number, words.code_key(event.code), int(event.at.timestamp())


def _event_row(
    unit: Unit, courier: str, event: TrackingEvent, parcel: Tracked | None, source: Source, trace_id: str, voice: str
) -> dict[str, object]:
    number, code, second = event_key(event, parcel)
    return {
        "reference": parcel.reference if parcel else None,
        "courier": courier,
        "number": number,
        "named": event.reference,
        "code": code,
        "sealed_words": None if parcel and parcel.is_erased else words.seal_event(unit, event),
        "status": event.status,
        "at": event.at,
        "second": second,
        "heard_at": unit.now,
        "source": source,
        "trace_id": trace_id,
        "is_for_timeline_only": event.is_for_timeline_only,
        "voice": OURS if parcel else voice,
    }


_SEEN = (
    select(events.c.reference, events.c.code, events.c.sealed_words, events.c.at)
    .where(events.c.reference.in_(bindparam("references", expanding=True)), events.c.source == Source.POLL)
    .order_by(events.c.at, events.c.id)
)


def seen(unit: Unit, references: Iterable[str]) -> dict[str, list[Seen]]:
    """What asking about each of these parcels gave before, by reference and oldest first."""
    given: dict[str, list[Seen]] = {}
    for row in unit.connection.execute(_SEEN, {"references": list(references)}):
        code = words.of_event(unit, row)[0] if row.code.startswith(words.IN_WORDS) else row.code
        given.setdefault(row.reference, []).append(Seen(code, row.at))
    return given


def unmatched(
    unit: Unit, courier: str, booked: Sequence[Booked], voices: Callable[[Booked], Collection[str]]
) -> list[TrackingEvent]:
    """What voices that may speak of these parcels told before we knew of them; from now on the events are theirs."""
    owners = {name: parcel for parcel in booked for name in (parcel.number, parcel.reference)}
    strays = unit.connection.execute(_STRAYS, {"courier": courier, "names": sorted(owners)}).all()
    rows = [row for row in strays if row.voice == OURS or row.voice in voices(owners[row.number])]
    # The same news may have come by our name and by theirs: it is one event, and from now on goes by theirs.
    kept = {(owners[row.number].number, row.code, row.second): row for row in rows}
    twice = {row.id for row in rows} - {row.id for row in kept.values()}
    if twice:
        unit.connection.execute(delete(events).where(events.c.id.in_(twice)))
    if kept:
        unit.connection.execute(_ADOPT, [_adoption(row.id, owners[row.number]) for row in kept.values()])
    return [_event(unit, row, owners[row.number]) for row in kept.values()]


_STRAYS = (
    select(events)
    .where(
        events.c.reference.is_(None),
        events.c.courier == bindparam("courier"),
        events.c.number.in_(bindparam("names", expanding=True)),
    )
    .order_by(events.c.at, events.c.id)
)
_ADOPT = (
    update(events)
    .where(events.c.id == bindparam("stray"))
    .values(reference=bindparam("owner"), number=bindparam("called"), voice=OURS)
)


def _adoption(stray: int, owner: Booked) -> dict[str, object]:
    return {"stray": stray, "owner": owner.reference, "called": owner.number}


def _event(unit: Unit, row: Row[Any], parcel: Booked) -> TrackingEvent:
    code, text = words.of_event(unit, row)
    return TrackingEvent(
        number=parcel.number,
        reference=parcel.reference,
        code=code,
        text=text,
        status=Status(row.status) if row.status else None,
        at=row.at,
        is_for_timeline_only=row.is_for_timeline_only,
    )


def forget_strays(unit: Unit, heard_before: datetime) -> int:
    """Forget news of long ago about parcels that never became ours."""
    return unit.connection.execute(
        delete(events).where(events.c.reference.is_(None), events.c.heard_at < heard_before)
    ).rowcount


@dataclass(frozen=True, slots=True)
class Move:
    """Where news leaves a parcel, and when it is to be asked about next (None: never)."""

    reference: str
    booking: BookingState
    status: Status | None
    status_at: datetime | None
    look_at: datetime | None


_MOVE = (
    update(parcels)
    .where(parcels.c.reference == bindparam("moved"))
    .values(
        booking=bindparam("booking"),
        status=bindparam("status"),
        status_at=bindparam("status_at"),
        look_at=bindparam("look_at"),
        heard_at=bindparam("heard_at"),
    )
)


def move(unit: Unit, moved: Sequence[Move]) -> None:
    """Keep where parcels are now."""
    if moved:
        unit.connection.execute(
            _MOVE,
            [
                {
                    "moved": each.reference,
                    "booking": each.booking,
                    "status": each.status,
                    "status_at": each.status_at,
                    "look_at": each.look_at,
                    "heard_at": unit.now,
                }
                for each in moved
            ],
        )


def erase_deliveries(unit: Unit, received_before: datetime) -> int:
    """Erase what couriers sent long ago, as they sent it."""
    return unit.connection.execute(
        update(deliveries)
        .where(deliveries.c.received_at < received_before, deliveries.c.sealed_body.is_not(None))
        .values(sealed_body=None)
    ).rowcount
