"""What is sold: products, the merchants they are sold for, and the terms both were agreed under."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import StrEnum

from carrier_backend.domain.addresses import Address, Contact

Terms = Mapping[str, object]
"""A courier's own terms, read and judged by that courier alone."""


class Direction(StrEnum):
    """Towards the shopper, or back from them."""

    OUTBOUND = "outbound"
    RETURN = "return"


class Addon(StrEnum):
    """What Ingrid may ask for beyond delivery (specs/ingrid.md section 7)."""

    TAKE_SIGNATURE = "take_signature"
    ID_CHECK = "id_check"
    AGE_CHECK_16 = "age_check_16"
    AGE_CHECK_18 = "age_check_18"
    AGE_CHECK_21 = "age_check_21"


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Part of a day, in the product's local time."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a product's parcels are collected and delivered; weekdays count from Monday, 0."""

    timezone: str
    cutoff: time
    working_days: frozenset[int]
    transit_days: tuple[int, int]
    windows: tuple[DayWindow, ...] = ()
    horizon_days: int = 7


@dataclass(frozen=True, slots=True)
class Product:
    """One shipping method: a courier, one of its services, and where and how it is offered."""

    shipping_method: str
    courier: str
    countries: frozenset[str]
    calendar: Calendar
    addons: frozenset[Addon] = frozenset()
    directions: frozenset[Direction] = frozenset({Direction.OUTBOUND})
    has_pickup_points: bool = False
    options: Terms = field(default_factory=dict)

    def covers(self, address: Address) -> bool:
        """Whether parcels may go to that country at all; the courier knows the place within it."""
        return address.country in self.countries


@dataclass(frozen=True, slots=True)
class DefaultParcel:
    """What to say of a parcel where Ingrid says nothing: its value, contents, and a usual size."""

    value: Decimal
    currency: str
    contents: str
    weight_grams: int
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop, as `shipper_id` names it; without `clients`, every OAuth client may book for it."""

    shipper_id: str
    name: str
    site_id: str
    contact_name: str = ""
    contact: Contact = Contact()
    clients: frozenset[str] | None = None
    parcel: DefaultParcel | None = None
    couriers: Mapping[str, Terms] = field(default_factory=dict)

    def changes_to(self, after: "Merchant") -> Mapping[str, object]:
        """What of it is another after a change, for people to read: contacts, terms and parcel by their names alone."""
        changed: dict[str, object] = {}
        if after.site_id != self.site_id:
            changed["site_id"] = {"before": self.site_id, "after": after.site_id}
        if after.clients != self.clients:
            changed["clients"] = {"before": _listed(self.clients), "after": _listed(after.clients)}
        names = ("name", "contact_name", "contact", "parcel")
        others = [name for name in names if getattr(self, name) != getattr(after, name)]
        couriers = sorted({*self.couriers, *after.couriers})
        others += [f"couriers.{name}" for name in couriers if self.couriers.get(name) != after.couriers.get(name)]
        return {**changed, "others": others} if others else changed

    def admits(self, client_name: str) -> bool:
        """Whether that OAuth client may book for this shop."""
        return self.clients is None or client_name in self.clients


def _listed(clients: frozenset[str] | None) -> list[str] | None:
    return None if clients is None else sorted(clients)


@dataclass(frozen=True, slots=True)
class Route:
    """The product and the merchant a booking was begun under; kept with it, so that later changes cannot reroute it."""

    product: Product
    merchant: Merchant

    @property
    def courier(self) -> str:
        return self.product.courier

    @property
    def terms(self) -> Terms:
        """What the merchant agreed with this courier; empty where the courier's defaults hold."""
        return self.merchant.couriers.get(self.product.courier, {})


class Catalogue:
    """The products on offer, by shipping method."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = {product.shipping_method: product for product in products}

    def __iter__(self) -> Iterator[Product]:
        return iter(self._products.values())

    def __contains__(self, shipping_method: object) -> bool:
        return shipping_method in self._products

    def __getitem__(self, shipping_method: str) -> Product:
        return self._products[shipping_method]

    def addons(self, shipping_method: str) -> frozenset[Addon]:
        """The add-ons that method can honour; for an unknown method, those that any product can."""
        return frozenset().union(*(product.addons for product in self._asked(shipping_method)))

    def directions(self, shipping_method: str) -> frozenset[Direction]:
        """The directions that method is sold for; for an unknown method, those that any product is."""
        return frozenset().union(*(product.directions for product in self._asked(shipping_method)))

    def has_pickup_points(self, shipping_method: str) -> bool:
        """Whether that method delivers to pickup points; for an unknown method, whether any product does."""
        return any(product.has_pickup_points for product in self._asked(shipping_method))

    def _asked(self, shipping_method: str) -> tuple[Product, ...]:
        return (self[shipping_method],) if shipping_method in self else tuple(self)
