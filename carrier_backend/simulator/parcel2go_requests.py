"""What Parcel2Go takes in beside orders, and how it says no to it."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from carrier_backend.simulator import parcel2go_places as places
from carrier_backend.simulator.parcel2go_labels import Wanted
from carrier_backend.simulator.parcel2go_quotes import EXTRAS, SERVICES
from carrier_backend.simulator.world import say

_SIZES = ("Value", "Weight", "Length", "Width", "Height")
_QUOTE = {"CollectionAddress", "DeliveryAddress", "Parcels", "Extras", "Service", "IncludedDropShopDistances"}
_QUOTE_ADDRESS = {"Country", "Postcode", "Property", "Town", "Subdivision", "VatStatus"}
_COLLECTION = {"ServiceSlug", "Postcode", "CountryISO3Code", "Address", "City"}
_LABEL_QUERY = {
    "referenceType": {"OrderId", "OrderLineId"},
    "detailLevel": {"All", "Labels", "AdditionalDocuments", "Instructions", "CommercialInvoice"},
    "labelMedia": {"A4", "Label4X6"},
    "labelFormat": {"PDF", "PNG"},
}


class Refused(Exception):
    """Parcel2Go says no, in its words for everything but orders and payments."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def answer(self) -> Response:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else None
        return say({"Message": str(self), "ErrorCode": self.status, "Help": None}, self.status, headers=headers)


def body() -> Any:
    """The JSON that came in."""
    try:
        return json.loads(request.get_data().decode())
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None


def quote_request() -> Mapping[str, Any]:
    wanted = _object(body(), _QUOTE, "the quote")
    for side in ("CollectionAddress", "DeliveryAddress"):
        address = _object(wanted.get(side), _QUOTE_ADDRESS, side)
        _demand(places.is_served(address.get("Country"), address.get("Subdivision")), f"{side}: not a country of ours")
    parcels = wanted.get("Parcels")
    _demand(isinstance(parcels, list) and bool(parcels), "Parcels: at least one is required")
    for parcel in wanted["Parcels"]:
        sizes = _object(parcel, set(_SIZES), "Parcels")
        for name in _SIZES:
            _demand(_is_positive(sizes.get(name)), f"Parcels: {name} must be a number above 0")
    for extra in wanted.get("Extras") or []:
        _demand(_object(extra, {"Type"}, "Extras").get("Type") in EXTRAS, "Extras: not an extra of ours")
    return wanted


def check_collection() -> None:
    """Only for services whose couriers come."""
    wanted = _object(body(), _COLLECTION, "the request")
    service = SERVICES.get(wanted.get("ServiceSlug", ""))
    _demand(service is not None and service.collection == "Collection", "ServiceSlug: no service that collects")
    _demand(bool(wanted.get("Postcode")), "Postcode is required")
    _demand(places.is_served(wanted.get("CountryISO3Code")), "CountryISO3Code: not a country of ours")


def drop_shop_location(provider: str) -> str:
    """The postcode near which shops are looked for."""
    if provider not in places.DROP_OFF_PROVIDERS:
        raise Refused(404, "There is no such provider.")
    _demand(places.is_served(request.args.get("iso3CountryCode")), "iso3CountryCode: not a country of ours")
    _demand(bool(request.args.get("location")), "location is required")
    return request.args["location"]


def label_request() -> Wanted:
    """What is not asked for is everything, on A4, as PNG."""
    usual = {"detailLevel": "All", "labelMedia": "A4", "labelFormat": "PNG"}
    told = {**usual, **{name: request.args[name] for name in _LABEL_QUERY if name in request.args}}
    for name, choices in _LABEL_QUERY.items():
        _demand(told.get(name) in choices, f"{name} must be one of {', '.join(sorted(choices))}")
    return Wanted(told["referenceType"] == "OrderId", told["detailLevel"], told["labelMedia"], told["labelFormat"])


def _object(value: Any, known: set[str], name: str) -> Mapping[str, Any]:
    _demand(isinstance(value, dict), f"{name} must be an object")
    for field in value.keys() - known:
        raise Refused(400, f"{name}: {field} is not a field.")
    return dict(value)


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refused(400, f"{otherwise}.")


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
