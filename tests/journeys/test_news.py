"""News from Intigo: twice, backwards, unheard of, missed - and an Ingrid that is not there."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.couriers.drift import Drift
from tests.journeys.conftest import Body, Stage

TOKEN = {"Authorization": "Bearer the token that Intigo's webhooks bear"}
CALLS_DRIFTING = 300


def booked(stage: Stage, body: Body) -> str:
    barcode: str = stage.book(body).get_json()["packages"][0]["barcode"]
    return barcode


def hook(stage: Stage, status: int, date: datetime | str, **parcel: str) -> None:
    """Intigo's call about one parcel, whatever its books say."""
    moment = date if isinstance(date, str) else date.isoformat()
    body = {"status": status, "message": "Colis", "date": moment, "parcels": [parcel]}
    assert stage.ingrid.post("/webhooks/intigo/status", json=body, headers=TOKEN).status_code == 200


def test_news_that_is_delivered_twice_is_told_once(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.control(system="intigo", move={"nid": barcode, "status": 25, "times": 2})
    stage.work()
    assert stage.told() == ["submitted", "at_depot"]


def test_news_that_comes_backwards_is_not_told(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.move(barcode, 10)
    earlier = (stage.clock.now() - timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    stage.control(system="intigo", move={"nid": barcode, "status": 25, "date": earlier})
    stage.work()
    assert stage.told() == ["submitted", "out_for_delivery"]


def test_news_of_a_double_under_our_id_is_not_our_parcels(stage: Stage, a_booking: Callable[..., Body]) -> None:
    body = a_booking()
    booked(stage, body)
    (parcel,) = stage.books("intigo")["parcels"]
    hook(stage, 8, stage.clock.now(), nid="9999999", cid=parcel["cid"])
    stage.work()
    assert stage.told() == ["submitted"]
    assert stage.book(body).headers["x-idempotent-replay"] == "true"


def test_news_dated_in_the_future_does_not_silence_the_delivery(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    hook(stage, 25, stage.clock.now() + timedelta(hours=20), nid=barcode)
    stage.clock.advance(timedelta(hours=2))
    hook(stage, 6, stage.clock.now(), nid=barcode)
    stage.work()
    assert stage.told() == ["submitted", "at_depot", "delivered"]


def test_news_whose_date_cannot_be_read_is_found_by_asking(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.clock.advance(timedelta(hours=1))
    date = (stage.clock.now() - timedelta(minutes=15)).isoformat().replace("+00:00", "Z")
    stage.control(system="intigo", move={"nid": barcode, "status": 10, "date": date, "silent": True})
    hook(stage, 10, "23/11/2026 10:00", nid=barcode)
    stage.work()
    hook(stage, 6, stage.clock.now() - timedelta(minutes=10), nid=barcode)
    stage.work()
    assert stage.told() == ["submitted", "out_for_delivery", "delivered"]


def test_news_that_comes_before_the_booking_is_recorded_is_told_once(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    body = a_booking()
    stage.control(system="intigo", operation="label", fault="late_label", times=8)
    assert stage.book(body).status_code == 503
    (parcel,) = stage.books("intigo")["parcels"]
    moment = stage.clock.now() + timedelta(minutes=1)
    hook(stage, 2, moment, cid=parcel["cid"])
    assert stage.book(body).status_code == 200
    hook(stage, 2, moment, nid=parcel["nid"], cid=parcel["cid"])
    stage.work()
    assert stage.told() == ["submitted", "in_transit"]


def test_an_undocumented_status_reaches_ingrid_in_intigos_own_words(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(stage, a_booking())
    stage.clock.advance(timedelta(hours=1))
    body = {
        "status": 6900,
        "message": "Colis retenu",
        "date": stage.clock.now().isoformat(),
        "parcels": [{"nid": barcode, "cid": ""}],
    }
    answer = stage.ingrid.post("/webhooks/intigo/status", json=body, headers=TOKEN)
    stage.work()
    assert answer.status_code == 200
    assert stage.told() == ["submitted", "Colis retenu"]


def test_missed_news_is_found_by_asking(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    date = (stage.clock.now() + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    stage.control(system="intigo", move={"nid": barcode, "status": 6, "date": date, "silent": True})
    stage.clock.advance(timedelta(hours=25))
    stage.work()
    assert stage.told() == ["submitted", "delivered"]


def test_a_webhook_answer_is_the_body_byte_for_byte(stage: Stage) -> None:
    body = '{ "status" : 2.0,"message":"Colis assign\u00e9 \\u00e9", "date":null , "parcels": [ ] }\n'.encode()
    answer = stage.ingrid.post("/webhooks/intigo/status", data=body, headers=TOKEN, content_type="application/json")
    assert (answer.status_code, answer.data) == (200, body)


def test_a_webhook_without_the_token_is_refused_and_changes_nothing(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(stage, a_booking())
    body = {"status": 6, "message": "", "date": "2026-11-24T00:00:00Z", "parcels": [{"nid": barcode}]}
    answer = stage.ingrid.post("/webhooks/intigo/status", json=body, headers={"Authorization": "Bearer guessed"})
    stage.work()
    assert answer.status_code == 401
    assert barcode not in answer.text
    assert stage.told() == ["submitted"]


def test_ingrid_down_for_a_day_loses_nothing(stage: Stage, a_booking: Callable[..., Body]) -> None:
    barcode = booked(stage, a_booking())
    stage.control(system="ingrid", operation="push", fault="error_before", times=4)
    for status in (2, 10, 6):
        stage.move(barcode, status)
        stage.work()
    stage.clock.advance(timedelta(hours=24))
    stage.work()
    stage.clock.advance(timedelta(hours=12))
    stage.work()
    assert stage.told() == ["submitted", "in_transit", "out_for_delivery", "delivered"]


def test_what_ingrid_receives_is_signed_over_its_very_bytes(stage: Stage, a_booking: Callable[..., Body]) -> None:
    booked(stage, a_booking())
    stage.work()
    (push,) = stage.books("ingrid")["pushes"]
    assert push["signature"] == "valid"
    assert json.loads(base64.b64decode(push["raw_base64"])) == push["body"]


@pytest.mark.parametrize("kind", ["status", "parcels"])
def test_whatever_type_a_call_drifts_to_it_is_heard_or_refused(
    stage: Stage, a_booking: Callable[..., Body], kind: str
) -> None:
    barcode = booked(stage, a_booking())
    drift = Drift(seed=1)
    for _ in range(CALLS_DRIFTING):
        parcels = [{"nid": barcode, "cid": "A" * 20, "status": 0}, {"nid": "1111111", "cid": "B" * 20, "status": 0}]
        call = {"status": 25, "message": "Colis", "date": stage.clock.now().isoformat(), "parcels": parcels}
        answer = stage.ingrid.post(f"/webhooks/intigo/{kind}", json=drift(call), headers=TOKEN)
        assert answer.status_code < 500, answer.text
