"""What becomes of a shipment in the end: over, come to nothing, and at last erased."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update

from carrier_backend.domain.lifecycle import BookingState, Setback, StuckOver
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage import exchanges, lanes, setbacks
from carrier_backend.storage.shipments import NOT_STUCK
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import claims, events, journal, messages, parcels, shipments


def close(unit: Unit, shipment_id: str) -> None:
    """Note that a shipment came to nothing: refused, or abandoned."""
    unit.connection.execute(update(shipments).where(shipments.c.id == shipment_id).values(over_at=unit.now))
    unit.connection.execute(delete(claims).where(claims.c.shipment_id == shipment_id))


def close_if_over(unit: Unit, shipment_ids: Iterable[str], final: Iterable[str]) -> None:
    """Note when nothing more is expected of a shipment; of one wholly cancelled, the packages may be booked anew."""
    ids = list(set(shipment_ids))
    going = select(parcels.c.shipment_id).where(
        parcels.c.shipment_id.in_(ids),
        and_(
            parcels.c.booking != BookingState.CANCELLED,
            or_(parcels.c.status.is_(None), parcels.c.status.not_in(list(final))),
        ),
    )
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id.in_(ids), shipments.c.id.not_in(going))
        .values(over_at=func.coalesce(shipments.c.over_at, unit.now))
    )
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id.in_(ids), shipments.c.id.not_in(going), shipments.c.stuck_over != StuckOver.UNDOING)
        .values(NOT_STUCK)
    )
    unit.connection.execute(
        update(shipments).where(shipments.c.id.in_(ids), shipments.c.id.in_(going)).values(over_at=None)
    )
    alive = select(parcels.c.shipment_id).where(
        parcels.c.shipment_id.in_(ids), parcels.c.booking != BookingState.CANCELLED
    )
    unit.connection.execute(delete(claims).where(claims.c.shipment_id.in_(ids), claims.c.shipment_id.not_in(alive)))
    unit.connection.execute(
        update(shipments).where(shipments.c.id.in_(ids), shipments.c.id.not_in(alive)).values(unclaimed_at=None)
    )


def abandon_untouched(unit: Unit, shipment_id: str) -> bool:
    """Give up a shipment that no courier was ever asked for and nobody is working on; False where that is not so."""
    begun = select(journal.c.name).where(journal.c.shipment_id == shipment_id).exists()
    given_up = unit.connection.execute(
        update(shipments)
        .where(
            shipments.c.id == shipment_id,
            shipments.c.state.in_([BookingState.INTENDED, BookingState.UNSURE]),
            or_(shipments.c.lease_until.is_(None), shipments.c.lease_until < unit.now),
            ~begun,
        )
        .values(state=BookingState.ABANDONED)
    ).rowcount
    if given_up:
        unit.connection.execute(
            update(parcels).where(parcels.c.shipment_id == shipment_id).values(booking=BookingState.ABANDONED)
        )
        setbacks.note(
            unit, shipment_id, Setback.ABANDONED, "no courier was asked, and its packages are ordered otherwise"
        )
        close(unit, shipment_id)
    return bool(given_up)


def erase(unit: Unit, over_before: datetime, limit: int) -> int:
    """Erase the personal data and labels of shipments long over; keys and barcodes stay, so nothing is booked twice."""
    ids = list(
        unit.connection.execute(
            select(shipments.c.id)
            .where(shipments.c.over_at < over_before, shipments.c.erased_at.is_(None))
            .limit(limit)
        ).scalars()
    )
    if ids:
        erase_these(unit, ids)
    return len(ids)


def erase_these(unit: Unit, ids: Sequence[str]) -> None:
    """Erase the personal data and labels of these shipments."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id.in_(ids))
        .values(
            sealed_agreement=None,
            sealed_body=None,
            sealed_answer=None,
            sealed_refusal=None,
            unclaimed_at=None,
            erased_at=unit.now,
            **NOT_STUCK,
        )
    )
    unit.connection.execute(
        update(parcels)
        .where(parcels.c.shipment_id.in_(ids))
        .values(sealed_booked=None, sealed_label=None, look_at=None)
    )
    unit.connection.execute(update(journal).where(journal.c.shipment_id.in_(ids)).values(sealed_facts=None))
    setbacks.erase(unit, ids)
    exchanges.erase(unit, ids)
    _erase_words(unit, ids)


def _erase_words(unit: Unit, ids: Sequence[str]) -> None:
    """What a courier or Ingrid said in words of their own may repeat a name; what is yet to be told is told first."""
    theirs = select(parcels.c.reference).where(parcels.c.shipment_id.in_(ids))
    unit.connection.execute(update(events).where(events.c.reference.in_(theirs)).values(sealed_words=None))
    told = select(messages.c.id).where(messages.c.reference.in_(theirs), messages.c.state != UpdateState.WAITING)
    lanes.erase(unit, unit.connection.execute(told).scalars().all())
