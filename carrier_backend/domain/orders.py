"""What Ingrid asks of us: options at the checkout, a prebooking, an order."""

from collections.abc import Mapping
from dataclasses import dataclass

from carrier_backend.domain.addresses import Address, Party, PlaceKind, Window
from carrier_backend.domain.parcels import Dimensions, LabelFormat
from carrier_backend.domain.products import Addon, Direction


@dataclass(frozen=True, slots=True)
class SearchArea:
    """Around which address pickup points are wanted: within how many kilometres, of which kinds, how many."""

    address: Address
    radius_km: float | None = None
    limit: int | None = None
    kinds: frozenset[PlaceKind] = frozenset(PlaceKind)


@dataclass(frozen=True, slots=True)
class OptionsQuery:
    """A shopper stands at the checkout and asks what is possible."""

    client_id: str
    shipping_method: str
    shipper_id: str
    origin: Address
    area: SearchArea
    collection: Window | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One box as Ingrid describes it."""

    package_id: str
    weight_grams: int
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Journey:
    """What a prebooking and an order have in common: for whom, from where to where, and when.

    On a return the sender is the shopper; phone and email are theirs wherever they stand.
    """

    client_id: str
    shipping_method: str
    shipper_id: str
    tos_id: str
    external_id: str
    sender: Party
    receiver: Party
    pickup_point_id: str
    delivery: Window | None
    direction: Direction
    trace_id: str

    @property
    def order_key(self) -> str:
        """Which order this belongs to: Ingrid's own id, or else the merchant's; the prefix keeps the two apart."""
        return f"tos:{self.tos_id}" if self.tos_id else f"external:{self.external_id}"


@dataclass(frozen=True, slots=True)
class Wishes:
    """Whatever of an order can be judged before it is whole; what is not there, or could not be read, is None."""

    shipping_method: str | None = None
    delivery: Window | None = None
    label: LabelFormat | None = None
    addons: tuple[Addon, ...] = ()
    direction: Direction | None = None
    pickup_point_id: str = ""


@dataclass(frozen=True, slots=True)
class Prebooking:
    """A checkout was completed: what a later order may leave out is remembered from it."""

    journey: Journey


@dataclass(frozen=True, slots=True)
class Order:
    """The warehouse books: `body` is the request as sent, by which a repeat is recognised."""

    journey: Journey
    packages: tuple[Package, ...]
    addons: tuple[Addon, ...]
    label: LabelFormat
    instructions: str
    fingerprint: str
    body: Mapping[str, object]
