"""What was said both ways: gathered in memory, written a group at a time, read page by page, and gone after a while."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import CompoundSelect, Row, Select, delete, exists, func, literal, or_, select, tuple_, union, update

from carrier_backend.domain.errors import Busy, UnknownPlace
from carrier_backend.domain.exchanges import Exchange, Heading, OrderNames
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import events, exchanges, messages, parcels, shipments, traces
from carrier_backend.storage.types import dump, load
from carrier_backend.support.sealing import Sealing

log = structlog.get_logger()
MOST_GATHERED = 2000
MOST_GATHERED_CHARACTERS = 16 * 1024 * 1024
WRITTEN_AT_ONCE = 200
LONGEST_PATH = 256
_OPENLY_KEPT = tuple(
    each.name for each in fields(Exchange) if each.name not in ("heading", "path", "order", "words", "places")
)


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """An exchange as it is kept."""

    id: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list an exchange stands."""

    at: datetime
    id: int


class StoredExchanges:
    """ports.Exchanges. A loop of the process writes what was gathered: a request waits for no commit of this.

    What a process that dies had gathered is lost: what was done is told by the journal, not from here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._gathered: list[Exchange] = []
        self._characters = 0
        self._dropped = 0

    def record(self, exchange: Exchange) -> None:
        """Gather it, or drop it where too much waits already."""
        characters = _length(exchange)
        with self._lock:
            has_room = len(self._gathered) < MOST_GATHERED and self._characters + characters <= MOST_GATHERED_CHARACTERS
            if has_room:
                self._gathered.append(exchange)
                self._characters += characters
            else:
                self._dropped += 1

    def run_once(self) -> int:
        """Write one group; how many that was. While the database is away, what was gathered waits."""
        group = self._take()
        if group:
            rows = [_row_of(self._store.sealing, exchange) for exchange in group]
            try:
                with self._store.begin() as unit:
                    unit.connection.execute(exchanges.insert(), rows)
            except Busy:
                self._give_back(group)
                raise
        return len(group)

    def write_all(self) -> None:
        """Write everything that was gathered, as far as the database takes it."""
        with suppress(Busy):
            while self.run_once():
                pass

    def _take(self) -> list[Exchange]:
        with self._lock:
            group, self._gathered = self._gathered[:WRITTEN_AT_ONCE], self._gathered[WRITTEN_AT_ONCE:]
            self._characters -= sum(map(_length, group))
            dropped, self._dropped = self._dropped, 0
        if dropped:
            log.warning("exchanges dropped", exchanges=dropped)
        return group

    def _give_back(self, group: list[Exchange]) -> None:
        with self._lock:
            self._gathered = group + self._gathered
            self._characters += sum(map(_length, group))


def _length(exchange: Exchange) -> int:
    return len(exchange.request or "") + len(exchange.response or "") + sum(map(len, exchange.words))


def _row_of(sealing: Sealing, exchange: Exchange) -> dict[str, object]:
    places = [asdict(place) for place in exchange.places]
    return {
        **{name: getattr(exchange, name) for name in _OPENLY_KEPT},
        **asdict(exchange.order),
        "direction": exchange.heading,
        "path": exchange.path[:LONGEST_PATH],
        "sealed_words": sealing.seal(dump(list(exchange.words))) if exchange.words else None,
        "sealed_places": sealing.seal(dump(places)) if places else None,
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exchanges are wanted: those in the course of one piece of work, with one counterpart, about one order."""

    trace_id: str | None = None
    who: str | None = None
    external_id: str | None = None
    tos_id: str | None = None

    @property
    def is_one_orders(self) -> bool:
        """Whether somebody asks about an order or a request: then what it was told may be read, whomever it names."""
        return bool(self.trace_id or self.external_id or self.tos_id)


def page(unit: Unit, wanted: Wanted, after: Place | None, most: int) -> list[ExchangeRow]:
    """The wanted exchanges, newest first."""
    named = {name: value for name, value in asdict(wanted).items() if value is not None}
    who = named.pop("who", None) if wanted.is_one_orders else None
    query = _newest(most).where(*(exchanges.c[name] == value for name, value in named.items()))
    if who is not None:
        # As an expression, for SQLite might read all of a counterpart's along their index, for the few of an order.
        query = query.where(exchanges.c.who.concat("") == who)
    if after is not None:
        query = query.where(tuple_(exchanges.c.at, exchanges.c.id) < tuple_(after.at, after.id))
    return [_exchange_row(unit, row, opens=wanted.is_one_orders) for row in unit.connection.execute(query)]


def refusals(unit: Unit, name: str, most: int) -> list[ExchangeRow]:
    """The newest of Ingrid's requests that we said no to and that have this name, of their order or their own."""
    columns = (exchanges.c.external_id, exchanges.c.tos_id, exchanges.c.trace_id)
    refused = (exchanges.c.direction == Heading.IN, exchanges.c.status >= 400, exchanges.c.sealed_words.is_not(None))
    each = (_newest(most).with_only_columns(exchanges.c.id).where(column == name, *refused) for column in columns)
    ids = union(*(query.subquery().select() for query in each))
    rows = unit.connection.execute(_newest(most).where(exchanges.c.id.in_(ids)))
    return [_exchange_row(unit, row, opens=True) for row in rows]


def unknown_places(unit: Unit, most: int) -> list[tuple[datetime, UnknownPlace]]:
    """The newest names of places that were asked for and nobody knew, and when that was."""
    query = _newest(most).with_only_columns(exchanges.c.at, exchanges.c.sealed_places)
    rows = unit.connection.execute(query.where(exchanges.c.sealed_places.is_not(None))).all()
    return [(row.at, place) for row in rows for place in load(unit.sealing.open(row.sealed_places), list[UnknownPlace])]


def _newest(most: int) -> Select[Any]:
    return select(exchanges).order_by(exchanges.c.at.desc(), exchanges.c.id.desc()).limit(most)


def of_parcel(unit: Unit, shipment_id: str, reference: str, most: int) -> list[ExchangeRow]:
    """The latest of what was said in the course of anything that was done for a parcel, or told about it."""
    query = _newest(most).where(exchanges.c.trace_id.in_(_trace_ids([shipment_id], [reference])))
    return [_exchange_row(unit, row, opens=True) for row in unit.connection.execute(query)]


def _exchange_row(unit: Unit, row: Row[Any], *, opens: bool) -> ExchangeRow:
    order = OrderNames(row.external_id, row.tos_id, row.shipper_id)
    words = load(unit.sealing.open(row.sealed_words), list[str]) if opens and row.sealed_words else ()
    openly_kept = {name: getattr(row, name) for name in _OPENLY_KEPT}
    heading = Heading(row.direction)
    return ExchangeRow(row.id, Exchange(heading=heading, path=row.path, order=order, words=tuple(words), **openly_kept))


def _trace_ids(shipment_ids: Sequence[str], references: Sequence[str] | Select[tuple[str]]) -> CompoundSelect[Any]:
    """Of the bookings, of what else was asked about the shipments, and of what tells or told something of parcels."""
    return union(
        select(shipments.c.trace_id).where(shipments.c.id.in_(shipment_ids)),
        select(traces.c.trace_id).where(traces.c.shipment_id.in_(shipment_ids)),
        select(events.c.trace_id).where(events.c.reference.in_(references), events.c.trace_id != ""),
        select(messages.c.trace_id).where(messages.c.reference.in_(references), messages.c.trace_id != ""),
    )


def note_trace(unit: Unit, shipment_id: str, trace_id: str) -> None:
    """Remember that a shipment was worked on under this trace id, beside that of its booking."""
    noted = select(shipments.c.id, literal(trace_id), shipments.c.created_at).where(shipments.c.id == shipment_id)
    columns = ["shipment_id", "trace_id", "created_at"]
    unit.connection.execute(insert(unit, traces).from_select(columns, noted).on_conflict_do_nothing())


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Forget exchanges of long ago; how many that were."""
    old = select(exchanges.c.id).where(exchanges.c.at < before).order_by(exchanges.c.at).limit(most)
    return unit.connection.execute(delete(exchanges).where(exchanges.c.id.in_(old))).rowcount


def erase_order(unit: Unit, external_id: str, shipper_id: str | None) -> None:
    """Forget what was asked about an order, and told of it; where no shipper could be read, it may be theirs."""
    is_theirs = [] if shipper_id is None else [func.coalesce(exchanges.c.shipper_id, shipper_id) == shipper_id]
    unit.connection.execute(delete(exchanges).where(exchanges.c.external_id == external_id, *is_theirs))


def erase(unit: Unit, shipment_ids: Iterable[str]) -> None:
    """Forget what was said in the course of anything that was done for these shipments, and for no other.

    Whose caller gives every request the same trace id would have all of its exchanges forgotten: but for our words,
    which go, they name nobody, and go in their time.
    """
    ids = list(shipment_ids)
    references = select(parcels.c.reference).where(parcels.c.shipment_id.in_(ids))
    theirs = _trace_ids(ids, references).subquery()
    others = or_(
        exists().where(
            shipments.c.trace_id == theirs.c.trace_id, shipments.c.id.not_in(ids), shipments.c.erased_at.is_(None)
        ),
        exists().where(traces.c.trace_id == theirs.c.trace_id, traces.c.shipment_id.not_in(ids)),
    )
    unit.connection.execute(delete(exchanges).where(exchanges.c.trace_id.in_(select(theirs.c.trace_id).where(~others))))
    shared = update(exchanges).where(exchanges.c.trace_id.in_(select(theirs.c.trace_id)))
    unit.connection.execute(shared.values(sealed_words=None, sealed_places=None))
    unit.connection.execute(delete(traces).where(traces.c.shipment_id.in_(ids)))
