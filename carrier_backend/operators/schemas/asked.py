"""What operators ask: every act with its reason, and no field that is not known here."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from marshmallow import RAISE, ValidationError, fields, validate, validates_schema

from carrier_backend.domain.access import Role
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.fields import FORBIDDEN, Choice, Moment, Shape, Text
from carrier_backend.operators.merchants import MerchantSchema

_UNFIT = f"/?#%{FORBIDDEN}"
_NO_NAME = "must be 1 to 128 characters, none of them / ? # or %, and no mere dots"
Name = partial(
    Text,
    required=True,
    validate=[
        validate.Regexp(rf"[^{_UNFIT}]*[^.\s{_UNFIT}][^{_UNFIT}]*\Z", error=_NO_NAME),
        validate.Length(max=128, error=_NO_NAME),
    ],
)
"""A name that is to stand in paths."""

Secret = partial(
    fields.String,
    validate=validate.Length(1, 4096, error="must be 1 to 4096 characters"),
    error_messages=dict.fromkeys(("null", "invalid", "invalid_utf8"), "must be text"),
)
"""Taken exactly as it was handed out."""

_ADDRESS = validate.Regexp(
    r"https?://[\w.:\[\]-]+(/[^?#\s]*)?\Z", error="must be http:// or https://, a host, and a path at most"
)
_SOME = validate.Length(1, error="must not be empty")
_SHIPMENT_CURSOR = validate.Regexp(r"[0-9a-f]{32}\Z", error="is not one that was given out here")
CURSOR = validate.Regexp(r"[0-9]{1,18}\Z", error="is not one that was given out here")
_LIST: dict[str, Any] = {"null": "must be a list", "invalid": "must be a list"}
_OBJECT: dict[str, Any] = {"required": "is required", "null": "must be an object", "invalid": "must be an object"}

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


class Known(Shape):
    """Something of which all fields are known here: a filter with a slip in it would find everybody's."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "is not known here"}  # noqa: RUF012  marshmallow reads it from the class


class Everything(Known):
    """What is wanted of a list that there is no choosing from."""


class Span(Known):
    """From `since` on and before `until`, by when things came to be."""

    since = Moment(load_default=None)
    until = Moment(load_default=None)

    @validates_schema
    def _in_order(self, read: dict[str, Any], **_: object) -> None:
        since, until = (read[name] and datetime.fromisoformat(read[name]) for name in ("since", "until"))
        if since and until and since >= until:
            raise ValidationError("must be before `until`", "since")


class Act(Known):
    """Something an operator does."""

    described: ClassVar = {"examples": [{"reason": BECAUSE}]}

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


class Secrets(fields.Dict):
    """Secrets by name; a fault in one is named by that name alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=fields.String(), values=Secret(), **options)

    def _deserialize(self, value: Any, *rest: Any, **options: Any) -> Any:
        try:
            return super()._deserialize(value, *rest, **options)  # type: ignore[no-untyped-call]  # marshmallow's
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            raise ValidationError({name: [*found.values()] for name, found in error.messages.items()}) from error


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

    base_url = Text(
        required=True, validate=[_ADDRESS, validate.Length(max=256, error="is longer than {max} characters")]
    )
    credentials = Secrets(required=True, validate=_SOME, error_messages=_OBJECT)
    webhook_secrets = fields.List(Secret(), load_default=list, error_messages=_LIST)


class CourierAct(Act):
    """What a courier alone can do, with arguments that it alone judges."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "arguments": {"text": "call before you come"}}]}

    arguments = fields.Dict(keys=fields.String(), load_default=dict, error_messages=_OBJECT)


class AliasesQuery(Known):
    """Whose aliases are wanted."""

    courier = Text(required=True)


class UnknownPlacesQuery(Known):
    """Whose unknown places are wanted; everybody's, unless it is said."""

    courier = Text(load_default=None)


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


class ShipmentsQuery(Known):
    """Which shipments are wanted: `q` is a name of theirs or its beginning, `state` is how they stand."""

    q = Text(128, load_default="")
    state = Choice(Standing, load_default=None)
    courier = Text(load_default=None)
    shipper_id = Text(load_default=None)
    cursor = Text(load_default=None, validate=_SHIPMENT_CURSOR)


class UpdatesQuery(Known):
    """Which part of the outbox is wanted."""

    state = Choice(UpdateState, load_default=None)
    cursor = Text(load_default=None, validate=CURSOR)
