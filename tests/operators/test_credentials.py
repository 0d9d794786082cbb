"""Who takes part, and by which credentials."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import NotAllowed
from carrier_backend.ports import Account
from carrier_backend.services.backend import Backend
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store
from tests.builders import a_merchant
from tests.conftest import BY_TEST
from tests.fakes import MONDAY
from tests.operators.conftest import BECAUSE, Caller

SHOP: dict[str, Any] = {"name": "Shop", "site_id": "site-2"}
ACCOUNT: dict[str, Any] = {
    "base_url": "https://api.courier.example/v1",
    "credentials": {"api_key": "a key of the shop's own"},
    "webhook_secrets": ["one", "the next"],
}


def errors(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


def items(answer: TestResponse) -> list[dict[str, Any]]:
    listed = answer.get_json()
    assert listed["next"] is None
    found: list[dict[str, Any]] = listed["items"]
    return found


def test_a_new_client_gets_in_with_the_secret_it_is_shown(admin: Caller, backend: Backend) -> None:
    secret = admin.post("/admin/clients", {**BECAUSE, "name": "other"}).get_json()
    client = backend.admit.client(secret["client_id"], secret["client_secret"], "192.0.2.1")
    assert client.name == "other"


def test_clients_are_listed_without_their_secrets(admin: Caller) -> None:
    assert items(admin.get("/admin/clients")) == [
        {
            "id": "client-ingrid",
            "name": "ingrid",
            "created_at": "2026-11-23T09:00:00.000000Z",
            "revoked_at": None,
        }
    ]


def test_a_taken_name_is_a_conflict(admin: Caller) -> None:
    answer = admin.post("/admin/clients", {**BECAUSE, "name": "ingrid"})
    assert (answer.status_code, errors(answer)) == (409, ["there is already a client named 'ingrid'"])


@pytest.mark.parametrize("name", ["ingrid", "client-ingrid"])
def test_a_rotated_client_has_a_new_secret(admin: Caller, backend: Backend, name: str) -> None:
    secret = admin.post(f"/admin/clients/{name}/rotate").get_json()
    assert backend.admit.client("client-ingrid", secret["client_secret"], "192.0.2.1").name == "ingrid"


def test_a_revoked_client_is_out(admin: Caller, backend: Backend) -> None:
    answer = admin.delete("/admin/clients/client-ingrid")
    assert (answer.status_code, answer.get_json()) == (200, {})
    with pytest.raises(NotAllowed):
        backend.admit.bearer("client-ingrid")
    assert items(admin.get("/admin/clients"))[0]["revoked_at"] is not None


def test_a_new_operator_gets_in_with_the_token_that_is_shown(admin: Caller, backend: Backend) -> None:
    shown = admin.post("/admin/operators", {**BECAUSE, "name": "amira", "role": "operator"}).get_json()
    assert (shown["name"], shown["role"]) == ("amira", "operator")
    assert backend.admit.operator(shown["token"]).role is Role.OPERATOR


def test_operators_are_listed_without_their_tokens(admin: Caller) -> None:
    (listed,) = items(admin.get("/admin/operators"))
    assert listed.pop("created_at").endswith("Z")
    assert listed == {"name": "the admin", "role": "admin", "revoked_at": None}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"name": "amira", "role": "owner"}, "role: must be one of viewer, operator, admin"),
        ({"name": "amira"}, "role: is required"),
        *(
            (
                {"name": name, "role": "viewer"},
                "name: must be 1 to 128 characters, none of them / ? # or %, and no mere dots",
            )
            for name in ("a/b", "a?b", "a#b", "a%2Fb", "..", "x" * 129)
        ),
        ({"name": "a\u202eb", "role": "viewer"}, "name: has control characters"),
        ({"name": "amira", "role": "viewer", "token": "mine"}, "token: is not known here"),
    ],
)
def test_what_is_wrong_with_a_new_operator_is_named(admin: Caller, wanted: dict[str, str], message: str) -> None:
    answer = admin.post("/admin/operators", {**BECAUSE, **wanted})
    assert (answer.status_code, errors(answer)) == (400, [message])


def test_a_merchant_is_listed_as_one_is_written(viewer: Caller) -> None:
    (listed,) = items(viewer.get("/admin/merchants"))
    assert listed == {
        "shipper_id": "shop-1",
        "name": "Test Merchant",
        "site_id": "site-of-shop-1",
        "contact": {"name": "Warehouse", "phone": "+21671000000", "email": "wh@shop.example"},
        "parcel": {
            "value": "25.00",
            "currency": "TND",
            "contents": "Clothing",
            "weight_grams": 1000,
            "length_mm": 300,
            "width_mm": 200,
            "height_mm": 100,
        },
        "couriers": {},
    }


@pytest.mark.parametrize("clients", [None, frozenset[str](), frozenset({"ingrid", "other"})])
def test_what_is_listed_can_be_put_back(admin: Caller, backend: Backend, clients: frozenset[str] | None) -> None:
    backend.oversee.add_client("other", BY_TEST)
    merchant = a_merchant("shop-2", clients=clients)
    backend.oversee.put_merchant(merchant, BY_TEST)
    listed = next(shop for shop in items(admin.get("/admin/merchants")) if shop["shipper_id"] == "shop-2")
    assert admin.put("/admin/merchants/shop-2", {**BECAUSE, **listed, "name": "Renamed"}).status_code == 200
    assert a_merchant("shop-2", clients=clients, name="Renamed") in backend.oversee.merchants()


def test_a_merchant_is_kept_under_the_id_in_the_path(admin: Caller, backend: Backend) -> None:
    assert admin.put("/admin/merchants/shop-2", {**BECAUSE, **SHOP}).status_code == 200
    assert [merchant.shipper_id for merchant in backend.oversee.merchants()] == ["shop-1", "shop-2"]


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"shipper_id": "shop-3"}, 400, "shipper_id: is not the one in the path"),
        ({"nme": "Shop"}, 400, "nme: is not known here"),
        ({"site_id": "a b"}, 400, "site_id: must be 1 to 64 letters, digits and hyphens"),
        ({"contact": None}, 400, "contact: must be an object"),
        ({"parcel": {"value": 1}}, 400, "parcel.currency: is required"),
        ({"couriers": {"fake": {"pickup": "x"}}}, 422, "couriers.fake: pickup: not a term"),
        ({"clients": ["nosuch"]}, 422, "clients: there is no client 'nosuch'"),
        ({"reason": " "}, 400, "reason: is required"),
        ({"reason": None}, 400, "reason: is required"),
    ],
)
def test_what_is_wrong_with_a_merchant_is_named(
    admin: Caller, backend: Backend, changes: dict[str, object], status: int, message: str
) -> None:
    answer = admin.put("/admin/merchants/shop-2", {**BECAUSE, **SHOP, **changes})
    assert (answer.status_code, errors(answer)[0]) == (status, message)
    assert len(backend.oversee.merchants()) == 1


def test_a_merchants_own_account_is_kept_sealed(admin: Caller, store: Store) -> None:
    answer = admin.put("/admin/merchants/shop-1/accounts/fake", {**BECAUSE, **ACCOUNT})
    assert (answer.status_code, answer.get_json()) == (200, {})
    with store.read() as unit:
        kept = accounts.every_account(unit)
    account = Account(ACCOUNT["base_url"], ACCOUNT["credentials"], ("one", "the next"), since=MONDAY)
    assert kept == {("fake", "shop-1"): account}


@pytest.mark.parametrize("path", ["stranger/accounts/fake", "shop-1/accounts/dhl"])
def test_an_account_belongs_to_a_merchant_and_a_courier(admin: Caller, path: str) -> None:
    assert admin.put(f"/admin/merchants/{path}", {**BECAUSE, **ACCOUNT}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": "api.courier.example"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"base_url": "https://courier.example@elsewhere.example"}, "base_url"),
        ({"base_url": "https://courier.example/?q=1"}, "base_url"),
        ({"base_url": "https://courier.example\n"}, "base_url"),
        ({"credentials": {}}, "credentials"),
        ({"credentials": "key"}, "credentials"),
        ({"credentials": None}, "credentials"),
        ({"webhook_secrets": None}, "webhook_secrets"),
        ({"credentials": {"api_key": ""}}, "credentials.api_key"),
        ({"credentials": {"api_key": 7}}, "credentials.api_key"),
        ({"webhook_secrets": "one"}, "webhook_secrets"),
        ({"webhook_secrets": ["one", ""]}, "webhook_secrets[1]"),
    ],
)
def test_what_is_wrong_with_an_account_is_named(admin: Caller, changes: dict[str, object], field: str) -> None:
    answer = admin.put("/admin/merchants/shop-1/accounts/fake", {**BECAUSE, **ACCOUNT, **changes})
    assert answer.status_code == 400
    assert [message.partition(":")[0] for message in errors(answer)] == [field]


def test_a_courier_says_which_credentials_an_account_takes(admin: Caller, store: Store) -> None:
    given = {**ACCOUNT, "credentials": {"api_key": "a key", "apikey": "a typo"}}
    answer = admin.put("/admin/merchants/shop-1/accounts/fake", {**BECAUSE, **given})
    assert (answer.status_code, errors(answer)) == (400, ["credentials.apikey: is not known here"])
    with store.read() as unit:
        assert accounts.every_account(unit) == {}
