"""What the description says of a field is what the field takes."""

import re
from typing import Any

import pytest
from apispec import APISpec
from marshmallow import Schema, ValidationError, fields

from carrier_backend.domain.access import Role
from carrier_backend.doors.describing import Described, Describing
from carrier_backend.doors.fields import Choice, Flag, Moment, Text, Whole
from carrier_backend.operators.schemas.asked import CURSOR, Name
from tests.corpus.strings import HOSTILE

KINDS: dict[str, Any] = {
    "text": Text(),
    "required text": Text(required=True),
    "name": Name(),
    "cursor": Text(validate=CURSOR),
    "choice": Choice(Role, required=True),
    "perhaps a choice": Choice(Role),
}


def described(field: fields.Field[Any]) -> Described:
    plugin = Describing()
    APISpec("any", "1", "3.1.0", [plugin])
    assert plugin.converter
    return plugin.converter.field2property(field)


def fits(said: Described, text: str) -> bool:
    """Whether a validator would let the text pass; how long it is counts after it was put into normal form."""
    if "anyOf" in said:
        return any(fits(one, text) for one in said["anyOf"])
    is_listed = text in said["enum"] if "enum" in said else True
    return is_listed and re.search(said.get("pattern", ""), text) is not None


def takes(field: fields.Field[Any], text: str) -> bool:
    try:
        Schema.from_dict({"it": field})().load({"it": text})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_passes_where_the_description_lets_it(kind: str) -> None:
    field = KINDS[kind]
    said = described(field)
    short = [text for text in HOSTILE if len(text) <= 128 and (text.strip() or not text)]
    assert [text for text in short if takes(field, text) != fits(said, text)] == []


@pytest.mark.parametrize("control", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", " \x1d "], ids=ascii)
@pytest.mark.parametrize("kind", KINDS)
def test_a_control_character_is_no_blank(kind: str, control: str) -> None:
    assert not takes(KINDS[kind], control)
    assert not fits(described(KINDS[kind]), control)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (Whole(1, 9, required=True), {"type": "integer", "minimum": 1, "maximum": 9}),
        (Whole(1, 9), {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"enum": [None, ""]}]}),
        (Flag(load_default=False), {"anyOf": [{"type": "boolean"}, {"enum": [None, ""]}], "default": False}),
        (Moment(required=True), {"type": "string", "maxLength": 256, "format": "date-time"}),
        (fields.AwareDateTime(format="%Y"), {"type": "string", "format": "date-time"}),
        (fields.AwareDateTime(allow_none=True), {"type": ["string", "null"], "format": "date-time"}),
        (fields.Decimal(), {"type": ["string", "number"]}),
        (fields.Decimal(as_string=True), {"type": "string"}),
        (fields.Decimal(as_string=True, allow_none=True), {"type": ["string", "null"]}),
        (fields.Decimal(allow_none=True), {"type": ["string", "number", "null"]}),
    ],
    ids=repr,
)
def test_a_field_is_described_as_it_is_judged(field: fields.Field[Any], said: Described) -> None:
    assert described(field) == said
