"""Ecotrack as a courier: what it takes and refuses, the desks it offers, its chore and what operators ask."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.couriers.ecotrack.courier import faults_in_options
from carrier_backend.domain.addresses import Contact, Party, PlaceKind
from carrier_backend.domain.errors import Declined, Malformed, NotServed, Unreachable
from carrier_backend.domain.health import Condition, Means
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.products import Addon, Direction
from carrier_backend.ports import Account
from tests.couriers.ecotrack.stage import (
    BASE_URL,
    HOME,
    SHOPPER,
    TOKEN,
    WAREHOUSE,
    Stage,
    a_query,
    a_receiver,
    a_route,
    a_shipment,
)
from tests.couriers.fakes import MemoryJournal


def asked(stage: Stage) -> Mapping[str, str]:
    """What the last order was asked for with."""
    request: dict[str, str] = stage.books()["orders"][-1]["request"]
    return request


def faults(stage: Stage, **changes: Any) -> dict[str, str]:
    with pytest.raises(NotServed) as refusal:
        stage.courier.accept(a_shipment(**changes))
    return {fault.field: fault.message for fault in refusal.value.faults}


def test_an_order_says_all_that_ecotrack_takes(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(a_shipment(instructions="Sonner  deux fois"), journal)
    wanted = asked(stage)
    assert wanted == {
        "reference": stage.orders()[0]["reference"],
        "nom_client": "Lina Benali",
        "telephone": "0555123456",
        "adresse": "14 cité des Orangers, 09000 Blida",
        "commune": "Blida",
        "code_wilaya": "9",
        "code_postal": "09000",
        "montant": "0",
        "weight": "1.5",
        "type": "1",
        "stop_desk": "0",
        "remarque": "Sonner deux fois",
        "produit": "Livres",
        "boutique": "Test Merchant",
    }


def test_the_first_parcel_bears_the_amount(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(a_shipment(3, route=a_route(amount="2500.50")), journal)
    assert [order["request"]["montant"] for order in stage.orders()] == ["2500.5", "0", "0"]


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("+213 555 12 34 56", "0555123456"),
        ("00213661234567", "0661234567"),
        ("0770-12-34-56", "0770123456"),
        ("+213 21 63 12 34", "021631234"),
        ("021 63 12 34", "021631234"),
    ],
)
def test_phones_go_out_as_national_digits(stage: Stage, journal: MemoryJournal, phone: str, digits: str) -> None:
    stage.courier.book(a_shipment(receiver=a_receiver(phone)), journal)
    assert asked(stage)["telephone"] == digits


@pytest.mark.parametrize(
    "phone",
    ["", "+216 20 123 456", "0555", "+213 550 12 34 5", "call me", "0555 12 34 56 ext. 7", "1-800-ABC"],
)
def test_a_phone_that_is_not_algerian_is_refused(stage: Stage, phone: str) -> None:
    assert "Algerian" in faults(stage, receiver=a_receiver(phone))["receiver.contact.phone"]


def test_all_faults_are_told_together(stage: Stage) -> None:
    receiver = Party(replace(HOME, name="", lines=(), city="Atlantis", postal_code=""), Contact("1"))
    told = faults(stage, receiver=receiver, instructions="x" * 256, addons=(Addon.ID_CHECK,))
    assert set(told) == {
        "receiver.address.name",
        "receiver.address.lines",
        "receiver.address.city",
        "receiver.contact.phone",
        "instructions",
        "addons",
    }


def test_nothing_is_cut_off(stage: Stage) -> None:
    told = faults(stage, receiver=a_receiver(name="N" * 256, lines=("rue " * 70,)))
    assert set(told) == {"receiver.address.name", "receiver.address.lines"}


def test_a_signature_is_asked_for_in_words(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.book(a_shipment(addons=(Addon.TAKE_SIGNATURE,)), journal)
    assert "Signature" in asked(stage)["remarque"]


def test_returns_are_refused_unless_they_are_agreed(stage: Stage, journal: MemoryJournal) -> None:
    ends: dict[str, Any] = {"sender": Party(HOME, SHOPPER), "receiver": Party(WAREHOUSE), "direction": Direction.RETURN}
    assert set(faults(stage, **ends)) == {"direction"}
    stage.courier.book(a_shipment(route=a_route(returns=True, amount="500"), **ends), journal)
    wanted = asked(stage)
    assert (wanted["type"], wanted["nom_client"], wanted["montant"]) == ("3", "Lina Benali", "0")


def test_desks_are_offered_near_a_place_and_booked_by_their_id(stage: Stage, journal: MemoryJournal) -> None:
    stage.courier.accept(stage.shipment())
    route = a_route({"stop_desk": True})
    points = stage.courier.options(a_query(), route).pickup_points
    assert {point.kind for point in points} == {PlaceKind.MANNED}
    assert points[0].address.city == "Blida"
    stage.courier.book(a_shipment(route=route, pickup_point_id=points[0].id), journal)
    assert (asked(stage)["stop_desk"], asked(stage)["commune"]) == ("1", "Blida")


def test_a_wilaya_is_place_enough_to_look_for_desks(stage: Stage) -> None:
    stage.courier.accept(stage.shipment())
    desks = stage.courier.options(a_query(city="Alger", postal_code=""), a_route({"stop_desk": True}))
    assert desks.pickup_points[0].id == "desk:16:algercentre"


def test_a_wilaya_is_too_wide_for_a_home(stage: Stage) -> None:
    stage.courier.accept(stage.shipment())
    with pytest.raises(NotServed, match="too wide"):
        stage.courier.options(a_query(city="Alger", postal_code=""), a_route())


def test_no_desks_are_offered_where_parcels_go_home(stage: Stage) -> None:
    stage.courier.accept(stage.shipment())
    assert stage.courier.options(a_query(), a_route()).pickup_points == ()


def test_a_desk_that_is_not_there_is_refused(stage: Stage) -> None:
    route = a_route({"stop_desk": True})
    assert set(faults(stage, route=route, pickup_point_id="desk:9:nowhere")) == {"pickup_point_id"}


def test_a_desk_product_goes_to_the_desk_of_the_shoppers_commune_or_nowhere(
    stage: Stage, journal: MemoryJournal
) -> None:
    route = a_route({"stop_desk": True})
    stage.courier.book(a_shipment(route=route), journal)
    assert asked(stage)["stop_desk"] == "1"
    without = a_receiver(city="Chréa", postal_code="")
    assert "no desk" in faults(stage, route=route, receiver=without)["receiver.address.city"]


def test_a_shopper_elsewhere_is_told_so_without_a_call(stage: Stage) -> None:
    stage.courier.accept(stage.shipment())
    calls = stage.calls()
    with pytest.raises(NotServed):
        stage.courier.options(a_query(city="Atlantis", postal_code=""), a_route())
    assert stage.courier.options(a_query(), a_route()).windows == ()
    assert stage.calls() == calls


def test_before_the_places_were_fetched_a_shopper_is_not_refused(stage: Stage) -> None:
    assert stage.courier.options(a_query(city="Atlantis"), a_route()).pickup_points == ()
    assert stage.calls() == 0


def test_the_chore_fetches_the_places_of_each_tenant_once_a_day(stage: Stage) -> None:
    (chore,) = stage.courier.chores
    stage.accounts.held = {
        "shop-1": Account(BASE_URL, {"api_token": TOKEN}),
        "shop-2": Account(BASE_URL, {"api_token": TOKEN}),
    }
    chore.run()
    assert chore.interval == timedelta(hours=24)
    assert stage.calls_of("communes") == 1
    stage.courier.accept(stage.shipment())
    assert stage.calls_of("communes") == 1


def test_a_tenant_that_cannot_be_read_keeps_no_other_waiting(stage: Stage) -> None:
    (chore,) = stage.courier.chores
    stage.accounts.held["shop-2"] = Account("http://simulator/nowhere", {"api_token": TOKEN})
    with pytest.raises((Unreachable, Declined)):
        chore.run()
    assert stage.courier.options(a_query(), a_route({"stop_desk": True})).pickup_points


def test_a_list_that_makes_no_sense_is_no_list(stage: Stage) -> None:
    stage.script_for("communes", "refuse", status=200, body=[{"nom": 7}])
    with pytest.raises(Unreachable):
        stage.courier.accept(stage.shipment())


def test_the_check_tells_what_is_left_of_the_quota(stage: Stage) -> None:
    assert "49 this minute" in stage.courier.check().note
    stage.script_for("token", "error_before")
    assert stage.courier.check().condition is Condition.FAILING


def test_the_check_tells_a_spent_quota_from_a_wrong_token(stage: Stage) -> None:
    for _ in range(49):
        stage.courier.check()
    assert stage.courier.check().condition is Condition.SPENT_QUOTA  # by the last call that there was
    stage.allowed.rooms.clear()
    stage.allowed.wait_seconds = 30
    assert stage.courier.check().note.startswith("Ecotrack allows no more calls for now")


def test_what_is_left_of_the_quota_is_told_by_window(stage: Stage) -> None:
    assert stage.courier.means() == Means(quota_left={"minute": 50, "hour": 1500, "day": 15_000})


@pytest.mark.parametrize(
    ("options", "faulty"),
    [
        ({}, set()),
        ({"stop_desk": True, "validate": "never"}, set()),
        ({"validate": {"after_minutes": 30}}, set()),
        ({"validate": {"after_minutes": 0}}, {"validate"}),
        ({"validate": {"after_minutes": True}}, {"validate"}),
        ({"validate": {"after_minutes": 30, "x": 1}}, {"validate"}),
        ({"validate": "later", "stop_desk": "yes", "colour": 1}, {"validate", "stop_desk", "colour"}),
    ],
)
def test_a_product_s_options_are_judged(options: dict[str, object], faulty: set[str]) -> None:
    assert {fault.partition(":")[0] for fault in faults_in_options(options)} == faulty


@pytest.mark.parametrize(
    ("terms", "faulty"),
    [
        ({}, set()),
        ({"amount": "1500", "passing": "query", "late_cancel": [], "returns": True, "ask_collection": True}, set()),
        ({"amount": "-1", "passing": "form", "late_cancel": ["pray"]}, {"amount", "passing", "late_cancel"}),
        ({"amount": "lots", "late_cancel": ["return", "return"], "returns": 1}, {"amount", "late_cancel", "returns"}),
        ({"late_cancel": [["return"]], "tip": 1}, {"late_cancel", "tip"}),
    ],
)
def test_a_merchant_s_terms_are_judged(stage: Stage, terms: dict[str, object], faulty: set[str]) -> None:
    assert {fault.partition(":")[0] for fault in stage.courier.faults_in_terms(terms)} == faulty


def a_parcel(stage: Stage, **options: object) -> Booked:
    (booked,) = stage.courier.book(a_shipment(route=a_route(options)), stage.journal())
    return booked


def test_operators_can_add_a_remark_and_read_all(stage: Stage) -> None:
    booked = a_parcel(stage)
    assert stage.courier.acts["remark"](booked, {"content": " Livraison avant  17:00 h"}) == {
        "content": "Livraison avant 17:00 h"
    }
    told = stage.courier.acts["remarks"](booked, {})["remarks"]
    assert isinstance(told, list)
    assert told[0]["text"] == "Test Merchant : Livraison avant 17:00 h"


def test_operators_can_ask_for_a_return_while_it_is_out_for_delivery(stage: Stage) -> None:
    booked = a_parcel(stage)
    with pytest.raises(Declined, match="Le retour ne peut pas"):
        stage.courier.acts["ask-return"](booked, {})
    stage.move(booked.number, "en_livraison")
    assert stage.courier.acts["ask-return"](booked, {}) == {"asked": "return"}


def test_operators_can_hand_a_draft_over_now_and_pressing_twice_does_no_harm(stage: Stage) -> None:
    booked = a_parcel(stage, validate="never")
    for _ in range(2):
        assert stage.courier.acts["validate"](booked, {}) == {"validated": True}
    assert stage.validated() == [booked.number]


@pytest.mark.parametrize(
    ("act", "arguments", "field"),
    [
        ("remark", {}, "content"),
        ("remark", {"content": ""}, "content"),
        ("remark", {"content": 7}, "content"),
        ("remark", {"content": "x" * 256}, "content"),
        ("remarks", {"page": 1}, "page"),
        ("ask-return", {"why": ""}, "why"),
        ("validate", {"ask_collection": True}, "ask_collection"),
    ],
)
def test_an_act_takes_exactly_what_it_needs(stage: Stage, act: str, arguments: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        stage.courier.acts[act](Booked("A" * 20, "EC1234567", "shop-1"), arguments)
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert stage.calls() == 0
