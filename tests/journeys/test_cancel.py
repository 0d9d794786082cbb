"""A wish to cancel at a courier whose people decide."""

from collections.abc import Callable
from datetime import timedelta

from tests.journeys.conftest import Body, Stage


def booked(stage: Stage, body: Body) -> str:
    barcode: str = stage.book(body).get_json()["packages"][0]["barcode"]
    return barcode


def test_a_ticket_is_filed_once_and_named_in_every_answer(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    answers = [stage.cancel(barcode) for _ in range(3)]
    (ticket,) = stage.books("intigo")["tickets"]
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert all(str(ticket["ticketNumber"]) in answer.get_json()["errors"][0]["message"] for answer in answers)


def test_a_ticket_that_waits_is_not_forgotten_over_another_of_the_same_booking(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    one, two = (package["barcode"] for package in stage.book(a_booking(packages=2)).get_json()["packages"])
    stage.control(system="intigo", operation="ticket", fault="rate_limit")
    assert [stage.cancel(one).status_code, stage.cancel(two).status_code] == [503, 409]
    stage.clock.advance(timedelta(minutes=10))
    stage.work()
    assert sorted(ticket["nid"] for ticket in stage.books("intigo")["tickets"]) == sorted([one, two])


def test_no_ticket_is_filed_for_a_parcel_that_went_on_its_way_meanwhile(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(stage, a_booking())
    stage.control(system="intigo", operation="ticket", fault="rate_limit")
    assert stage.cancel(barcode).status_code == 503
    stage.move(barcode, 10)
    assert stage.cancel(barcode).status_code == 409
    stage.clock.advance(timedelta(minutes=10))
    stage.work()
    assert stage.books("intigo")["tickets"] == []


def test_a_ticket_whose_answer_is_lost_is_never_filed_again(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.control(system="intigo", operation="ticket", fault="error_after")
    assert stage.cancel(barcode).status_code == 503
    stage.clock.advance(timedelta(minutes=3))
    answers = [stage.cancel(barcode) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "never confirmed" in answers[1].get_json()["errors"][0]["message"]
    assert len(stage.books("intigo")["tickets"]) == 1


def test_when_the_staff_cancels_ingrid_is_told_and_the_repeat_succeeds(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(stage, a_booking())
    stage.cancel(barcode)
    stage.move(barcode, 8)
    stage.work()
    assert stage.told() == ["submitted", "cancelled"]
    assert (stage.cancel(barcode).status_code, stage.cancel(barcode).get_json()) == (200, {})


def test_a_delivered_parcel_cannot_be_cancelled(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.move(barcode, 6)
    assert stage.cancel(barcode).status_code == 409
    assert stage.books("intigo")["tickets"] == []


def test_an_unknown_barcode_is_answered_in_the_documents_words(stage: Stage) -> None:
    answer = stage.cancel("nobody")
    assert answer.status_code == 404
    assert answer.get_json() == {"errors": [{"message": "package was not found"}]}
