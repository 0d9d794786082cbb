"""Who may come in: Ingrid's OAuth clients, and the people who operate this carrier."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an operator may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role includes another."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client: Ingrid, as a rule."""

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's new secret, shown once."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who operates this carrier."""

    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None = None


def new_secret() -> str:
    """A secret of 256 random bits; so much chance needs no slow hash to protect it."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def is_one_of(digests: Sequence[str], secret: str) -> bool:
    """Whether a secret belongs to one of these digests; takes as long for a right one, a wrong one, and with none."""
    given = digest(secret)
    compared = [hmac.compare_digest(known, given) for known in digests or [digest("")]]
    return bool(digests) and any(compared)
