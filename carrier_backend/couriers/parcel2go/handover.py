"""What we hand over, as Parcel2Go wants it (specs/parcel2go.md sections 5 and 8): faults are found before a call."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

from carrier_backend.couriers.parcel2go.countries import Countries, Place
from carrier_backend.couriers.parcel2go.offers import Box, Wish
from carrier_backend.couriers.parcel2go.terms import service, text_of
from carrier_backend.couriers.parcel2go.translate import Body
from carrier_backend.domain.addresses import Address, Contact, Party
from carrier_backend.domain.errors import Fault, NotServed, raise_faults
from carrier_backend.domain.parcels import Dimensions, Parcel
from carrier_backend.domain.products import Addon, DefaultParcel, Direction, Merchant
from carrier_backend.domain.shipments import Shipment
from carrier_backend.support.findings import Findings
from carrier_backend.support.places import fold

SIGNATURE = "Signature"
LONGEST_CONTENTS = 100
POUNDS = "GBP"
BRITAIN = "GBR"

# "11 Saville St", "12a, rue Haute", "7-9 Low Road", "Flat 2, 11 High Street"; and "Hauptstraße 12 b", as the continent
# writes it. A letter that stands alone is the number's only in lower case: "1 S Brooklyn View Ln" lies in the south.
_NUMBER_FIRST = re.compile(r"((?:\D.*?,\s*)?\d+(?:[A-Za-z]|\s[a-z])?(?:[-/]\d+[A-Za-z]?)?),?\s+(.+)")
_NUMBER_LAST = re.compile(r"(\D.*?),?\s+(\d+(?:\s?[A-Za-z])?(?:[-/]\d+[A-Za-z]?)?)")


def needed(findings: Findings, field: str, value: str) -> str:
    """The text, with single blanks; a fault where there is none."""
    return findings.of(field, _some, value) or ""


def _some(value: str) -> str:
    collapsed = " ".join(value.split())
    if not collapsed:
        raise ValueError("is needed by Parcel2Go")
    return collapsed


class HandOver:
    """One shipment in Parcel2Go's words; raises NotServed with every fault that can be seen without a call."""

    def __init__(self, shipment: Shipment, countries: Countries) -> None:
        findings = Findings()
        self._shipment = shipment
        self._parcel = default_parcel(shipment.route.merchant, findings)
        sender, receiver = _ends(shipment)
        self.origin = findings.of("sender.address.country", countries.find, sender.address)
        self.destination = findings.of("receiver.address.country", countries.find, receiver.address)
        self._sender = _address("sender", sender, self.origin, findings)
        self._receiver = _address("receiver", receiver, self.destination, findings)
        if instructions := " ".join(shipment.instructions.split()):
            self._receiver["SpecialInstructions"] = instructions
        self._customer = _customer(shipment, findings)
        self._customs = self._customs_of(countries, findings)
        raise_faults(NotServed, findings.faults)

    @property
    def postcode(self) -> str:
        """Where it is collected."""
        return _ends(self._shipment)[0].address.postal_code

    @property
    def wish(self) -> Wish:
        """What the product asks for."""
        return Wish(
            service=service(self._shipment.route.product.options),
            boxes=tuple(Box(parcel.weight_grams, parcel.dimensions) for parcel in self._shipment.parcels),
            extras=frozenset({SIGNATURE} if Addon.TAKE_SIGNATURE in self._shipment.addons else ()),
            may_be_dropped_off=self._shipment.journey.direction is Direction.RETURN,
        )

    def quote(self) -> Body:
        """The body that quotes are asked with."""
        sizes = [_sizes(parcel.weight_grams, parcel.dimensions) for parcel in self._shipment.parcels]
        return {
            "CollectionAddress": lane_end(self.origin, self.postcode),
            "DeliveryAddress": lane_end(self.destination, self._shipment.journey.receiver.address.postal_code),
            "Parcels": [{"Value": _pounds(self._parcel), **size} for size in sizes],
            "Extras": [{"Type": extra} for extra in sorted(self.wish.extras)],
        }

    def order(self, slug: str, collection: str, item_ids: Mapping[str, str], shop_id: str = "") -> Body:
        """The body of an order: one item per parcel, for a line, its news and its label are per item."""
        shared = {
            "CollectionDate": collection,
            "Service": slug,
            "Upsells": [{"Type": extra} for extra in sorted(self.wish.extras)],
            "CollectionAddress": self._sender | ({"ShopId": shop_id} if shop_id else {}),
            **self._customs,
        }
        items = [
            {"Id": item_ids[parcel.reference], "Reference": parcel.reference, **shared, "Parcels": [self._box(parcel)]}
            for parcel in self._shipment.parcels
        ]
        customer = {**self._customer, "Reference": self._shipment.references[0]}
        return {"Items": items, "CustomerDetails": customer}

    @property
    def _passes_customs(self) -> bool:
        """Between two countries, and between parts of one where the list says so: the Channel Islands, for one."""
        ends = self.origin, self.destination
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            return False
        return ends[0].country != ends[1].country or ends[0].is_apart or ends[1].is_apart

    def _box(self, parcel: Parcel) -> Body:
        contents = self._parcel.contents.strip() if self._parcel else ""
        box = {
            "Id": item_id(parcel.reference, attempt=0),
            **_sizes(parcel.weight_grams, parcel.dimensions),
            "EstimatedValue": _pounds(self._parcel),
            "DeliveryAddress": self._receiver,
            "ContentsSummary": contents,
        }
        return box | ({"Contents": [self._contents(contents)]} if self._customs else {})

    def _contents(self, contents: str) -> Body:
        """As the document's sample has it, quantity and value as text."""
        tariff_code = text_of(self._shipment.route.terms, "tariff_code")
        described = {"Description": contents, "Quantity": "1", "EstimatedValue": f"{_pounds(self._parcel):.2f}"}
        return described | ({"TariffCode": tariff_code} if tariff_code else {})

    def _customs_of(self, countries: Countries, findings: Findings) -> Body:
        """What the merchant has told of its exports. What it has not, Parcel2Go will name better than we could."""
        if not self._passes_customs:
            return {}
        terms = self._shipment.route.terms
        told = {theirs: text_of(terms, ours) for ours, theirs in _CUSTOMS.items()}
        if origin := text_of(terms, "origin_country"):
            told["OriginCountry"] = findings.of("merchant.origin_country", countries.code, origin) or ""
        return {theirs: value for theirs, value in told.items() if value}


_CUSTOMS = {
    "export_reason": "ExportReason",
    "vat_status": "VatStatus",
    "vat_number": "VatNumber",
    "eori_number": "EoriNumber",
    "nif_number": "NifNumber",
    "ioss_code": "IOSSCode",
}


def item_id(reference: str, attempt: int) -> str:
    """The GUID of a parcel in one attempt to order it: an order placed again is another order."""
    return str(uuid5(NAMESPACE_OID, f"{reference}/{attempt}"))


def lane_end(place: Place | None, postcode: str) -> dict[str, object]:
    """One end of a lane, as quotes are asked for it."""
    if place is None:
        return {}
    parts = {"Country": place.country, "Postcode": postcode, "Subdivision": place.subdivision}
    return {name: value for name, value in parts.items() if value}


def outward(place: Place, postcode: str) -> str:
    """The part of a postcode that prices hang on: in Britain without its last three characters, elsewhere all of it."""
    folded = fold(postcode)
    return folded[:-3] if place.country == BRITAIN and len(folded) > 4 else folded


def usual_box(parcel: DefaultParcel) -> tuple[Box, Body]:
    """The merchant's usual parcel, as shoppers are quoted for it."""
    dimensions = Dimensions(parcel.length_mm, parcel.width_mm, parcel.height_mm)
    body = {"Value": _pounds(parcel), **_sizes(parcel.weight_grams, dimensions)}
    return Box(parcel.weight_grams, dimensions), body


def default_parcel(merchant: Merchant, findings: Findings) -> DefaultParcel | None:
    """What the merchant says of its parcels: Ingrid tells neither their value nor what is in them."""
    parcel = merchant.parcel
    if parcel is None:
        findings.faults.append(Fault("is needed by Parcel2Go: the value and contents of a parcel", "merchant.parcel"))
        return None
    if parcel.currency != POUNDS:
        findings.faults.append(Fault("must be GBP, which Parcel2Go reckons in", "merchant.parcel.currency"))
    if not parcel.value > 0:
        findings.faults.append(Fault("must be more than nothing", "merchant.parcel.value"))
    contents = needed(findings, "merchant.parcel.contents", parcel.contents)
    if len(contents) > LONGEST_CONTENTS:
        findings.faults.append(Fault(f"must have at most {LONGEST_CONTENTS} characters", "merchant.parcel.contents"))
    return parcel


def _ends(shipment: Shipment) -> tuple[Party, Party]:
    """As given, never swapped; whoever of the two is the merchant is reached as the merchant says."""
    sender, receiver = shipment.journey.sender, shipment.journey.receiver
    merchant = shipment.route.merchant
    if shipment.journey.direction is Direction.RETURN:
        return sender, _reached(receiver, merchant)
    return _reached(sender, merchant), receiver


def _reached(party: Party, merchant: Merchant) -> Party:
    told, usual = party.contact, merchant.contact
    return Party(party.address, Contact(told.phone or usual.phone, told.email or usual.email))


def _address(end: str, party: Party, place: Place | None, findings: Findings) -> dict[str, object]:
    address = party.address
    number, street, beside = split_street(address.lines, is_british=_country(place) == BRITAIN)
    if place is not None and place.has_postcodes:
        needed(findings, f"{end}.address.postal_code", address.postal_code)
    parts = {
        "ContactName": needed(findings, f"{end}.address.name", address.name),
        "Organisation": f"c/o {address.care_of}" if address.care_of.strip() else "",
        "Email": needed(findings, f"{end}.contact.email", party.contact.email),
        "Phone": _phone(end, party, findings),
        "Property": number,
        "Street": needed(findings, f"{end}.address.lines", street),
        "Locality": beside,
        "Town": needed(findings, f"{end}.address.city", address.city),
        "Postcode": address.postal_code.strip(),
        "CountryIsoCode": _country(place),
        "Subdivision": place.subdivision if place else "",
    }
    return {name: value for name, value in parts.items() if value}


def _phone(end: str, party: Party, findings: Findings) -> str:
    """The driver who collects has to be able to call; at the door they may ("Adding extras to your order")."""
    phone = party.contact.phone
    return needed(findings, f"{end}.contact.phone", phone) if end == "sender" else phone.strip()


def split_street(written: Sequence[str], *, is_british: bool) -> tuple[str, str, str]:
    """Property, street, and what else there is: both are needed, and without a number the line stands in both.

    In Britain the number stands before the street, and a line that ends in one is a flat or a unit.
    """
    lines = [" ".join(line.split()) for line in written if line.strip()] or [""]
    for index, line in enumerate(lines):
        others = ", ".join(lines[:index] + lines[index + 1 :])
        if match := _NUMBER_FIRST.fullmatch(line):
            return match[1], match[2], others
        if not is_british and (match := _NUMBER_LAST.fullmatch(line)):
            return match[2], match[1], others
    if is_british and len(lines) > 1:
        return lines[0], lines[1], ", ".join(lines[2:])
    return lines[0], lines[0], ", ".join(lines[1:])


def _customer(shipment: Shipment, findings: Findings) -> Body:
    """Who orders: the merchant, by a forename and a surname."""
    merchant, terms = shipment.route.merchant, shipment.route.terms
    forename, _, surname = merchant.contact_name.strip().rpartition(" ")
    return {
        "Email": needed(findings, "merchant.contact.email", merchant.contact.email),
        "Forename": needed(findings, "merchant.forename", text_of(terms, "forename") or forename),
        "Surname": needed(findings, "merchant.surname", text_of(terms, "surname") or surname),
    }


def _sizes(weight_grams: int, dimensions: Dimensions) -> dict[str, object]:
    """Kilograms to the next hundredth and whole centimetres: never less than it is."""
    length, width, height = (
        -(-side // 10) for side in (dimensions.length_mm, dimensions.width_mm, dimensions.height_mm)
    )
    return {"Weight": -(-weight_grams // 10) / 100, "Length": length, "Width": width, "Height": height}


def _pounds(parcel: DefaultParcel | None) -> float:
    return float(round(parcel.value if parcel else Decimal(0), 2))


def _country(place: Place | None) -> str:
    return place.country if place else ""


def seen_from(address: Address, countries: Countries) -> Place:
    """The place of an address at the checkout; raises NotServed for a country that is not served."""
    try:
        return countries.find(address)
    except ValueError as error:
        raise NotServed(Fault(str(error), "area.address.country")) from None
