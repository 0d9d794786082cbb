"""How shapes are described: what JSON Schema can say of a field it says, and nothing that is not so."""

import re
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from carrier_backend.doors.fields import FORBIDDEN, Blankable, Text

Described = dict[str, Any]

_CLEAN = f"^[^{FORBIDDEN}]*$"
_CLEAN_AND_WRITTEN = rf"^[^{FORBIDDEN}]*[^{FORBIDDEN}\s][^{FORBIDDEN}]*$"


class Converter(OpenAPIConverter):
    """apispec's own, with what it cannot see in fields and shapes of ours."""

    def field2property(self, field: fields.Field[Any]) -> Described:
        """A field as it is judged, not only as it is typed."""
        return as_judged(field, super().field2property(field))

    def schema2jsonschema(self, schema: Any) -> Described:
        """A shape, with what it says of itself."""
        described: Described = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # without hints there
        more: Described = vars(type(resolve_schema_instance(schema))).get("described", {})
        return described | more


class Describing(MarshmallowPlugin):
    """apispec's plugin, with our converter."""

    Converter = Converter


def as_judged(field: fields.Field[Any], said: Described) -> Described:
    """What is said of a field, put right: patterns as JSON Schema writes them, what is forbidden, and what is none."""
    if isinstance(said.get("pattern"), str):
        said["pattern"] = _whole(said["pattern"])
    if said.get("type") == "object" and "minLength" in said:
        said["minProperties"] = said.pop("minLength")
    if isinstance(field, fields.AwareDateTime):
        return {"type": said["type"], "format": "date-time"}
    if isinstance(field, fields.Decimal):  # written as a text, so that no reader takes it for a binary fraction
        kinds = ["string"] if field.as_string else ["string", "number"]
        return {"type": [*kinds, "null"] if field.allow_none else kinds if kinds[1:] else kinds[0]}
    if isinstance(field, Text) and not said.keys() & {"pattern", "enum", "format"}:
        said["pattern"] = _CLEAN_AND_WRITTEN if field.required else _CLEAN
    return _or_none(said) if isinstance(field, Blankable) and not field.required else said


def _or_none(said: Described) -> Described:
    """Null and the empty text say nothing, whatever the type; so does an object without members."""
    default = {"default": said.pop("default")} if "default" in said else {}
    if said.get("pattern") == _CLEAN:
        return said | {"type": ["string", "null"], **default}
    if "enum" in said:
        return said | {"type": ["string", "null"], "enum": [*said["enum"], "", None], **default}
    is_object = "$ref" in said or "allOf" in said
    return {"anyOf": [said, {"enum": [None, "", {}] if is_object else [None, ""]}], **default}


def _whole(pattern: str) -> str:
    """A pattern of Python's, which has to match from the beginning, as ECMA writes it."""
    return "^" + re.sub(r"\\Z$", "$", pattern.removeprefix("^"))
