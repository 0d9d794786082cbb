"""What is kept of a message: its structure, and values under names that are allowed and look like codes.

Whatever is not known to name nobody is withheld; of what is long, such as a label, the hash stands in its place.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from carrier_backend.domain.errors import Malformed
from carrier_backend.support import strict_json

Allowed = frozenset[str] | None
"""Names of fields whose values may be kept; the empty name is that of a bare value. None: nothing of a body is kept."""

LONGEST_READ_BYTES = 256 * 1024
LONGEST_KEPT = 32 * 1024
LONGEST_BEFORE_HASH = 1000
WITHHELD = "[withheld]"

KEPT_HEADERS = re.compile(r"x-trace-id|retry-after|x-ratelimit-[a-z-]{1,40}", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_.:/+,-]{0,80}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def written(
    allowed: Allowed,
    *,
    query: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> str | None:
    """A message's query, headers and body as JSON, cut off where that is too long; None where nothing is left of it."""
    told = {
        "query": {} if allowed is None else _redacted_query(query, allowed),
        "headers": {
            name.lower(): _value(value) for name, value in (headers or {}).items() if KEPT_HEADERS.fullmatch(name)
        },
        "body": None if allowed is None or not body else _body(body, allowed),
    }
    left = {part: value for part, value in told.items() if value not in ({}, None)}
    return _cut(json.dumps(left, separators=(",", ":"))) if left else None


def _redacted_query(query: Iterable[tuple[str, str]], allowed: frozenset[str]) -> dict[str, object]:
    return {_name(name): _value(value) if name in allowed else WITHHELD for name, value in query}


def _body(body: bytes, allowed: frozenset[str]) -> object:
    if len(body) > LONGEST_READ_BYTES:
        return _hashed(body)
    try:
        return _redacted(strict_json.parse(body), "", allowed)
    except Malformed:  # a page for people, or a label
        return _hashed(body)


def _redacted(value: object, name: str, allowed: frozenset[str]) -> object:
    """A value under a name; entries of a list go by the name of the list."""
    match value:
        case dict():
            return {_name(key): _redacted(item, key, allowed) for key, item in value.items()}
        case list():
            return [_redacted(item, name, allowed) for item in value]
        case str() if len(value) > LONGEST_BEFORE_HASH:
            return _hashed(_decoded(value))
        case None | bool():
            return value
    return _value(value) if name in allowed else WITHHELD


def _value(value: object) -> object:
    """A number, or a text that looks like a code; a name that somebody wrote where it does not belong is none."""
    return value if isinstance(value, int | float) or _CODE.fullmatch(str(value)) else WITHHELD


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else WITHHELD


def _hashed(content: bytes) -> str:
    return f"[{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}]"


def _decoded(text: str) -> bytes:
    """A label as it is, where it comes as base64: so its hash is the one that is kept with its parcel."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()


def _cut(text: str) -> str:
    if len(text) <= LONGEST_KEPT:
        return text
    return f"{text[:LONGEST_KEPT]} [cut off: {len(text)} characters]"
