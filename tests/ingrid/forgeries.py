"""Tokens that are not ours: forged, altered, expired, foreign, unsigned and confused, each by a name that says how."""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from carrier_backend.ingrid.tokens import Tokens
from tests.fakes import MONDAY
from tests.ingrid.door import INGRID, KEYS, SECRET

NOW = int(MONDAY.timestamp())
HEADER: Mapping[str, Any] = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
CLAIMS: Mapping[str, Any] = {
    "iss": "carrier-backend",
    "aud": "ingrid",
    "sub": INGRID.id,
    "iat": NOW,
    "exp": NOW + 3600,
    "jti": "one",
}
LEFT_OUT = object()
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: Mapping[str, Any] | None = None, key: str = KEYS["k1"], hash: str = "sha256", **claims: Any) -> str:
    """A token with these changes, and a good signature over them by that key."""
    parts = [
        json.dumps({name: value for name, value in {**known, **changed}.items() if value is not LEFT_OUT})
        for known, changed in ((HEADER, header or {}), (CLAIMS, claims))
    ]
    return sealed(*(each.encode() for each in parts), key=key, hash=hash)


def sealed(*parts: bytes, key: str = KEYS["k1"], hash: str = "sha256") -> str:
    """A token of these very bytes, and a good signature over them by that key."""
    text = ".".join(map(part, parts))
    return f"{text}.{part(hmac.digest(key.encode(), text.encode(), hash))}"


def claiming(name: str, value: object) -> str:
    claims: dict[str, Any] = {name: value}
    return signed(**claims)


def forgeries(tokens: Tokens) -> dict[str, str]:
    """Every forgery by its name; `tokens` issues the one that is altered."""
    genuine = tokens.issue(INGRID.id)
    return dict(
        (
            *_of_algorithms(),
            *_of_keys(),
            *_of_headers(),
            *_of_claims(),
            *_of_moments(),
            *_by_our_own_key(),
            *_altered(genuine),
            *_odd(genuine),
        )
    )


def _of_algorithms() -> Iterator[tuple[str, str]]:
    names: list[Any] = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "NoNe",
        " none",
        "none\x00",
        "",
        "null",
        "hs256",
        "HS256 ",
        "HS25",
    ]
    names += ["HS1", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "ES256", "ES256K", "ES512", "EdDSA", "dir"]
    names += [None, 256, True, ["HS256"], {"HS256": 1}, LEFT_OUT]
    for name in names:
        token = signed({"alg": name})
        called = "left out" if name is LEFT_OUT else repr(name)
        yield f"algorithm {called}, well signed", token
        yield f"algorithm {called}, not signed", token.rpartition(".")[0] + "."
    for name, hash in (("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")):
        yield f"algorithm {name} by {hash}", signed({"alg": name}, hash=hash)


def _of_keys() -> Iterator[tuple[str, str]]:
    others = {
        "no key": "",
        "a guess": "secret",
        "its own id": "k1",
        "the retired key": KEYS["k0"],
        "a public key": _PUBLIC_KEY,
        "the client's secret": SECRET,
        "the client's id": INGRID.id,
        "the right key and a blank": KEYS["k1"] + " ",
        "the right key in part": KEYS["k1"][:-1],
    }
    for name, key in others.items():
        yield f"signed by {name}", signed(key=key)
    ids = [
        "",
        " ",
        "k2",
        "K1",
        " k1",
        "k1 ",
        "k1\x00",
        "k1,k0",
        "../../dev/null",
        "/dev/null",
        "k1' OR '1'='1",
        "__class__",
    ]
    for kid in [*ids, None, 1, 0, True, ["k1"], {"k1": 1}, LEFT_OUT]:
        yield f"key id {'left out' if kid is LEFT_OUT else repr(kid)}", signed({"kid": kid})
    yield "the retired key's id on ours", signed({"kid": "k0"})


def _of_headers() -> Iterator[tuple[str, str]]:
    for kind in ("JWT", "jwt", "", "id+jwt", "at+jwt;x", "operator+jwt", None, 7, ["at+jwt"], LEFT_OUT):
        yield f"type {'left out' if kind is LEFT_OUT else repr(kind)}", signed({"typ": kind})
    own = {"kty": "oct", "k": part(b"the forger's own key, longer than thirty-two bytes")}
    for name, brought in {"jwk": own, "jku": "https://x.example/", "x5u": "https://x.example/", "x5c": ["MII"]}.items():
        yield (
            f"a key brought along as {name}",
            signed({name: brought}, "the forger's own key, longer than thirty-two bytes"),
        )
    yield "a critical extension", signed({"crit": ["exp"], "exp": 1})
    yield "an unknown critical extension", signed({"crit": ["x"], "x": 1})
    yield "no critical extension at all", signed({"crit": []})
    yield "a payload that is not encoded", signed({"crit": ["b64"], "b64": False})


def _of_claims() -> Iterator[tuple[str, str]]:
    nothing: Sequence[object] = (None, "", 0.5, [], {}, True)
    others: Sequence[object] = (7, ["carrier-backend"], "somebody", "carrier-backend ", "CARRIER-BACKEND")
    audiences: Sequence[object] = ("operators", "webhook", "Ingrid", "ingrid ", ["ingrid"], ["ingrid", "operators"])
    for name in ("iss", "aud", "sub", "iat", "exp"):
        yield f"{name} left out", claiming(name, LEFT_OUT)
        yield from ((f"{name} is {value!r}", claiming(name, value)) for value in nothing)
    for name, values in (("iss", others), ("sub", others), ("aud", audiences)):
        yield from ((f"{name} is {value!r}", claiming(name, value)) for value in values)


def _of_moments() -> Iterator[tuple[str, str]]:
    odd: Sequence[object] = (1e300, float("nan"))
    ends: Sequence[object] = (NOW - 31, NOW - 86_400, 0, -1, -(2**63), str(NOW + 3600), NOW + 0.5, float("inf"), *odd)
    begins: Sequence[object] = (NOW + 31, NOW + 86_400, 2**63, str(NOW), NOW - 0.5, *odd)
    not_before: Sequence[object] = (NOW + 31, "soon", None, True, NOW - 0.5)
    for name, values in (("exp", ends), ("iat", begins), ("nbf", not_before)):
        yield from ((f"{name} is {value!r}", claiming(name, value)) for value in values)


def _by_our_own_key() -> Iterator[tuple[str, str]]:
    """Well signed, and nothing that we would ever say."""
    own: Mapping[str, Any] = {"jwk": {"kty": "oct", "k": part(KEYS["k1"].encode())}, "jku": "https://x.example/"}
    more: Mapping[str, Any] = {**own, "x5u": "https://x.example/", "x5c": ["MII"], "x5t": "x", "cty": "JWT"}
    for name, value in {**more, "zip": "DEF", "enc": "A128GCM", "b64": True, "x": 1}.items():
        yield f"a header's {name}, signed by our key", signed({name: value})
    yield "a critical extension that is none, signed by our key", signed({"crit": ["b64"], "b64": True})
    for name, exp in {"a second": NOW + 3601, "years": NOW + 10**9, "ages": 2**62, "all time": 10**2000}.items():
        yield f"longer by {name}", signed(exp=exp)
    yield "begun long ago and not over", signed(iat=0)
    yield "over before it began", signed(iat=NOW + 20, exp=NOW + 10)
    header, claims = (json.dumps(each).encode() for each in (HEADER, CLAIMS))
    odd = {
        "an algorithm twice": (b'{"alg":"none",' + header[1:], claims),
        "a key id twice": (b'{"kid":"k0",' + header[1:], claims),
        "a subject twice": (header, b'{"sub":"somebody",' + claims[1:]),
        "an end twice": (header, b'{"exp":1,' + claims[1:]),
        "an end without end": (header, claims.replace(str(NOW + 3600).encode(), b"1e400")),
        "an end in thousands of digits": (header, claims.replace(str(NOW + 3600).encode(), b"9" * 2500)),
        "a number that is none": (header, claims[:-1] + b',"x":NaN}'),
        "claims behind a byte order mark": (header, b"\xef\xbb\xbf" + claims),
        "claims in UTF-16": (header, claims.decode().encode("utf-16")),
        "a header in UTF-16": (header.decode().encode("utf-16-le"), claims),
        "claims in depth": (header, b'{"a":' + b"[" * 40 + b"]" * 40 + b"," + claims[1:]),
        "claims without end": (header, b"[" * 2500),
        "claims that are a list": (header, b"[]"),
        "claims that are nothing": (header, b"null"),
        "half a character": (header, claims[:-1] + b',"x":"\\ud800"}'),
    }
    for name, parts in odd.items():
        yield f"{name}, signed by our key", sealed(*parts)


def _altered(genuine: str) -> Iterator[tuple[str, str]]:
    for place in {*range(0, len(genuine), 9), *range(len(genuine) - 3, len(genuine))}:
        if genuine[place] != ".":
            other = _LETTERS[_LETTERS.index(genuine[place]) ^ 1]
            yield f"letter {place} is another", genuine[:place] + other + genuine[place + 1 :]
    for length in (1, 2, 43, 45, 60):
        yield f"the last {length} are cut off", genuine[:-length]
        yield f"the first {length} are cut off", genuine[length:]
    header, payload, signature = genuine.split(".")
    yield "another's claims", f"{header}.{signed(sub='somebody').split('.')[1]}.{signature}"
    yield "another's header", f"{part(json.dumps({**HEADER, 'x': 1}).encode())}.{payload}.{signature}"
    yield "parts in another order", f"{payload}.{header}.{signature}"
    yield "signature twice", f"{genuine}.{signature}"
    yield "five parts", f"{genuine}.{header}.{payload}"
    yield "two parts", f"{header}.{payload}"
    yield "padded", f"{genuine}="
    yield "longer by a letter", f"{genuine}A"


def _odd(genuine: str) -> Iterator[tuple[str, str]]:
    yield "twice", f"{genuine} {genuine}"
    yield "quoted", f'"{genuine}"'
    yield "as JSON", json.dumps(dict(zip(("protected", "payload", "signature"), genuine.split("."), strict=True)))
    yield "dots alone", ".."
    yield "a word", "null"
    yield "a megabyte", "x" * 1_000_000
    yield "longer than any of ours", signed(sub="x" * 4096)
    headers = {
        "much in little": b"[" * 2900,
        "a number without end": b'{"alg":' + b"9" * 2900 + b"}",
        "no JSON": b"not JSON",
        "no UTF-8": bytes(range(128, 200)),
        "one key twice": b'{"alg":"none","alg":"HS256","kid":"k1"}',
        "no object": b'"HS256"',
    }
    for name, header in headers.items():
        yield name, f"{part(header)}.e30.{'A' * 43}"
    yield "the client's secret", SECRET
    yield "a key of ours", KEYS["k1"]
    yield "credentials", base64.b64encode(f"{INGRID.id}:{SECRET}".encode()).decode()
