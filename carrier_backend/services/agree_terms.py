"""Whether what is asked is ours to do at all: the method, the merchant, and every fault seen without a courier."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.errors import Fault, Forbidden, Malformed, NotServed
from carrier_backend.domain.orders import Journey
from carrier_backend.domain.parcels import LabelEncoding, LabelFormat
from carrier_backend.domain.products import Addon, Catalogue, Direction, Merchant, Product, Route
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
        product = self._product(shipping_method)
        merchant = self._merchant(client_id, shipper_id)
        return _agreed(product, merchant, list(self._method_faults(shipping_method, product)), shipper_id)

    def for_journey(self, journey: Journey, addons: Sequence[Addon] = (), label: LabelFormat | None = None) -> Route:
        """The terms of a journey; raises Malformed with all faults, Forbidden, or NotServed for the country."""
        product = self._product(journey.shipping_method)
        merchant = self._merchant(journey.client_id, journey.shipper_id)
        faults = [
            *self._method_faults(journey.shipping_method, product),
            *self._time_faults(journey.delivery),
            *_label_faults(label),
            *self._addon_faults(journey.shipping_method, addons),
            *self._direction_faults(journey),
        ]
        route = _agreed(product, merchant, faults, journey.shipper_id)
        consumer = journey.sender if journey.direction is Direction.RETURN else journey.receiver
        if not route.product.covers(consumer.address):
            raise NotServed(NOT_COVERED)
        return route

    def is_past(self, delivery: Window) -> bool:
        """Whether a delivery time is over, clocks that differ a little apart."""
        return delivery.end_at < self._clock.now() - GRACE

    def _product(self, shipping_method: str) -> Product | None:
        # To a carrier with only one product the method is not important (specs/originals/003, section 2).
        everything = tuple(self._catalogue)
        if not shipping_method and len(everything) == 1:
            return everything[0]
        return self._catalogue.find(shipping_method)

    def _merchant(self, client_id: str, shipper_id: str) -> Merchant | None:
        merchant = self._directory.merchant(shipper_id)
        client = self._directory.client(client_id)
        return merchant if merchant and client and merchant.admits(client.name) else None

    def _method_faults(self, shipping_method: str, product: Product | None) -> Iterator[Fault]:
        if product is None:
            yield Fault(f"{shipping_method!r} is not a shipping method of ours", "shipping_method")

    def _time_faults(self, delivery: Window | None) -> Iterator[Fault]:
        if delivery is not None and self.is_past(delivery):
            yield Fault(IN_THE_PAST)

    def _addon_faults(self, shipping_method: str, addons: Sequence[Addon]) -> Iterator[Fault]:
        honoured = self._catalogue.addons(shipping_method)
        for index, addon in enumerate(addons):
            if addon not in honoured:
                yield Fault(f"{addon} is not supported by this shipping method", f"addons[{index}]")

    def _direction_faults(self, journey: Journey) -> Iterator[Fault]:
        if journey.direction not in self._catalogue.directions(journey.shipping_method):
            yield Fault(f"{journey.direction} is not supported by this shipping method", "direction")


def _label_faults(label: LabelFormat | None) -> Iterator[Fault]:
    if label is not None and label.encoding is LabelEncoding.ZPL:
        yield Fault(NO_ZPL)


def _agreed(product: Product | None, merchant: Merchant | None, faults: list[Fault], shipper_id: str) -> Route:
    if merchant is None:
        stranger = Fault(f"{shipper_id!r} is not a merchant of ours that you may book for", "shipper_id")
        raise Malformed(*faults, stranger) if faults else Forbidden(stranger)
    if faults or product is None:
        raise Malformed(*faults)
    return Route(product, merchant)
