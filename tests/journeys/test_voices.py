"""A merchant's own webhook secret speaks of its own parcels alone; others are to it as if they did not exist."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from carrier_backend.ports import Account
from tests.conftest import BY_TEST
from tests.couriers.parcel2go.stage import an_envelope
from tests.journeys.conftest import SIMULATED, Body, Stage
from tests.journeys.test_checkout_to_delivery import barcodes

OURS = SIMULATED.intigo_webhook_token or ""
THEIRS = "the token that the second shop's own account at Intigo bears"
SIGNING = "the secret that the second shop's own account at Parcel2Go signs with"


@pytest.fixture
def two_shops(stage: Stage) -> Stage:
    """The first shop is served by our accounts; the second has its own."""
    (shop,) = (each for each in stage.backend.oversee.merchants() if each.shipper_id == "shop-1")
    stage.backend.oversee.put_merchant(replace(shop, shipper_id="shop-9"), BY_TEST)
    own = {
        "intigo": Account("http://simulator.test/intigo", {"api_key": SIMULATED.intigo_api_key}, (THEIRS,)),
        "parcel2go": Account(
            "http://simulator.test/parcel2go",
            {"client_id": SIMULATED.parcel2go_client_id, "client_secret": SIMULATED.parcel2go_client_secret},
            (SIGNING,),
        ),
    }
    for courier, account in own.items():
        stage.backend.oversee.put_account("shop-9", courier, account, BY_TEST)
    return stage


def of_shop(shop: str, body: Body) -> Body:
    return {**body, "parties": {**body["parties"], "shipper": {**body["parties"]["shipper"], "id": shop}}}


def booked(stage: Stage, body: Body, shop: str) -> str:
    answer = stage.book(of_shop(shop, body))
    assert answer.status_code == 200, answer.text
    barcode: str = answer.get_json()["packages"][0]["barcode"]
    return barcode


def tell(stage: Stage, token: str, nid: str, status: int | str = 6, kind: str = "status") -> TestResponse:
    """Intigo's call about a parcel, in the voice of that token."""
    parcels = [{"nid": nid}]
    told: Any = {"status": status, "message": "Colis", "date": stage.clock.now().isoformat(), "parcels": parcels}
    headers = {"Authorization": f"Bearer {token}"}
    return stage.ingrid.post(f"/webhooks/intigo/{kind}", json=told if kind == "status" else parcels, headers=headers)


@pytest.mark.parametrize(("token", "shop"), [(THEIRS, "shop-1"), (OURS, "shop-9")])
def test_another_accounts_token_moves_nothing(
    two_shops: Stage, a_booking: Callable[..., Body], token: str, shop: str
) -> None:
    barcode = booked(two_shops, a_booking(), shop)
    assert tell(two_shops, token, barcode).status_code == 200
    two_shops.work()
    assert two_shops.told() == ["submitted"]


@pytest.mark.parametrize("shop", ["shop-1", "shop-9"])
def test_the_accounts_own_token_is_heard_whatever_a_stranger_said_before(
    two_shops: Stage, a_booking: Callable[..., Body], shop: str
) -> None:
    barcode = booked(two_shops, a_booking(), shop)
    for token in (THEIRS, OURS, THEIRS):
        tell(two_shops, token, barcode)
    two_shops.work()
    assert two_shops.told() == ["submitted", "delivered"]


def test_anothers_parcel_is_answered_like_one_that_does_not_exist(
    two_shops: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(two_shops, a_booking(), "shop-1")
    known, unknown = tell(two_shops, THEIRS, barcode), tell(two_shops, THEIRS, "9999999")
    assert known.data.replace(barcode.encode(), b"9999999") == unknown.data
    assert known.status == unknown.status


def test_what_a_stranger_said_before_it_was_booked_is_not_the_parcels(
    two_shops: Stage, a_booking: Callable[..., Body]
) -> None:
    following = str(int(booked(two_shops, a_booking(), "shop-1")) + 1)
    tell(two_shops, THEIRS, following)
    assert booked(two_shops, a_booking(), "shop-1") == following
    two_shops.work()
    assert two_shops.told() == ["submitted", "submitted"]


def test_what_its_own_account_said_before_it_was_booked_is(two_shops: Stage, a_booking: Callable[..., Body]) -> None:
    following = str(int(booked(two_shops, a_booking(), "shop-9")) + 1)
    tell(two_shops, THEIRS, following)
    assert booked(two_shops, a_booking(), "shop-9") == following
    two_shops.work()
    assert sorted(two_shops.told()) == ["delivered", "submitted", "submitted"]


def test_what_was_booked_before_a_shop_had_an_account_is_ours_to_speak_of(
    stage: Stage, a_booking: Callable[..., Body]
) -> None:
    barcode = booked(stage, a_booking(), "shop-1")
    stage.clock.advance(timedelta(hours=1))
    account = Account("http://simulator.test/intigo", {"api_key": SIMULATED.intigo_api_key}, (THEIRS,))
    stage.backend.oversee.put_account("shop-1", "intigo", account, BY_TEST)
    tell(stage, THEIRS, barcode, status=8)
    tell(stage, OURS, barcode)
    stage.work()
    assert stage.told() == ["submitted", "delivered"]


@pytest.mark.parametrize("kind", ["status", "parcels"])
def test_another_accounts_token_has_nothing_looked_at(
    two_shops: Stage, a_booking: Callable[..., Body], kind: str
) -> None:
    barcode = booked(two_shops, a_booking(), "shop-1")
    two_shops.work()
    calls = len(two_shops.books("intigo")["calls"])
    tell(two_shops, THEIRS, barcode, status="nobody can read it", kind=kind)
    two_shops.work()
    assert len(two_shops.books("intigo")["calls"]) == calls


@pytest.mark.parametrize(("secret", "looks"), [(SIGNING, 0), (SIMULATED.parcel2go_webhook_secret, 1)])
def test_another_accounts_signature_has_nothing_looked_at(
    two_shops: Stage, a_booking: Callable[..., Body], secret: str, looks: int
) -> None:
    (barcode,) = barcodes(two_shops.book(a_booking(courier="parcel2go")).get_json())
    two_shops.work()
    before = len(two_shops.books("parcel2go")["calls"])
    line = int(barcode.removeprefix("P2G"))
    envelope = an_envelope(two_shops.clock.now(), secret=secret, Payload={"OrderLineId": line})
    assert two_shops.ingrid.post("/webhooks/parcel2go", json=envelope).status_code == 200
    two_shops.work()
    assert len(two_shops.books("parcel2go")["calls"]) - before == looks
