"""When parcels are asked about: at once, in time, or never again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update

from carrier_backend.domain.parcels import Booked
from carrier_backend.storage.leases import OPEN
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments
from carrier_backend.storage.tracking import asked_in_parts
from carrier_backend.storage.types import load


@dataclass(frozen=True, slots=True)
class Due:
    """What came of wanting parcels looked at: shipments whose booking is still open, and names that nobody bears."""

    shipments: Sequence[str]
    unknown: Sequence[str]


_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Taken:
    """Parcels that are being asked about, until when nobody else does; unless something gives reason to."""

    parcels: Sequence[Booked] = ()
    until: datetime = _EVER
    trace_ids: Mapping[str, str] = field(default_factory=dict)
    """By reference, under which trace id something gave reason to ask about a parcel, where it was not just time to."""


def make_due(
    unit: Unit, courier: str, names: Iterable[str], trace_id: str, is_spoken_of: Callable[[str, datetime], bool]
) -> Due:
    """Have these parcels, by number or reference, asked about at once; what comes of it goes by the trace id.

    Whether a parcel is meant at all is told by whose it is, and when it was booked, or is being booked.
    """
    wanted = set(names)
    named = asked_in_parts(unit, _TO_LOOK_AT, courier, wanted)
    rows = [row for row in named if is_spoken_of(row.shipper_id, row.booked_at or unit.now)]
    look_again(unit, [(row.reference, unit.now) for row in rows if row.barcode], trace_id)
    still_open = sorted({row.shipment_id for row in rows if not row.barcode and row.state in OPEN})
    return Due(still_open, sorted(wanted - {name for row in rows for name in (row.number, row.reference)}))


_TO_LOOK_AT = (
    select(
        parcels.c.reference,
        parcels.c.number,
        parcels.c.barcode,
        parcels.c.shipment_id,
        parcels.c.shipper_id,
        shipments.c.state,
        shipments.c.booked_at,
    )
    .join(shipments, shipments.c.id == parcels.c.shipment_id)
    .where(
        parcels.c.courier == bindparam("courier"),
        or_(
            parcels.c.number.in_(bindparam("names", expanding=True)),
            parcels.c.reference.in_(bindparam("names", expanding=True)),
        ),
    )
    .order_by(parcels.c.reference)
    .with_for_update(of=parcels)
)


_DUE = (
    select(parcels.c.reference, parcels.c.sealed_booked, parcels.c.look_trace_id)
    .where(
        parcels.c.look_at > bindparam("after"),
        parcels.c.look_at <= bindparam("until"),
        parcels.c.courier == bindparam("courier"),
        parcels.c.sealed_booked.is_not(None),  # of an erased parcel nobody knows what to ask
    )
    .order_by(parcels.c.look_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def take_due(
    unit: Unit, courier: str, most: int, lease: timedelta, *, at_once: int = 1, soon: timedelta = timedelta()
) -> Taken:
    """Parcels that are to be asked about now; nobody else takes them until the lease is over.

    Where one question names so many parcels `at_once`, the last is filled up with some that are due soon anyway.
    """
    rows = _due(unit, courier, _EVER, unit.now, most)
    if missing := -len(rows) % at_once:
        rows += _due(unit, courier, unit.now, unit.now + soon, missing)
    if rows:
        unit.connection.execute(
            update(parcels)
            .where(parcels.c.reference.in_([row.reference for row in rows]))
            .values(look_at=unit.now + lease)
        )
    booked = [load(unit.sealing.open(row.sealed_booked), Booked) for row in rows]
    return Taken(booked, unit.now + lease, {row.reference: row.look_trace_id for row in rows if row.look_trace_id})


def take(unit: Unit, references: Sequence[str], lease: timedelta, trace_id: str) -> Taken:
    """These parcels, to be asked about at once, whether or not they are due; the due ones nobody else takes meanwhile.

    One of which nothing more is expected is asked about this once.
    """
    ours = parcels.c.reference.in_(references)
    rows = unit.connection.execute(select(parcels.c.sealed_booked).where(ours, parcels.c.sealed_booked.is_not(None)))
    until = unit.now + lease
    unit.connection.execute(update(parcels).where(ours, parcels.c.look_at.is_not(None)).values(look_at=until))
    booked = [load(unit.sealing.open(row.sealed_booked), Booked) for row in rows]
    return Taken(booked, until, dict.fromkeys(references, trace_id))


def _due(unit: Unit, courier: str, after: datetime, until: datetime, most: int) -> list[Row[Any]]:
    asked = {"courier": courier, "after": after, "until": until, "most": most}
    return list(unit.connection.execute(_DUE, asked))


_LOOKS = (
    select(parcels.c.reference, parcels.c.look_at)
    .where(parcels.c.reference.in_(bindparam("references", expanding=True)))
    .order_by(parcels.c.reference)
    .with_for_update()
)


def made_due_since(unit: Unit, taken: Taken) -> list[tuple[str, datetime]]:
    """Those of the parcels that something gave reason to ask about since they were taken, by reference, and when.

    All of them are locked until the transaction ends, so that no reason comes unseen meanwhile.
    """
    rows = unit.connection.execute(_LOOKS, {"references": [booked.reference for booked in taken.parcels]})
    return [(row.reference, row.look_at) for row in rows if row.look_at not in (None, taken.until)]


_LOOK_AT = update(parcels).where(parcels.c.reference == bindparam("of_parcel")).values(look_at=bindparam("look_at"))
_LOOK_FOR = _LOOK_AT.values(look_trace_id=bindparam("trace"))
_PUT_OFF = _LOOK_AT.where(parcels.c.look_at.is_not(None))


def stay_due(unit: Unit, due: Sequence[tuple[str, datetime]]) -> None:
    """Have parcels asked about at the moments, and under the trace ids, of the calls that gave reason to it."""
    if due:
        unit.connection.execute(_LOOK_AT, [{"of_parcel": reference, "look_at": at} for reference, at in due])


def put_off(unit: Unit, due: Sequence[tuple[str, datetime]]) -> None:
    """Have parcels asked about again at these moments, except those that meanwhile need not be asked about at all."""
    if due:
        unit.connection.execute(_PUT_OFF, [{"of_parcel": reference, "look_at": at} for reference, at in sorted(due)])


def look_again(unit: Unit, due: Sequence[tuple[str, datetime | None]], trace_id: str | None = None) -> None:
    """Have parcels, by reference, asked about at these moments (None: never), under a trace id or in due course."""
    if due:
        rows = [{"of_parcel": reference, "look_at": at, "trace": trace_id} for reference, at in due]
        unit.connection.execute(_LOOK_FOR, rows)
