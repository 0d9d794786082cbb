"""A merchant as people write it, in merchants.toml or to the admin route: read strictly, every key known."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from carrier_backend.domain.addresses import Contact
from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.products import DefaultParcel, Merchant
from carrier_backend.support.faults import flatten

_WRITTEN = validate.Length(min=1, max=128)
_AMOUNT = validate.Range(min=0, min_inclusive=False)
_CURRENCY = validate.Regexp(r"^[A-Z]{3}\Z", error="must be three capital letters, ISO 4217")
_SITE_ID = validate.Regexp(r"^[A-Za-z0-9-]{1,64}\Z", error="must be 1 to 64 letters, digits and hyphens")


class _ContactSchema(Schema):
    name = fields.Str(load_default="")
    phone = fields.Str(load_default="")
    email = fields.Str(load_default="")


class _ParcelSchema(Schema):
    value = fields.Decimal(required=True, validate=_AMOUNT)
    currency = fields.Str(required=True, validate=_CURRENCY)
    contents = fields.Str(required=True, validate=_WRITTEN)
    weight_grams = fields.Int(required=True, strict=True, validate=_AMOUNT)
    length_mm = fields.Int(required=True, strict=True, validate=_AMOUNT)
    width_mm = fields.Int(required=True, strict=True, validate=_AMOUNT)
    height_mm = fields.Int(required=True, strict=True, validate=_AMOUNT)

    @post_load
    def _parcel(self, read: dict[str, Any], **_: object) -> DefaultParcel:
        return DefaultParcel(**read)


class MerchantSchema(Schema):
    """One `[[merchant]]` block (contract section 3); a courier's terms are judged by that courier."""

    shipper_id = fields.Str(required=True, validate=_WRITTEN)
    name = fields.Str(required=True, validate=_WRITTEN)
    site_id = fields.Str(required=True, validate=_SITE_ID)
    contact = fields.Nested(_ContactSchema, load_default=dict, error_messages={"null": "must be an object"})
    clients = fields.List(fields.Str(validate=_WRITTEN))
    parcel = fields.Nested(_ParcelSchema)
    couriers = fields.Dict(keys=fields.Str(), values=fields.Dict(keys=fields.Str()), load_default=dict)

    @post_load
    def _merchant(self, read: dict[str, Any], **_: object) -> Merchant:
        contact = {"name": "", "phone": "", "email": "", **read["contact"]}
        return Merchant(
            shipper_id=read["shipper_id"],
            name=read["name"],
            site_id=read["site_id"],
            contact_name=contact["name"],
            contact=Contact(contact["phone"], contact["email"]),
            clients=frozenset(read["clients"]) if "clients" in read else None,
            parcel=read.get("parcel"),
            couriers=read["couriers"],
        )


_MERCHANT = MerchantSchema()


def merchant_from(written: Mapping[str, object]) -> Merchant:
    """The merchant that someone wrote down; raises Malformed with every fault, each naming its field."""
    try:
        merchant: Merchant = _MERCHANT.load(written)
    except ValidationError as error:
        raise Malformed(*flatten(error.messages)) from error
    return merchant
