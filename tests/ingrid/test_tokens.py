"""Access tokens: what is ours, in time and unaltered is believed, and nothing else."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from carrier_backend.domain.errors import NotAllowed
from carrier_backend.ingrid.tokens import Tokens
from tests.fakes import MONDAY, FrozenClock
from tests.ingrid.door import KEYS

NOW = int(MONDAY.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": "carrier-backend",
    "aud": "ingrid",
    "sub": "client-7",
    "iat": NOW,
    "exp": NOW + 3600,
    "jti": "one",
}
HEADER = {"kid": "k1", "typ": "at+jwt"}


def forged(header: dict[str, Any] | None = None, key: str = KEYS["k1"], **claims: Any) -> str:
    """A token as ours, but for these changes; a claim or header of None is left out."""
    payload = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(payload, key, "HS256", headers={**HEADER, **(header or {})})


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_token_names_its_client(tokens: Tokens) -> None:
    assert tokens.client_id(tokens.issue("client-7")) == "client-7"


def test_no_two_tokens_are_alike(tokens: Tokens) -> None:
    assert tokens.issue("client-7") != tokens.issue("client-7")


def test_a_token_as_ours_is_believed(tokens: Tokens) -> None:
    assert tokens.client_id(forged()) == "client-7"


def test_a_retired_key_still_verifies(tokens: Tokens) -> None:
    assert tokens.client_id(forged({"kid": "k0"}, KEYS["k0"])) == "client-7"


def test_the_first_key_signs(tokens: Tokens) -> None:
    assert jwt.get_unverified_header(tokens.issue("client-7"))["kid"] == "k1"


@pytest.mark.parametrize(
    ("seconds", "is_believed"), [(0, True), (3600, True), (3629, True), (3630, False), (90_000, False)]
)
def test_a_token_lasts_an_hour_and_half_a_minute_of_grace(
    tokens: Tokens, clock: FrozenClock, seconds: int, is_believed: bool
) -> None:
    token = tokens.issue("client-7")
    tokens.client_id(token)  # verified before, and still judged anew by the clock
    clock.advance(timedelta(seconds=seconds))
    assert believes(tokens, token) is is_believed


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": NOW + 31, "exp": NOW + 3631},
        {"nbf": NOW + 31},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"aud": None},
        {"iss": None},
        {"exp": "9999999999"},
        {"exp": NOW + 3600.5},
        {"exp": 1e300},
        {"iat": True},
        {"nbf": "soon"},
        {"sub": 7},
        {"aud": "operators"},
        {"aud": ["ingrid", "operators"]},
        {"iss": "somebody"},
    ],
)
def test_a_token_that_claims_otherwise_is_not_believed(tokens: Tokens, claims: dict[str, Any]) -> None:
    assert not believes(tokens, forged(**claims))


def test_a_clock_a_little_ahead_of_ours_is_forgiven(tokens: Tokens) -> None:
    assert believes(tokens, forged(iat=NOW + 30))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "k2"},
        {"kid": ""},
        {"kid": "../../dev/null"},
        {"kid": "k1' OR '1'='1"},
        {"typ": "JWT"},
        {"crit": ["exp"]},
    ],
)
def test_a_header_that_says_otherwise_is_not_believed(tokens: Tokens, header: dict[str, Any]) -> None:
    assert not believes(tokens, forged(header))


@pytest.mark.parametrize("header", [{"jwk": {"kty": "oct", "k": "AAAA"}}, {"jku": "http://x/"}, {"x5u": "http://x/"}])
def test_a_key_brought_along_is_not_used(tokens: Tokens, header: dict[str, Any]) -> None:
    assert not believes(tokens, forged(header, "the forger's own key, longer than thirty-two bytes"))


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", "RS256", "HS1"])
def test_another_algorithm_is_not_believed(tokens: Tokens, algorithm: str) -> None:
    token = unsigned({**HEADER, "alg": algorithm}, CLAIMS, b"signature")
    assert not believes(tokens, token)
    assert not believes(tokens, token.rpartition(".")[0] + ".")


def test_another_hash_with_the_right_key_is_not_believed(tokens: Tokens) -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(CLAIMS, KEYS["k1"], "HS512", headers=HEADER)
    assert not believes(tokens, token)


def test_an_altered_token_is_not_believed(tokens: Tokens) -> None:
    header, payload, signature = forged().split(".")
    other = forged(sub="client-8").split(".")[1]
    assert not believes(tokens, f"{header}.{other}.{signature}")
    assert not believes(tokens, f"{header}.{payload}.{signature[:-1]}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        "a.b.c\x00",
        "a.b.c\n",
        "\ud800.a.b",
        "x" * 1_000_000,
        unsigned({"deep": 1}, {}).replace(".", "=", 1),
        base64.urlsafe_b64encode(b"[" * 2000).decode() + ".e30.e30",
    ],
)
def test_what_is_no_token_is_not_believed(tokens: Tokens, text: str) -> None:
    assert not believes(tokens, text)


def test_a_token_longer_than_any_of_ours_is_not_even_read(tokens: Tokens) -> None:
    assert not believes(tokens, forged(sub="x" * 4096))


def test_a_crowd_of_tokens_is_remembered_only_in_part(tokens: Tokens) -> None:
    crowd = [tokens.issue(f"client-{number}") for number in range(1100)]
    assert [tokens.client_id(token) for token in crowd] == [f"client-{number}" for number in range(1100)]
    assert tokens.client_id(crowd[0]) == "client-0"


def believes(tokens: Tokens, token: str) -> bool:
    try:
        tokens.client_id(token)
    except NotAllowed:
        return False
    return True
