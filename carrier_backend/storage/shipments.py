"""Shipments: kept before their courier is asked, and every state they go through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from carrier_backend.domain.lifecycle import BookingState, StuckOver
from carrier_backend.domain.orders import Journey, Order
from carrier_backend.domain.parcels import Booked, LabelFormat, Parcel
from carrier_backend.domain.products import Addon, Route
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage.claims import claim
from carrier_backend.storage.parcels import parcel_of
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import parcels, shipments
from carrier_backend.storage.types import dump, load


class Clash(Exception):
    """A barcode or a label belongs to another parcel already."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The part of a shipment that never changes and is sealed as one document."""

    journey: Journey
    route: Route
    addons: tuple[Addon, ...]
    label: LabelFormat
    instructions: str


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
    unit.connection.execute(parcels.insert(), _parcel_rows(shipment, unit.now))
    claim(unit, shipment)


def _agreement(shipment: Shipment) -> Agreement:
    return Agreement(shipment.journey, shipment.route, shipment.addons, shipment.label, shipment.instructions)


def _parcel_rows(shipment: Shipment, created_at: datetime) -> list[dict[str, object]]:
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
            "created_at": created_at,
        }
        for position, parcel in enumerate(shipment.parcels)
    ]


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


NOT_STUCK = {"sealed_stuck_reason": None, "stuck_at": None, "stuck_over": None}


def record_state(unit: Unit, shipment: Shipment) -> None:
    """Keep the state that a shipment and all its parcels are in."""
    unit.connection.execute(
        update(shipments).where(shipments.c.id == shipment.id).values(state=shipment.state, **NOT_STUCK)
    )
    unit.connection.execute(update(parcels).where(parcels.c.shipment_id == shipment.id).values(booking=shipment.state))


def trace_id(unit: Unit, shipment_id: str) -> str:
    """The trace id of the request that a shipment came with."""
    of_shipment = select(shipments.c.trace_id).where(shipments.c.id == shipment_id)
    return str(unit.connection.execute(of_shipment).scalar_one())


def note_stuck(unit: Unit, shipment_id: str, over: StuckOver, reason: str) -> None:
    """Note that a shipment cannot be settled without a person, and why."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment_id)
        .values(
            sealed_stuck_reason=unit.sealing.seal(reason.encode()),
            stuck_over=over,
            stuck_at=func.coalesce(shipments.c.stuck_at, unit.now),
        )
    )


def note_going_on(unit: Unit, shipment_id: str, *mended: StuckOver) -> None:
    """Note that a shipment needs no person any more, if one of these was why (none given: whatever was)."""
    no_more = update(shipments).where(shipments.c.id == shipment_id).values(**NOT_STUCK)
    unit.connection.execute(no_more.where(shipments.c.stuck_over.in_(mended)) if mended else no_more)


def stuck_reason(unit: Unit, shipment_id: str) -> str | None:
    """Why a shipment waits for a person, if it does."""
    sealed = unit.connection.execute(
        select(shipments.c.sealed_stuck_reason).where(shipments.c.id == shipment_id)
    ).scalar_one()
    return unit.sealing.open(sealed).decode() if sealed else None


def note_unclaimed(unit: Unit, shipment_id: str) -> None:
    """Note that a shipment was completed, unless whoever ordered it has come back for the answer since."""
    is_unheard = shipments.c.asked_at <= shipments.c.booked_at
    unit.connection.execute(
        update(shipments).where(shipments.c.id == shipment_id, is_unheard).values(unclaimed_at=unit.now)
    )


def note_claimed(unit: Unit, shipment_id: str) -> None:
    """Note that nobody has to come back for a shipment any more."""
    unit.connection.execute(update(shipments).where(shipments.c.id == shipment_id).values(unclaimed_at=None))


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
    """Keep what the courier confirmed, the labels, and the very bytes of the answer; raises Clash."""
    unit.connection.execute(
        update(shipments)
        .where(shipments.c.id == shipment.id)
        .values(
            state=shipment.state,
            sealed_answer=unit.sealing.seal(answer),
            booked_at=unit.now,
            **NOT_STUCK,
        )
    )
    try:
        unit.connection.execute(_RECORD_PARCEL, [_booked_row(unit, parcel) for parcel in shipment.parcels])
    except IntegrityError as error:
        raise Clash from error


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


def record_resumed(unit: Unit, booked: Sequence[Booked]) -> None:
    """Keep what a shipment's parcels are to their courier after a later step of its."""
    for parcel in booked:
        unit.connection.execute(
            update(parcels)
            .where(parcels.c.reference == parcel.reference)
            .values(sealed_booked=unit.sealing.seal(dump(parcel)))
        )
