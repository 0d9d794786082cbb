"""What was said both ways, as far as it was kept: by trace id, by counterpart, by order, newest first."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.storage import exchanges
from carrier_backend.storage.exchanges import ExchangeRow, Place, Wanted
from carrier_backend.storage.store import Store

PAGE = 50
_CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """Some exchanges; `next` names where the older ones begin, if there are any."""

    items: tuple[ExchangeRow, ...]
    next: str | None


class ReadExchanges:
    """Read them, however many there are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(
        self,
        *,
        trace_id: str | None = None,
        who: str | None = None,
        external_id: str | None = None,
        tos_id: str | None = None,
        cursor: str | None = None,
    ) -> ExchangePage:
        """A page of them, those of an order or a request with our words; raises Malformed for a strange cursor."""
        after = None if cursor is None else _place(cursor)
        with self._store.read() as unit:
            rows = exchanges.page(unit, Wanted(trace_id, who, external_id, tos_id), after, PAGE + 1)
        items = tuple(rows[:PAGE])
        return ExchangePage(items, _cursor(items[-1]) if len(rows) > PAGE else None)


def _cursor(row: ExchangeRow) -> str:
    return f"{(row.exchange.at - _EPOCH) // _MICROSECOND}-{row.id}"


def _place(cursor: str) -> Place:
    read = _CURSOR.fullmatch(cursor)
    if read is None:
        raise Malformed(Fault("is not one that was given out here", "cursor"))
    return Place(_EPOCH + int(read[1]) * _MICROSECOND, int(read[2]))
