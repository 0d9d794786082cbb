"""The orders that the demo walks from checkout to delivery: Ingrid's bodies, and what befalls the parcels.

Times are left out: the demo takes the delivery time from the options it was offered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Journey:
    """One order in Ingrid's three bodies; `news` gives the control calls that bring a parcel of it home.

    `told` is what Ingrid is to be told of each parcel, from its booking on: one status more than there is news.
    """

    title: str
    options: Body
    prebooking: Body
    booking: Body
    news: Callable[[str], list[Body]]
    told: tuple[str, ...]


def _address(name: str, line: str, city: str, postal_code: str, country: str = "TN") -> Body:
    lines = [line] if line else []
    place = {"city": city, "postal_code": postal_code, "country": country}
    return {"name": name, "care_of": "", "address_lines": lines, **place}


def _package(package_id: str, weight: int, height: int, length: int, width: int) -> Body:
    dimensions = {"height": height, "length": length, "width": width}
    return {"references": {"package_id": package_id}, "weight": weight, "dimensions": dimensions}


_WAREHOUSE = _address("Dar El Kotob", "12 avenue Habib Bourguiba", "Tunis", "1000")
_AMINA = _address("أمينة بن صالح", "7 rue de l'Étoile, Marsa Plage", "La Marsa", "2070")
_CUSTOMER = {"phone": "+21622345678", "email": "amina@shopper.example", "address": _AMINA}
_SHOP = {"id": "shop-1"}

_SEARCH = {
    "location_limit": 25,
    "location_types": [],
    "location_radius": 10.5,
    "address": _address("", "", "La Marsa", "2070"),
}
_OPTIONS = {
    "shipping_method": "intigo-home",
    "parties": {
        "from": {"address": _WAREHOUSE},
        "search": _SEARCH,
        "customer": _CUSTOMER,
        "shipper": _SHOP,
    },
    "references": {"cart_id": "cart-0001"},
}
_PREBOOKING = {
    "shipping_method": "intigo-home",
    "parties": {
        "from": {"address": _WAREHOUSE},
        "to": {"id": "", "address": _AMINA},
        "customer": _CUSTOMER,
        "shipper": _SHOP,
    },
    "references": {"tos_id": "01K9F5T7J3Y2QW8N4ZC6RXAMBD", "external_id": "Commande 001"},
}
_BOOKING = {
    **_PREBOOKING,
    "delivery_instructions": "Sonner à l'interphone",
    "print_config": {"label_format": "pdf", "label_size": "normal"},
    "packages": [
        _package("5b0a7b52-6f0e-4c39-9d5e-0c3b1d6a4f11", 1500, 150, 200, 300),
        _package("c1f2b8de-5a94-4f7f-8f0a-2e9f6d3b7a22", 9000, 300, 400, 300),
    ],
    "addons": [],
    "direction_type": "outbound",
}

_BOOKSHOP = _address("Ridings Books", "11 Saville Street", "Malton", "YO17 7LL", "GB")
_GRACE = _address("Grace Hughes", "1 Raleigh Street", "Scarborough", "YO12 7JZ", "GB")
_BRITISH_CUSTOMER = {"phone": "+447700900123", "email": "grace@shopper.example", "address": _GRACE}
_BRITISH_SHOP = {"id": "shop-2"}

_BRITISH_OPTIONS = {
    "shipping_method": "parcel2go-home",
    "parties": {
        "from": {"address": _BOOKSHOP},
        "search": {**_SEARCH, "address": _address("", "", "Scarborough", "YO12 7JZ", "GB")},
        "customer": _BRITISH_CUSTOMER,
        "shipper": _BRITISH_SHOP,
    },
    "references": {"cart_id": "cart-0002"},
}
_BRITISH_PREBOOKING = {
    "shipping_method": "parcel2go-home",
    "parties": {
        "from": {"address": _BOOKSHOP},
        "to": {"id": "", "address": _GRACE},
        "customer": _BRITISH_CUSTOMER,
        "shipper": _BRITISH_SHOP,
    },
    "references": {"tos_id": "01K9F5T7J3Y2QW8N4ZC6RXAMBE", "external_id": "Order 002"},
}
_BRITISH_BOOKING = {
    **_BRITISH_PREBOOKING,
    "delivery_instructions": "Leave with number 3",
    "print_config": {"label_format": "pdf", "label_size": "small"},
    "packages": [
        _package("0e8d1a34-6c57-4d02-8b8f-7a1f5c2e9d33", 1500, 150, 200, 300),
        _package("f3a9c6e1-20b7-4c5d-9e64-1d8b7f0a5c44", 9000, 300, 400, 300),
    ],
    "addons": [],
    "direction_type": "outbound",
}

_LIBRARY = _address("Librairie El Ijtihad", "9 rue Hamani", "Alger Centre", "16000", "DZ")
_YACINE = _address("Yacine Aït Ahmed", "14 boulevard de la Soummam", "Bejaia", "06000", "DZ")
_ALGERIAN_CUSTOMER = {"phone": "+213550123456", "email": "yacine@shopper.example", "address": _YACINE}
_ALGERIAN_SHOP = {"id": "shop-3"}

_ALGERIAN_OPTIONS = {
    "shipping_method": "ecotrack-home",
    "parties": {
        "from": {"address": _LIBRARY},
        "search": {**_SEARCH, "address": _address("", "", "Bejaia", "06000", "DZ")},
        "customer": _ALGERIAN_CUSTOMER,
        "shipper": _ALGERIAN_SHOP,
    },
    "references": {"cart_id": "cart-0003"},
}
_ALGERIAN_PREBOOKING = {
    "shipping_method": "ecotrack-home",
    "parties": {
        "from": {"address": _LIBRARY},
        "to": {"id": "", "address": _YACINE},
        "customer": _ALGERIAN_CUSTOMER,
        "shipper": _ALGERIAN_SHOP,
    },
    "references": {"tos_id": "01K9F5T7J3Y2QW8N4ZC6RXAMBF", "external_id": "Commande 003"},
}
_ALGERIAN_BOOKING = {
    **_ALGERIAN_PREBOOKING,
    "delivery_instructions": "Laisser chez le gardien",
    "print_config": {"label_format": "pdf", "label_size": "normal"},
    "packages": [
        _package("7d3c5e21-94af-4b6e-a1d8-3e5f7a9b2c55", 1500, 150, 200, 300),
        _package("a8f4b2d6-1c93-4e7a-b5f0-6d8e2c4a1b66", 9000, 300, 400, 300),
    ],
    "addons": [],
    "direction_type": "outbound",
}


def _delivered_by_intigo(barcode: str) -> list[Body]:
    """To the hub, into it, out for delivery, delivered."""
    return [{"system": "intigo", "move": {"nid": barcode, "status": status}} for status in (27, 25, 10, 6)]


def _delivered_by_parcel2go(barcode: str) -> list[Body]:
    """Collected, under way, at a depot, out for delivery, delivered."""
    stages = ("Collected", "InTransit", "AtDepot", "DeliveryScheduled", "Delivered")
    return [{"system": "parcel2go", "move": {"line": barcode, "stage": stage}} for stage in stages]


def _delivered_by_ecotrack(barcode: str) -> list[Body]:
    """Into the hub, out for delivery, delivered; it waits to be asked."""
    statuses = ("en_hub", "en_livraison", "livre_non_encaisse")
    return [{"system": "ecotrack", "move": {"tracking": barcode, "status": status}} for status in statuses]


JOURNEYS = (
    Journey(
        "two parcels to a home in La Marsa, Tunisia",
        _OPTIONS,
        _PREBOOKING,
        _BOOKING,
        _delivered_by_intigo,
        ("submitted", "in_transit", "at_depot", "out_for_delivery", "delivered"),
    ),
    Journey(
        "two parcels to a home in Scarborough, England",
        _BRITISH_OPTIONS,
        _BRITISH_PREBOOKING,
        _BRITISH_BOOKING,
        _delivered_by_parcel2go,
        ("submitted", "picked_up", "in_transit", "at_depot", "out_for_delivery", "delivered"),
    ),
    Journey(
        "two parcels to a home in Béjaïa, Algeria",
        _ALGERIAN_OPTIONS,
        _ALGERIAN_PREBOOKING,
        _ALGERIAN_BOOKING,
        _delivered_by_ecotrack,
        ("submitted", "at_depot", "out_for_delivery", "delivered"),
    ),
)
