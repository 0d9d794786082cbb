"""The aggregate: what we keep of one order, all its parcels together, and what may still be done with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from carrier_backend.domain.errors import Conflict
from carrier_backend.domain.lifecycle import BookingState, Status, may_become
from carrier_backend.domain.orders import Journey, Order
from carrier_backend.domain.parcels import Booked, Label, LabelFormat, Parcel
from carrier_backend.domain.products import Addon, Route


@dataclass(frozen=True, slots=True)
class Shipment:
    """One order on its way through one courier; `route` is what it was begun under and never changes."""

    id: str
    journey: Journey
    route: Route
    parcels: tuple[Parcel, ...]
    addons: tuple[Addon, ...]
    label: LabelFormat
    instructions: str
    state: BookingState
    created_at: datetime

    @classmethod
    def of(cls, order: Order, route: Route, *, id: str, created_at: datetime, mint: Callable[[], str]) -> "Shipment":
        """A shipment that is intended: its parcels are named by us, and no courier knows of them yet."""
        parcels = tuple(
            Parcel(package.package_id, mint(), package.weight_grams, package.dimensions) for package in order.packages
        )
        return cls(
            id=id,
            journey=order.journey,
            route=route,
            parcels=parcels,
            addons=order.addons,
            label=order.label,
            instructions=order.instructions,
            state=BookingState.INTENDED,
            created_at=created_at,
        )

    @property
    def courier(self) -> str:
        return self.route.courier

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(parcel.reference for parcel in self.parcels)

    def parcel(self, reference: str) -> Parcel:
        """The parcel we named so."""
        return next(parcel for parcel in self.parcels if parcel.reference == reference)

    def become(self, state: BookingState) -> "Shipment":
        """The shipment in another state of booking; an illegal move is a Conflict naming both ends."""
        if state == self.state:
            return self
        if not may_become(self.state, state):
            raise Conflict(f"a shipment that is {self.state} cannot become {state}")
        return replace(self, state=state, parcels=tuple(replace(parcel, booking=state) for parcel in self.parcels))

    def with_booked(self, booked: Sequence[Booked], labels: Sequence[Label]) -> "Shipment":
        """The shipment as its courier confirmed it, every parcel with its number and label."""
        confirmed = {parcel.reference: (parcel, label) for parcel, label in zip(booked, labels, strict=True)}
        parcels = tuple(
            replace(
                parcel,
                booked=confirmed[parcel.reference][0],
                label=confirmed[parcel.reference][1],
                barcode=confirmed[parcel.reference][0].number,
            )
            for parcel in self.parcels
        )
        return replace(self, parcels=parcels).become(BookingState.BOOKED)


def refuse_to_cancel(parcel: Parcel, stoppable_in: frozenset[Status]) -> None:
    """Raise Conflict where a parcel can no longer be cancelled, nor its courier be asked to, saying how far it is."""
    if parcel.booking not in (BookingState.BOOKED, BookingState.CANCELLING):
        raise Conflict(f"the package is {parcel.booking}; there is no booking to cancel")
    if parcel.status is not None and parcel.status not in stoppable_in:
        raise Conflict(f"the package can no longer be cancelled: it is {parcel.status}")
