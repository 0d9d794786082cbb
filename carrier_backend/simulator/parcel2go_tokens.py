"""The authorization server: client credentials for a token, which bears scopes and ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is good for, and until when."""

    scopes: frozenset[str]
    ends_at: datetime


class Tokens:
    """Gives tokens to the one client that is known, with no scope but those that it was enabled for."""

    def __init__(self, client_id: str, client_secret: str, enabled: tuple[str, ...], seconds: float) -> None:
        self._client = (client_id, client_secret)
        self._enabled = frozenset(enabled)
        self._seconds = seconds
        self._grants: dict[str, Grant] = {}

    def fault(self, form: Mapping[str, str]) -> str | None:
        """The error of RFC 6749 that a request for a token deserves."""
        if form.get("grant_type") != "client_credentials":
            return "unsupported_grant_type"
        if (form.get("client_id"), form.get("client_secret")) != self._client:
            return "invalid_client"
        wanted = frozenset(form.get("scope", "").split())
        return None if wanted and wanted <= self._enabled else "invalid_scope"

    def give(self, form: Mapping[str, str], now: datetime, seconds: float | None = None) -> dict[str, Any]:
        lasts = self._seconds if seconds is None else seconds
        token = token_urlsafe(32)
        self._grants[token] = Grant(frozenset(form["scope"].split()), now + timedelta(seconds=lasts))
        return {"access_token": token, "expires_in": int(lasts), "token_type": "Bearer"}

    def scopes(self, header: str, now: datetime) -> frozenset[str] | None:
        """Those of the token in an Authorization header; None where there is none that holds."""
        scheme, _, token = header.partition(" ")
        grant = self._grants.get(token) if scheme == "Bearer" else None
        return grant.scopes if grant and now < grant.ends_at else None

    def clear(self) -> None:
        """All of them end."""
        self._grants.clear()
