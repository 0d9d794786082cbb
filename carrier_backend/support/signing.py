"""Signatures over exact bytes, and comparing what must not be guessed."""

import base64
import hmac


def sign(secret: str | bytes, body: bytes) -> str:
    """The base64 of the HMAC-SHA256 of exactly these bytes (specs/ingrid.md section 9)."""
    return base64.b64encode(hmac.digest(_octets(secret), body, "sha256")).decode()


def matches(expected: str | bytes, given: str | bytes) -> bool:
    """Whether two secrets or signatures are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(_octets(expected), _octets(given))


def _octets(text: str | bytes) -> bytes:
    # Whatever stands in a header is compared, never raised over.
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
