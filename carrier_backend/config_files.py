"""The files people write, products.toml and merchants.toml (contract section 3): read strictly."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from carrier_backend.domain.errors import Fault, Malformed, raise_faults
from carrier_backend.domain.products import Addon, Calendar, DayWindow, Direction, Merchant, Product
from carrier_backend.operators.merchants import merchant_from
from carrier_backend.support.faults import flatten

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_One = TypeVar("_One")


def read_products(path: Path) -> list[Product]:
    """What is sold; raises Malformed, each fault naming its block and key."""
    return _blocks(path, "product", "shipping_method", _product_from)


def read_merchants(path: Path) -> list[Merchant]:
    """The merchants to import; raises Malformed, each fault naming its block and key."""
    return _blocks(path, "merchant", "shipper_id", merchant_from)


def _blocks(path: Path, kind: str, key: str, read: Callable[[Mapping[str, object]], _One]) -> list[_One]:
    """Read every `[[kind]]` block of a file, none of whose keys may come twice."""
    written = _written(path, kind)
    faults: list[Fault] = []
    result: list[_One] = []
    for number, block in enumerate(written, start=1):
        name = block.get(key, number)
        if name in [earlier.get(key) for earlier in written[: number - 1]]:
            faults.append(Fault("stands there twice", _named(kind, name, key)))
        try:
            result.append(read(block))
        except Malformed as error:
            faults += [Fault(fault.message, _named(kind, name, fault.field)) for fault in error.faults]
    raise_faults(Malformed, faults)
    return result


def _written(path: Path, kind: str) -> list[Mapping[str, object]]:
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not even UTF-8
        raise Malformed(f"{path} is not TOML: {error}") from error
    blocks = whole.pop(kind, [])
    raise_faults(Malformed, (Fault("Unknown field.", key) for key in whole))
    if not isinstance(blocks, list) or not blocks:
        raise Malformed(f"{path} has no [[{kind}]] block")
    return blocks


def _named(kind: str, name: object, field: str) -> str:
    return f"{kind} {name}.{field}" if field else f"{kind} {name}"


class _TimeOfDay(fields.Field[time]):
    def _deserialize(self, value: object, *_: object, **__: object) -> time:
        return _time_of_day(value)


class _DayWindow(fields.Field[DayWindow]):
    def _deserialize(self, value: object, *__: object, **___: object) -> DayWindow:
        start, _, end = value.partition("-") if isinstance(value, str) else ("", "", "")
        window = DayWindow(_time_of_day(start), _time_of_day(end))
        if not window.start < window.end:
            raise ValidationError("Must end after it starts, on the same day.")
        return window


def _time_of_day(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValidationError("Times are written HH:MM, from 00:00 to 23:59.")
    return time.fromisoformat(value)


class _ProductSchema(Schema):
    shipping_method = fields.Str(required=True, validate=validate.Length(min=1, max=100))
    courier = fields.Str(required=True)
    countries = fields.List(
        fields.Str(validate=validate.Regexp(r"^[A-Z]{2}\Z")), required=True, validate=validate.Length(min=1)
    )
    timezone = fields.Str(required=True, validate=validate.OneOf(available_timezones(), error="Unknown."))
    cutoff = _TimeOfDay(required=True)
    working_days = fields.List(
        fields.Str(validate=validate.OneOf(WEEKDAYS)), required=True, validate=validate.Length(min=1)
    )
    transit_days = fields.List(
        fields.Int(strict=True, validate=validate.Range(min=0, max=60)),
        required=True,
        validate=validate.Length(equal=2),
    )
    windows = fields.List(_DayWindow(), load_default=list)
    horizon_days = fields.Int(strict=True, load_default=7, validate=validate.Range(min=1, max=60))
    addons = fields.List(fields.Enum(Addon, by_value=True), load_default=list)
    directions = fields.List(
        fields.Enum(Direction, by_value=True),
        load_default=lambda: [Direction.OUTBOUND],
        validate=validate.Length(min=1),
    )
    pickup_points = fields.Bool(truthy={True}, falsy={False}, load_default=False)
    options = fields.Dict(keys=fields.Str(), load_default=dict)

    @validates_schema
    def _order_of_transit(self, read: dict[str, Any], **_: object) -> None:
        fastest, slowest = read["transit_days"]
        if fastest > slowest:
            raise ValidationError("The fastest comes first, then the slowest.", "transit_days")

    @post_load
    def _product(self, read: dict[str, Any], **_: object) -> Product:
        calendar = Calendar(
            timezone=read["timezone"],
            cutoff=read["cutoff"],
            working_days=frozenset(map(WEEKDAYS.index, read["working_days"])),
            transit_days=tuple(read["transit_days"]),
            windows=tuple(read["windows"]),
            horizon_days=read["horizon_days"],
        )
        return Product(
            shipping_method=read["shipping_method"],
            courier=read["courier"],
            countries=frozenset(read["countries"]),
            calendar=calendar,
            addons=frozenset(read["addons"]),
            directions=frozenset(read["directions"]),
            has_pickup_points=read["pickup_points"],
            options=read["options"],
        )


_PRODUCT = _ProductSchema()


def _product_from(written: Mapping[str, object]) -> Product:
    try:
        product: Product = _PRODUCT.load(written)
    except ValidationError as error:
        raise Malformed(*flatten(error.messages)) from error
    return product
