"""What we hand over, as Ecotrack wants it (specs/ecotrack.md section 5): every fault is found before the first call.

It takes no sender: where parcels are fetched is the account's own business.
"""

from decimal import Decimal

import phonenumbers

from carrier_backend.couriers.ecotrack import terms
from carrier_backend.couriers.ecotrack.client import Body
from carrier_backend.couriers.ecotrack.listings import Commune
from carrier_backend.couriers.ecotrack.places import Places
from carrier_backend.domain.addresses import Address, Party
from carrier_backend.domain.errors import Fault, NotServed, raise_faults
from carrier_backend.domain.products import Addon, Direction
from carrier_backend.domain.shipments import Shipment
from carrier_backend.support.findings import Findings

COUNTRY, COUNTRY_CODE = "DZ", 213
MOBILE = "567"
LONGEST_TEXT = 255
DELIVERY, PICKUP = 1, 3
SIGNATURE = "Signature du destinataire demandée"


def bodies(shipment: Shipment, places: Places) -> dict[str, Body]:
    """The orders as they are to be created, by reference, one for each parcel; raises NotServed with every fault."""
    findings = Findings()
    shared = _consumer(shipment, places, findings) | _beside(shipment, findings)
    to_collect = findings.of("merchant.amount", _to_collect, shipment)
    raise_faults(NotServed, findings.faults)
    return {
        parcel.reference: {
            "reference": parcel.reference,
            **shared,
            # Each is paid for on its own at the door: the first one bears what is to be collected.
            "montant": as_json(to_collect or Decimal() if parcel is shipment.parcels[0] else Decimal()),
            "weight": as_json(Decimal(parcel.weight_grams) / 1000),
        }
        for parcel in shipment.parcels
    }


def _consumer(shipment: Shipment, places: Places, findings: Findings) -> dict[str, object]:
    """Whom the courier meets: on a return, the one who hands it over."""
    is_return = shipment.journey.direction is Direction.RETURN
    if is_return and not terms.takes_returns(shipment.route.terms):
        findings.faults.append(Fault("returns are not agreed with this merchant", "direction"))
    side, party = ("sender", shipment.journey.sender) if is_return else ("receiver", shipment.journey.receiver)
    is_desk = terms.to_stop_desk(shipment.route.product.options) and not is_return
    commune = _commune(shipment, side, party.address, places, findings, is_desk=is_desk)
    return {
        "nom_client": findings.of(f"{side}.address.name", fitted, party.address.name),
        "telephone": findings.of(f"{side}.contact.phone", phone, _phone(shipment, party)),
        "adresse": findings.of(f"{side}.address.lines", _written, party.address),
        **({"commune": commune.name, "code_wilaya": commune.wilaya} if commune else {}),
        **({"code_postal": commune.postal_code} if commune and commune.postal_code else {}),
        "type": PICKUP if is_return else DELIVERY,
        "stop_desk": int(is_desk),
    }


def _phone(shipment: Shipment, party: Party) -> str:
    """On a return, what Ingrid tells of the shopper's phone is theirs wherever it stands."""
    return party.contact.phone or shipment.journey.receiver.contact.phone


def _commune(
    shipment: Shipment, side: str, address: Address, places: Places, findings: Findings, *, is_desk: bool
) -> Commune | None:
    """Where it goes: the desk that was chosen, or else the commune of the address."""
    chosen = shipment.journey.pickup_point_id
    if is_desk and chosen:
        desk = findings.of("pickup_point_id", places.desk, chosen)
        return desk.commune if desk else None
    commune = findings.of(f"{side}.address.city", places.find, address)
    if commune and is_desk and not commune.has_stop_desk:
        findings.faults.append(Fault(f"{commune.name} has no desk to fetch parcels from", f"{side}.address.city"))
    return commune


def _beside(shipment: Shipment, findings: Findings) -> dict[str, object]:
    """What else may be told; a text that is empty is left out."""
    receiver, parcel = shipment.journey.receiver.address, shipment.route.merchant.parcel
    for addon in shipment.addons:
        if addon is not Addon.TAKE_SIGNATURE:
            findings.faults.append(Fault(f"{addon} is nothing that Ecotrack does", "addons"))
    notes = (
        shipment.instructions.strip(),
        f"c/o {receiver.care_of.strip()}" if receiver.care_of.strip() else "",
        SIGNATURE if Addon.TAKE_SIGNATURE in shipment.addons else "",
    )
    told = {
        "remarque": findings.of("instructions", fitted, "; ".join(filter(None, notes)), shortest=0),
        "produit": findings.of("merchant.parcel.contents", fitted, parcel.contents if parcel else "", shortest=0),
        "boutique": findings.of("merchant.name", fitted, shipment.route.merchant.name, shortest=0),
    }
    return {name: text for name, text in told.items() if text}


def _to_collect(shipment: Shipment) -> Decimal:
    """Nobody pays for what is fetched from them."""
    is_return = shipment.journey.direction is Direction.RETURN
    return Decimal() if is_return else terms.amount(shipment.route.terms)


def _written(address: Address) -> str:
    """With postal code and town, as people there write it."""
    if not address.street.strip():
        raise ValueError("a street is needed")
    town = f"{address.postal_code} {address.city}".strip()
    return fitted(", ".join(filter(None, (address.street, town))))


def fitted(text: str, shortest: int = 1) -> str:
    """The text with single blanks; raises ValueError where that is too short or long: nothing is ever cut off."""
    collapsed = " ".join(text.split())
    if not shortest <= len(collapsed) <= LONGEST_TEXT:
        raise ValueError(f"must have {shortest} to {LONGEST_TEXT} characters to go with this courier")
    return collapsed


def phone(text: str) -> str:
    """The national digits of an Algerian number with their leading zero: nine of a landline, ten of a mobile."""
    try:
        number = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException:
        raise ValueError("must be an Algerian phone number") from None
    digits = "0" + phonenumbers.national_significant_number(number)
    is_whole = len(digits) == (10 if digits[1] in MOBILE else 9)
    is_plain = number.country_code == COUNTRY_CODE and is_whole and not number.extension
    # The library reads letters as the keys that bear them.
    if not is_plain or any(character.isalpha() for character in text):
        raise ValueError("must be an Algerian phone number: ten digits from 05, 06 or 07, else nine")
    return digits


def as_json(number: Decimal) -> int | float:
    """A JSON number without a point where there need be none."""
    return int(number) if number == int(number) else float(number)
