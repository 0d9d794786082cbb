"""Somebody calls at night: found by whatever name they have, understood, and put right, through the admin API alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from carrier_backend.domain.access import Role
from carrier_backend.services.reconcile import STUCK_AFTER_ATTEMPTS
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import spendings
from tests.conftest import BY_TEST
from tests.journeys.conftest import SIMULATED, Body, Stage
from tests.journeys.test_checkout_to_delivery import barcodes
from tests.journeys.test_ecotrack import at_a_desk

Booking = Callable[..., Body]
WHY = "the merchant called"


class Desk:
    """Where an operator sits: nothing but the admin API is in reach."""

    def __init__(self, stage: Stage) -> None:
        token = stage.backend.oversee.add_operator("amina", Role.ADMIN, BY_TEST)
        self._http = stage.ingrid
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        answer = self._http.get(f"/admin{path}", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def try_to(self, path: str, **body: Any) -> TestResponse:
        return self._http.post(f"/admin{path}", json={"reason": WHY, **body}, headers=self._headers)

    def do(self, path: str, **body: Any) -> Any:
        answer = self.try_to(path, **body)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def put(self, path: str, body: Body) -> None:
        answer = self._http.put(f"/admin{path}", json={"reason": WHY, **body}, headers=self._headers)
        assert answer.status_code == 200, answer.text

    def erase(self, external_id: str) -> None:
        path = f"/admin/personal-data?external_id={external_id}"
        answer = self._http.delete(path, json={"reason": WHY}, headers=self._headers)
        assert answer.status_code == 200, answer.text

    def waiting(self) -> dict[str, int]:
        """How many shipments stand in each of the queues."""
        return {
            state: len(self.get(f"/shipments?state={state}")["items"])
            for state in ("cancelling", "stuck", "unclaimed", "unsure")
        }

    def find(self, name: str) -> Any:
        (found,) = self.get(f"/shipments?q={name}")["items"]
        return found

    def acts(self, name: str) -> list[str]:
        """What operators did about a parcel, as its timeline has it; each with its reason."""
        entries = [entry for entry in self.get(f"/parcels/{name}")["entries"] if entry["kind"] == "operator"]
        assert {(entry["facts"]["operator"], entry["facts"]["reason"]) for entry in entries} <= {("amina", WHY)}
        return [entry["title"] for entry in entries]


NOBODY = {"cancelling": 0, "stuck": 0, "unclaimed": 0, "unsure": 0}


@pytest.fixture
def desk(stage: Stage) -> Desk:
    return Desk(stage)


def pass_time(stage: Stage, span: timedelta) -> None:
    stage.clock.advance(span)
    stage.control(clock={"advance_seconds": span.total_seconds()})


def an_unsure_booking(stage: Stage, body: Body) -> None:
    """Intigo makes the parcel, and is not seen to: neither its answer comes, nor can it be looked up by our id."""
    stage.control(system="intigo", operation="create", fault="drop")
    stage.control(system="intigo", operation="find", fault="error_before", times=1)
    assert stage.book(body).status_code == 503


def test_a_parked_push_is_found_by_order_number_understood_mended_and_replayed(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    merchant = next(each for each in desk.get("/merchants")["items"] if each["shipper_id"] == "shop-1")
    desk.put("/merchants/shop-1", {**merchant, "site_id": "mistyped"})
    (barcode,) = barcodes(stage.book(a_booking()).get_json())
    stage.work()

    found = desk.find("Order%201001")
    assert [parcel["barcode"] for parcel in found["parcels"]] == [barcode]
    entries = desk.get(f"/parcels/{barcode}")["entries"]
    (update,) = [entry["facts"] for entry in entries if entry["kind"] == "status update"]
    assert update["state"] == "parked"
    assert "site_id" in update["error"]
    (parked,) = desk.get("/status-updates?state=parked")["items"]
    assert (parked["id"], parked["barcode"], parked["error"]) == (update["id"], barcode, update["error"])

    desk.put("/merchants/shop-1", merchant)
    desk.do(f"/status-updates/{update['id']}/replay")
    stage.work()

    assert stage.told() == ["submitted"]
    assert desk.acts(barcode) == ["replay"]
    assert desk.get("/status-updates?state=parked")["items"] == []


def test_what_cannot_be_found_by_us_is_adopted_under_the_number_that_people_found(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    body = a_booking()
    an_unsure_booking(stage, body)
    (parcel,) = stage.books("intigo")["parcels"]
    (reference,) = [each["reference"] for each in desk.find("Order%201001")["parcels"]]

    adopted = desk.do(f"/parcels/{reference}/acts/adopt", arguments={"number": parcel["nid"]})

    assert (adopted["before"]["state"], adopted["after"]["state"]) == ("unsure", "booked")
    stage.work()
    assert stage.told() == ["submitted"]
    assert barcodes(stage.book(body).get_json()) == [parcel["nid"]]
    assert len(stage.books("intigo")["parcels"]) == 1
    assert (desk.acts(parcel["nid"]), desk.waiting()) == (["adopt"], NOBODY)
    again = desk.do(f"/parcels/{reference}/acts/adopt", arguments={"number": parcel["nid"]})
    assert again["done"].endswith("already")
    stage.work()
    assert stage.told() == ["submitted"]


def test_a_number_that_is_not_this_parcels_is_not_adopted(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    (other,) = barcodes(stage.book(a_booking()).get_json())
    an_unsure_booking(stage, a_booking())
    (unsure,) = desk.get("/shipments?state=unsure")["items"]
    (reference,) = [parcel["reference"] for parcel in unsure["parcels"]]

    refusals = [
        desk.try_to(f"/parcels/{reference}/acts/adopt", arguments={"number": number}).status_code
        for number in (other, "9999999", "no number")
    ]

    assert refusals == [409, 422, 400]
    assert desk.waiting()["unsure"] == 1


def test_asking_the_courier_completes_what_was_unsure_and_says_so(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    an_unsure_booking(stage, a_booking())
    (reference,) = [each["reference"] for each in desk.find("Order%201001")["parcels"]]

    found = desk.do(f"/parcels/{reference}/reconcile")

    assert (found["before"]["state"], found["after"]["state"]) == ("unsure", "booked")
    assert "the booking is booked" in found["done"]
    assert found["remains"] == ["whoever ordered it has not come back for the answer"]
    settled = desk.do(f"/parcels/{reference}/acts/settle")
    assert (settled["remains"], desk.waiting()) == ([], NOBODY)
    assert desk.acts(reference) == ["reconcile", "settle"]


def test_asking_the_courier_brings_the_news_that_it_did_not_tell(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_booking()).get_json())
    at = (stage.clock.now() + timedelta(minutes=1)).isoformat()
    stage.control(system="intigo", move={"nid": barcode, "status": 6, "date": at, "silent": True})
    pass_time(stage, timedelta(minutes=2))

    found = desk.do(f"/parcels/{barcode}/reconcile")

    assert [found[when]["parcels"][0]["status"] for when in ("before", "after")] == ["submitted", "delivered"]
    assert "delivered" in found["done"]
    stage.work()
    assert stage.told() == ["submitted", "delivered"]


def test_a_courier_that_does_not_answer_has_told_nothing(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_booking()).get_json())
    stage.control(system="intigo", operation="history", fault="error_before", times=9)
    assert desk.try_to(f"/parcels/{barcode}/reconcile").status_code == 503


def test_a_booking_that_nobody_came_back_for_is_settled(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    an_unsure_booking(stage, a_booking())
    pass_time(stage, timedelta(minutes=40))
    stage.work()
    assert desk.waiting() == {**NOBODY, "unclaimed": 1}
    (barcode,) = [each["barcode"] for each in desk.find("Order%201001")["parcels"]]

    desk.do(f"/parcels/{barcode}/acts/settle")

    assert (desk.waiting(), desk.acts(barcode)) == (NOBODY, ["settle"])


def test_settling_makes_the_parcel_that_was_never_made(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    stage.control(system="intigo", operation="create", fault="rate_limit")
    assert stage.book(a_booking()).status_code == 503
    (reference,) = [each["reference"] for each in desk.find("Order%201001")["parcels"]]

    settled = [desk.do(f"/parcels/{reference}/acts/settle")["after"]["state"] for _ in range(2)]

    assert settled == ["booked", "booked"]
    stage.work()
    assert (len(stage.books("intigo")["parcels"]), stage.told()) == (1, ["submitted"])


def test_a_paid_order_that_nobody_wants_is_given_up_and_its_refund_written_down(
    stage: Stage, desk: Desk, store: Store, a_booking: Booking
) -> None:
    stage.control(system="parcel2go", operation="labels", fault="late_label", times=8)
    body = a_booking(courier="parcel2go")
    assert stage.book(body).status_code == 503
    pass_time(stage, timedelta(minutes=40))
    stage.work()
    assert desk.waiting() == {**NOBODY, "unclaimed": 1}
    (barcode,) = [each["barcode"] for each in desk.find("Order%201001")["parcels"]]
    act = f"/parcels/{barcode}/acts/abandon"

    refused = desk.try_to(act)
    assert refused.status_code == 409
    assert "its refund has to be asked for" in refused.get_json()["errors"][0]["message"]
    assert desk.waiting() == {**NOBODY, "unclaimed": 1}
    given_up = desk.do(act, arguments={"is_certain": True})
    assert "its refund has to be asked for" in given_up["remains"][0]
    assert desk.waiting() == {**NOBODY, "stuck": 1}
    assert spent(store) == 1
    refunded = [desk.do(act, arguments={"is_refunded": True})["remains"] for _ in range(2)]

    assert (refunded, spent(store), desk.waiting()) == ([[], []], 0, NOBODY)
    stage.work()
    assert stage.told() == ["submitted", "cancelled"]
    assert desk.acts(barcode) == ["abandon", "abandon not done", "abandon", "abandon", "abandon"]
    assert barcodes(stage.book(body).get_json()) != [barcode]


def spent(store: Store) -> int:
    """How many orders count towards what merchants spend."""
    with store.read() as unit:
        return len(unit.connection.execute(select(spendings)).all())


def test_one_package_of_several_is_adopted_and_the_others_are_found(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    stage.control(system="intigo", operation="create_batch", fault="drop")
    stage.control(system="intigo", operation="find", fault="error_before", times=1)
    assert stage.book(a_booking(packages=3)).status_code == 503
    parcels = stage.books("intigo")["parcels"]

    adopted = desk.do(f"/parcels/{parcels[1]['cid']}/acts/adopt", arguments={"number": parcels[1]["nid"]})

    assert [each["barcode"] for each in adopted["after"]["parcels"]] == [parcel["nid"] for parcel in parcels]
    assert len(stage.books("intigo")["parcels"]) == 3


def test_an_order_that_people_placed_and_paid_is_adopted_by_its_id_and_hash(
    stage: Stage, desk: Desk, store: Store, a_booking: Booking
) -> None:
    body = a_booking(courier="parcel2go")
    stage.control(system="parcel2go", operation="create_order", fault="drop", times=9)
    assert stage.book(body).status_code == 503
    (reference,) = [each["reference"] for each in desk.find("Order%201001")["parcels"]]
    order = stage.books("parcel2go")["orders"][0]
    told = {
        "number": f"P2G{order['lines'][0]['order_line_id']}",
        "order_id": order["order_id"],
        "order_hash": order["hash"],
    }
    act = f"/parcels/{reference}/acts/adopt"

    assert desk.try_to(act, arguments={"number": told["number"]}).status_code == 400
    unpaid = desk.try_to(act, arguments=told)
    assert (unpaid.status_code, "is not paid" in unpaid.text) == (422, True)
    headers = {"Authorization": f"Bearer {british_token(stage)}"}
    path = f"/parcel2go/api/orders/{order['order_id']}/paywithprepay"
    assert stage.simulator.post(path, query_string={"hash": order["hash"]}, headers=headers).status_code == 200
    adopted = desk.do(act, arguments=told)

    assert adopted["after"]["parcels"][0]["barcode"] == told["number"]
    assert barcodes(stage.book(body).get_json()) == [told["number"]]
    assert len(stage.books("parcel2go")["payments"]) == spent(store) == 1


def british_token(stage: Stage) -> str:
    asked = {
        "grant_type": "client_credentials",
        "scope": "public-api payment",
        "client_id": SIMULATED.parcel2go_client_id,
        "client_secret": SIMULATED.parcel2go_client_secret,
    }
    token: str = stage.simulator.post("/parcel2go/auth/connect/token", data=asked).get_json()["access_token"]
    return token


def test_an_algerian_order_is_adopted_by_its_number(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    stage.control(clock={"stand_at": stage.clock.now().isoformat()})
    body = a_booking(courier="ecotrack")
    stage.control(system="ecotrack", operation="create", fault="drop")
    stage.control(system="ecotrack", operation="orders", fault="error_before", times=1)
    assert stage.book(body).status_code == 503
    (order,) = stage.books("ecotrack")["orders"]

    adopted = desk.do(f"/parcels/{order['request']['reference']}/acts/adopt", arguments={"number": order["tracking"]})

    assert "adopt or settle the rest of it" in adopted["done"]  # it has to be validated, which no look does
    settled = desk.do(f"/parcels/{order['request']['reference']}/acts/settle")
    assert settled["after"]["parcels"][0]["barcode"] == order["tracking"]
    assert len(stage.books("ecotrack")["orders"]) == 1


def test_a_cancellation_that_stays_without_an_answer_is_seen_to_by_people(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    stage.control(clock={"stand_at": stage.clock.now().isoformat()})
    (barcode,) = barcodes(stage.book(a_booking(courier="ecotrack")).get_json())
    stage.control(system="ecotrack", operation="add_remark", fault="error_before", times=1000)
    assert stage.cancel(barcode).status_code == 503
    for _ in range(STUCK_AFTER_ATTEMPTS + 2):
        pass_time(stage, timedelta(hours=1))
        stage.work()
    assert desk.waiting() == {**NOBODY, "cancelling": 1, "stuck": 1}
    stage.control(system="ecotrack", heal={})
    stage.control(system="ecotrack", move={"tracking": barcode, "status": "en_livraison"})

    desk.do(f"/parcels/{barcode}/acts/remark", arguments={"content": "Merci de le retourner"})
    desk.do(f"/parcels/{barcode}/acts/ask-return")
    said = desk.do(f"/parcels/{barcode}/acts/remarks")["remarks"]
    returned = {"status": "returned", "text": "seen at our gate", "at": stage.clock.now().isoformat()}
    moved = [desk.do(f"/parcels/{barcode}/events", **returned) for _ in range(2)]

    assert [each["text"].endswith("Merci de le retourner") for each in said] == [True]
    assert [each["is_repeat"] for each in moved] == [False, True]
    assert desk.waiting() == NOBODY
    stage.work()
    assert stage.told()[-1] == "returned"
    assert stage.told().count("returned") == 1
    assert desk.acts(barcode) == ["remark", "ask-return", "remarks", "record event"]
    sources = [entry["facts"].get("source") for entry in desk.get(f"/parcels/{barcode}")["entries"]]
    assert sources.count("operator") == 1


def test_a_wish_to_cancel_that_was_not_granted_waits_for_nobody(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    (barcode,) = barcodes(stage.book(a_booking()).get_json())
    assert stage.cancel(barcode).status_code == 409
    assert desk.waiting() == {**NOBODY, "cancelling": 1}

    unsettled = desk.do(f"/parcels/{barcode}/acts/settle")
    assert "ticket" in unsettled["remains"][0]
    settled = desk.do(f"/parcels/{barcode}/acts/settle", arguments={"is_to_travel": True})

    assert (settled["remains"], desk.waiting()) == ([], NOBODY)
    assert stage.cancel(barcode).status_code == 409  # it may be wished for again: the ticket is still the same
    assert len(stage.books("intigo")["tickets"]) == 1


TICKETS: tuple[Body, ...] = (
    {"type": 1, "title": "Question", "description": "Quand ?"},
    {"type": 2, "amount": "49.500"},
    {"type": 3, "city": "Tunis", "subdivision": "Carthage", "address": "3 rue des Roses"},
    {"type": 4, "phone": "+216 20 123 456"},
    {"type": 8},
)


@pytest.mark.parametrize("ticket", TICKETS, ids=lambda ticket: str(ticket["type"]))
def test_a_ticket_of_each_type_is_filed_and_read(stage: Stage, desk: Desk, a_booking: Booking, ticket: Body) -> None:
    (barcode,) = barcodes(stage.book(a_booking()).get_json())

    filed = desk.do(f"/parcels/{barcode}/acts/ticket", arguments=ticket)
    stage.control(system="intigo", progress={"ticket": int(filed["number"]), "status": 2})
    read = desk.do(f"/parcels/{barcode}/acts/ticket-status", arguments={"number": filed["number"]})

    assert (read["parcel"], read["status"]) == (barcode, "in progress")
    assert desk.acts(barcode) == ["ticket", "ticket-status"]


NOT_NOW = {"success": False, "message": "not now"}


def test_a_draft_that_could_not_be_handed_over_is_handed_over_by_a_person(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    stage.control(clock={"stand_at": stage.clock.now().isoformat()})
    body = a_booking(courier="ecotrack", shipping_method="ecotrack-desk")
    (barcode,) = barcodes(stage.book({**body, "parties": at_a_desk(stage, body)}).get_json())
    stage.control(system="ecotrack", operation="validate", fault="refuse", times=1, status=200, body=NOT_NOW)
    pass_time(stage, timedelta(minutes=30))
    stage.work()
    assert desk.waiting() == {**NOBODY, "stuck": 1}

    validated = [desk.do(f"/parcels/{barcode}/acts/validate") for _ in range(2)]
    settled = desk.do(f"/parcels/{barcode}/acts/settle")

    assert validated == [{"validated": True}] * 2
    assert (settled["remains"], desk.waiting()) == ([], NOBODY)


def test_what_nobody_knows_is_given_up_when_a_person_is_certain(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    body = a_booking()
    stage.control(system="intigo", operation="create", fault="error_before")
    assert stage.book(body).status_code == 503
    (reference,) = [each["reference"] for each in desk.find("Order%201001")["parcels"]]
    act = f"/parcels/{reference}/acts/abandon"

    assert desk.try_to(act).status_code == 503
    assert desk.try_to(act, arguments={"is_certain": True}).status_code == 503  # it may come into being yet
    assert stage.book(body).status_code == 503
    pass_time(stage, timedelta(minutes=2))
    stage.control(system="intigo", operation="find", fault="error_before", times=1)
    given_up = desk.do(act, arguments={"is_certain": True})

    assert given_up["after"]["state"] == "abandoned"
    assert "could not be taken back there" in given_up["remains"][0]
    assert desk.do(f"/parcels/{reference}/acts/settle")["remains"] == []
    assert desk.waiting() == NOBODY
    assert stage.book(body).status_code == 200


def somewhere(a_booking: Booking, city: str, external_id: str = "4001") -> Body:
    body = a_booking()
    to = body["parties"]["to"]
    to = {**to, "address": {**to["address"], "city": city, "address_lines": ["12 Rue du Lac"]}}
    references = {**body["references"], "external_id": external_id, "tos_id": f"tos-{external_id}"}
    return {**body, "references": references, "parties": {**body["parties"], "to": to}}


def test_a_booking_that_we_refused_ourselves_is_found_and_its_place_is_taught(
    stage: Stage, desk: Desk, a_booking: Booking
) -> None:
    body = somewhere(a_booking, "La Marssa")
    assert stage.book(body).status_code == 422
    assert stage.book(body).status_code == 422
    by_tos_id, found = desk.get("/shipments?q=tos-4001"), desk.get("/shipments?q=4001")
    assert (found["items"], len(found["refusals"]), found) == ([], 2, by_tos_id)
    refusal = found["refusals"][0]
    assert (refusal["operation"], refusal["status"], refusal["shipper_id"]) == ("book", 422, "shop-1")
    assert refusal["errors"] == ["parties.to.address.city: 'La Marssa' is not a place we know; did you mean La Marsa?"]
    told = desk.get("/exchanges?external_id=4001")["items"]
    assert [(each["operation"], each["errors"]) for each in told] == [("book", refusal["errors"])] * 2

    (unknown,) = desk.get("/aliases/unknown")["items"]
    assert (unknown["courier"], unknown["name"], unknown["times"]) == ("intigo", "La Marssa", 2)
    alias = {"courier": "intigo", "name": "La Marssa", "city": "Tunis", "subdivision": "La Marsa"}
    desk.put("/aliases", alias)
    assert stage.book(body).status_code == 200
    assert desk.get("/aliases/unknown?courier=intigo")["items"] == []


def test_what_cannot_be_read_is_found_by_its_order_number_too(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    body = somewhere(a_booking, "La Marsa")
    assert stage.book({**body, "packages": []}).status_code == 400
    (refusal,) = desk.get("/shipments?q=4001")["refusals"]
    assert refusal["status"] == 400
    assert any("packages" in message for message in refusal["errors"])
    assert desk.get(f"/exchanges?trace_id={refusal['trace_id']}")["items"][0]["errors"] == refusal["errors"]


def test_a_prebooking_that_no_booking_followed_is_found(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    answer = stage.post("/prebooking", somewhere(a_booking, "La Marsa"))
    assert answer.status_code == 200, answer.text
    for name in ("4001", "tos-4001"):
        found = desk.get(f"/shipments?q={name}")
        (prebooking,) = found["prebookings"]
        assert (prebooking["external_id"], prebooking["tos_id"]) == ("4001", "tos-4001")
        assert (found["items"], found["refusals"]) == ([], [])


def test_why_a_courier_refused_an_order_is_read_in_its_timeline(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    stage.control(system="intigo", operation="create", fault="refuse", body={"message": "not to Refuse Me"})
    assert stage.book(a_booking()).status_code == 422
    (parcel,) = desk.find("Order%201001")["parcels"]
    entries = desk.get(f"/parcels/{parcel['reference']}")["entries"]
    (end,) = [entry["facts"] for entry in entries if entry["title"] == "refused"]
    assert "not to Refuse Me" in end["reason"]
    (heard,) = [entry["facts"] for entry in entries if entry["title"] == "ingrid: book"]
    assert "not to Refuse Me" in heard["errors"][0]


def test_what_a_refused_order_said_goes_when_it_is_asked_for(stage: Stage, desk: Desk, a_booking: Booking) -> None:
    stage.book(somewhere(a_booking, "La Marssa"))
    stage.book(somewhere(a_booking, "La Marssa", "4002"))
    desk.get("/exchanges")
    desk.erase("4001")
    assert desk.get("/shipments?q=4001")["refusals"] == []
    assert len(desk.get("/shipments?q=4002")["refusals"]) == 1
