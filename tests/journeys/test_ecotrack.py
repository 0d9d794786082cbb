"""Ecotrack from the checkout to the door: drafted, validated in its time, surely cancelled before, and asked about."""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from carrier_backend.domain.errors import Conflict
from carrier_backend.services.intervene import Wish
from carrier_backend.services.oversee import By
from carrier_backend.simulator.orders import JOURNEYS
from carrier_backend.storage.leases import LEASE
from tests.journeys.conftest import SIMULATED, Body, Stage
from tests.journeys.test_checkout_to_delivery import barcodes

Booking = Callable[..., Body]
HALF_AN_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Both sides by one clock."""
    stage.control(clock={"stand_at": stage.clock.now().isoformat()})
    return stage


@pytest.fixture
def an_algerian_booking(a_booking: Booking) -> Booking:
    return partial(a_booking, courier="ecotrack")


@pytest.fixture
def a_desk_booking(stage: Stage, an_algerian_booking: Booking) -> Booking:
    """To the desk nearest to Béjaïa; it is validated half an hour after it was booked."""
    body = an_algerian_booking(shipping_method="ecotrack-desk")
    return partial(an_algerian_booking, shipping_method="ecotrack-desk", parties=at_a_desk(stage, body))


def at_a_desk(stage: Stage, body: Body) -> Body:
    point = points_near(stage, body)[0]
    return {**body["parties"], "to": {**body["parties"]["to"], "id": point["id"]}}


def points_near(stage: Stage, body: Body, **search: Any) -> list[Body]:
    area = {"address": body["parties"]["to"]["address"], "location_limit": 5, "location_radius": 50.0, **search}
    query = {**body, "parties": {**body["parties"], "search": area}}
    answer = stage.post("/shipping-options", query)
    assert answer.status_code == 200, answer.text
    points: list[Body] = answer.get_json()["delivery_locations"]
    return points


def pass_time(stage: Stage, span: timedelta) -> None:
    stage.clock.advance(span)
    stage.control(clock={"advance_seconds": span.total_seconds()})


def move(stage: Stage, barcode: str, status: str) -> None:
    """The tenant moves an order; three hours later we have asked."""
    pass_time(stage, HOUR)
    stage.control(system="ecotrack", move={"tracking": barcode, "status": status})
    pass_time(stage, 3 * HOUR)
    stage.work()


def orders(stage: Stage) -> list[Body]:
    return [order for order in stage.books("ecotrack")["orders"] if not order["deleted_at"]]


def validated(stage: Stage) -> list[str]:
    return [validation["tracking"] for validation in stage.books("ecotrack")["validations"]]


def test_a_booking_becomes_an_order_and_its_news_reach_ingrid(stage: Stage, an_algerian_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    for news in JOURNEYS[2].news(barcode):
        move(stage, barcode, news["move"]["status"])
    told = [word for word in stage.told() if word != "in_transit"]  # without a collection it sets out by itself
    assert told == list(JOURNEYS[2].told)


def test_each_package_is_one_validated_order_with_its_own_label(stage: Stage, an_algerian_booking: Booking) -> None:
    answer = stage.book(an_algerian_booking(packages=3)).get_json()
    assert barcodes(answer) == [order["tracking"] for order in orders(stage)] == validated(stage)
    for package in answer["packages"]:
        assert package["barcode"].encode() in base64.b64decode(package["label_data"], validate=True)


def test_an_order_is_validated_when_its_cancel_window_is_over(stage: Stage, a_desk_booking: Booking) -> None:
    made = barcodes(stage.book(a_desk_booking(packages=2)).get_json())
    pass_time(stage, HALF_AN_HOUR - timedelta(seconds=1))
    stage.work()
    assert validated(stage) == []
    for _ in range(3):
        pass_time(stage, HALF_AN_HOUR)
        stage.work()
    assert validated(stage) == made


def test_within_its_window_one_package_is_cancelled_for_certain(stage: Stage, a_desk_booking: Booking) -> None:
    first, second = barcodes(stage.book(a_desk_booking(packages=2)).get_json())
    assert [stage.cancel(first).status_code for _ in range(2)] == [200, 200]
    pass_time(stage, HALF_AN_HOUR)
    stage.work()
    assert [order["tracking"] for order in orders(stage)] == validated(stage) == [second]
    assert "cancelled" in stage.told()


def test_a_cancel_whose_answer_is_lost_keeps_the_order_from_being_validated(
    stage: Stage, a_desk_booking: Booking
) -> None:
    (barcode,) = barcodes(stage.book(a_desk_booking()).get_json())
    stage.control(system="ecotrack", operation="delete", fault="error_before", times=2)
    assert stage.cancel(barcode).status_code == 503
    for _ in range(3):
        pass_time(stage, HALF_AN_HOUR)
        stage.work()
    assert (orders(stage), validated(stage)) == ([], [])
    assert stage.told() == ["submitted", "cancelled"]


def test_after_it_a_cancel_says_what_was_asked_and_says_it_again(stage: Stage, an_algerian_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    answers = [stage.cancel(barcode) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "asked by a remark to stop it" in answers[0].get_json()["errors"][0]["message"]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(orders(stage)[0]["remarks"]) == 1


def test_a_return_is_asked_for_while_it_is_out_for_delivery(stage: Stage, an_algerian_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    move(stage, barcode, "en_livraison")
    assert "out_for_delivery" in stage.told()
    for _ in range(2):
        with pytest.raises(Conflict, match="asked to return it"):
            stage.backend.cancel(client_id=None, barcode=barcode, trace_id="TRACE2")
    assert [asked["tracking"] for asked in stage.books("ecotrack")["returns_asked"]] == [barcode]


@pytest.mark.parametrize("status", ["livre_non_encaisse", "retour_chez_livreur"])
def test_nobody_is_asked_to_stop_what_has_arrived_or_comes_back(
    stage: Stage, an_algerian_booking: Booking, status: str
) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    move(stage, barcode, status)
    with pytest.raises(Conflict, match="can no longer be cancelled"):
        stage.backend.cancel(client_id=None, barcode=barcode, trace_id="TRACE2")
    assert orders(stage)[0]["remarks"] == []


def test_a_lost_answer_makes_no_second_order(stage: Stage, an_algerian_booking: Booking) -> None:
    stage.control(system="ecotrack", operation="create", fault="hang_after")
    body = an_algerian_booking(packages=2)
    first, second = stage.book(body), stage.book(body)
    assert (first.status_code, second.data) == (200, first.data)
    assert len(orders(stage)) == 2


def test_a_refusal_of_the_second_package_leaves_no_draft(stage: Stage, an_algerian_booking: Booking) -> None:
    no = {"success": False, "error": 10002, "message": "Pas de livraison pour la wilaya sélectionnée"}
    stage.control(system="ecotrack", operation="create", fault="refuse", skip=1, status=200, body=no)
    answer = stage.book(an_algerian_booking(packages=2))
    assert answer.status_code == 422
    assert "Pas de livraison" in answer.get_json()["errors"][0]["message"]
    assert (orders(stage), validated(stage)) == ([], [])


def test_drafts_that_nobody_came_back_for_are_deleted(stage: Stage, an_algerian_booking: Booking) -> None:
    stage.control(system="ecotrack", operation="validate", fault="error_before", times=20)
    assert stage.book(an_algerian_booking(packages=2)).status_code == 503
    for _ in range(4):
        pass_time(stage, HALF_AN_HOUR + LEASE)
        stage.work()
    assert (orders(stage), validated(stage)) == ([], [])


def test_what_was_half_taken_back_is_wholly_so_and_can_be_booked_anew(stage: Stage, a_desk_booking: Booking) -> None:
    body = a_desk_booking(packages=2)
    stage.control(system="ecotrack", operation="label", fault="late_label", skip=1, times=8)
    assert stage.book(body).status_code == 503
    stage.control(system="ecotrack", operation="delete", fault="rate_limit", skip=1)
    pass_time(stage, HALF_AN_HOUR + timedelta(seconds=5))
    stage.backend.reconcile.run_once()
    assert len(orders(stage)) == 1
    pass_time(stage, LEASE)
    answer = stage.book(body)
    assert (answer.status_code, orders(stage)) == (503, [])
    again = stage.book(body)
    assert (again.status_code, barcodes(again.get_json())) == (200, [order["tracking"] for order in orders(stage)])


def test_what_could_not_be_cancelled_after_all_is_validated(stage: Stage, a_desk_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_desk_booking()).get_json())
    stage.control(system="ecotrack", operation="delete", fault="error_before")
    assert stage.cancel(barcode).status_code == 503
    stage.control(system="ecotrack", operation="delete", fault="fail")
    assert stage.cancel(barcode).status_code == 409
    for _ in range(3):
        pass_time(stage, HALF_AN_HOUR)
        stage.work()
    assert validated(stage) == [barcode]


def test_a_cancel_that_nobody_answers_holds_up_no_other_package(stage: Stage, a_desk_booking: Booking) -> None:
    first, second = barcodes(stage.book(a_desk_booking(packages=2)).get_json())
    stage.control(system="ecotrack", operation="delete", fault="error_before", times=100)
    assert stage.cancel(first).status_code == 503
    for _ in range(3):
        pass_time(stage, HALF_AN_HOUR)
        stage.work()
    assert validated(stage) == [second]


def test_a_place_that_is_not_there_is_refused_with_suggestions(stage: Stage, an_algerian_booking: Booking) -> None:
    body = an_algerian_booking()
    address = {**body["parties"]["to"]["address"], "city": "Bejaja", "postal_code": ""}
    parties = {**body["parties"], "to": {"id": "", "address": address}}
    answer = stage.book({**body, "parties": parties})
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["message"].startswith("parties.to.address.city")
    assert "Béjaïa" in error["message"] or "Bejaia" in error["message"]


def test_desks_are_offered_as_places_with_people(stage: Stage, an_algerian_booking: Booking) -> None:
    body = an_algerian_booking(shipping_method="ecotrack-desk")
    points = points_near(stage, body)
    assert 0 < len(points) <= 5
    assert {point["location_type"] for point in points} == {"manned"}
    assert points_near(stage, body, location_types=["locker"]) == []


def test_a_booking_to_a_desk_names_its_commune(stage: Stage, a_desk_booking: Booking) -> None:
    assert stage.book(a_desk_booking()).status_code == 200
    assert orders(stage)[0]["request"]["stop_desk"] == "1"


def test_operators_hand_a_draft_over_before_its_time(stage: Stage, a_desk_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_desk_booking()).get_json())
    stage.backend.ask_courier(Wish("validate", barcode, By("amina", "the van is here"), "trace"), {})
    assert validated(stage) == [barcode]
    pass_time(stage, HALF_AN_HOUR)
    stage.work()
    assert validated(stage) == [barcode]


def test_money_that_moves_after_the_delivery_is_not_told(stage: Stage, an_algerian_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    for status in ("livre_non_encaisse", "encaisse_non_paye", "paye_et_archive"):
        move(stage, barcode, status)
    assert stage.told().count("delivered") == 1


def test_what_is_archived_stays_as_it_was(stage: Stage, an_algerian_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(an_algerian_booking()).get_json())
    move(stage, barcode, "en_livraison")
    told = stage.told()
    stage.control(system="ecotrack", archive={"tracking": barcode})
    for _ in range(5):
        pass_time(stage, HOUR)
        stage.work()
    assert stage.told() == told


def test_one_lost_order_on_a_busy_day_is_settled_and_keeps_no_other_booking_waiting(
    stage: Stage, an_algerian_booking: Booking
) -> None:
    """Sixty-five pages, and fifty calls a minute; the hour's allowance is what a new day has."""
    stage.book(an_algerian_booking())
    stage.control(system="ecotrack", limits={"minute": None, "hour": None, "day": None})
    of_others(stage, 2600)
    stage.control(system="ecotrack", limits={"minute": 50, "hour": None, "day": None})
    pass_time(stage, timedelta(minutes=5))
    lost = an_algerian_booking()
    stage.control(system="ecotrack", operation="create", fault="error_before", times=1)
    answers = [stage.book(lost).status_code]
    while answers[-1] == 503 and len(answers) < 12:
        pass_time(stage, timedelta(minutes=1))
        answers.append(stage.book(lost).status_code)
        assert stage.book(an_algerian_booking()).status_code == 200
        stage.backend.reconcile.run_once()
    assert answers[-1] == 200
    assert [call["operation"] for call in stage.books("ecotrack")["calls"]].count("orders") < 160
    assert [answer["status"] for answer in stage.books("ecotrack")["calls"]].count(429) == 0


def of_others(stage: Stage, count: int) -> None:
    """So many orders more, of the same account."""
    wanted = orders(stage)[0]["request"]
    headers = {"Authorization": f"Bearer {SIMULATED.ecotrack_api_token}"}
    for number in range(count):
        body = {**wanted, "reference": f"OTHER{number}"}
        stage.simulator.post("/ecotrack/api/v1/create/order", json=body, headers=headers)
