"""What operators ask: every act with its reason, and no field that is not known here."""

from functools import partial
from typing import Any, ClassVar

from marshmallow import RAISE, fields, validate

from carrier_backend.domain.access import Role
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.fields import FORBIDDEN, Choice, Shape, Text
from carrier_backend.operators.merchants import MerchantSchema

_NO_NAME = "must be 1 to 128 characters, none of them a slash"
Name = partial(
    Text,
    required=True,
    validate=[
        validate.Regexp(rf"[^/{FORBIDDEN}]*[^/\s{FORBIDDEN}][^/{FORBIDDEN}]*\Z", error=_NO_NAME),
        validate.Length(max=128, error=_NO_NAME),
    ],
)
"""A name that is to stand in paths."""

Secret = partial(fields.String, validate=validate.Length(1, 4096, error="must be 1 to 4096 characters"))
"""Taken exactly as it was handed out."""

_ADDRESS = validate.Regexp(
    r"https?://[\w.:\[\]-]+(/[^?#\s]*)?\Z", error="must be http:// or https://, a host, and a path at most"
)
_SOME = validate.Length(1, error="must not be empty")
_SHIPMENT_CURSOR = validate.Regexp(r"[0-9a-f]{32}\Z", error="is not one that was given out here")
CURSOR = validate.Regexp(r"[0-9]{1,18}\Z", error="is not one that was given out here")
_OBJECT: dict[str, Any] = {"required": "is required", "invalid": "must be an object"}

BECAUSE = "a customer asked for it"
_SHOP: dict[str, Any] = {
    "reason": BECAUSE,
    "shipper_id": "shop-1",
    "name": "Test Merchant",
    "site_id": "5f5c1bd1-c365-4555-8771-739213e19b49",
    "contact": {"name": "Warehouse", "phone": "+21671000000", "email": "wh@shop.example"},
    "clients": ["ingrid"],
    "parcel": {
        **{"value": "25.00", "currency": "TND", "contents": "Clothing"},
        **{"weight_grams": 1000, "length_mm": 300, "width_mm": 200, "height_mm": 100},
    },
    "couriers": {},
}


class Act(Shape):
    """Something an operator does."""

    described: ClassVar = {"examples": [{"reason": BECAUSE}]}

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "is not known here"}  # noqa: RUF012  marshmallow reads it from the class

    reason = Text(500, required=True)


class NewClient(Act):
    """An OAuth client to admit."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "name": "ingrid"}]}

    name = Name()


class NewOperator(Act):
    """An operator to admit."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "name": "Amel", "role": "operator"}]}

    name = Name()
    role = Choice(Role, required=True)


class PutMerchant(MerchantSchema):
    """A reason, and beside it the merchant as one is written in merchants.toml; whose it is, the path says already."""

    described: ClassVar = {"examples": [_SHOP]}

    error_messages = Act.error_messages

    reason = Text(500, required=True)
    shipper_id = Text(128)


class PutAccount(Act):
    """A merchant's own account with a courier, who alone knows which credentials there are."""

    described: ClassVar = {
        "examples": [
            {
                "reason": BECAUSE,
                "base_url": "https://api.courier.example/v1",
                "credentials": {"api_key": "the key of this shop's own account"},
                "webhook_secrets": ["what the courier shows when it calls about this shop's parcels"],
            }
        ]
    }

    base_url = Text(required=True, validate=_ADDRESS)
    credentials = fields.Dict(
        keys=fields.String(), values=Secret(), required=True, validate=_SOME, error_messages=_OBJECT
    )
    webhook_secrets = fields.List(Secret(), load_default=list)


class CourierAct(Act):
    """What a courier alone can do, with arguments that it alone judges."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "arguments": {"text": "call before you come"}}]}

    arguments = fields.Dict(keys=fields.String(), load_default=dict, error_messages=_OBJECT)


class AliasesQuery(Shape):
    """Whose aliases are wanted."""

    courier = Text(required=True)


class DeleteAlias(Act):
    """A place name that is to mean nothing any more."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "courier": "courier", "name": "Marsa Plage"}]}

    courier = Text(required=True)
    name = Text(100, required=True)


class PutAlias(DeleteAlias):
    """A place name that people use, and what it means in the courier's list."""

    described: ClassVar = {
        "examples": [
            {
                "reason": BECAUSE,
                "courier": "courier",
                "name": "Marsa Plage",
                "city": "Tunis",
                "subdivision": "La Marsa",
            }
        ]
    }

    city = Text(required=True)
    subdivision = Text(required=True)


class ShipmentsQuery(Shape):
    """Which shipments are wanted: `q` is a name of theirs or its beginning, `state` is how they stand."""

    q = Text(128, load_default="")
    state = Choice(Standing, load_default=None)
    courier = Text(load_default=None)
    shipper_id = Text(load_default=None)
    cursor = Text(load_default=None, validate=_SHIPMENT_CURSOR)


class UpdatesQuery(Shape):
    """Which part of the outbox is wanted."""

    state = Choice(UpdateState, load_default=None)
    cursor = Text(load_default=None, validate=CURSOR)
