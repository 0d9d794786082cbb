"""Shipments and their parcels: claimed, leased, recorded, found again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Update, and_, bindparam, delete, func, or_, select, update

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.orders import Journey, Order
from carrier_backend.domain.parcels import (
    Booked,
    Cancellation,
    Dimensions,
    Label,
    LabelEncoding,
    LabelFormat,
    Parcel,
)
from carrier_backend.domain.products import Addon, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import claims, journal, parcels, shipments
from carrier_backend.storage.types import dump, load


class Taken(Exception):
    """One of the packages is already claimed by another shipment."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The part of a shipment that never changes and is sealed as one document."""

    journey: Journey
    route: Route
    addons: tuple[Addon, ...]
    label: LabelFormat
    instructions: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A shipment that already holds a claim on some package of an order."""

    shipment_id: str
    fingerprint: str
    state: BookingState
    is_erased: bool
    has_answer: bool
    package_ids: frozenset[str]


def add(unit: Unit, shipment: Shipment, order: Order) -> None:
    """Keep a new shipment and claim its packages; raises Taken where another shipment holds one of them."""
    journey = shipment.journey
    unit.connection.execute(
        shipments.insert(),
        {
            "id": shipment.id,
            "client_id": journey.client_id,
            "shipper_id": journey.shipper_id,
            "tos_id": journey.tos_id,
            "external_id": journey.external_id,
            "direction": journey.direction,
            "shipping_method": journey.shipping_method,
            "courier": shipment.courier,
            "trace_id": journey.trace_id,
            "state": shipment.state,
            "fingerprint": order.fingerprint,
            "sealed_agreement": unit.sealing.seal(dump(_agreement(shipment))),
            "sealed_body": unit.sealing.seal(dump(order.body)),
            "created_at": unit.now,
            "asked_at": unit.now,
        },
    )
    unit.connection.execute(parcels.insert(), _parcel_rows(shipment))
    _claim(unit, shipment)


def _agreement(shipment: Shipment) -> Agreement:
    return Agreement(shipment.journey, shipment.route, shipment.addons, shipment.label, shipment.instructions)


def _parcel_rows(shipment: Shipment) -> list[dict[str, object]]:
    return [
        {
            "reference": parcel.reference,
            "shipment_id": shipment.id,
            "position": position,
            "package_id": parcel.package_id,
            "client_id": shipment.journey.client_id,
            "shipper_id": shipment.journey.shipper_id,
            "shipping_method": shipment.journey.shipping_method,
            "courier": shipment.courier,
            "weight_grams": parcel.weight_grams,
            "length_mm": parcel.dimensions.length_mm,
            "width_mm": parcel.dimensions.width_mm,
            "height_mm": parcel.dimensions.height_mm,
            "booking": parcel.booking,
        }
        for position, parcel in enumerate(shipment.parcels)
    ]


def _claim(unit: Unit, shipment: Shipment) -> None:
    # In one order for everybody, so that two overlapping orders cannot wait for each other in a circle.
    wanted = [
        {**_claim_key(shipment.journey), "package_id": package_id, "shipment_id": shipment.id}
        for package_id in sorted(parcel.package_id for parcel in shipment.parcels)
    ]
    statement = insert(unit, claims).on_conflict_do_nothing().returning(claims.c.package_id)
    if len(unit.connection.execute(statement, wanted).all()) < len(wanted):
        raise Taken


def _claim_key(journey: Journey) -> dict[str, object]:
    return {
        "client_id": journey.client_id,
        "shipper_id": journey.shipper_id,
        "order_key": journey.order_key,
        "direction": journey.direction,
    }


_STANDING = (
    select(
        shipments.c.id,
        shipments.c.fingerprint,
        shipments.c.state,
        shipments.c.erased_at,
        shipments.c.sealed_answer.is_not(None).label("has_answer"),
        claims.c.package_id,
    )
    .join(shipments, shipments.c.id == claims.c.shipment_id)
    .where(
        claims.c.client_id == bindparam("client_id"),
        claims.c.shipper_id == bindparam("shipper_id"),
        claims.c.order_key == bindparam("order_key"),
        claims.c.direction == bindparam("direction"),
    )
)


def standing(unit: Unit, order: Order) -> list[Standing]:
    """The shipments that hold a claim on any package of this order, with all the packages each holds."""
    rows = unit.connection.execute(_STANDING, _claim_key(order.journey)).all()
    wanted = {package.package_id for package in order.packages}
    held: dict[str, list[Row[Any]]] = {}
    for row in rows:
        held.setdefault(row.id, []).append(row)
    return [_standing(group) for group in held.values() if any(row.package_id in wanted for row in group)]


def _standing(rows: Sequence[Row[Any]]) -> Standing:
    first = rows[0]
    return Standing(
        shipment_id=first.id,
        fingerprint=first.fingerprint,
        state=BookingState(first.state),
        is_erased=first.erased_at is not None,
        has_answer=first.has_answer,
        package_ids=frozenset(row.package_id for row in rows),
    )


def abandon_untouched(unit: Unit, shipment_id: str) -> bool:
    """Give up a shipment that no courier was ever asked for and nobody is working on; False where that is not so."""
    begun = select(journal.c.name).where(journal.c.shipment_id == shipment_id).exists()
    given_up = unit.connection.execute(
        update(shipments)
        .where(
            shipments.c.id == shipment_id,
            shipments.c.state == BookingState.INTENDED,
            or_(shipments.c.lease_until.is_(None), shipments.c.lease_until < unit.now),
            ~begun,
        )
        .values(state=BookingState.ABANDONED)
    ).rowcount
    if given_up:
        close(unit, shipment_id)
    return bool(given_up)


OPEN = (BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING)

_TAKE = (
    update(shipments)
    .where(
        shipments.c.id == bindparam("shipment_id"),
        or_(shipments.c.lease_until.is_(None), shipments.c.lease_until < bindparam("now")),
    )
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
)
_RENEW = (
    update(shipments)
    .where(
        shipments.c.id == bindparam("shipment_id"),
        shipments.c.lease_owner == bindparam("owner"),
        shipments.c.lease_until > bindparam("now"),
    )
    .values(lease_until=bindparam("until"))
)


def take(unit: Unit, shipment_id: str, owner: str, lease: timedelta) -> bool:
    """Take the lease on a shipment, if nobody holds it."""
    return _lease(unit, _TAKE, shipment_id, owner, lease)


def renew(unit: Unit, shipment_id: str, owner: str, lease: timedelta) -> bool:
    """Prolong a lease that is still held; False once it was lost."""
    return _lease(unit, _RENEW, shipment_id, owner, lease)


def _lease(unit: Unit, statement: Update, shipment_id: str, owner: str, lease: timedelta) -> bool:
    done = unit.connection.execute(
        statement, {"shipment_id": shipment_id, "owner": owner, "now": unit.now, "until": unit.now + lease}
    )
    return bool(done.rowcount)


def is_open(unit: Unit, shipment_id: str) -> bool:
    """Whether the booking itself has not come to an end yet, good or bad."""
    state = unit.connection.execute(select(shipments.c.state).where(shipments.c.id == shipment_id)).scalar_one()
    return state in OPEN


def is_leased(unit: Unit, shipment_id: str) -> bool:
    """Whether somebody is working on a shipment."""
    until = unit.connection.execute(select(shipments.c.lease_until).where(shipments.c.id == shipment_id)).scalar_one()
    return until is not None and until >= unit.now


def release(unit: Unit, shipment_id: str, owner: str) -> None:
    """Give the lease back, if it is still held."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment_id, shipments.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


_ANSWER = select(shipments.c.sealed_answer, shipments.c.state).where(shipments.c.id == bindparam("shipment_id"))
_SHIPMENT = select(shipments).where(shipments.c.id == bindparam("shipment_id"))
_PARCELS = select(parcels).where(parcels.c.shipment_id == bindparam("shipment_id")).order_by(parcels.c.position)


def get(unit: Unit, shipment_id: str) -> Shipment:
    """A shipment with all its parcels; their labels stay where they are."""
    row = unit.connection.execute(_SHIPMENT, {"shipment_id": shipment_id}).one()
    agreement = load(unit.sealing.open(row.sealed_agreement), Agreement)
    held = unit.connection.execute(_PARCELS, {"shipment_id": shipment_id}).all()
    return Shipment(
        id=row.id,
        journey=agreement.journey,
        route=agreement.route,
        parcels=tuple(parcel_of(unit, parcel) for parcel in held),
        addons=agreement.addons,
        label=agreement.label,
        instructions=agreement.instructions,
        state=BookingState(row.state),
        created_at=row.created_at,
    )


def parcel_of(unit: Unit, row: Row[Any]) -> Parcel:
    """The parcel in a row of its table."""
    return Parcel(
        package_id=row.package_id,
        reference=row.reference,
        weight_grams=row.weight_grams,
        dimensions=Dimensions(row.length_mm, row.width_mm, row.height_mm),
        booking=BookingState(row.booking),
        barcode=row.barcode,
        booked=load(unit.sealing.open(row.sealed_booked), Booked) if row.sealed_booked else None,
        status=Status(row.status) if row.status else None,
        status_at=row.status_at,
        cancellation=Cancellation(**row.cancellation) if row.cancellation else None,
    )


def is_erased(unit: Unit, shipment_id: str) -> bool:
    """Whether a shipment's personal data is gone."""
    return unit.connection.execute(
        select(shipments.c.erased_at.is_not(None)).where(shipments.c.id == shipment_id)
    ).scalar_one()


def answer(unit: Unit, shipment_id: str) -> tuple[bytes | None, BookingState]:
    """The very bytes that a booking was answered with, if it was, and the state it is in."""
    row = unit.connection.execute(_ANSWER, {"shipment_id": shipment_id}).one()
    return unit.sealing.open(row.sealed_answer) if row.sealed_answer else None, BookingState(row.state)


def body(unit: Unit, shipment_id: str) -> dict[str, object]:
    """The request a shipment was begun with, as sent."""
    sealed = unit.connection.execute(select(shipments.c.sealed_body).where(shipments.c.id == shipment_id)).scalar_one()
    return load(unit.sealing.open(sealed), dict[str, object])


def note_asked(unit: Unit, shipment_id: str) -> None:
    """Note that whoever wants this shipment came back for it."""
    unit.connection.execute(
        update(shipments).where(shipments.c.id == shipment_id).values(asked_at=unit.now, unclaimed_at=None)
    )


def asked_at(unit: Unit, shipment_id: str) -> datetime:
    """When the shipment was last asked for."""
    asked: datetime = unit.connection.execute(
        select(shipments.c.asked_at).where(shipments.c.id == shipment_id)
    ).scalar_one()
    return asked


def keep_refusal(unit: Unit, shipment_id: str, reasons: Sequence[str]) -> None:
    """Keep why a courier said no; reasons may repeat what they were about, so they are sealed."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment_id)
        .values(sealed_refusal=unit.sealing.seal(dump(list(reasons))))
    )


def refusal(unit: Unit, shipment_id: str) -> tuple[str, ...]:
    """Why a courier said no."""
    sealed = unit.connection.execute(
        select(shipments.c.sealed_refusal).where(shipments.c.id == shipment_id)
    ).scalar_one()
    return tuple(load(unit.sealing.open(sealed), list[str])) if sealed else ()


def record_state(unit: Unit, shipment: Shipment) -> None:
    """Keep the state that a shipment and all its parcels are in."""
    unit.connection.execute(
        update(shipments).where(shipments.c.id == shipment.id).values(state=shipment.state, stuck_reason=None)
    )
    unit.connection.execute(update(parcels).where(parcels.c.shipment_id == shipment.id).values(booking=shipment.state))


def note_stuck(unit: Unit, shipment_id: str, reason: str) -> None:
    """Note that a shipment cannot be settled without a person, and why."""
    unit.connection.execute(update(shipments).where(shipments.c.id == shipment_id).values(stuck_reason=reason))


def note_unclaimed(unit: Unit, shipment_id: str) -> None:
    """Note that a shipment was completed though nobody came back for it."""
    unit.connection.execute(update(shipments).where(shipments.c.id == shipment_id).values(unclaimed_at=unit.now))


_RECORD_PARCEL = (
    update(parcels)
    .where(parcels.c.reference == bindparam("named"))
    .values(
        booking=BookingState.BOOKED,
        number=bindparam("number"),
        barcode=bindparam("barcode"),
        sealed_booked=bindparam("sealed_booked"),
        sealed_label=bindparam("sealed_label"),
        label_digest=bindparam("label_digest"),
    )
)


def record_booked(unit: Unit, shipment: Shipment, answer: bytes) -> None:
    """Keep what the courier confirmed, the labels, and the very bytes of the answer."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment.id)
        .values(
            state=shipment.state,
            sealed_answer=unit.sealing.seal(answer),
            booked_at=unit.now,
            stuck_reason=None,
        )
    )
    unit.connection.execute(
        _RECORD_PARCEL,
        [_booked_row(unit, parcel) for parcel in shipment.parcels],
    )


def _booked_row(unit: Unit, parcel: Parcel) -> dict[str, object]:
    if parcel.booked is None or parcel.label is None:
        raise ValueError(f"parcel {parcel.reference} has not been booked")
    return {
        "named": parcel.reference,
        "number": parcel.booked.number,
        "barcode": parcel.barcode,
        "sealed_booked": unit.sealing.seal(dump(parcel.booked)),
        "sealed_label": unit.sealing.seal(parcel.label.content),
        "label_digest": parcel.label.digest,
    }


def intend_to_cancel(unit: Unit, reference: str) -> None:
    """Note that a parcel is to be cancelled, before its courier is asked."""
    _move_booking(unit, reference, BookingState.BOOKED, BookingState.CANCELLING)


def keep_booked(unit: Unit, reference: str) -> None:
    """Note that a parcel cannot be cancelled after all."""
    _move_booking(unit, reference, BookingState.CANCELLING, BookingState.BOOKED)


def _move_booking(unit: Unit, reference: str, before: BookingState, after: BookingState) -> None:
    # News may have moved the parcel while its courier was being asked: what it says then stands.
    unit.connection.execute(
        update(parcels).where(parcels.c.reference == reference, parcels.c.booking == before).values(booking=after)
    )


def record_cancellation(unit: Unit, reference: str, cancellation: Cancellation) -> None:
    """Keep what the courier said to a wish to cancel."""
    unit.connection.execute(
        update(parcels)
        .where(parcels.c.reference == reference)
        .values(cancellation={"outcome": cancellation.outcome, "note": cancellation.note})
    )


def holders(unit: Unit, barcodes: Iterable[str]) -> dict[str, str]:
    """For each of these barcodes that is in use, the courier it belongs to."""
    rows = unit.connection.execute(
        select(parcels.c.barcode, parcels.c.courier).where(parcels.c.barcode.in_(list(barcodes)))
    )
    return {row.barcode: row.courier for row in rows}


def labels_in_use(unit: Unit, digests: Iterable[str]) -> set[str]:
    """Which of these labels already belong to a parcel."""
    return set(
        unit.connection.execute(
            select(parcels.c.label_digest).where(parcels.c.label_digest.in_(list(digests)))
        ).scalars()
    )


def find_parcel(unit: Unit, name: str, client_id: str | None = None) -> tuple[str, str] | None:
    """Shipment id and reference of the parcel with that barcode or reference; of one client's only, if one is given."""
    query = select(parcels.c.shipment_id, parcels.c.reference).where(
        or_(parcels.c.barcode == name, parcels.c.reference == name)
    )
    if client_id is not None:
        query = query.where(parcels.c.client_id == client_id, parcels.c.barcode == name)
    row = unit.connection.execute(query).first()
    return (row.shipment_id, row.reference) if row else None


def label(unit: Unit, reference: str) -> Label | None:
    """A parcel's stored label."""
    sealed = unit.connection.execute(
        select(parcels.c.sealed_label).where(parcels.c.reference == reference)
    ).scalar_one()
    return Label(LabelEncoding.PDF, unit.sealing.open(sealed)) if sealed else None


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
        update(shipments).where(shipments.c.id.in_(ids), shipments.c.id.in_(going)).values(over_at=None)
    )
    alive = select(parcels.c.shipment_id).where(
        parcels.c.shipment_id.in_(ids), parcels.c.booking != BookingState.CANCELLED
    )
    unit.connection.execute(delete(claims).where(claims.c.shipment_id.in_(ids), claims.c.shipment_id.not_in(alive)))


def close(unit: Unit, shipment_id: str) -> None:
    """Note that a shipment came to nothing: refused, or abandoned."""
    unit.connection.execute(update(shipments).where(shipments.c.id == shipment_id).values(over_at=unit.now))
    unit.connection.execute(delete(claims).where(claims.c.shipment_id == shipment_id))


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
        _erase(unit, ids)
    return len(ids)


def _erase(unit: Unit, ids: list[str]) -> None:
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id.in_(ids))
        .values(
            sealed_agreement=None,
            sealed_body=None,
            sealed_answer=None,
            sealed_refusal=None,
            erased_at=unit.now,
        )
    )
    unit.connection.execute(
        update(parcels)
        .where(parcels.c.shipment_id.in_(ids))
        .values(sealed_booked=None, sealed_label=None, look_at=None)
    )
    unit.connection.execute(update(journal).where(journal.c.shipment_id.in_(ids)).values(sealed_facts=None))
