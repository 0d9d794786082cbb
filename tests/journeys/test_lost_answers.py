"""Answers that never came: the parcel is made once, and found again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.journeys.conftest import Body, Stage


@pytest.mark.parametrize("fault", ["drop", "error_after", "hang_after"])
@pytest.mark.parametrize(("packages", "operation"), [(1, "create"), (3, "create_batch")])
def test_a_lost_answer_costs_no_second_parcel(
    stage: Stage, a_booking: Callable[..., Body], fault: str, packages: int, operation: str
) -> None:
    stage.control(system="intigo", operation=operation, fault=fault)
    body = a_booking(packages=packages)
    answers = [stage.book(body) for _ in range(2)]
    assert answers[-1].status_code == 200
    assert len(stage.books("intigo")["parcels"]) == packages


def test_a_create_that_commits_after_we_looked_is_not_repeated(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="create", fault="commit_late", seconds=60)
    body = a_booking()
    answers = []
    for seconds in (0, 20, 20, 20):
        stage.clock.advance(timedelta(seconds=seconds))
        stage.control(clock={"advance_seconds": seconds})
        answers.append(stage.book(body))
    assert answers[0].status_code == 503
    assert int(answers[0].headers["Retry-After"]) >= 1
    assert answers[-1].status_code == 200
    assert len(stage.books("intigo")["parcels"]) == 1


def test_a_batch_that_takes_too_long_is_completed_when_intigo_announces_it(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    stage.control(system="intigo", operation="create_batch", fault="commit_late", after_lookups=7)
    body = a_booking(packages=3)
    assert stage.book(body).status_code == 503
    stage.clock.advance(timedelta(minutes=1))
    stage.work()
    stage.clock.advance(timedelta(minutes=1))
    stage.work()
    assert stage.book(body).status_code == 200
    assert len(stage.books("intigo")["parcels"]) == 3


def test_a_batch_that_commits_ten_minutes_late_is_not_made_twice(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="create_batch", fault="commit_late", seconds=600)
    body = a_booking(packages=3)
    answers = []
    for seconds in (0, 125, 500):
        stage.clock.advance(timedelta(seconds=seconds))
        stage.control(clock={"advance_seconds": seconds})
        answers.append(stage.book(body).status_code)
    assert answers == [503, 503, 200]
    assert len(stage.books("intigo")["parcels"]) == 3


def test_a_create_that_is_answered_with_a_redirect_is_not_repeated(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    stage.control(system="intigo", operation="create", fault="error_after", status=303)
    body = a_booking()
    assert stage.book(body).status_code == 200
    assert len(stage.books("intigo")["parcels"]) == 1


def test_a_parcel_that_intigo_cancelled_before_we_found_it_is_refused(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    stage.control(system="intigo", operation="find", fault="error_before")
    stage.control(system="intigo", operation="create", fault="drop")
    body = a_booking()
    assert stage.book(body).status_code == 503
    (parcel,) = stage.books("intigo")["parcels"]
    stage.control(system="intigo", move={"nid": parcel["nid"], "status": 8, "silent": True})
    assert stage.book(body).status_code == 422
    stage.work()
    assert stage.told() == []


def test_a_booking_that_came_to_nothing_may_be_corrected(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    stage.control(system="intigo", operation="create", fault="error_before")
    assert stage.book(body).status_code == 503
    stage.clock.advance(timedelta(seconds=125))
    stage.control(system="intigo", operation="create", fault="rate_limit")
    assert stage.book(body).status_code == 503
    assert stage.book({**body, "delivery_instructions": "corrected"}).status_code == 200
    assert len(stage.books("intigo")["parcels"]) == 1


def test_a_refused_batch_is_refused_for_its_own_reasons_though_no_ticket_can_be_filed(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    stage.control(system="intigo", operation="create_batch", fault="partial", made=1)
    stage.control(system="intigo", operation="ticket", fault="refuse", body={"message": "ticketType 1 is closed"})
    body = a_booking(packages=2)
    answer = stage.book(body)
    assert answer.status_code == 422
    assert "ticketType" not in answer.text
    assert stage.book({**body, "delivery_instructions": "corrected"}).status_code == 200


def test_nothing_is_lost_while_intigo_is_down(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="create", fault="rate_limit", times=1)
    body = a_booking()
    assert stage.book(body).status_code == 503
    assert stage.book(body).status_code == 200
    assert len(stage.books("intigo")["parcels"]) == 1


@pytest.mark.parametrize("fault", ["late_label", "empty_label", "broken_label", "error_before", "garbage"])
def test_a_late_label_is_waited_for(stage: Stage, a_booking: Callable[..., Body], fault: str) -> None:
    stage.control(system="intigo", operation="label", fault=fault, times=7)
    assert stage.book(a_booking()).status_code == 200


def test_a_label_that_does_not_come_is_fetched_on_the_repeat(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="label", fault="late_label", times=8)
    body = a_booking()
    assert [stage.book(body).status_code for _ in range(2)] == [503, 200]
    assert len(stage.books("intigo")["parcels"]) == 1


def test_labels_that_came_are_not_fetched_again(stage: Stage, a_booking: Callable[..., Body]) -> None:
    stage.control(system="intigo", operation="label", fault="late_label", skip=2, times=8)
    body = a_booking(packages=4)
    assert [stage.book(body).status_code for _ in range(2)] == [503, 200]
    answers = [call["status"] for call in stage.books("intigo")["calls"] if call["operation"] == "label"]
    assert answers.count(201) == 4


@pytest.mark.parametrize("fault", ["empty_label", "broken_label"])
def test_a_broken_label_is_never_passed_on(stage: Stage, a_booking: Callable[..., Body], fault: str) -> None:
    stage.control(system="intigo", operation="label", fault=fault, times=8)
    assert stage.book(a_booking()).status_code == 503


def test_fifty_identical_bookings_at_once_make_one_parcel(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    stage.clock.moves_with_sleepers = False

    def book(_: int) -> tuple[int, bytes]:
        answer = stage.ingrid.application.test_client().post("/booking", json=body, headers=stage.headers)
        assert answer.status_code == 200 or "Retry-After" in answer.headers
        return answer.status_code, answer.data if answer.status_code == 200 else b""

    with ThreadPoolExecutor(25) as callers:
        answers = set(callers.map(book, range(50)))
    assert {status for status, _ in answers} <= {200, 503}
    assert len({bytes_ for status, bytes_ in answers if status == 200}) == 1
    assert len(stage.books("intigo")["parcels"]) == 1


def test_a_refused_booking_passes_on_intigos_reasons(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    to = body["parties"]["to"]["address"] | {"name": "Refuse Me"}
    body["parties"] = {**body["parties"], "to": {"address": to}}
    answer = stage.book(body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]
    assert stage.books("intigo")["parcels"] == []
