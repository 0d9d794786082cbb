"""What we hand over, as Intigo wants it (specs/intigo.md section 3): every fault is found before the first call."""

import textwrap
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import phonenumbers

from carrier_backend.couriers.intigo.regions import Place, Regions
from carrier_backend.domain.addresses import Address
from carrier_backend.domain.errors import Fault, NotServed, raise_faults
from carrier_backend.domain.products import Direction, Terms
from carrier_backend.domain.shipments import Shipment
from carrier_backend.support.findings import Findings

Body = Mapping[str, object]
"""JSON on its way to Intigo, which refuses undeclared fields: nothing stands in it that the document doesn't name."""

# Normal, large, extra large. Where one ends and the next begins, the document leaves to the seller.
SIZES = (1, 4, 5)
USUAL_THRESHOLDS_GRAMS = (5000, 15000)
HIGHEST_AMOUNT = 3000
COUNTRY, COUNTRY_CODE, PHONE_DIGITS = "TN", 216, 8
PICKUP = ("pickup_city", "pickup_subdivision")
NOTHING = "-"  # what goes where a text is "required" and we have none: an empty one may not do


def bodies(shipment: Shipment, regions: Regions) -> dict[str, Body]:
    """The parcels as they are to be created, by reference; raises NotServed with every fault."""
    findings = Findings()
    shared = _delivery(shipment, regions, findings) | _collection(shipment, regions, findings)
    to_collect = findings.of("merchant.amount", _amount_to_collect, shipment)
    raise_faults(NotServed, findings.faults)
    thresholds = thresholds_grams(shipment.route.product.options)
    return {
        parcel.reference: shared
        | {
            "cid": parcel.reference,
            "size": SIZES[sum(parcel.weight_grams > threshold for threshold in thresholds)],
            # Each parcel is paid for on its own at the door: the first one bears what is to be collected.
            "amount": to_collect if parcel is shipment.parcels[0] else 0,
        }
        for parcel in shipment.parcels
    }


def _delivery(shipment: Shipment, regions: Regions, findings: Findings) -> dict[str, object]:
    receiver = shipment.journey.receiver.address
    place = findings.of("receiver.address.city", regions.find, receiver.city, receiver.lines)
    written, rest = findings.of("receiver.address.lines", _in_two, receiver, 100) or ("", "")
    care_of = f"c/o {receiver.care_of}" if receiver.care_of.strip() else ""
    beside = "; ".join(filter(None, (rest, care_of, shipment.instructions.strip())))
    parcel = shipment.route.merchant.parcel
    return {
        "name": findings.of("receiver.address.name", fitted, receiver.name, 3, 20),
        "phone": _phone_of_recipient(shipment, findings),
        **_named(place, "city", "subDivision"),
        "address": written,
        "additionalInformation": findings.of("instructions", fitted, beside or NOTHING, 1, 500),
        "description": findings.of(
            "merchant.parcel.contents", fitted, (parcel.contents if parcel else "") or NOTHING, 1, 500
        ),
        "isFragile": False,
        "isExchange": False,
    }


def _collection(shipment: Shipment, regions: Regions, findings: Findings) -> dict[str, object]:
    sender = shipment.journey.sender.address
    place = _place_of_collection(shipment, regions, findings)
    return {
        "pickUpAddress": findings.of("sender.address.lines", lambda: fitted(_written(sender), 3, 500)),
        **_named(place, "pickUpCity", "pickUpSubDivision"),
    }


def _place_of_collection(shipment: Shipment, regions: Regions, findings: Findings) -> Place | None:
    """Where the merchant's terms say; else where the sender is. On a return the sender is the shopper."""
    sender = shipment.journey.sender.address
    if shipment.journey.direction is Direction.RETURN:
        return findings.of("sender.address.city", regions.find, sender.city, sender.lines)
    if agreed := _agreed_place(shipment.route.terms):
        return findings.of("merchant.pickup_city", regions.find, agreed)
    return findings.of("merchant.pickup_city", regions.find, sender.city, sender.lines)


def _phone_of_recipient(shipment: Shipment, findings: Findings) -> str | None:
    """On a return the merchant receives, whose number Ingrid need not tell."""
    told = shipment.journey.receiver.contact.phone
    if shipment.journey.direction is Direction.RETURN and not told:
        return findings.of("merchant.contact.phone", phone, shipment.route.merchant.contact.phone)
    return findings.of("receiver.contact.phone", phone, told)


def _amount_to_collect(shipment: Shipment) -> int | float:
    """Nobody pays at the door of the merchant, where a return goes."""
    is_return = shipment.journey.direction is Direction.RETURN
    return 0 if is_return else amount(shipment.route.terms.get("amount", 0))


def _named(place: Place | None, city: str, subdivision: str) -> dict[str, object]:
    return {city: place.city, subdivision: place.subdivision} if place else {}


def _written(address: Address) -> str:
    """With postal code and town: couriers have found the street alone not to be enough (section 12, appendix A)."""
    if not address.street.strip():
        raise ValueError("a street is needed")
    town = f"{address.postal_code} {address.city}".strip()
    return " ".join(", ".join(filter(None, (address.street, town))).split())


def _in_two(address: Address, longest: int) -> tuple[str, str]:
    """The written address as far as it fits, whole words only, and the rest of it."""
    first, *others = textwrap.wrap(_written(address), longest, break_long_words=False, break_on_hyphens=False)
    return fitted(first.rstrip(","), 3, longest), " ".join(others)


def fitted(text: str, shortest: int, longest: int) -> str:
    """The text with single blanks; raises ValueError where that is too short or long: nothing is ever cut off."""
    collapsed = " ".join(text.split())
    if not shortest <= len(collapsed) <= longest:
        raise ValueError(f"must have {shortest} to {longest} characters to go with this courier")
    return collapsed


def phone(text: str) -> str:
    """The eight national digits of a Tunisian number, with +216 or 00216 before them or without."""
    try:
        number = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException:
        raise ValueError("must be a Tunisian phone number") from None
    digits = phonenumbers.national_significant_number(number)
    is_plain = number.country_code == COUNTRY_CODE and len(digits) == PHONE_DIGITS and not number.extension
    # The library reads letters as the keys that bear them.
    if not is_plain or any(character.isalpha() for character in text):
        raise ValueError("must be a Tunisian phone number of eight digits")
    return digits


def amount(value: object) -> int | float:
    """Dinars to be collected, as a JSON number."""
    try:
        dinars = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("must be an amount in dinars") from None
    if not (dinars.is_finite() and 0 <= dinars <= HIGHEST_AMOUNT):
        raise ValueError(f"must be between 0 and {HIGHEST_AMOUNT} dinars")
    return int(dinars) if dinars == int(dinars) else float(dinars)


def thresholds_grams(options: Terms) -> tuple[int, int]:
    """Above which weight a parcel is large, and above which extra large."""
    match options.get("size_thresholds_grams", USUAL_THRESHOLDS_GRAMS):
        case [int(large), int(extra_large)] if 0 < large < extra_large:
            return large, extra_large
    raise ValueError("size_thresholds_grams: must be two weights in grams, the smaller first")


def faults_in_options(options: Terms) -> list[str]:
    """What is wrong with a product's options."""
    findings = Findings()
    findings.of("", thresholds_grams, options)
    return [*_unknown(options, {"size_thresholds_grams"}), *map(str, findings.faults)]


def faults_in_terms(terms: Terms, regions: Regions | None) -> list[str]:
    """What is wrong with a merchant's terms; its place is looked for again at booking, in the list of the day."""
    findings = Findings()
    findings.of("amount", amount, terms.get("amount", 0))
    no_texts = [Fault("must be text", key) for key in PICKUP if not isinstance(terms.get(key, ""), str)]
    findings.faults += no_texts
    if regions is not None and not no_texts and (agreed := _agreed_place(terms)):
        findings.of("pickup_city", regions.find, agreed)
    return [*_unknown(terms, {"amount", *PICKUP}), *map(str, findings.faults)]


def _agreed_place(terms: Terms) -> str:
    """Where the merchant's parcels are to be collected, as the terms say it; empty where they do not."""
    city, subdivision = (str(terms.get(key, "")) for key in PICKUP)
    return ", ".join(filter(None, (subdivision, city)))


def _unknown(terms: Terms, known: set[str]) -> list[str]:
    return [f"{key}: there is no such key" for key in terms if key not in known]
