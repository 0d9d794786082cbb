"""What others say in words of their own: it may name somebody, and so is sealed; by its digest it is told from other.

A code that looks like one is kept as it is. Some couriers have none, and their whole text stands in for it.
"""

import hashlib
import json
import re
from typing import Any

from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.storage.store import Unit

IN_WORDS = "text-"
_CODE = re.compile(r"[A-Za-z0-9_.:+-]{1,64}", re.ASCII)


def code_key(code: str) -> str:
    """What tells a code from others, and can be shown to everybody."""
    if _CODE.fullmatch(code):
        return code
    return IN_WORDS + hashlib.sha256(code.encode()).hexdigest()[:16]


def seal_event(unit: Unit, event: TrackingEvent) -> bytes:
    """Code and text of an event."""
    return unit.sealing.seal(json.dumps([event.code, event.text], ensure_ascii=False).encode())


def of_event(unit: Unit, row: Any) -> tuple[str, str]:
    """Code and text of an event that was kept; of an erased one, what is left of its code."""
    if row.sealed_words is None:
        return row.code, ""
    code, text = json.loads(unit.sealing.open(row.sealed_words))
    return str(code), str(text)


def seal(unit: Unit, text: str | None) -> bytes | None:
    """A text, if there is one."""
    return None if text is None else unit.sealing.seal(text.encode())


def opened(unit: Unit, sealed: bytes | None) -> str | None:
    """The text again."""
    return None if sealed is None else unit.sealing.open(sealed).decode()
