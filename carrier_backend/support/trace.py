"""Trace ids: taken from a caller where they are harmless, minted where not."""

import re
import secrets

_HARMLESS = re.compile(r"[A-Za-z0-9_-]{1,64}")


def clean(header: str | None) -> str:
    """The caller's own trace id, or a new one where it is absent or could forge a log line."""
    return header if header and _HARMLESS.fullmatch(header) else mint()


def mint() -> str:
    """A new trace id: 32 hexadecimal digits."""
    return secrets.token_hex(16)
