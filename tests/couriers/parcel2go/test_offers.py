"""Which of what is offered is taken: what will do, and of that the cheapest, the fastest or the one that is named."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.offers import Box, Offer, Wish, choose, offers, why_none
from carrier_backend.domain.parcels import Dimensions

BOX = Box(1000, Dimensions(300, 200, 100))
TUESDAY, WEDNESDAY = (datetime(2026, 11, day, tzinfo=UTC) for day in (24, 25))
CHEAP = Offer("cheap", Decimal(2), arrives_at=WEDNESDAY)
DEAR = Offer("dear", Decimal(9), arrives_at=TUESDAY)
HANDED_IN = replace(CHEAP, slug="handed-in", is_collected=False)
QUOTE: dict[str, Any] = {
    "TotalPrice": 5.99,
    "Extras": [{"Type": "Cover"}],
    "AvailableExtras": [{"Type": "Signature"}, {}, None],
    "Service": {"Slug": "x", "MaxWeight": 1, "MaxLength": 0.1, "MaxWidth": "0.3", "MaxHeight": 0.2},
}


def wish(service: str = "cheapest", *boxes: Box, **changes: Any) -> Wish:
    return Wish(service, boxes or (BOX,), **changes)


def test_of_what_will_do_the_cheapest_or_the_fastest_or_the_named_one_is_taken() -> None:
    offered = [DEAR, CHEAP]
    assert [choose(offered, wish(service)) for service in ("cheapest", "fastest", "dear")] == [CHEAP, DEAR, DEAR]
    assert choose(offered, wish("unheard-of")) is None


def test_of_two_that_are_as_fast_the_cheaper_is_taken() -> None:
    assert choose([DEAR, replace(CHEAP, arrives_at=TUESDAY)], wish("fastest")) == replace(CHEAP, arrives_at=TUESDAY)


def test_what_tells_no_day_is_not_the_fastest() -> None:
    undated = replace(CHEAP, arrives_at=None)
    assert choose([undated, DEAR], wish("fastest")) == DEAR
    assert choose([undated], wish("fastest")) is None


def test_what_has_to_be_handed_in_is_taken_by_name_and_for_who_may() -> None:
    assert choose([HANDED_IN], wish()) is None
    assert choose([HANDED_IN], wish("handed-in")) == HANDED_IN
    assert choose([HANDED_IN], wish(may_be_dropped_off=True)) == HANDED_IN


def test_every_box_has_to_fit() -> None:
    light = replace(CHEAP, max_weight_kg=Decimal(1))
    assert choose([light], wish()) == light
    assert choose([light], wish("cheapest", BOX, replace(BOX, weight_grams=1001))) is None


def test_an_extra_that_is_wanted_has_to_be_on_offer() -> None:
    signed = replace(DEAR, extras=frozenset({"Signature", "Cover"}))
    assert choose([CHEAP, signed], wish(extras=frozenset({"Signature"}))) == signed


@pytest.mark.parametrize(
    ("offered", "lack"),
    [
        (CHEAP, "of the kind"),
        (replace(DEAR, needs_printer=False), "with a label"),
        (replace(DEAR, max_weight_kg=Decimal("0.9")), "weight and size"),
        (DEAR, "with a signature"),
    ],
)
def test_people_are_told_what_is_lacking(offered: Offer, lack: str) -> None:
    assert lack in why_none([offered], wish("dear", extras=frozenset({"Signature"})))


def test_a_parcel_may_be_turned_over_to_fit() -> None:
    (offer,) = offers([QUOTE])
    assert offer.max_sides_m == (Decimal("0.3"), Decimal("0.2"), Decimal("0.1"))
    assert offer.takes(BOX)
    assert offer.takes(replace(BOX, dimensions=Dimensions(100, 300, 200)))
    assert not offer.takes(replace(BOX, dimensions=Dimensions(301, 200, 100)))
    assert not offer.takes(replace(BOX, weight_grams=1001))


def test_extras_count_whether_they_are_within_the_price_or_beside_it() -> None:
    (offer,) = offers([QUOTE])
    assert offer.extras == {"Cover", "Signature"}


def test_what_a_quote_does_not_limit_has_no_limit() -> None:
    (offer,) = offers([{"TotalPrice": "5.99", "Service": {"Slug": "x"}}])
    assert offer.price == Decimal("5.99")
    assert offer.takes(Box(10**9, Dimensions(10**6, 10**6, 10**6)))
    assert (offer.is_collected, offer.is_to_the_door, offer.needs_printer) == (True, True, True)


@pytest.mark.parametrize(
    "quote",
    [
        None,
        {},
        {"TotalPrice": 5.99},
        {"TotalPrice": None, "Service": {"Slug": "x"}},
        {**QUOTE, "Service": {"Slug": ""}},
    ],
    ids=str,
)
def test_a_quote_that_cannot_be_read_hides_no_other(quote: Any) -> None:
    assert [offer.slug for offer in offers([quote, QUOTE])] == ["x"]


@pytest.mark.parametrize(
    ("told", "attribute"),
    [
        ({"CollectionType": "Shop"}, "is_collected"),
        ({"DeliveryType": "Locker"}, "is_to_the_door"),
        ({"IsPrinterRequired": False}, "needs_printer"),
    ],
)
def test_what_a_service_says_of_itself_is_heard(told: dict[str, object], attribute: str) -> None:
    (offer,) = offers([{**QUOTE, "Service": {**QUOTE["Service"], **told}}])
    assert not getattr(offer, attribute)
