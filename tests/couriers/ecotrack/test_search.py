"""An order is looked for in a list that moves meanwhile: nothing in it is missed, and nothing is read over and over."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from carrier_backend.couriers.ecotrack.client import OrdersPage
from carrier_backend.couriers.ecotrack.search import Position, Search, spans
from carrier_backend.domain.errors import CounterpartError, Unreachable, Unsure
from carrier_backend.domain.quotas import Urgency
from tests.couriers.ecotrack.stage import Stage

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
A_DAY = timedelta(days=1)


def a_page(last_page: int, size: int, unreadable: int = 0) -> OrdersPage:
    return OrdersPage((), last_page, size, unreadable)


def a_row(reference: str) -> dict[str, Any]:
    return {"tracking": f"EC00{reference}", "reference": reference, "phone": "1", "montant": "0", "status": "en_hub"}


def list_next(stage: Stage, *references: str, last_page: int = 1, **told: object) -> None:
    """What the next page that is asked for, and was not told yet, holds."""
    body = {"data": [a_row(reference) for reference in references], "last_page": last_page, **told}
    stage.script_for("orders", "refuse", status=200, body=body)


def a_search(stage: Stage, reference: str = "OURS", position: Position | None = None) -> Search:
    return Search(stage.client, reference, stage.clock.now(), position or Position())


def test_it_goes_to_the_end_and_back() -> None:
    position, read = Position(), []
    while position.span == 0:
        read.append(position.page)
        position = position.after(a_page(last_page=3, size=6))
    assert (read, position) == ([1, 2, 3, 2, 1], Position(span=1))


def test_a_list_that_grows_is_read_to_its_new_end() -> None:
    assert Position(page=3, size=6).after(a_page(last_page=4, size=7)).page == 4


@pytest.mark.parametrize(("gone", "page"), [(1, 3), (2, 2), (9, 1)])
def test_where_the_list_has_shrunk_it_steps_back(gone: int, page: int) -> None:
    after = Position(page=4, size=20).after(a_page(last_page=10, size=20 - gone))
    assert after == Position(page=page, size=20 - gone)


def test_on_the_way_back_a_list_that_shrinks_hides_nothing() -> None:
    assert Position(page=4, direction=-1, size=20).after(a_page(last_page=9, size=18)).page == 3


def test_a_position_is_the_same_once_it_was_noted() -> None:
    position = Position(1, 7, -1, 300, 2)
    assert (Position.of(dict(position.facts)), Position.of(None)) == (position, Position())


def test_what_moves_to_a_page_that_was_read_is_found(stage: Stage) -> None:
    """The newest last: one that was read has gone, and one has come, so that the list is as long as before."""
    list_next(stage, "A", "B", last_page=2, total=3)
    list_next(stage, "NEW", last_page=2, total=3)
    list_next(stage, "B", "OURS", last_page=2, total=3)
    list_next(stage, "NEW", last_page=2, total=3)
    assert [order.reference for order in a_search(stage).everywhere()] == ["OURS"]


@pytest.mark.parametrize(("told", "size"), [({"total": 130}, 130), ({}, 4), ({"total": None}, 4)])
def test_a_list_that_tells_no_total_is_as_long_as_its_pages(stage: Stage, told: dict[str, object], size: int) -> None:
    list_next(stage, "A", last_page=4, **told)
    assert stage.client.orders(1, MONDAY, MONDAY).size == size


@pytest.mark.parametrize("where", [1, 2])
def test_one_made_twice_is_found_on_the_page_beside(stage: Stage, where: int) -> None:
    pages = [("A",), ("OURS",), ("OURS",)]
    for references in pages if where == 2 else pages[1:]:
        list_next(stage, *references, last_page=where + 1)
    if where == 2:
        list_next(stage, "A", last_page=where + 1)
    search = a_search(stage)
    search.everywhere()
    assert (search.position.page, stage.calls_of("orders")) == (where, where + 1 if where == 1 else 4)


def test_the_newest_are_on_the_first_page_or_on_the_last(stage: Stage) -> None:
    list_next(stage, "A", last_page=9)
    list_next(stage, "OURS", last_page=9)
    assert len(a_search(stage).among_newest()) == 1
    asked = [call["path"] for call in stage.books()["calls"] if call["operation"] == "orders"]
    assert ["page=1&" in asked[0], "page=9&" in asked[1], "page=8&" in asked[2]] == [True] * 3


def test_it_goes_on_where_it_was_interrupted(stage: Stage) -> None:
    for reference in "ABCDE":
        list_next(stage, reference, last_page=9, total=9)
    stage.script_for("orders", "error_before")
    search = a_search(stage)
    with pytest.raises(Unreachable):
        search.everywhere()
    assert search.position == Position(page=6, size=9)
    list_next(stage, "OURS", last_page=9, total=9)
    assert [order.reference for order in a_search(stage, position=search.position).everywhere()][:1] == ["OURS"]


def test_what_was_searched_to_the_end_is_not_asked_for_again(stage: Stage) -> None:
    search = a_search(stage)
    assert search.everywhere() == []
    asked = stage.calls()
    assert (a_search(stage, position=search.position).everywhere(), stage.calls()) == ([], asked)


def test_what_cannot_be_read_is_looked_at_anew(stage: Stage) -> None:
    stage.script_for("orders", "refuse", status=200, body={"data": [{"tracking": None}], "last_page": 1})
    search = a_search(stage)
    with pytest.raises(Unsure, match="may be ours"):
        search.everywhere()
    assert search.position == Position()


def test_it_leaves_some_of_the_quota_to_bookings(stage: Stage) -> None:
    stage.allowed.rooms = {Urgency.NOW}
    with pytest.raises(CounterpartError, match="no call is left"):
        a_search(stage).everywhere()


def test_both_neighbouring_days_are_looked_through_after_the_likely_one() -> None:
    assert spans(NOON) == [(MONDAY, MONDAY + A_DAY), (MONDAY - A_DAY, MONDAY - A_DAY)]


def test_near_midnight_two_days_are_likely() -> None:
    just_after, just_before = NOON - timedelta(hours=11), NOON + timedelta(hours=11)
    assert spans(just_after) == [(MONDAY - A_DAY, MONDAY + A_DAY)]
    assert spans(just_before)[0] == (MONDAY, MONDAY + 2 * A_DAY)
