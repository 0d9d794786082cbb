"""The services on offer: what each carries, what it costs, when it comes and when it arrives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from carrier_backend.simulator.parcel2go_books import VAT
from carrier_backend.simulator.parcel2go_places import needs_customs

EXTRAS = {
    "Sms": Decimal("0.30"),
    "Signature": Decimal("0.50"),
    "Cover": Decimal("7.50"),
    "DeliveryGuarantee": Decimal("1.10"),
    "ExtendedBaseCover": Decimal("0.20"),
    "PrintInStore": Decimal("0.40"),
}
SATURDAY_SURCHARGE = Decimal("3.50")
_REGION_SURCHARGE = Decimal("6.00")
_CUTOFF = time(17)
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Service:
    """One courier's product. Its limits are in kilograms and metres, its prices in pounds without VAT."""

    slug: str
    courier: str
    days: int
    base: Decimal
    per_kilogram: Decimal
    most_kilograms: int
    longest_metres: tuple[float, float, float]
    collection: str = "Collection"
    delivery: str = "Door"
    drop_off_provider: str | None = None
    needs_printer: bool = True
    is_export: bool = False

    @property
    def extras(self) -> set[str]:
        """Printing in a shop is for those who go there."""
        return EXTRAS.keys() - ({"PrintInStore"} if self.collection == "Collection" else set())

    def carries(self, parcel: Mapping[str, Any]) -> bool:
        """A parcel may be turned over."""
        sides = sorted(float(parcel[side]) / 100 for side in ("Length", "Width", "Height"))
        fits = all(side <= limit for side, limit in zip(sides, sorted(self.longest_metres), strict=True))
        return fits and float(parcel["Weight"]) <= self.most_kilograms

    def price(self, parcels: Sequence[Mapping[str, Any]], regions: int, extras: Sequence[str]) -> Decimal:
        """Without VAT. `regions` is how many of the two addresses name one that is priced apart."""
        weights = sum(math.ceil(float(parcel["Weight"])) for parcel in parcels)
        carriage = self.base * len(parcels) + self.per_kilogram * weights
        return carriage + _REGION_SURCHARGE * regions + sum((EXTRAS[one] for one in extras), Decimal(0))

    def wire(self) -> dict[str, Any]:
        length, width, height = self.longest_metres
        return {
            "Slug": self.slug,
            "Name": self.slug.replace("-", " ").title(),
            "CourierName": self.courier,
            "CourierSlug": self.courier.lower(),
            "CollectionType": self.collection,
            "DeliveryType": self.delivery,
            "DropOffProviderCode": self.drop_off_provider,
            "IsPrinterRequired": self.needs_printer,
            "RequiresDimensions": True,
            "Classification": {1: "Fast", 2: "Medium"}.get(self.days, "Slow"),
            "MaxWeight": self.most_kilograms,
            "MaxLength": length,
            "MaxWidth": width,
            "MaxHeight": height,
            "MaxCover": 1000,
            "Links": {},
        }


_USUAL = (1.2, 0.8, 0.8)
_OFFERS = (
    Service("pocket-economy", "Pocket", 3, Decimal("2.10"), Decimal("0.10"), 2, (0.45, 0.35, 0.16)),
    Service("locker-saver", "Pocket", 3, Decimal("2.20"), Decimal("0.10"), 15, _USUAL, delivery="Locker"),
    Service("myhermes", "Evri", 3, Decimal("2.60"), Decimal("0.15"), 15, _USUAL, "Shop", "Door", "HERMES", False),
    Service("swift-drop-off", "Swift", 2, Decimal("3.10"), Decimal("0.20"), 20, _USUAL, "Shop", "Door", "SWIFT"),
    Service("steady-two-day", "Steady", 2, Decimal("4.10"), Decimal("0.30"), 25, _USUAL),
    Service("swift-next-day", "Swift", 1, Decimal("5.40"), Decimal("0.40"), 30, (1.5, 0.8, 0.8)),
    Service("export-road", "Steady", 5, Decimal("9.00"), Decimal("1.50"), 25, _USUAL, is_export=True),
    Service("export-air", "Swift", 2, Decimal("14.00"), Decimal("2.50"), 25, _USUAL, is_export=True),
)
SERVICES = {service.slug: service for service in _OFFERS}


@dataclass(frozen=True, slots=True)
class Lane:
    """From one address to another, by country, postcode and region."""

    sender: Mapping[str, Any]
    recipient: Mapping[str, Any]
    country_field: str = "Country"

    @property
    def is_export(self) -> bool:
        return needs_customs(self.sender[self.country_field], self.recipient[self.country_field])

    @property
    def regions(self) -> int:
        return sum(bool(end.get("Subdivision")) for end in (self.sender, self.recipient))

    def services(self) -> list[Service]:
        """Those that go there, whatever the parcel is like."""
        is_nowhere = str(self.recipient.get("Postcode", "")).upper().startswith("ZZ")
        return [one for one in SERVICES.values() if one.is_export == self.is_export and not is_nowhere]


def quote(
    lane: Lane, parcels: Sequence[Mapping[str, Any]], wished: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    """One quote per service; wished extras that a service lacks are left out of its price."""
    return [_quote(service, lane, parcels, wished, now) for service in lane.services()]


def _quote(
    service: Service, lane: Lane, parcels: Sequence[Mapping[str, Any]], wished: Sequence[str], now: datetime
) -> dict[str, Any]:
    included = [extra for extra in EXTRAS if extra in wished and extra in service.extras]
    ex_vat = service.price(parcels, lane.regions, included)
    vat = (ex_vat * VAT).quantize(Decimal("0.01"))
    collected = next(day for day in collection_days(now) if day.weekday() < _SATURDAY)
    return {
        "TotalPrice": float(ex_vat + vat),
        "TotalPriceExVat": float(ex_vat),
        "TotalVat": float(vat),
        "UnitPrice": float(ex_vat),
        "VatRate": float(VAT * 100),
        "Discount": 0,
        "Collection": f"{collected}T00:00:00",
        "CutOff": f"{collected - timedelta(days=1)}T{_CUTOFF}",
        "EstimatedDeliveryDate": f"{_working_days_after(collected, service.days)}T00:00:00",
        "IncludedCover": 20,
        "RequiresCommercialInvoice": service.is_export,
        "RequiresCustoms": service.is_export,
        "AvailableExtras": [_extra(kind) for kind in EXTRAS if kind in service.extras and kind not in included],
        "Extras": [{"Type": kind, "Amount": float(EXTRAS[kind])} for kind in included],
        "Service": service.wire(),
    }


def _extra(kind: str) -> dict[str, Any]:
    price = EXTRAS[kind]
    details = {"IncludedCover": "20.00", "MaxWeight": "5.00"} if kind == "ExtendedBaseCover" else None
    return {
        "Type": kind,
        "Price": float(price),
        "Vat": float(price * VAT),
        "Total": float(price * (1 + VAT)),
        "Details": details,
    }


def collection_days(now: datetime) -> list[date]:
    """The days of the coming week on which couriers call: not on Sundays, and after the cut-off not tomorrow."""
    first = 1 if now.time() < _CUTOFF else 2
    days = [now.date() + timedelta(days=ahead) for ahead in range(first, first + 8)]
    return [day for day in days if day.weekday() != _SUNDAY]


def surcharge(day: date) -> Decimal:
    return SATURDAY_SURCHARGE if day.weekday() == _SATURDAY else Decimal(0)


def _working_days_after(day: date, days: int) -> date:
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day
