"""Lines of comma-separated values (RFC 4180) that no spreadsheet takes for formulas."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

# What some spreadsheet evaluates when a cell begins with it, be it full-width, small, or behind what is not seen.
_FORMULA = frozenset("=+-@")
_BLANK = ("\t", "\r", "\n")
# Where a spreadsheet is set to another separator than the comma, a cell is split there.
_SPLIT = re.compile(r"([;|\t\r\n][\"'\s]*)(?=[=+\-@])")
_UNSEEN = re.compile("[\\s\ufeff\u200b-\u200f\u2060]*")


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as UTF-8."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = _SPLIT.sub(r"\1'", str(value))
    return f"'{text}" if _is_risky(text) else text


def _is_risky(text: str) -> bool:
    unseen = _UNSEEN.match(text)
    begins_at = unseen.end() if unseen else 0
    if any(blank in text[:begins_at] for blank in _BLANK):
        return True
    return unicodedata.normalize("NFKC", text[begins_at : begins_at + 1]) in _FORMULA
