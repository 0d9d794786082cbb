"""What is sold, where, and to whom."""

import pytest

from carrier_backend.domain.products import Addon, Catalogue, Direction, Route
from tests.builders import a_merchant, a_product, an_address

SIGNED = a_product(shipping_method="signed", addons=frozenset({Addon.TAKE_SIGNATURE}))
BOTH_WAYS = a_product(shipping_method="both-ways", directions=frozenset(Direction))
CATALOGUE = Catalogue([SIGNED, BOTH_WAYS])


@pytest.mark.parametrize(("country", "is_covered"), [("TN", True), ("DZ", False), ("", False), ("tn", False)])
def test_a_product_covers_its_countries(country: str, is_covered: bool) -> None:
    assert a_product().covers(an_address(country=country)) is is_covered


def test_a_product_is_found_by_its_method() -> None:
    assert CATALOGUE["signed"] is SIGNED
    assert "signed" in CATALOGUE
    assert "unheard-of" not in CATALOGUE


def test_products_are_listed_as_they_were_given() -> None:
    assert list(CATALOGUE) == [SIGNED, BOTH_WAYS]


def test_addons_and_directions_are_those_of_the_method() -> None:
    assert CATALOGUE.addons("signed") == {Addon.TAKE_SIGNATURE}
    assert CATALOGUE.addons("both-ways") == frozenset()
    assert CATALOGUE.directions("signed") == {Direction.OUTBOUND}


def test_of_an_unknown_method_anything_might_be_asked_that_some_product_can() -> None:
    assert CATALOGUE.addons("unheard-of") == {Addon.TAKE_SIGNATURE}
    assert CATALOGUE.directions("unheard-of") == frozenset(Direction)


def test_pickup_points_are_those_of_the_method() -> None:
    catalogue = Catalogue([SIGNED, a_product(shipping_method="locker", has_pickup_points=True)])
    asked = {method: catalogue.has_pickup_points(method) for method in ("signed", "locker", "unheard-of")}
    assert asked == {"signed": False, "locker": True, "unheard-of": True}


def test_where_nothing_is_sold_nothing_can_be_asked() -> None:
    assert Catalogue([]).addons("unheard-of") == frozenset()


def test_a_merchant_without_a_list_admits_every_client() -> None:
    assert a_merchant().admits("anybody")


def test_a_merchant_with_a_list_admits_those_on_it() -> None:
    merchant = a_merchant(clients=frozenset({"ingrid"}))
    assert merchant.admits("ingrid")
    assert not merchant.admits("other")


def test_a_merchant_with_an_empty_list_admits_nobody() -> None:
    assert not a_merchant(clients=frozenset()).admits("ingrid")


def test_the_terms_of_a_route_are_those_with_its_own_courier() -> None:
    merchant = a_merchant(couriers={"fake": {"amount": "0"}, "other": {"amount": "9"}})
    assert Route(a_product(), merchant).terms == {"amount": "0"}


def test_a_merchant_who_agreed_nothing_has_no_terms() -> None:
    assert Route(a_product(), a_merchant()).terms == {}
