"""How strict Parcel2Go is with an order: every fault at once, each with the item that it is in.

Its own words are used where the document shows them. Customs details are wanted of whatever leaves its country, and
without them there is no price either.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from carrier_backend.simulator import parcel2go_places as places
from carrier_backend.simulator.parcel2go_quotes import EXTRAS, SERVICES, Lane, Service, collection_days, surcharge

Fault = dict[str, Any]
Said = Iterator[tuple[str, str]]

NO_PRICE = "A price could not be found for these specifications."

_ORDER = {"Items", "CustomerDetails"}
_ITEM = {
    *("Id", "CollectionDate", "Service", "Reference", "Upsells", "OriginCountry", "ExportReason", "VatStatus"),
    *("RecipientVatStatus", "VatNumber", "EoriNumber", "NifNumber", "IOSSCode", "CollectionAddress", "Parcels"),
}
_PARCEL = {
    *("Id", "Height", "Length", "Width", "Weight", "EstimatedValue", "DeliveryAddress", "ContentsSummary", "Contents"),
}
_CONTENT = {"Description", "Quantity", "EstimatedValue", "TariffCode", "OriginCountry"}
_ADDRESS = {
    *("ContactName", "Organisation", "Email", "Phone", "Property", "Street", "Locality", "Town", "County"),
    *("Postcode", "CountryIsoCode", "CountryId", "Subdivision", "SpecialInstructions"),
}
_CUSTOMER = {"Email", "Forename", "Surname", "Telephone", "Reference"}

_ADDRESS_NEEDS = ("ContactName", "Email", "Property", "Street", "Town", "Postcode", "CountryIsoCode")
_EXPORT_REASONS = {"Sale", "Gift", "Sample", "Repair", "Documents", "IntraCompanyTransfer", "TemporaryExport"}
_VAT_STATUSES = {"Individual", "NotRegistered", "Registered"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def order_faults(body: Any, now: datetime) -> list[Fault]:
    """What is wrong with an order; the documented five come in the document's order."""
    if not isinstance(body, dict) or not isinstance(body.get("Items"), list) or not body["Items"]:
        return [_fault("Order", "Please supply at least one item.")]
    faults = [_fault("Order", text) for text in _unknown(body, _ORDER, "")]
    for place, item in enumerate(body["Items"]):
        faults += _item_faults(item, f"Items[{place}]", now)
    ids = [item.get("Id") for item in body["Items"] if isinstance(item, dict)]
    faults += [_fault("Item", "Each item needs an Id of its own.", one) for one in set(ids) if ids.count(one) > 1]
    return faults + [_fault("Customer", text) for text in _customer_faults(body.get("CustomerDetails"))]


def price(item: Mapping[str, Any]) -> Decimal:
    """What a faultless item costs without VAT."""
    lane = Lane(item["CollectionAddress"], item["Parcels"][0]["DeliveryAddress"], "CountryIsoCode")
    extras = [upsell["Type"] for upsell in item.get("Upsells") or []]
    collected = surcharge(datetime.fromisoformat(item["CollectionDate"]).date())
    return SERVICES[item["Service"]].price(item["Parcels"], lane.regions, extras) + collected


def _item_faults(item: Any, path: str, now: datetime) -> list[Fault]:
    if not isinstance(item, dict):
        return [_fault("Item", f"{path} must be an object.")]
    id = item.get("Id")
    malformed = [*_form_faults(item, path)]
    if malformed:
        return [_fault(kind, text, id) for kind, text in malformed]
    return [_fault(kind, text, id) for kind, text in (*_customs_faults(item), *_service_faults(item, now))]


def _form_faults(item: Mapping[str, Any], path: str) -> Said:
    """Whether everything that is needed is there, and of the right form."""
    yield from (("Item", text) for text in _unknown(item, _ITEM, path))
    if not _is_guid(item.get("Id")):
        yield "Item", f"{path}.Id must be a GUID."
    if not _is_moment(item.get("CollectionDate")):
        yield "Item", f"{path}.CollectionDate must be a date and time."
    if not _is_text(item.get("Service")):
        yield "Service", f"{path}.Service is required."
    if len(str(item.get("Reference") or "")) > 50:
        yield "Item", f"{path}.Reference is longer than 50 characters."
    yield from _upsell_faults(item.get("Upsells"), path)
    yield from _address_faults(item.get("CollectionAddress"), f"{path}.CollectionAddress", {"ShopId"}, ("Phone",))
    parcels = item.get("Parcels")
    if not isinstance(parcels, list) or not parcels:
        yield "Parcel", f"{path}.Parcels needs at least one parcel."
        return
    for place, parcel in enumerate(parcels):
        yield from _parcel_faults(parcel, f"{path}.Parcels[{place}]")


def _upsell_faults(upsells: Any, path: str) -> Said:
    kinds = [one.get("Type") if isinstance(one, dict) else None for one in upsells] if upsells else []
    for kind in kinds:
        if kind not in EXTRAS:
            yield "Upsell", f"{path}.Upsells: a Type of {', '.join(EXTRAS)} is required."


def _parcel_faults(parcel: Any, path: str) -> Said:
    if not isinstance(parcel, dict):
        yield "Parcel", f"{path} must be an object."
        return
    yield from (("Parcel", text) for text in _unknown(parcel, _PARCEL, path))
    if not _is_guid(parcel.get("Id")):
        yield "Parcel", f"{path}.Id must be a GUID."
    for name in ("Height", "Length", "Width", "Weight", "EstimatedValue"):
        if not _is_positive(parcel.get(name)):
            yield "Parcel", f"{path}.{name} must be a number above 0."
    if not _is_text(parcel.get("ContentsSummary")) or len(parcel["ContentsSummary"]) > 100:
        yield "Parcel", f"{path}.ContentsSummary must be a text of 1-100 characters."
    for place, content in enumerate(parcel.get("Contents") or []):
        yield from _content_faults(content, f"{path}.Contents[{place}]")
    yield from _address_faults(parcel.get("DeliveryAddress"), f"{path}.DeliveryAddress")


def _content_faults(content: Any, path: str) -> Said:
    """Quantity and value come as numbers, or as the texts that the document shows."""
    if not isinstance(content, dict):
        yield "Customs", f"{path} must be an object."
        return
    yield from (("Customs", text) for text in _unknown(content, _CONTENT, path))
    if not _is_text(content.get("Description")):
        yield "Customs", f"{path}.Description is required."
    for name in ("Quantity", "EstimatedValue"):
        if not _is_positive(_number(content.get(name))):
            yield "Customs", f"{path}.{name} must be a number above 0."


def _address_faults(address: Any, path: str, more: Set[str] = frozenset(), needs: Sequence[str] = ()) -> Said:
    if not isinstance(address, dict):
        yield "Address", f"{path} is required."
        return
    yield from (("Address", text) for text in _unknown(address, _ADDRESS | more, path))
    for name in (*_ADDRESS_NEEDS, *needs):
        if not _is_text(address.get(name)):
            yield "Address", f"{path}.{name} is required."
    if not places.is_served(address.get("CountryIsoCode"), address.get("Subdivision")):
        yield "Address", f"{path}: we do not know this country or subdivision."
    if address.get("ContactName") == "Refuse Me":
        yield "Address", f"{path}: we cannot deliver to this address."


def _customs_faults(item: Mapping[str, Any]) -> Said:
    if not _is_export(item):
        return
    if item.get("ExportReason") not in _EXPORT_REASONS:
        yield "Customs", "Please supply the reason for exporting your parcel."
    if item.get("VatStatus") not in _VAT_STATUSES:
        yield "Customs", "Please supply your VAT status."
    if not _is_country(item.get("OriginCountry")):
        yield "Customs", "Please supply details of your parcel's country of manufacture."
    if not all(parcel.get("Contents") for parcel in item["Parcels"]):
        yield "Customs", "Please supply details of your international parcel's contents."
    if item.get("VatStatus") == "Registered" and not _is_text(item.get("VatNumber")):
        yield "Customs", "Please supply your VAT number."
    if item.get("VatStatus") == "Registered" and not _is_text(item.get("EoriNumber")):
        yield "Customs", "Please supply your EORI number."


def _service_faults(item: Mapping[str, Any], now: datetime) -> Said:
    service = _service(item)
    if service is None or any(True for _ in _customs_faults(item)):
        yield "Service", NO_PRICE
        return
    if any(upsell["Type"] not in service.extras for upsell in item.get("Upsells") or []):
        yield "Upsell", "This extra is not available for the service."
    yield from _collection_faults(item, service, now)
    sender = _squeezed(item["CollectionAddress"]["Postcode"])
    if any(_squeezed(parcel["DeliveryAddress"]["Postcode"]) == sender for parcel in item["Parcels"]):
        yield "Address", "Collection and delivery cannot be at the same postcode."


def _collection_faults(item: Mapping[str, Any], service: Service, now: datetime) -> Said:
    wanted = datetime.fromisoformat(item["CollectionDate"]).date()
    shop = item["CollectionAddress"].get("ShopId")
    if service.collection == "Collection":
        if wanted not in collection_days(now):
            yield "Item", "The collection date is not available."
        if shop:
            yield "Address", "This service collects; it has no drop shop."
        return
    if wanted < now.date():
        yield "Item", "The collection date is in the past."
    if shop and shop not in places.SHOP_IDS:
        yield "Address", "We do not know this drop shop."


def _service(item: Mapping[str, Any]) -> Service | None:
    """The one that was asked for, if it goes to all of the addresses and carries all of the parcels."""
    service = SERVICES.get(item["Service"])
    lanes = [Lane(item["CollectionAddress"], parcel["DeliveryAddress"], "CountryIsoCode") for parcel in item["Parcels"]]
    goes = service is not None and all(service in lane.services() for lane in lanes)
    return service if goes and service and all(map(service.carries, item["Parcels"])) else None


def _is_export(item: Mapping[str, Any]) -> bool:
    sender = item["CollectionAddress"]["CountryIsoCode"]
    return any(places.needs_customs(sender, one["DeliveryAddress"]["CountryIsoCode"]) for one in item["Parcels"])


def _customer_faults(customer: Any) -> list[str]:
    if not isinstance(customer, dict):
        return ["CustomerDetails is required."]
    missing = [name for name in ("Email", "Forename", "Surname") if not _is_text(customer.get(name))]
    return [
        *_unknown(customer, _CUSTOMER, "CustomerDetails"),
        *(f"CustomerDetails.{name} is required." for name in missing),
    ]


def _fault(kind: str, text: str, item_id: Any = None) -> Fault:
    return {"Type": kind, "Error": text, "ItemId": item_id}


def _unknown(given: Mapping[str, Any], known: set[str], path: str) -> list[str]:
    return [f"{path}.{name} is not a field.".lstrip(".") for name in given if name not in known]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_country(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) is not None


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII) else value


def _is_moment(value: Any) -> bool:
    return _holds(lambda: _MOMENT.fullmatch(value) and datetime.fromisoformat(value))


def _is_guid(value: Any) -> bool:
    return _holds(lambda: isinstance(value, str) and "-" in value and UUID(value))


def _holds(read: Callable[[], Any]) -> bool:
    try:
        return bool(read())
    except (TypeError, ValueError):
        return False


def _squeezed(postcode: str) -> str:
    return postcode.replace(" ", "").upper()
