"""What there is at a courier and what we think there is, and in which points the two do not agree."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.storage import parcels as labels
from carrier_backend.storage import tables
from carrier_backend.storage.lanes import Kind
from carrier_backend.storage.store import Store

Body = Mapping[str, Any]

INTIGO_CANCELLED = 8
STANDING = (BookingState.BOOKED, BookingState.CANCELLING)
NOTHING = (BookingState.REFUSED, BookingState.ABANDONED, BookingState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A courier's books: `live` are the barcodes of what it will carry, by reference; `wishes` what was asked of it."""

    live: Sequence[tuple[str, str]]
    wishes: Sequence[str]
    faults: Sequence[str]


def of_intigo(books: Body) -> Theirs:
    """Each parcel there is carried; wishes to cancel are tickets."""
    live = [
        (parcel["cid"], parcel["nid"])
        for parcel in books["parcels"]
        if parcel["history"][-1]["status"] != INTIGO_CANCELLED
    ]
    return Theirs(live, [ticket["nid"] for ticket in books["tickets"]], [])


def of_parcel2go(books: Body) -> Theirs:
    """Only what is paid is carried, and an order that nobody pays for comes to nothing by itself."""
    debits = Counter(payment["order_id"] for payment in books["payments"])
    live = [
        (line["reference"], f"P2G{line['order_line_id']}")
        for order in books["orders"]
        if order["paid_at"]
        for line in order["lines"]
    ]
    return Theirs(live, [], [f"order {order} was paid {times} times" for order, times in debits.items() if times > 1])


def of_ecotrack(books: Body) -> Theirs:
    """Whatever is not deleted has to be validated, and once; wishes to cancel are remarks."""
    validated = Counter(validation["tracking"] for validation in books["validations"])
    live = [order for order in books["orders"] if not order["deleted_at"]]
    faults = [
        f"order {order['tracking']} was validated {validated[order['tracking']]} times"
        for order in live
        if validated[order["tracking"]] != 1
    ]
    wishes = [order["tracking"] for order in live for _ in order["remarks"]]
    return Theirs([(order["reference"], order["tracking"]) for order in live], wishes, faults)


READ = {"intigo": of_intigo, "parcel2go": of_parcel2go, "ecotrack": of_ecotrack}


@dataclass(frozen=True, slots=True)
class Ours:
    """One parcel in our database."""

    reference: str
    package_id: str
    state: BookingState
    barcode: str | None
    label: bytes
    told: int
    is_stuck: bool


def ours(store: Store, package_ids: Sequence[str]) -> list[Ours]:
    """Every parcel that we ever began of these packages."""
    told = tables.messages
    with store.read() as unit:
        rows = unit.connection.execute(
            select(tables.parcels, tables.shipments.c.stuck_at)
            .join(tables.shipments, tables.shipments.c.id == tables.parcels.c.shipment_id)
            .where(tables.parcels.c.package_id.in_(package_ids))
        ).all()
        return [
            Ours(
                row.reference,
                row.package_id,
                BookingState(row.booking),
                row.barcode,
                label.content if (label := labels.label(unit, row.reference)) else b"",
                len(unit.connection.execute(select(told.c.id).where(told.c.reference == row.reference)).all()),
                row.stuck_at is not None,
            )
            for row in rows
        ]


def is_settled(store: Store) -> bool:
    """Whether nothing is left for the worker to settle."""
    due = select(tables.lanes.c.key).where(tables.lanes.c.kind == Kind.SETTLE, tables.lanes.c.due_at.is_not(None))
    with store.read() as unit:
        return unit.connection.execute(due).first() is None


def disagreements(package_ids: Sequence[str], kept: Sequence[Ours], theirs: Theirs) -> Iterator[str]:
    """All that is not as it has to be: each package exists exactly once on both sides, or on neither."""
    yield from theirs.faults
    standing = [parcel for parcel in kept if parcel.state in STANDING]
    for parcel in kept:
        if parcel not in standing and parcel.state not in NOTHING:
            yield f"{parcel.reference} is still {parcel.state}"
    if sorted(theirs.live) != sorted((parcel.reference, parcel.barcode or "") for parcel in standing):
        yield f"they carry {sorted(theirs.live)}, and we know of {[(one.reference, one.barcode) for one in standing]}"
    for package_id, times in Counter(parcel.package_id for parcel in standing).items():
        if times != 1 or package_id not in package_ids:
            yield f"package {package_id} stands {times} times"
    for parcel in standing:
        if (parcel.barcode or "?").encode() not in parcel.label:
            yield f"the label of {parcel.barcode} is another's"
        if parcel.told != 1:
            yield f"of {parcel.barcode} Ingrid is told {parcel.told} times"
    for number, times in Counter(theirs.wishes).items():
        if times > 1:
            yield f"of {number} was asked {times} times"
