"""What the shapes are made of: strict types, bounds, and our own words for what is wrong.

Minor versions of the API add fields, so unknown ones are ignored at every level (original 003, "Headers").
Ingrid writes what it does not know as "", so that null, "" and a missing field are alike. What comes out is
plain JSON.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields, missing, validate

# Control characters other than tab and line ends, and those that reorder the text around them.
FORBIDDEN = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

EARLIEST_YEAR, LATEST_YEAR = 2000, 2199

# Of how many characters one is made up at most. Putting them in order takes time by the square of their number.
_LONGEST_SPELLING = 4

_Messages = dict[str, str | list[Any] | dict[Any, Any]]

_SHAPE: dict[str, str] = {"type": "must be an object"}
_PART: _Messages = {"required": "is required"}
_TEXT: _Messages = {
    **_PART,
    "invalid": "must be text",
    "forbidden": "has control characters",
    "too_long": "is longer than {most} characters",
    "no_country": "must be the two letters of a country, ISO 3166-1 alpha-2",
    "far_moment": "must lie between the years {earliest} and {latest}",
    "no_moment": "must be a date and time with a zone, such as 2026-07-31T17:30:00Z",
}
_FLAG: _Messages = {**_PART, "invalid": "must be true or false"}
_WHOLE: _Messages = {**_PART, "invalid": "must be a whole number"}
_NUMBER: _Messages = {**_PART, "invalid": "must be a number"}
_ITEMS: _Messages = {
    **_PART,
    "invalid": "must be a list",
    "too_many": "must not hold more than {most} entries",
}


class Shape(Schema):
    """A JSON object of which the declared fields are read; `described` is what can be said of it beyond them.

    That is an example, and rules that concern several fields; it is not inherited.
    """

    class Meta:
        unknown = EXCLUDE

    error_messages = _SHAPE
    described: ClassVar[Mapping[str, Any]] = {}


def is_blank(value: object) -> bool:
    """Whether a value says nothing: null, an empty text or list, or an object that holds only such.

    Some control characters count as blanks elsewhere; here they are what they are.
    """
    if isinstance(value, str):
        return not value.strip() and not _FORBIDDEN.search(value)
    if isinstance(value, dict):
        return all(map(is_blank, value.values()))
    return value is None or value == []


class Blankable(fields.Field[Any]):
    """A field that is missing when it is null or an empty text, whatever it should hold."""

    def is_missing(self, value: object) -> bool:
        """Whether a value counts as none."""
        return value is None or (isinstance(value, str) and is_blank(value))

    def deserialize(
        self,
        value: Any,
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        return super().deserialize(missing if self.is_missing(value) else value, attr, data, **options)


class Text(Blankable, fields.String):
    """Text in normal form C, without characters that would change how the text around it is read."""

    default_error_messages = _TEXT

    def __init__(self, longest: int = 256, **options: Any) -> None:
        self._longest = longest
        limit = validate.Length(max=longest, error="is longer than {max} characters")
        super().__init__(**{"validate": limit, **options})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if len(text) > self._longest * _LONGEST_SPELLING:
            raise self.make_error("too_long", most=self._longest)
        text = unicodedata.normalize("NFC", text)
        if _FORBIDDEN.search(text):
            raise self.make_error("forbidden")
        return text


class Choice(Text):
    """One of the values of an enumeration, as text."""

    def __init__(self, choices: type[StrEnum], **options: Any) -> None:
        known = validate.OneOf([choice.value for choice in choices], error="must be one of {choices}")
        super().__init__(validate=known, **options)


class Country(Text):
    """Two letters, ISO 3166-1 alpha-2; comes out in capitals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"pattern": "^[A-Za-z]{2}$"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not (len(text) == 2 and text.isascii() and text.isalpha()):
            raise self.make_error("no_country")
        return text.upper()


class Flag(Blankable, fields.Boolean):
    """True or false, not something that reads like one."""

    default_error_messages = _FLAG

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Whole(Blankable, fields.Integer):
    """A whole number, written as one."""

    default_error_messages = _WHOLE

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(strict=True, validate=_between(least, most), **options)


class Number(Blankable, fields.Float):
    """A number, not a text that reads like one."""

    default_error_messages = _NUMBER

    def __init__(self, least: float, most: float, **options: Any) -> None:
        super().__init__(validate=_between(least, most), **options)

    def _validated(self, value: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid")
        return super()._validated(value)


class Items(Blankable, fields.List[Any]):
    """A list that is refused as a whole, unread, when it is too long."""

    default_error_messages = _ITEMS

    def is_missing(self, value: object) -> bool:
        return value == [] or super().is_missing(value)

    def __init__(self, inner: fields.Field[Any], most: int, **options: Any) -> None:
        super().__init__(inner, metadata={"maxItems": most}, **options)
        self.inner.required = True
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self._most:
            raise self.make_error("too_many", most=self._most)
        return super()._deserialize(value, attr, data, **options)


class Part(Blankable, fields.Nested):
    """An object inside another; one that is not required is missing when everything in it is blank."""

    default_error_messages = _PART

    def is_missing(self, value: object) -> bool:
        if isinstance(value, dict):
            return not self.required and is_blank(value)
        return super().is_missing(value)


class Moment(Text):
    """A moment with its zone, RFC 3339; comes out in UTC, so that one moment has one spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date-time"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not _RFC_3339.fullmatch(text):
            raise self.make_error("no_moment")
        try:
            moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.make_error("no_moment") from error
        if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise self.make_error("far_moment", earliest=EARLIEST_YEAR, latest=LATEST_YEAR)
        return moment.isoformat()


def _between(least: float, most: float) -> validate.Range:
    return validate.Range(least, most, error="must be between {min} and {max}")
