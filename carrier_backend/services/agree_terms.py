"""Whether what is asked is ours to do at all: the method, the merchant, and every fault seen without a courier."""

from collections.abc import Iterator
from datetime import timedelta

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.errors import Fault, Forbidden, Malformed, NotServed, raise_faults
from carrier_backend.domain.orders import Journey, Wishes
from carrier_backend.domain.parcels import LabelEncoding, LabelFormat
from carrier_backend.domain.products import Addon, Catalogue, Direction, Merchant, Route
from carrier_backend.ports import Clock
from carrier_backend.storage.directory import Directory

# The original document's own words (specs/originals/003, sections 2-4).
NOT_COVERED = "provided postal code is not covered"
IN_THE_PAST = "delivery time must not be in the past"
NO_ZPL = "label format ZPL is not supported"

GRACE = timedelta(minutes=5)


class AgreeTerms:
    """From names to the product and merchant they mean, or to everything that is wrong with them."""

    def __init__(self, catalogue: Catalogue, directory: Directory, clock: Clock) -> None:
        self._catalogue = catalogue
        self._directory = directory
        self._clock = clock

    def route(self, client_id: str, shipper_id: str, shipping_method: str) -> Route:
        """The terms a shopper is offered; raises Malformed for the method, Forbidden for the merchant."""
        return self._agreed(client_id, shipper_id, Wishes(shipping_method))

    def for_journey(self, journey: Journey, addons: tuple[Addon, ...] = (), label: LabelFormat | None = None) -> Route:
        """The terms of a journey; raises Malformed with all faults, Forbidden, or NotServed for the country."""
        wishes = Wishes(
            journey.shipping_method, journey.delivery, label, addons, journey.direction, journey.pickup_point_id
        )
        route = self._agreed(journey.client_id, journey.shipper_id, wishes)
        consumer = journey.sender if journey.direction is Direction.RETURN else journey.receiver
        if not route.product.covers(consumer.address):
            raise NotServed(NOT_COVERED)
        return route

    def faults(self, wishes: Wishes) -> list[Fault]:
        """Everything that is wrong with what is wished for, whoever wishes it."""
        return [
            *self._method_faults(wishes),
            *self._time_faults(wishes),
            *_label_faults(wishes),
            *self._addon_faults(wishes),
            *self._direction_faults(wishes),
            *self._pickup_point_faults(wishes),
        ]

    def is_past(self, delivery: Window) -> bool:
        """Whether a delivery time is over, clocks that differ a little apart."""
        return delivery.end_at < self._clock.now() - GRACE

    def _method(self, shipping_method: str | None) -> str:
        # To a carrier with only one product the method is not important (specs/originals/003, section 2).
        everything = tuple(self._catalogue)
        if not shipping_method and len(everything) == 1:
            return everything[0].shipping_method
        return shipping_method or ""

    def _merchant(self, client_id: str, shipper_id: str) -> Merchant | None:
        merchant = self._directory.merchant(shipper_id)
        client = self._directory.client(client_id)
        return merchant if merchant and client and merchant.admits(client.name) else None

    def _agreed(self, client_id: str, shipper_id: str, wishes: Wishes) -> Route:
        faults, merchant = self.faults(wishes), self._merchant(client_id, shipper_id)
        if merchant is None:
            stranger = Fault(f"{shipper_id!r} is not a merchant of ours that you may book for", "shipper_id")
            raise Malformed(*faults, stranger) if faults else Forbidden(stranger)
        raise_faults(Malformed, faults)
        return Route(self._catalogue[self._method(wishes.shipping_method)], merchant)

    def _method_faults(self, wishes: Wishes) -> Iterator[Fault]:
        if wishes.shipping_method is not None and self._method(wishes.shipping_method) not in self._catalogue:
            yield Fault(f"{wishes.shipping_method!r} is not a shipping method of ours", "shipping_method")

    def _time_faults(self, wishes: Wishes) -> Iterator[Fault]:
        if wishes.delivery is not None and self.is_past(wishes.delivery):
            yield Fault(IN_THE_PAST)

    def _addon_faults(self, wishes: Wishes) -> Iterator[Fault]:
        honoured = self._catalogue.addons(self._method(wishes.shipping_method))
        for index, addon in enumerate(wishes.addons):
            if addon not in honoured:
                yield Fault(f"{addon} is not supported by this shipping method", f"addons[{index}]")

    def _direction_faults(self, wishes: Wishes) -> Iterator[Fault]:
        sold = self._catalogue.directions(self._method(wishes.shipping_method))
        if wishes.direction is not None and wishes.direction not in sold:
            yield Fault(f"{wishes.direction} is not supported by this shipping method", "direction")

    def _pickup_point_faults(self, wishes: Wishes) -> Iterator[Fault]:
        if wishes.pickup_point_id and not self._catalogue.has_pickup_points(self._method(wishes.shipping_method)):
            yield Fault("this shipping method does not deliver to pickup points", "pickup_point_id")


def _label_faults(wishes: Wishes) -> Iterator[Fault]:
    if wishes.label is not None and wishes.label.encoding is LabelEncoding.ZPL:
        yield Fault(NO_ZPL)
