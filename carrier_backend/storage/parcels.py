"""Parcels: found by their names, with their labels, and on the way to being cancelled."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, null, or_, select, update

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.parcels import Booked, Cancellation, Dimensions, Label, LabelEncoding, Outcome, Parcel
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels
from carrier_backend.storage.types import load


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


def keep_labels(unit: Unit, labels: Mapping[str, Label]) -> None:
    """Keep labels, by reference, of parcels that are not wholly booked yet: nobody has to ask for them again."""
    for reference, kept in labels.items():
        unit.connection.execute(
            update(parcels).where(parcels.c.reference == reference).values(sealed_label=unit.sealing.seal(kept.content))
        )


def forget_labels(unit: Unit, shipment_id: str) -> None:
    """Forget the labels kept of a shipment that is not wholly booked yet."""
    unit.connection.execute(update(parcels).where(parcels.c.shipment_id == shipment_id).values(sealed_label=None))


def labels(unit: Unit, shipment_id: str) -> dict[str, Label]:
    """The labels kept of a shipment's parcels, by reference."""
    rows = unit.connection.execute(
        select(parcels.c.reference, parcels.c.sealed_label).where(
            parcels.c.shipment_id == shipment_id, parcels.c.sealed_label.is_not(None)
        )
    )
    return {row.reference: Label(LabelEncoding.PDF, unit.sealing.open(row.sealed_label)) for row in rows}


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


def intend_to_cancel(unit: Unit, reference: str) -> None:
    """Note that a parcel is to be cancelled, before its courier is asked."""
    _move_booking(unit, reference, BookingState.BOOKED, BookingState.CANCELLING)


def keep_booked(unit: Unit, reference: str) -> None:
    """Note that a parcel cannot be cancelled after all."""
    _move_booking(unit, reference, BookingState.CANCELLING, BookingState.BOOKED)


def refuse_cancellation(unit: Unit, reference: str) -> None:
    """Note that a parcel travels on: the wish to cancel it was not granted, and may be uttered anew."""
    unit.connection.execute(
        update(parcels)
        .where(parcels.c.reference == reference, parcels.c.booking == BookingState.CANCELLING)
        .values(booking=BookingState.BOOKED, cancellation=null())
    )


def bearer(unit: Unit, courier: str, number: str) -> str | None:
    """The reference of the parcel that has this number of a courier's."""
    return unit.connection.execute(
        select(parcels.c.reference).where(parcels.c.number == number, parcels.c.courier == courier)
    ).scalar()


def _move_booking(unit: Unit, reference: str, before: BookingState, after: BookingState) -> None:
    # News may have moved the parcel while its courier was being asked: what it says then stands.
    unit.connection.execute(
        update(parcels).where(parcels.c.reference == reference, parcels.c.booking == before).values(booking=after)
    )


def await_cancellation(unit: Unit, shipment_id: str) -> bool:
    """Whether the courier has yet to answer the wish to cancel any of a shipment's parcels."""
    waiting = select(parcels.c.reference).where(
        parcels.c.shipment_id == shipment_id,
        parcels.c.booking == BookingState.CANCELLING,
        parcels.c.cancellation.is_(None),
    )
    return unit.connection.execute(waiting).first() is not None


def has_open_cancellation(unit: Unit, shipment_id: str) -> bool:
    """Whether a shipment has a parcel that its courier did not answer for, or of which nobody knows if it was asked."""
    cancelling = select(parcels.c.cancellation).where(
        parcels.c.shipment_id == shipment_id, parcels.c.booking == BookingState.CANCELLING
    )
    told = unit.connection.execute(cancelling).scalars()
    return any(cancellation is None or cancellation["outcome"] == Outcome.UNABLE for cancellation in told)


def resumes_at(unit: Unit, shipment_id: str) -> datetime | None:
    """When the courier's next step is due: the soonest of the parcels that are still to travel; None without one."""
    rows = unit.connection.execute(
        select(parcels.c.sealed_booked).where(
            parcels.c.shipment_id == shipment_id,
            parcels.c.booking == BookingState.BOOKED,
            parcels.c.sealed_booked.is_not(None),
        )
    )
    booked = [load(unit.sealing.open(row.sealed_booked), Booked) for row in rows]
    return min((parcel.resume_at for parcel in booked if parcel.resume_at), default=None)


def record_cancellation(unit: Unit, reference: str, cancellation: Cancellation) -> None:
    """Keep what the courier said to a wish to cancel."""
    unit.connection.execute(
        update(parcels)
        .where(parcels.c.reference == reference)
        .values(cancellation={"outcome": cancellation.outcome, "note": cancellation.note})
    )
