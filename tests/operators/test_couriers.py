"""Operators see how couriers do, and ask one whether it lets us in."""

from datetime import timedelta
from decimal import Decimal

from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.health import Balance, Condition, Health, Means
from carrier_backend.services.backend import Backend
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.store import Store
from tests.fakes import FakeCourier, FrozenClock
from tests.operators.conftest import BECAUSE, Caller

NOW = "2026-11-23T09:00:00.000000Z"


def test_a_viewer_sees_how_each_courier_does(
    viewer: Caller, backend: Backend, courier: FakeCourier, store: Store, clock: FrozenClock
) -> None:
    for verdict, milliseconds in (("Unsure", 900), (None, 10)):
        out = Heading.OUT
        at = clock.now()
        backend.exchanges.record(Exchange(out, "fake", "create", "T", "POST", "/", at, milliseconds, 502, verdict))
    backend.exchanges.write_all()
    SharedOutages(store, clock).begin("fake", "the account of all", timedelta(seconds=30))
    balance = Balance(Decimal("12.50"), "GBP", clock.now(), Decimal("3.25"))
    courier.has = Means({"minute": 49}, clock.now(), balance)
    assert viewer.get("/admin/couriers").get_json() == {
        "items": [
            {
                "name": "fake",
                "calls": {"made": 2, "success_share": 0.5, "p95_milliseconds": 900, "last_good_at": NOW},
                "last_failure": {"at": NOW, "operation": "create", "status": 502, "verdict": "Unsure"},
                "cut_off": [
                    {
                        "is_default": True,
                        "shipper_ids": [],
                        "since": NOW,
                        "next_try_at": "2026-11-23T09:00:30.000000Z",
                    }
                ],
                "quota_left": [{"window": "minute", "calls": 49}],
                "token_ends_at": NOW,
                "balance": {"amount": "12.50", "currency": "GBP", "noted_at": NOW, "days_left": "3.2"},
                "open": {"parcels": 0, "unsure": 0, "stuck": 0},
            }
        ],
        "next": None,
    }


def test_what_is_not_known_is_null(viewer: Caller) -> None:
    (told,) = viewer.get("/admin/couriers").get_json()["items"]
    assert told["calls"] == {"made": 0, "success_share": None, "p95_milliseconds": None, "last_good_at": None}
    assert (told["last_failure"], told["token_ends_at"], told["balance"]) == (None, None, None)


def test_a_check_tells_what_is_wrong_and_what_to_do(operator: Caller, courier: FakeCourier) -> None:
    courier.health = Health(Condition.EMPTY_BALANCE, "nothing is left: top it up")
    answer = operator.post("/admin/couriers/fake/check")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"is_well": False, "condition": "empty_balance", "note": "nothing is left: top it up"},
    )


def test_a_check_needs_a_reason(operator: Caller) -> None:
    answer = operator.post("/admin/couriers/fake/check", {})
    assert (answer.status_code, answer.get_json()) == (400, {"errors": [{"message": "reason: is required"}]})


def test_a_merchant_without_an_account_of_its_own_is_named(operator: Caller) -> None:
    answer = operator.post("/admin/couriers/fake/check", {**BECAUSE, "shipper_id": "shop-1"})
    message = "merchant 'shop-1' has no account of its own with fake"
    assert (answer.status_code, answer.get_json()) == (404, {"errors": [{"message": message}]})


def test_a_courier_that_is_not_there_is_unknown(operator: Caller) -> None:
    assert operator.post("/admin/couriers/nobody/check").status_code == 404
