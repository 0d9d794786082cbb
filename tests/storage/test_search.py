"""Shipments are found by all their names and by how they stand, and along indexes in either database."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from carrier_backend.domain.lifecycle import BookingState, Standing, StuckOver
from carrier_backend.domain.parcels import Cancellation, Outcome
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage import exchanges, figures, found, parcels, search, shipments, tables
from carrier_backend.storage.search import Place, Wanted
from carrier_backend.storage.store import Store, Unit
from tests.builders import a_journey, a_package, an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import booked, intended

ALL = Wanted(None, None, None, None, 51)
ASKED = Cancellation(Outcome.ASKED, "ticket 7 was filed")


def listed(store: Store, wanted: Wanted = ALL) -> list[str]:
    with store.read() as unit:
        return search.newest(unit, wanted)


def called(store: Store, name: str, wanted: Wanted = ALL) -> list[str]:
    with store.read() as unit:
        return search.among(unit, search.called(unit, name, 1000), wanted)


def newest_called(store: Store, name: str, wanted: Wanted = ALL) -> list[str]:
    with store.read() as unit:
        return search.newest_called(unit, name, wanted)


def beginning(store: Store, start: str, most: int = 1000) -> list[str]:
    with store.read() as unit:
        return search.beginning(unit, start, most)


def one_of_every_name(store: Store) -> tuple[Shipment, dict[str, str]]:
    journey = a_journey(external_id="#77", tos_id="TOS:77", trace_id="SEVENTYSEVEN")
    shipment = booked(store, an_order(journey=journey, packages=(a_package(package_id="box seventy-seven"),)))
    (reference,) = shipment.references
    with store.begin() as unit:
        unit.connection.execute(
            update(tables.parcels)
            .where(tables.parcels.c.reference == reference)
            .values(number="N770", barcode="fake-N770")
        )
        exchanges.note_trace(unit, shipment.id, "REPEAT77")
    names = {"order": "#77", "tos": "TOS:77", "trace": "SEVENTYSEVEN", "package": "box seventy-seven"}
    names["later trace"] = "REPEAT77"
    return shipment, names | {"number": "N770", "barcode": "fake-N770", "reference": reference}


@pytest.mark.parametrize("name", ["order", "tos", "trace", "later trace", "package", "barcode", "number", "reference"])
def test_a_shipment_is_found_by_each_of_its_names_and_by_their_beginnings(store: Store, name: str) -> None:
    booked(store)
    shipment, names = one_of_every_name(store)
    assert called(store, names[name]) == newest_called(store, names[name]) == [shipment.id]
    assert called(store, names[name][:-1]) == newest_called(store, names[name][:-1]) == []
    assert set(beginning(store, names[name][:-1])) == {shipment.id}


def test_several_parcels_and_names_make_one_shipment(store: Store) -> None:
    packages = (a_package(package_id="Order 9"), a_package(package_id="Order 99"))
    shipment = booked(store, an_order(journey=a_journey(external_id="Order 9", tos_id="Order 9"), packages=packages))
    assert called(store, "Order 9") == newest_called(store, "Order 9") == [shipment.id]


@pytest.mark.parametrize("start", ["%", "_rder", "ORDER", "rder 1001", "Order 10011", "\U0010fffe"])
def test_what_only_resembles_a_beginning_is_none(store: Store, start: str) -> None:
    booked(store)
    assert beginning(store, start) == []


@pytest.mark.parametrize("name", ["Ørder-é", "طلب-1001", "注文-1001", "a\U0001f600b"])
def test_names_of_any_writing_are_found_by_their_beginnings(store: Store, name: str) -> None:
    shipment = booked(store, an_order(journey=a_journey(external_id=name)))
    for length in range(1, len(name)):
        assert set(beginning(store, name[:length])) == {shipment.id}  # once for each of its names that begins so


def test_of_too_many_beginnings_it_is_only_told_that_they_are(store: Store) -> None:
    for _ in range(4):
        booked(store)
    assert len(beginning(store, "Order", 4)) == 4
    assert len(beginning(store, "Order", 3)) > 3


def moved(store: Store, shipment: Shipment, state: BookingState) -> None:
    with store.begin() as unit:
        shipments.record_state(unit, replace(shipment, state=state))


def cancelling(store: Store, answer: Cancellation | None) -> Shipment:
    """A shipment of two, the second of which is to be cancelled."""
    shipment = booked(store, an_order(parcels=2))
    with store.begin() as unit:
        parcels.intend_to_cancel(unit, shipment.references[1])
        if answer:
            parcels.record_cancellation(unit, shipment.references[1], answer)
    return shipment


@pytest.mark.parametrize("state", sorted(set(BookingState) - {BookingState.CANCELLING, BookingState.BOOKED}))
def test_shipments_are_listed_by_the_state_of_their_booking(store: Store, state: BookingState) -> None:
    booked(store)
    shipment = intended(store, an_order(parcels=2))
    moved(store, shipment, state)
    assert listed(store, replace(ALL, standing=Standing(state))) == [shipment.id]
    assert called(store, "Order 1001", replace(ALL, standing=Standing(state))) == [shipment.id]


def test_what_is_booked_is_listed_without_what_is_not(store: Store) -> None:
    intended(store)
    shipment = booked(store)
    assert listed(store, replace(ALL, standing=Standing.BOOKED)) == [shipment.id]


def test_a_parcel_whose_cancelling_waits_for_people_is_in_their_queue(store: Store) -> None:
    booked(store)
    shipment = cancelling(store, ASKED)
    for names in (
        listed(store, in_line := replace(ALL, standing=Standing.CANCELLING)),
        called(store, "Order 1001", in_line),
    ):
        assert names == [shipment.id]


def test_a_parcel_whose_courier_has_not_answered_is_in_the_same_queue(store: Store) -> None:
    shipment = cancelling(store, None)
    assert listed(store, replace(ALL, standing=Standing.CANCELLING)) == [shipment.id]


def test_what_is_stuck_or_unclaimed_is_in_its_queue(store: Store) -> None:
    stuck, unclaimed, _ = booked(store), booked(store), booked(store)
    with store.begin() as unit:
        shipments.note_stuck(unit, stuck.id, StuckOver.UNDOING, "people were asked")
        shipments.note_unclaimed(unit, unclaimed.id)
    for standing, waiting in ((Standing.STUCK, stuck), (Standing.UNCLAIMED, unclaimed)):
        assert listed(store, replace(ALL, standing=standing)) == [waiting.id]
        assert called(store, "Order 1001", replace(ALL, standing=standing)) == [waiting.id]


def waiting(store: Store, standing: Standing | None) -> str:
    """The id of a shipment that stands so."""
    if standing is Standing.CANCELLING:
        return cancelling(store, ASKED).id
    shipment = booked(store)
    with store.begin() as unit:
        if standing is Standing.STUCK:
            shipments.note_stuck(unit, shipment.id, StuckOver.UNDOING, "people were asked")
        elif standing is Standing.UNCLAIMED:
            shipments.note_unclaimed(unit, shipment.id)
        elif standing:
            shipments.record_state(unit, replace(shipment, state=BookingState(standing)))
    return shipment.id


@pytest.mark.parametrize("standing", [None, *Standing])
def test_a_list_may_be_of_one_shipper_and_one_courier(store: Store, standing: Standing | None) -> None:
    shipment_id = waiting(store, standing)
    theirs = replace(ALL, standing=standing, shipper_id="shop-1", courier="fake")
    others = [replace(theirs, shipper_id="shop-9"), replace(theirs, courier="dhl")]
    for ask in (listed, lambda store, wanted: called(store, "Order 1001", wanted)):
        assert [ask(store, wanted) for wanted in (theirs, *others)] == [[shipment_id], [], []]


LISTS: dict[str, Callable[[Store, Wanted], list[str]]] = {
    "all": listed,
    "of a state": lambda store, wanted: listed(store, replace(wanted, standing=Standing.INTENDED)),
    "called": lambda store, wanted: called(store, "package", wanted),
    "newest called": lambda store, wanted: newest_called(store, "package", wanted),
}


@pytest.mark.parametrize("of", LISTS)
def test_page_after_page_every_shipment_comes_once_newest_first(store: Store, clock: FrozenClock, of: str) -> None:
    kept = []
    for number in range(7):  # two at most moments: then their ids decide
        clock.advance(timedelta(seconds=number % 2))
        order = an_order(packages=(a_package(package_id="package"), a_package()))
        kept.append(Place(clock.now(), intended(store, order).id))
    newest_first = sorted(kept, key=lambda each: (each.created_at, each.shipment_id), reverse=True)
    pages = [LISTS[of](store, replace(ALL, most=3, after=after)) for after in (None, *newest_first[2::3])]
    assert pages == [[each.shipment_id for each in newest_first[start : start + 3]] for start in (0, 3, 6)]


def test_a_place_is_that_of_a_shipment(store: Store) -> None:
    shipment = booked(store)
    with store.read() as unit:
        assert search.place(unit, shipment.id) == Place(MONDAY, shipment.id)
        assert search.place(unit, "nobody") is None


def test_what_is_shown_is_in_the_order_asked_for(store: Store) -> None:
    ids = [booked(store, an_order(parcels=2)).id for _ in range(3)]
    with store.read() as unit:
        shown = found.read(unit, ids)
    assert [each.id for each in shown] == ids
    assert all(len(each.parcels) == 2 for each in shown)


MANY = 3000


@pytest.fixture
def full(store: Store) -> Store:
    """A store with so many shipments that indexes are worth their while, one in a hundred of each kind that waits."""
    booked(store)
    with store.begin() as unit:
        for table, of in ((tables.shipments, _shipment), (tables.parcels, _parcel)):
            (row,) = unit.connection.execute(select(table)).mappings()
            unit.connection.execute(
                table.insert(), [{**row, **_shared(number), **of(number)} for number in range(MANY)]
            )
        if store.engine.dialect.name == "postgresql":  # which does it by itself; of SQLite nobody ever asks it
            unit.connection.execute(text("ANALYZE"))
    return store


def _shared(number: int) -> dict[str, object]:
    return {
        "courier": f"courier-{number % 3}",
        "shipper_id": f"shop-{number % 40}",
        "created_at": MONDAY + timedelta(minutes=number),
    }


def _shipment(number: int) -> dict[str, object]:
    names: dict[str, object] = {name: f"{name}-{number}" for name in ("id", "external_id", "tos_id", "trace_id")}
    waits_since = MONDAY if number % 100 == 0 else None
    return names | {"stuck_at": waits_since, "unclaimed_at": waits_since}


def _parcel(number: int) -> dict[str, object]:
    names: dict[str, object] = {
        name: f"{name}-{number}" for name in ("reference", "package_id", "number", "barcode", "label_digest")
    }
    booking = list(BookingState)[number // 100 % 8] if number % 100 == 0 else BookingState.BOOKED
    return names | {"shipment_id": f"id-{number}", "booking": booking}


def plan(store: Store, ask: Callable[[Unit], object]) -> str:
    """What the database means to do about the very statements that a question sends it."""
    sent: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", hear)
    with store.read() as unit:
        ask(unit)
    event.remove(store.engine, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN" if store.engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    with store.read() as unit:
        if store.engine.dialect.name == "postgresql":  # so few rows as there are here, it would rather sort
            unit.connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        rows = [row for each in sent for row in unit.connection.exec_driver_sql(f"{explain} {each[0]}", each[1])]
    return "\n".join(str(row[-1]) for row in rows)


AFTER = replace(ALL, after=Place(MONDAY + timedelta(minutes=MANY // 2), "id-1500"))
BY_NAME = [f"ix_shipments_{name}_created_at_id" for name in ("external_id", "tos_id", "trace_id")] + [
    f"ix_parcels_{name}_created_at_shipment_id" for name in ("barcode", "number", "reference", "package_id")
]
EXACTLY = [index for index in BY_NAME if not re.search("barcode|reference", index)]  # which are unique anyway
NOT_BOOKED = ["ix_parcels_not_booked"]
NEWEST = ["ix_shipments_created_at_id"]
QUESTIONS: dict[str, tuple[Callable[[Unit], object], list[str]]] = {
    "called": (lambda unit: search.called(unit, "external_id-7", 1000), EXACTLY),
    "beginning": (lambda unit: search.beginning(unit, "external_id-29", 1000), BY_NAME),
    "newest called": (lambda unit: search.newest_called(unit, "external_id-7", ALL), EXACTLY),
    "newest": (lambda unit: search.newest(unit, ALL), NEWEST),
    "newest after": (lambda unit: search.newest(unit, AFTER), NEWEST),
    "booked": (lambda unit: search.newest(unit, replace(AFTER, standing=Standing.BOOKED)), NEWEST),
    "of a shipper": (
        lambda unit: search.newest(unit, replace(AFTER, shipper_id="shop-7")),
        ["ix_shipments_shipper_id_created_at_id"],
    ),
    "of a shipper and a courier": (
        lambda unit: search.newest(unit, replace(AFTER, shipper_id="shop-7", courier="courier-1")),
        ["ix_shipments_shipper_id_courier_created_at_id"],
    ),
    "of a courier": (
        lambda unit: search.newest(unit, replace(AFTER, courier="dhl")),
        ["ix_shipments_courier_created_at_id"],
    ),
    "stuck": (lambda unit: search.newest(unit, replace(AFTER, standing=Standing.STUCK)), ["ix_shipments_stuck"]),
    "stuck of a shipper": (
        lambda unit: search.newest(unit, replace(ALL, standing=Standing.STUCK, shipper_id="shop-0")),
        ["ix_shipments_stuck"],
    ),
    "unclaimed": (
        lambda unit: search.newest(unit, replace(AFTER, standing=Standing.UNCLAIMED)),
        ["ix_shipments_unclaimed"],
    ),
    "cancelling": (lambda unit: search.newest(unit, replace(AFTER, standing=Standing.CANCELLING)), NOT_BOOKED),
    "cancelled": (lambda unit: search.newest(unit, replace(AFTER, standing=Standing.CANCELLED)), NOT_BOOKED),
    "refused of a shipper": (
        lambda unit: search.newest(unit, replace(AFTER, standing=Standing.REFUSED, shipper_id="shop-0")),
        NOT_BOOKED,
    ),
    "figures": (lambda unit: list(figures.every(unit)), [*NOT_BOOKED, "ix_shipments_stuck", "ix_shipments_unclaimed"]),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_goes_along_the_indexes_meant_for_it(full: Store, question: str) -> None:
    ask, indexes = QUESTIONS[question]
    planned = plan(full, ask)
    assert [index for index in indexes if index not in planned] == [], planned
    whole_tables = re.findall(r"Seq Scan on (?:shipments|parcels)|SCAN (?:shipments|parcels)$", planned, re.MULTILINE)
    assert whole_tables == [], planned


@pytest.mark.parametrize("question", sorted(set(QUESTIONS) - {"called", "beginning", "newest called", "figures"}))
def test_no_list_is_sorted_it_is_read_in_its_order(full: Store, question: str) -> None:
    ask, _ = QUESTIONS[question]
    planned = plan(full, ask)
    assert re.findall("Sort|TEMP B-TREE", planned) == [], planned


def test_whoever_is_among_those_called_so_is_looked_up_one_by_one(full: Store) -> None:
    ids, few = [f"id-{number}" for number in range(9)], {Standing.STUCK, Standing.UNCLAIMED}
    whose = (ALL, replace(ALL, courier="courier-1"), replace(ALL, courier="courier-1", shipper_id="shop-7"))
    for wanted in [replace(each, standing=standing) for each in whose for standing in (None, *Standing)]:
        planned = plan(full, partial(search.among, shipment_ids=ids, wanted=wanted))
        index = f"ix_shipments_{wanted.standing}" if wanted.standing in few else "pk_shipments"
        assert re.search(f"pk_shipments|sqlite_autoindex_shipments_1|{index}", planned), (wanted, planned)


def test_what_is_shown_is_looked_up_one_by_one(full: Store) -> None:
    planned = plan(full, lambda unit: found.read(unit, [f"id-{number}" for number in range(9)]))
    assert re.search(r"pk_shipments|sqlite_autoindex_shipments_1", planned), planned
    assert re.search(r"uq_parcels_shipment_id_position|sqlite_autoindex_parcels_\d", planned), planned
