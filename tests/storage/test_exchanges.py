"""Exchanges are gathered, written a group at a time, found along indexes, and gone in time."""

from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from carrier_backend.domain.errors import Busy, UnknownPlace
from carrier_backend.domain.exchanges import Exchange, Heading, OrderNames
from carrier_backend.storage import endings, exchanges
from carrier_backend.storage.exchanges import MOST_GATHERED, MOST_GATHERED_CHARACTERS, Place, StoredExchanges, Wanted
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import exchanges as table
from carrier_backend.storage.tables import traces
from tests.builders import a_journey, an_order
from tests.fakes import MONDAY
from tests.storage.kept import booked, intended
from tests.storage.test_along_indexes import plan

SECOND = timedelta(seconds=1)


def an_exchange(at: datetime = MONDAY, **changes: Any) -> Exchange:
    usual: dict[str, Any] = {
        "heading": Heading.OUT,
        "who": "fake",
        "operation": "create",
        "trace_id": "TRACE1",
        "method": "POST",
        "path": "/parcels",
        "at": at,
        "milliseconds": 12,
        "status": 201,
        "request": '{"body":{"nid":"7"}}',
    }
    return Exchange(**{**usual, **changes})


def write(store: Store, *told: Exchange) -> None:
    kept = StoredExchanges(store)
    for exchange in told:
        kept.record(exchange)
    kept.write_all()


def page(store: Store, trace_id: str | None = None, who: str | None = None, **where: Any) -> list[Exchange]:
    with store.read() as unit:
        rows = exchanges.page(unit, Wanted(trace_id, who), where.get("after"), where.get("most", 50))
    return [row.exchange for row in rows]


def test_what_was_recorded_is_read_as_it_was(store: Store) -> None:
    told = an_exchange(verdict="Unsure", status=None, response='{"headers":{"retry-after":"7"}}')
    write(store, told)
    assert page(store) == [told]


def test_nothing_is_written_before_its_turn_comes(store: Store) -> None:
    kept = StoredExchanges(store)
    kept.record(an_exchange())
    assert page(store) == []
    assert (kept.run_once(), kept.run_once()) == (1, 0)
    assert page(store) == [an_exchange()]


def test_they_come_newest_first_and_page_by_page(store: Store) -> None:
    told = [an_exchange(MONDAY + number * SECOND) for number in (2, 0, 1, 1)]
    write(store, *told)
    first, second, third = page(store, most=3)
    with store.read() as unit:
        last = exchanges.page(unit, Wanted(), None, 3)[-1]
    rest = page(store, after=Place(last.exchange.at, last.id))
    assert [each.at for each in (first, second, third, *rest)] == sorted((each.at for each in told), reverse=True)


def test_they_are_found_by_trace_id_and_by_counterpart(store: Store) -> None:
    write(store, an_exchange(), an_exchange(trace_id="TRACE2"), an_exchange(trace_id="TRACE2", who="ingrid"))
    assert len(page(store, trace_id="TRACE2")) == 2
    assert len(page(store, who="ingrid")) == 1
    assert len(page(store, "TRACE2", "fake")) == 1


@pytest.mark.parametrize("wanted", [(None, None), ("TRACE1", None), (None, "fake")])
def test_no_page_is_looked_for_among_all(store: Store, wanted: tuple[str | None, str | None]) -> None:
    with store.read() as unit:
        plan = plan_of(unit, *wanted)
    assert "ix_exchanges" in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan


def test_of_a_counterpart_only_what_belongs_to_the_request_is_read(store: Store) -> None:
    (counterparts,) = (index for index in table.indexes if index.name == "ix_exchanges_who_at_id")
    with store.begin() as unit:
        counterparts.drop(unit.connection)
        counterparts.create(unit.connection)  # as the youngest, which SQLite prefers among equals
    planned = plan(store, lambda unit: exchanges.page(unit, Wanted("TRACE1", "fake"), None, 50))
    assert "ix_exchanges_trace_id_at_id" in planned, planned


def plan_of(unit: Unit, trace_id: str | None, who: str | None) -> str:
    """How a later page is found; PostgreSQL is not to be misled by how few there are."""
    asked: list[tuple[str, Any]] = []

    class Asking:
        def execute(self, query: Any) -> list[Any]:
            compiled = query.compile(unit.connection, compile_kwargs={"literal_binds": False})
            asked.append((str(compiled), compiled.params))
            return list(unit.connection.execute(query))

    is_sqlite = unit.connection.dialect.name == "sqlite"
    if not is_sqlite:
        for way in ("seqscan", "bitmapscan", "sort"):
            unit.connection.execute(text(f"SET LOCAL enable_{way} = off"))
    asking: Any = type("Unit", (), {"connection": Asking()})
    exchanges.page(asking, Wanted(trace_id, who), Place(MONDAY, 7), 50)
    ((query, parameters),) = asked
    explained = unit.connection.exec_driver_sql(
        f"{'EXPLAIN QUERY PLAN' if is_sqlite else 'EXPLAIN'} {query}",
        tuple(parameters.values()) if is_sqlite else parameters,
    )
    return "\n".join(str(row) for row in explained)


class Away(Store):
    """A database that is not there."""

    def begin(self) -> NoReturn:
        raise Busy("the database is not answering")


def test_while_the_database_is_away_they_wait(store: Store) -> None:
    kept = StoredExchanges(Away(store.engine, store.sealing))
    kept.record(an_exchange())
    with pytest.raises(Busy):
        kept.run_once()
    kept.record(an_exchange(status=200))
    kept.write_all()
    kept._store = store
    assert kept.run_once() == 2


def test_too_many_are_dropped_and_counted(store: Store) -> None:
    kept = StoredExchanges(store)
    for _ in range(MOST_GATHERED + 3):
        kept.record(an_exchange())
    with capture_logs() as logged:
        kept.write_all()
    assert len(page(store, most=MOST_GATHERED + 3)) == MOST_GATHERED
    assert [line["exchanges"] for line in logged] == [3]


def test_too_much_is_dropped(store: Store) -> None:
    kept = StoredExchanges(store)
    for _ in range(3):
        kept.record(an_exchange(request="x" * (MOST_GATHERED_CHARACTERS // 2)))
    assert kept.run_once() == 2
    kept.record(an_exchange())
    assert kept.run_once() == 1


def test_old_ones_are_forgotten_in_parts(store: Store) -> None:
    write(store, *(an_exchange(MONDAY + number * SECOND) for number in range(5)))
    with store.begin() as unit:
        assert exchanges.forget(unit, MONDAY + 4 * SECOND, 3) == 3
        assert exchanges.forget(unit, MONDAY + 4 * SECOND, 3) == 1
    assert [each.at for each in page(store)] == [MONDAY + 4 * SECOND]


def test_a_parcel_is_told_of_by_all_that_was_done_for_it(store: Store) -> None:
    shipment = booked(store)
    with store.begin() as unit:
        exchanges.note_trace(unit, shipment.id, "CANCEL1")
        exchanges.note_trace(unit, shipment.id, "CANCEL1")
    write(store, an_exchange(trace_id=shipment.journey.trace_id), an_exchange(trace_id="CANCEL1"))
    write(store, an_exchange(trace_id="OTHER"))
    with store.read() as unit:
        told = exchanges.of_parcel(unit, shipment.id, shipment.references[0], 50)
    assert {row.exchange.trace_id for row in told} == {shipment.journey.trace_id, "CANCEL1"}


def test_they_go_with_the_personal_data_of_their_shipment(store: Store) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        exchanges.note_trace(unit, shipment.id, "REPEAT1")
    write(store, *(an_exchange(trace_id=trace) for trace in (shipment.journey.trace_id, "REPEAT1", "OTHER")))
    with store.begin() as unit:
        endings.erase_these(unit, [shipment.id])
        assert unit.connection.execute(select(traces)).all() == []
    assert [each.trace_id for each in page(store)] == ["OTHER"]


def test_under_a_trace_id_of_others_too_they_stay_until_the_last_of_these_is_erased(store: Store) -> None:
    first, second, third = (intended(store, an_order(journey=a_journey(trace_id=name))) for name in ("A", "A", "C"))
    with store.begin() as unit:
        exchanges.note_trace(unit, third.id, "A")
    write(store, an_exchange(trace_id="A"))
    for shipment, left in ((first, 1), (second, 1), (third, 0)):
        with store.begin() as unit:
            endings.erase_these(unit, [shipment.id])
        assert len(page(store)) == left


REFUSED: dict[str, Any] = {
    "heading": Heading.IN,
    "who": "ingrid",
    "status": 422,
    "order": OrderNames("4001", "tos-4001", "shop-1"),
    "words": ("no place for Amira",),
}


def read(store: Store, wanted: Wanted) -> list[Exchange]:
    with store.read() as unit:
        return [row.exchange for row in exchanges.page(unit, wanted, None, 50)]


@pytest.mark.parametrize("wanted", [Wanted(external_id="4001"), Wanted(tos_id="tos-4001"), Wanted(trace_id="TRACE1")])
def test_our_words_are_opened_where_one_order_is_asked_about(store: Store, wanted: Wanted) -> None:
    told = an_exchange(**REFUSED)
    write(store, told, an_exchange(trace_id="TRACE2"))
    assert read(store, wanted) == [told]


def test_our_words_are_sealed_and_stay_so_in_a_list_of_all(store: Store) -> None:
    write(store, an_exchange(**REFUSED))
    assert [each.words for each in page(store)] == [()]
    with store.read() as unit:
        assert b"Amira" not in unit.connection.execute(select(table.c.sealed_words)).scalar_one()


@pytest.mark.parametrize("name", ["4001", "tos-4001", "TRACE1"])
def test_refusals_are_found_by_each_name_newest_first(store: Store, name: str) -> None:
    for number in range(3):
        write(store, an_exchange(MONDAY + number * SECOND, **REFUSED))
    write(store, an_exchange(**{**REFUSED, "status": 200, "words": ()}))
    with store.read() as unit:
        found = [row.exchange.at for row in exchanges.refusals(unit, name, 2)]
    assert found == [MONDAY + 2 * SECOND, MONDAY + SECOND]


def test_places_that_nobody_knows_are_kept_sealed(store: Store) -> None:
    write(store, an_exchange(places=(UnknownPlace("fake", "Amiratown"),)), an_exchange())
    with store.read() as unit:
        assert exchanges.unknown_places(unit, 10) == [(MONDAY, UnknownPlace("fake", "Amiratown"))]
        sealed = unit.connection.execute(select(table.c.sealed_places).where(table.c.sealed_places.is_not(None)))
        assert b"Amira" not in sealed.scalar_one()


def test_an_erased_order_leaves_nothing_of_what_was_said_of_it(store: Store) -> None:
    others = OrderNames("4001", None, "shop-2")
    unread = OrderNames("4001")
    write(store, an_exchange(**REFUSED), an_exchange(order=others), an_exchange(order=unread), an_exchange())
    with store.begin() as unit:
        exchanges.erase_order(unit, "4001", "shop-1")
    assert [each.order for each in page(store)] == [OrderNames(), others]


def test_of_a_trace_id_that_others_share_our_words_go(store: Store) -> None:
    mine, _ = booked(store), booked(store)
    write(store, an_exchange(**REFUSED))
    with store.begin() as unit:
        endings.erase_these(unit, [mine.id])
    assert [each.words for each in read(store, Wanted(trace_id="TRACE1"))] == [()]


def test_refusals_and_places_are_read_along_their_indexes(store: Store) -> None:
    planned = plan(store, lambda unit: exchanges.refusals(unit, "4001", 20))
    for index in ("ix_exchanges_external_id_at_id", "ix_exchanges_tos_id_at_id", "ix_exchanges_trace_id_at_id"):
        assert index in planned, planned
    assert "ix_exchanges_places" in plan(store, lambda unit: exchanges.unknown_places(unit, 20))
