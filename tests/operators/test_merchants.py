"""A merchant is read strictly, wherever it was written."""

from decimal import Decimal
from typing import Any

import pytest

from carrier_backend.domain.addresses import Contact
from carrier_backend.domain.errors import Malformed
from carrier_backend.domain.products import DefaultParcel, Merchant
from carrier_backend.operators.merchants import merchant_from

SHOP: dict[str, Any] = {
    "shipper_id": "shop-1",
    "name": "Shop",
    "site_id": "5f5c1bd1-c365-4555-8771-739213e19b49",
}
PARCEL = {
    "value": "25.00",
    "currency": "GBP",
    "contents": "Clothing",
    "weight_grams": 1000,
    "length_mm": 300,
    "width_mm": 200,
    "height_mm": 100,
}


def faults(written: dict[str, Any]) -> list[str]:
    with pytest.raises(Malformed) as refused:
        merchant_from(written)
    return [fault.field for fault in refused.value.faults]


def test_little_is_needed() -> None:
    assert merchant_from(SHOP) == Merchant("shop-1", "Shop", SHOP["site_id"])


def test_a_merchant_has_all_that_was_written() -> None:
    contact = {"name": "Warehouse", "phone": "+21671000000", "email": "wh@shop.example"}
    terms = {"intigo": {"pickup_city": "Tunis", "amount": "0"}}
    merchant = merchant_from(SHOP | {"contact": contact, "clients": ["ingrid"], "parcel": PARCEL, "couriers": terms})
    assert merchant.contact_name == "Warehouse"
    assert merchant.contact == Contact("+21671000000", "wh@shop.example")
    assert merchant.parcel == DefaultParcel(Decimal("25.00"), "GBP", "Clothing", 1000, 300, 200, 100)
    assert (merchant.clients, merchant.couriers) == (frozenset({"ingrid"}), terms)


def test_an_empty_list_of_clients_admits_nobody() -> None:
    assert not merchant_from(SHOP | {"clients": []}).admits("ingrid")


def test_unknown_keys_are_named_at_any_depth() -> None:
    assert faults(SHOP | {"nme": "x", "contact": {"fax": "1"}}) == ["contact.fax", "nme"]


def test_what_is_missing_is_named() -> None:
    assert faults({"parcel": {"value": 1}}) == [
        "shipper_id",
        "name",
        "site_id",
        "parcel.currency",
        "parcel.contents",
        "parcel.weight_grams",
        "parcel.length_mm",
        "parcel.width_mm",
        "parcel.height_mm",
    ]


@pytest.mark.parametrize(
    ("key", "unfit"),
    [("value", "0"), ("value", "NaN"), ("currency", "gbp"), ("weight_grams", 0), ("weight_grams", "1000")],
)
def test_an_unfit_value_is_named(key: str, unfit: object) -> None:
    assert faults(SHOP | {"parcel": PARCEL | {key: unfit}}) == [f"parcel.{key}"]


@pytest.mark.parametrize("site_id", ["", "a b", "x&y=1", "../x"])
def test_a_site_id_fits_into_an_address(site_id: str) -> None:
    assert faults(SHOP | {"site_id": site_id}) == ["site_id"]
