"""What Parcel2Go offers for a journey, and which of it is taken: limits first, then the product's wish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from carrier_backend.couriers.parcel2go.translate import as_moment, as_money, as_number
from carrier_backend.domain.parcels import Dimensions

CHEAPEST, FASTEST = "cheapest", "fastest"
_FAR_AWAY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Box:
    """What has to fit."""

    weight_grams: int
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Offer:
    """One service at one price; what its quote does not limit has no limit. Dates are kept as they came, too."""

    slug: str
    price: Decimal
    collection: str = ""
    cut_off_at: datetime | None = None
    arrives_at: datetime | None = None
    is_collected: bool = True
    is_to_the_door: bool = True
    needs_printer: bool = True
    drop_off_provider: str = ""
    extras: frozenset[str] = frozenset()
    max_weight_kg: Decimal = _FAR_AWAY
    max_sides_m: tuple[Decimal, ...] = (_FAR_AWAY, _FAR_AWAY, _FAR_AWAY)

    def takes(self, box: Box) -> bool:
        """Quotes may list services whose limits the parcel exceeds: its sides are compared longest with longest."""
        sides = [Decimal(side) / 1000 for side in box.dimensions.sorted_mm]
        fits = all(side <= limit for side, limit in zip(sides, self.max_sides_m, strict=True))
        return fits and Decimal(box.weight_grams) / 1000 <= self.max_weight_kg


@dataclass(frozen=True, slots=True)
class Wish:
    """What a product asks for: a service by name, or the cheapest or fastest of those that will do."""

    service: str
    boxes: tuple[Box, ...]
    extras: frozenset[str] = frozenset()
    may_be_dropped_off: bool = False


def offers(quotes: Sequence[object]) -> list[Offer]:
    """The quotes that can be read; metres and kilograms are theirs (section 3)."""
    return [offer for quote in quotes if (offer := _offer(quote)) is not None]


def choose(offered: Sequence[Offer], wish: Wish) -> Offer | None:
    """The offer that a wish comes down to; None where none will do."""
    fitting = [offer for offer in offered if _will_do(offer, wish)]
    if wish.service == FASTEST:
        dated = [offer for offer in fitting if offer.arrives_at is not None]
        return min(dated, key=lambda offer: (offer.arrives_at, offer.price), default=None)
    return min(fitting, key=lambda offer: offer.price, default=None)


def _will_do(offer: Offer, wish: Wish) -> bool:
    is_named = wish.service in (CHEAPEST, FASTEST, offer.slug)
    # A service named by the product is wanted as it is; otherwise a warehouse's parcels are fetched from there.
    is_handed_over = offer.is_collected or wish.may_be_dropped_off or wish.service == offer.slug
    # Without a printer there is a code on a telephone, and no label.
    is_usable = offer.is_to_the_door and offer.needs_printer and wish.extras <= offer.extras
    return is_named and is_handed_over and is_usable and all(map(offer.takes, wish.boxes))


def _offer(quote: object) -> Offer | None:
    match quote:
        case {"Service": {"Slug": str(slug), **service}, "TotalPrice": told, **others} if slug:
            price = as_money(told)
        case _:
            return None
    if price is None:
        return None
    collection = others.get("Collection")
    return Offer(
        slug=slug,
        price=price,
        collection=collection if isinstance(collection, str) else "",
        cut_off_at=as_moment(others.get("CutOff")),
        arrives_at=as_moment(others.get("EstimatedDeliveryDate")),
        is_collected=service.get("CollectionType") in (None, "Collection"),
        is_to_the_door=service.get("DeliveryType") in (None, "Door"),
        needs_printer=service.get("IsPrinterRequired") is not False,
        drop_off_provider=str(service.get("DropOffProviderCode") or ""),
        extras=frozenset(_types(others.get("Extras")) | _types(others.get("AvailableExtras"))),
        max_weight_kg=_limit(service.get("MaxWeight")),
        max_sides_m=tuple(sorted((_limit(service.get(f"Max{side}")) for side in _SIDES), reverse=True)),
    )


_SIDES = ("Length", "Width", "Height")


def _limit(value: object) -> Decimal:
    return as_number(value) or _FAR_AWAY


def _types(extras: object) -> set[str]:
    listed = extras if isinstance(extras, list) else []
    return {str(extra["Type"]) for extra in listed if isinstance(extra, dict) and "Type" in extra}
