"""What Parcel2Go offers for a journey, and which of it is taken: limits first, then the product's wish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from carrier_backend.couriers.parcel2go.translate import as_moment, as_number, as_price
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
    fitting = offered
    for _, will_do in _CONDITIONS:
        fitting = [offer for offer in fitting if will_do(offer, wish)]
    if wish.service == FASTEST:
        dated = [offer for offer in fitting if offer.arrives_at is not None]
        return min(dated, key=lambda offer: (offer.arrives_at, offer.price), default=None)
    return min(fitting, key=lambda offer: offer.price, default=None)


def why_none(offered: Sequence[Offer], wish: Wish) -> str:
    """What the last of the offers that would have done otherwise lacks."""
    fitting = offered
    for lack, will_do in _CONDITIONS:
        fitting = [offer for offer in fitting if will_do(offer, wish)]
        if not fitting:
            return f"Parcel2Go has no service for this journey {lack}"
    return "Parcel2Go promises no day of delivery on this journey"


def _is_named(offer: Offer, wish: Wish) -> bool:
    return wish.service in (CHEAPEST, FASTEST, offer.slug)


def _is_handed_over(offer: Offer, wish: Wish) -> bool:
    """A service named by the product is wanted as it is; otherwise a warehouse's parcels are fetched from there."""
    return offer.is_collected or wish.may_be_dropped_off or wish.service == offer.slug


def _is_usable(offer: Offer, _: Wish) -> bool:
    """Without a printer there is a code on a telephone, and no label."""
    return offer.is_to_the_door and offer.needs_printer


def _takes_all(offer: Offer, wish: Wish) -> bool:
    return all(map(offer.takes, wish.boxes))


def _has_extras(offer: Offer, wish: Wish) -> bool:
    return wish.extras <= offer.extras


_CONDITIONS: tuple[tuple[str, Callable[[Offer, Wish], bool]], ...] = (
    ("of the kind that this shipping method stands for", _is_named),
    ("that fetches parcels", _is_handed_over),
    ("with a label, to the door", _is_usable),
    ("that takes a parcel of this weight and size", _takes_all),
    ("with a signature", _has_extras),
)


def _offer(quote: object) -> Offer | None:
    match quote:
        case {"Service": {"Slug": str(slug), **service}, "TotalPrice": told, **others} if slug:
            price = as_price(told)
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
