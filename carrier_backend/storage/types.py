"""Value columns and documents: aware moments, JSON, and domain values as bytes."""

import json
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter
from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_converter = make_converter()
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
_converter.register_unstructure_hook(time, time.isoformat)
_converter.register_structure_hook(time, lambda value, _: time.fromisoformat(value))
_converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)


def dump(value: object) -> bytes:
    """A domain value as JSON bytes."""
    return json.dumps(_converter.unstructure(value), ensure_ascii=False, separators=(",", ":")).encode()


def load(content: bytes, kind: type[T]) -> T:
    """The domain value of that kind that was dumped so."""
    return _converter.structure(json.loads(content), kind)


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
