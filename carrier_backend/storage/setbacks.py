"""Why a booking was not made at once, or came to nothing: each failed try and each end of one, for its timeline.

The same again is counted, not listed again; and of an endless row of tries, the last entry tells the latest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, desc, func, select, update

from carrier_backend.domain.lifecycle import Setback
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import setbacks

MOST = 100
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class NotedSetback:
    """What happened, why, how often in a row, and when for the first and the last time."""

    kind: Setback
    reason: str
    times: int
    at: datetime
    last_at: datetime


def note(unit: Unit, shipment_id: str, kind: Setback, reason: str) -> None:
    """Keep what happened to a shipment; its reason may name somebody, and so is sealed."""
    reason = reason[:LONGEST_REASON]
    of_shipment = select(setbacks).where(setbacks.c.shipment_id == shipment_id)
    latest = unit.connection.execute(of_shipment.order_by(desc(setbacks.c.id)).limit(1)).one_or_none()
    is_same = latest and latest.kind == kind and unit.sealing.open(latest.sealed_reason).decode() == reason
    if latest and (is_same or _is_full(unit, shipment_id)):
        again = update(setbacks).where(setbacks.c.id == latest.id)
        told = {"kind": kind, "sealed_reason": unit.sealing.seal(reason.encode())}
        unit.connection.execute(again.values(**told, times=setbacks.c.times + 1, last_at=unit.now))
        return
    unit.connection.execute(
        setbacks.insert(),
        {
            "shipment_id": shipment_id,
            "kind": kind,
            "sealed_reason": unit.sealing.seal(reason.encode()),
            "times": 1,
            "at": unit.now,
            "last_at": unit.now,
        },
    )


def _is_full(unit: Unit, shipment_id: str) -> bool:
    number = select(func.count()).where(setbacks.c.shipment_id == shipment_id)
    return unit.connection.execute(number).scalar_one() >= MOST


def of_shipment(unit: Unit, shipment_id: str) -> list[NotedSetback]:
    """All that a shipment met, oldest first."""
    rows = unit.connection.execute(
        select(setbacks).where(setbacks.c.shipment_id == shipment_id).order_by(setbacks.c.id)
    )
    return [
        NotedSetback(
            kind=Setback(row.kind),
            reason=unit.sealing.open(row.sealed_reason).decode(),
            times=row.times,
            at=row.at,
            last_at=row.last_at,
        )
        for row in rows
    ]


def erase(unit: Unit, shipment_ids: Iterable[str]) -> None:
    """Forget what these shipments met."""
    unit.connection.execute(delete(setbacks).where(setbacks.c.shipment_id.in_(list(shipment_ids))))
