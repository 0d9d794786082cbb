"""The one JSON reader and writer: it reads what every party would understand alike, and refuses the rest.

RFC 8259 leaves open what duplicate keys, huge numbers and unpaired surrogates mean; here they mean no.
"""

import json
import math
import re
from typing import NoReturn

from carrier_backend.domain.errors import Malformed

MAX_DEPTH = 32
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse(body: bytes) -> object:
    """The value that these UTF-8 bytes spell; raises Malformed, saying what is wrong and quoting nothing."""
    try:
        value = json.loads(
            _decoded(body),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise _too_deep() from None
    _check(value, depth=1)
    return value


def dump(value: object) -> bytes:
    """Compact UTF-8, keys in the order given."""
    return _written(value, sort_keys=False)


def canonical(value: object) -> bytes:
    """Compact UTF-8 with sorted keys: equal values give equal bytes."""
    return _written(value, sort_keys=True)


def _written(value: object, *, sort_keys: bool) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys).encode()


def _decoded(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise Malformed("not JSON: it begins with a byte order mark")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed("a key stands twice in one object")
    return members


def _integer(digits: str) -> int:
    # Longer than any 64 bit number: int() itself would be slow, or refuse.
    if len(digits) > len(str(MIN_INTEGER)) or not MIN_INTEGER <= int(digits) <= MAX_INTEGER:
        raise Malformed("a whole number does not fit into 64 bits")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Malformed("a number is too large")
    return number


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not a JSON number")


def _check(value: object, depth: int) -> None:
    match value:
        case str():
            _check_text(value)
        case list() | dict() if depth > MAX_DEPTH:
            raise _too_deep()
        case list():
            for item in value:
                _check(item, depth + 1)
        case dict():
            for key, item in value.items():
                _check_text(key)
                _check(item, depth + 1)


def _too_deep() -> Malformed:
    return Malformed(f"nested deeper than {MAX_DEPTH} levels")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise Malformed("a text contains the character NUL")
    if _SURROGATE.search(text):
        raise Malformed("a text contains half a surrogate pair")
