"""Trace ids: taken from a caller where they are harmless, minted where not."""

import re
import secrets

LONGEST = 64
_HARMFUL = re.compile(r"[^A-Za-z0-9_-]")


def clean(header: str | None) -> str:
    """What is harmless of the caller's own trace id, or a new one where nothing is: it must not forge a log line."""
    return _HARMFUL.sub("", header or "")[:LONGEST] or mint()


def mint() -> str:
    """A new trace id: 32 hexadecimal digits."""
    return secrets.token_hex(16)
