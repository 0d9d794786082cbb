"""Access tokens: signed statements that a client has shown its secret (JWT, HS256; RFC 8725)."""

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from carrier_backend.domain.errors import Malformed, NotAllowed
from carrier_backend.ports import Clock
from carrier_backend.services.admit import WRONG_AUTHORIZATION
from carrier_backend.support import strict_json

LIFETIME_SECONDS = 3600

_ALGORITHM = "HS256"
_ISSUER = "carrier-backend"
_AUDIENCE = "ingrid"
_TYPE = "at+jwt"
_LEEWAY_SECONDS = 30
_LIMIT_CHARACTERS = 4096
_LIMIT_REMEMBERED = 1024

# Of the signature's last letter two bits stand for nothing: only one of four spellings is ours.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
# Time is ours to judge: by our clock, and anew each time for a token that was verified before.
_OPTIONS: Any = {
    "require": ["exp", "iat", "iss", "aud", "sub"],
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a verified token says: whose it is, and between which seconds of the epoch it holds."""

    client_id: str
    valid_from: int
    valid_until: int

    def holds_at(self, now: int) -> bool:
        """Whether it is in time, by clocks that differ a little."""
        return self.valid_from - _LEEWAY_SECONDS <= now < self.valid_until + _LEEWAY_SECONDS


class Tokens:
    """Issues access tokens with the first of its keys (by kid) and verifies them with any."""

    def __init__(self, keys: Mapping[str, str], clock: Clock) -> None:
        self._keys = dict(keys)
        self._signing_kid = next(iter(self._keys))
        self._clock = clock
        self._verified: dict[bytes, _Statement] = {}
        self._lock = threading.Lock()

    def issue(self, client_id: str) -> str:
        """A token for a client, good for LIFETIME_SECONDS."""
        now = self._now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": client_id,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(12),
        }
        key = self._keys[self._signing_kid]
        return jwt.encode(claims, key, _ALGORITHM, headers={"kid": self._signing_kid, "typ": _TYPE})

    def client_id(self, token: str) -> str:
        """Whose token it is; raises NotAllowed unless it is one of ours and holds at this moment."""
        if len(token) > _LIMIT_CHARACTERS or not _FORM.fullmatch(token):
            raise NotAllowed(WRONG_AUTHORIZATION)
        digest = hashlib.sha256(token.encode()).digest()
        statement = self._verified.get(digest) or self._remember(digest, self._verify(token))
        if not statement.holds_at(self._now()):
            raise NotAllowed(WRONG_AUTHORIZATION)
        return statement.client_id

    def _verify(self, token: str) -> _Statement:
        try:
            key = self._keys[_kid(token)]
            claims = jwt.decode(token, key, [_ALGORITHM], audience=_AUDIENCE, issuer=_ISSUER, options=_OPTIONS)
        except (jwt.PyJWTError, Malformed, ValueError, KeyError):
            raise NotAllowed(WRONG_AUTHORIZATION) from None
        begin, end = claims["iat"], claims["exp"]
        moments = (begin, claims.get("nbf", begin), end)
        if any(type(moment) is not int for moment in moments) or not 0 < end - begin <= LIFETIME_SECONDS:
            raise NotAllowed(WRONG_AUTHORIZATION)
        return _Statement(claims["sub"], valid_from=max(moments[:2]), valid_until=end)

    def _remember(self, digest: bytes, statement: _Statement) -> _Statement:
        """Spare the next request with the same token the signature; the oldest make room."""
        with self._lock:
            while len(self._verified) >= _LIMIT_REMEMBERED:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = statement
        return statement

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _kid(token: str) -> str:
    """The id of its key, if header and claims can be read in one way only, and the header says what ours say, no more.

    Raises Malformed, or ValueError where a part is no base64.
    """
    header, _ = (strict_json.parse(_decoded(part)) for part in token.split(".")[:2])
    match header:
        case {"alg": str(), "typ": kind, "kid": str(kid), **others} if kind == _TYPE and not others:
            return kid
    raise Malformed("not one of our headers")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
