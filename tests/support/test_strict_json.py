"""One reading of JSON: what every party would understand alike, and nothing else."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_backend.domain.errors import Malformed
from carrier_backend.support import strict_json

JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(JSON_TEXT, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b" [1 , -0, 1.50, 1E3]\n", [1, 0, 1.5, 1000.0]),
        (b"null", None),
        (b'"\\u00e9 \\ud83c\\udf81 \\\\u0000 \\/"', "é 🎁 \\u0000 /"),
        ('{"مدينة":"تونس"}'.encode(), {"مدينة": "تونس"}),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"1e-999", 0.0),
        (b'{"a":1,"b":{"a":1}}', {"a": 1, "b": {"a": 1}}),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_plain_json_is_read(body: bytes, value: object) -> None:
    assert strict_json.parse(body) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[01]", "not JSON"),
        (b"[+1]", "not JSON"),
        (b"[1.]", "not JSON"),
        (b"[.5]", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{1:1}", "not JSON"),
        (b"[1] // why", "not JSON"),
        (b'"tab\there"', "not JSON"),
        (b'"\\x41"', "not JSON"),
        (b'"\\u12"', "not JSON"),
        ("[\u0661]".encode(), "not JSON"),
        ("\u00a0[]".encode(), "not JSON"),
        (b'["\x00"]', "not JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), "not JSON"),
        (b'"\xc0\xaf"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\xe9"', "not UTF-8"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"[Infinity]", "Infinity is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e400]", "too large"),
        (b"[-1e400]", "too large"),
        (b"9223372036854775808", "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"1" * 5000, "64 bits"),
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":1,"\\u0061":1}', "twice"),
        (b'[{"b":{"a":1,"a":2}}]', "twice"),
        (b'"\\u0000"', "NUL"),
        (b'{"a\\u0000":1}', "NUL"),
        (b'"\\ud800"', "surrogate"),
        (b'"\\udfff"', "surrogate"),
        (b'["\\udf81\\ud83c"]', "surrogate"),
        (b'{"\\ud800":1}', "surrogate"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_anything_else_is_refused_with_what_is_wrong(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        strict_json.parse(body)


@pytest.mark.parametrize("depth", [33, 900, 100_000])
@pytest.mark.parametrize(("opens", "inside", "closes"), [(b"[", b"", b"]"), (b'{"a":', b"1", b"}")])
def test_what_is_nested_deeper_than_32_levels_is_refused(
    depth: int, opens: bytes, inside: bytes, closes: bytes
) -> None:
    with pytest.raises(Malformed, match="deeper than 32"):
        strict_json.parse(opens * depth + inside + closes * depth)


@pytest.mark.parametrize("opens", [b"[", b'{"a":'])
def test_an_endless_opening_is_refused(opens: bytes) -> None:
    with pytest.raises(Malformed):
        strict_json.parse(opens * 100_000)


def test_32_levels_are_read() -> None:
    strict_json.parse(b"[" * 32 + b"]" * 32)


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    with pytest.raises(Malformed) as caught:
        strict_json.parse(b'{"Salah":1,"Salah":2}')
    assert "Salah" not in str(caught.value)


@given(JSON_VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    assert strict_json.parse(strict_json.dump(value)) == value


@given(st.binary())
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    with suppress(Malformed):
        strict_json.parse(body)


def test_writing_is_compact_unescaped_and_in_the_order_given() -> None:
    value = {"b": "تونس é 🎁", "a": [136.0, None]}
    assert strict_json.dump(value) == '{"b":"تونس é 🎁","a":[136.0,null]}'.encode()


def test_the_canonical_form_does_not_depend_on_order() -> None:
    one, other = {"b": {"y": 1, "x": 2}, "a": 1}, {"a": 1, "b": {"x": 2, "y": 1}}
    assert strict_json.canonical(one) == strict_json.canonical(other) == b'{"a":1,"b":{"x":2,"y":1}}'


def test_the_canonical_form_depends_on_everything_else() -> None:
    assert strict_json.canonical({"a": [1, 2]}) != strict_json.canonical({"a": [2, 1]})


@pytest.mark.parametrize("write", [strict_json.dump, strict_json.canonical])
def test_no_number_is_written_that_is_not_json(write: Callable[[object], bytes]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write({"a": float("nan")})
