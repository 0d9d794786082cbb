"""A merchant as people write it, in merchants.toml or to the admin route: read strictly, every key known."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from carrier_backend.domain.addresses import Contact
from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.products import DefaultParcel, Merchant
from carrier_backend.doors.fields import Text, Whole
from carrier_backend.support.faults import flatten

_LONGEST = 128
_HEAVIEST_GRAMS, _LONGEST_MM = 1_000_000, 10_000
_AMOUNT = validate.Range(min=0, min_inclusive=False, max=10**9)
_CURRENCY = validate.Regexp(r"^[A-Z]{3}\Z", error="must be three capital letters, ISO 4217")
_SITE_ID = validate.Regexp(r"^[A-Za-z0-9-]{1,64}\Z", error="must be 1 to 64 letters, digits and hyphens")


class _ContactSchema(Schema):
    name = Text(load_default="")
    phone = Text(64, load_default="")
    email = Text(load_default="")


class _ParcelSchema(Schema):
    value = fields.Decimal(required=True, validate=_AMOUNT)
    currency = Text(required=True, validate=_CURRENCY)
    contents = Text(_LONGEST, required=True)
    weight_grams = Whole(1, _HEAVIEST_GRAMS, required=True)
    length_mm = Whole(1, _LONGEST_MM, required=True)
    width_mm = Whole(1, _LONGEST_MM, required=True)
    height_mm = Whole(1, _LONGEST_MM, required=True)


class MerchantSchema(Schema):
    """One `[[merchant]]` block (contract section 3); a courier's terms are judged by that courier."""

    shipper_id = Text(_LONGEST, required=True)
    name = Text(_LONGEST, required=True)
    site_id = Text(required=True, validate=_SITE_ID)
    contact = fields.Nested(_ContactSchema, load_default=dict, error_messages={"null": "must be an object"})
    clients = fields.List(Text(_LONGEST, required=True))
    parcel = fields.Nested(_ParcelSchema)
    couriers = fields.Dict(keys=fields.Str(), values=fields.Dict(keys=fields.Str()), load_default=dict)


_MERCHANT = MerchantSchema()


def merchant_from(written: Mapping[str, object]) -> Merchant:
    """The merchant that someone wrote down; raises Malformed with every fault, each naming its field."""
    try:
        return merchant_of(_MERCHANT.load(written))
    except ValidationError as error:
        raise Malformed(*flatten(error.messages)) from error


def merchant_of(read: Mapping[str, Any]) -> Merchant:
    """The merchant that the schema has read."""
    contact = {"name": "", "phone": "", "email": "", **read["contact"]}
    return Merchant(
        shipper_id=read["shipper_id"],
        name=read["name"],
        site_id=read["site_id"],
        contact_name=contact["name"],
        contact=Contact(contact["phone"], contact["email"]),
        clients=frozenset(read["clients"]) if "clients" in read else None,
        parcel=DefaultParcel(**read["parcel"]) if "parcel" in read else None,
        couriers=read["couriers"],
    )
