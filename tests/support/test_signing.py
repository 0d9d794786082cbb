"""Signatures over exact bytes, and comparisons that nothing makes raise."""

import pytest

from carrier_backend.support import signing

# specs/ingrid.md section 9; the second computed with `openssl dgst -sha256 -hmac geheim -binary | base64`.
VECTORS = [
    ("secret", b'{"barcode":"A1","event_status":"submitted"}', "0666ug+Lid0lEjD7bZwM6JWVfQdLDLVOWCA24Dtv8ns="),
    (
        "geheim",
        '{"event_status":"تم التسليم 🎁","amount":136.0}'.encode(),
        "ow9KYuCHnejgKg8x7hbrrXN2TwaUFnqwtno8sNiCiW0=",
    ),
]


@pytest.mark.parametrize(("secret", "body", "signature"), VECTORS)
def test_a_signature_is_the_base64_of_the_hmac(secret: str, body: bytes, signature: str) -> None:
    assert signing.sign(secret, body) == signature
    assert signing.sign(secret.encode(), body) == signature


def test_every_byte_counts() -> None:
    assert signing.sign("secret", b'{"amount":136.0}') != signing.sign("secret", b'{"amount":136}')
    assert signing.sign("secret", b"{}") != signing.sign("secret", b"{} ")


@pytest.mark.parametrize("secret", ["token", b"octets", "مفتاح", "é", ""])
def test_the_same_matches(secret: str | bytes) -> None:
    assert signing.matches(secret, secret)


def test_text_matches_its_bytes() -> None:
    assert signing.matches("مفتاح", "مفتاح".encode())


@pytest.mark.parametrize("given", ["tokeN", "token ", "toke", "", "tokén", "توكن", "\ud800", b"\xff\xfe", "\x00"])
def test_anything_else_does_not_match_and_raises_nothing(given: str | bytes) -> None:
    assert not signing.matches("token", given)
