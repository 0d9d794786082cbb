"""What we hand over: addresses split, sizes never less than they are, customs where they lie between."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.countries import Countries, Place
from carrier_backend.couriers.parcel2go.handover import HandOver, item_id, lane_end, outward, split_street
from carrier_backend.domain.addresses import Address, Party
from carrier_backend.domain.errors import NotServed
from carrier_backend.domain.parcels import Dimensions
from carrier_backend.domain.products import Addon
from carrier_backend.domain.shipments import Shipment
from carrier_backend.simulator.parcel2go_places import COUNTRIES
from tests.builders import a_package
from tests.couriers.parcel2go.stage import ABROAD, CUSTOMS, HOME, SHOPPER, WAREHOUSE, a_return, a_route, a_shipment

LISTED = Countries(COUNTRIES)
BRITAIN = {"Iso3Code": "GBR", "Iso2Code": "GB", "Subdivision": None, "RequiresCustoms": False, "PostcodeRegex": "x"}
CHANNEL_ISLANDS = {**BRITAIN, "Subdivision": "GB-CI", "RequiresCustoms": True}
NORTHERN_IRELAND = {**BRITAIN, "Subdivision": "NIR"}
ISLANDS = Countries([BRITAIN, CHANNEL_ISLANDS, NORTHERN_IRELAND])
HIGHLANDS = replace(HOME, city="Portree", postal_code="IV51 9EW")
JERSEY = Address("JE", "A B", lines=("1 Quay",), city="St Helier", postal_code="JE2 3AB")
BELFAST = replace(HOME, city="Belfast", postal_code="BT1 5GS")


def to(receiver: Address, **changes: Any) -> Shipment:
    return a_shipment(receiver=Party(receiver, SHOPPER), route=a_route({}, **CUSTOMS), **changes)


def item_of(shipment: Shipment, countries: Countries = LISTED) -> Any:
    """The first item of its order."""
    ids = {reference: item_id(reference, 1) for reference in shipment.references}
    order: Any = HandOver(shipment, countries).order("slug", "2026-11-24", ids)
    return order["Items"][0]


def box_of(weight_grams: int, *sides_mm: int) -> Any:
    """Such a box as it is quoted for, which is as it is ordered."""
    shipment = a_shipment(packages=(a_package(weight_grams=weight_grams, dimensions=Dimensions(*sides_mm)),))
    quote: Any = HandOver(shipment, LISTED).quote()
    (quoted,), (ordered,) = quote["Parcels"], item_of(shipment)["Parcels"]
    sizes = [[box[name] for name in ("Weight", "Length", "Width", "Height")] for box in (quoted, ordered)]
    assert sizes[0] == sizes[1]
    return sizes[0]


@pytest.mark.parametrize(
    ("lines", "split"),
    [
        (["11 Saville St"], ("11", "Saville St", "")),
        (["  11   Saville St "], ("11", "Saville St", "")),
        (["12a High Street"], ("12a", "High Street", "")),
        (["12 a High Street"], ("12 a", "High Street", "")),
        (["7-9 Low Road"], ("7-9", "Low Road", "")),
        (["11, Saville St"], ("11", "Saville St", "")),
        (["Flat 2, 11 High Street"], ("Flat 2, 11", "High Street", "")),
        (["Flat 2", "11 Saville St"], ("11", "Saville St", "Flat 2")),
        (["Apartment 12B", "20 High Street"], ("20", "High Street", "Apartment 12B")),
        (["11 Saville St", "Flat 2"], ("11", "Saville St", "Flat 2")),
        (["Unit 5", "Mill Lane"], ("Unit 5", "Mill Lane", "")),
        (["Unit 5", "Mill Lane", "Old Malton"], ("Unit 5", "Mill Lane", "Old Malton")),
        (["The Old Mill", "Mill Lane"], ("The Old Mill", "Mill Lane", "")),
        (["The Old Mill"], ("The Old Mill", "The Old Mill", "")),
        (["Unit 5"], ("Unit 5", "Unit 5", "")),
        (["PO Box 12"], ("PO Box 12", "PO Box 12", "")),
        (["", " ", "11 Saville St"], ("11", "Saville St", "")),
        ([], ("", "", "")),
    ],
    ids=str,
)
def test_a_british_address_has_its_number_before_the_street(lines: Sequence[str], split: tuple[str, str, str]) -> None:
    assert split_street(lines, is_british=True) == split


@pytest.mark.parametrize(
    ("lines", "split"),
    [
        (["1 S Brooklyn View Ln"], ("1", "S Brooklyn View Ln", "")),  # the document's own sample
        (["Hauptstraße 12"], ("12", "Hauptstraße", "")),
        (["Hauptstraße 12 b"], ("12 b", "Hauptstraße", "")),
        (["Via Roma, 7/9"], ("7/9", "Via Roma", "")),
        (["12a, rue Haute"], ("12a", "rue Haute", "")),
        (["Hinterhaus", "Hauptstraße 12"], ("12", "Hauptstraße", "Hinterhaus")),
        (["Schloss Nymphenburg"], ("Schloss Nymphenburg", "Schloss Nymphenburg", "")),
    ],
    ids=str,
)
def test_abroad_the_number_may_stand_last(lines: Sequence[str], split: tuple[str, str, str]) -> None:
    assert split_street(lines, is_british=False) == split


def test_whether_it_is_british_is_seen_by_the_country() -> None:
    germany = Address("DE", "A B", lines=("Hauptstraße 12",), city="Bonn", postal_code="53111")
    (there,) = item_of(to(germany))["Parcels"]
    assert (there["DeliveryAddress"]["Property"], there["DeliveryAddress"]["Street"]) == ("12", "Hauptstraße")
    (here,) = item_of(to(replace(HOME, lines=("Flat 2", "Mill Lane"))))["Parcels"]
    assert (here["DeliveryAddress"]["Property"], here["DeliveryAddress"]["Street"]) == ("Flat 2", "Mill Lane")


@pytest.mark.parametrize(
    ("grams", "kilograms"), [(1, 0.01), (999, 1.0), (1000, 1.0), (1001, 1.01), (1010, 1.01), (25_000, 25.0)]
)
def test_a_weight_is_never_told_less_than_it_is(grams: int, kilograms: float) -> None:
    assert box_of(grams, 300, 200, 100) == [kilograms, 30, 20, 10]


def test_a_side_is_never_told_shorter_than_it_is() -> None:
    assert box_of(1000, 301, 209, 100) == [1.0, 31, 21, 10]


def test_a_part_that_is_priced_apart_is_named_in_quotes_and_orders() -> None:
    shipment = to(HIGHLANDS)
    quote: Any = HandOver(shipment, LISTED).quote()
    (box,) = item_of(shipment)["Parcels"]
    assert quote["DeliveryAddress"] == {"Country": "GBR", "Postcode": "IV51 9EW", "Subdivision": "HIGH"}
    assert quote["CollectionAddress"] == {"Country": "GBR", "Postcode": "YO17 7LL"}
    assert box["DeliveryAddress"]["Subdivision"] == "HIGH"


def test_where_it_is_collected_is_named_so_too() -> None:
    shipment = a_shipment(sender=Party(BELFAST))
    quote: Any = HandOver(shipment, LISTED).quote()
    assert quote["CollectionAddress"]["Subdivision"] == "NIR"
    assert item_of(shipment)["CollectionAddress"]["Subdivision"] == "NIR"


def test_an_end_names_only_what_is_known_of_it() -> None:
    assert lane_end(Place("IRL"), "") == {"Country": "IRL"}
    assert lane_end(None, "YO17 7LL") == {}


@pytest.mark.parametrize(
    ("place", "postcode", "part"),
    [(Place("GBR"), "YO12 7JZ", "YO12"), (Place("GBR"), "yo12", "YO12"), (Place("USA"), "84095", "84095")],
)
def test_prices_hang_on_the_outward_code_in_britain_alone(place: Place, postcode: str, part: str) -> None:
    assert outward(place, postcode).upper() == part


@pytest.mark.parametrize(
    ("shipment", "countries"),
    [
        (to(ABROAD), LISTED),
        (to(JERSEY), LISTED),
        (to(JERSEY), ISLANDS),
        (to(HOME, sender=Party(JERSEY)), ISLANDS),
        (to(BELFAST, sender=Party(JERSEY)), ISLANDS),
    ],
    ids=["abroad", "a country of its own", "a part", "from a part", "between parts"],
)
def test_customs_are_told_wherever_they_lie_between(shipment: Shipment, countries: Countries) -> None:
    item = item_of(shipment, countries)
    assert (item["ExportReason"], item["VatStatus"], item["OriginCountry"]) == ("Sale", "Individual", "GBR")
    assert item["Parcels"][0]["Contents"] == [
        {"Description": "Slippers", "Quantity": "1", "EstimatedValue": "25.00", "TariffCode": "640520"}
    ]


@pytest.mark.parametrize(
    ("shipment", "countries"),
    [(to(HOME), LISTED), (to(BELFAST), ISLANDS), (to(HIGHLANDS), LISTED), (to(JERSEY, sender=Party(JERSEY)), ISLANDS)],
    ids=["at home", "Northern Ireland", "an island", "within a part"],
)
def test_no_customs_are_told_where_none_lie_between(shipment: Shipment, countries: Countries) -> None:
    item = item_of(shipment, countries)
    assert "ExportReason" not in item
    assert "Contents" not in item["Parcels"][0]


def test_a_country_of_origin_that_they_do_not_know_is_a_fault() -> None:
    route = a_route({}, **{**CUSTOMS, "origin_country": "KP"})
    with pytest.raises(NotServed) as refusal:
        HandOver(a_shipment(receiver=Party(ABROAD, SHOPPER), route=route), LISTED)
    assert [fault.field for fault in refusal.value.faults] == ["merchant.origin_country"]


def test_who_hands_a_return_in_is_reached_as_they_say_and_the_merchant_as_it_does() -> None:
    item = item_of(a_return())
    (box,) = item["Parcels"]
    assert (item["CollectionAddress"]["Phone"], item["CollectionAddress"]["Email"]) == (SHOPPER.phone, SHOPPER.email)
    assert box["DeliveryAddress"]["Email"] == "collection@example.com"


def test_what_the_driver_has_to_know_stands_with_the_door() -> None:
    item = item_of(a_shipment(instructions=" Leave with\n number 3 "))
    assert item["Parcels"][0]["DeliveryAddress"]["SpecialInstructions"] == "Leave with number 3"
    assert "SpecialInstructions" not in item["CollectionAddress"]


def test_extras_are_asked_for_in_quotes_and_orders() -> None:
    shipment = a_shipment(addons=(Addon.TAKE_SIGNATURE,))
    assert HandOver(shipment, LISTED).quote()["Extras"] == item_of(shipment)["Upsells"] == [{"Type": "Signature"}]


def test_an_order_placed_again_has_other_items_and_the_same_references() -> None:
    shipment = a_shipment(2)
    first, second = ({item_id(reference, attempt) for reference in shipment.references} for attempt in (1, 2))
    assert not first & second
    assert item_of(shipment)["Reference"] == shipment.references[0]


def test_a_warehouse_without_a_number_is_found_all_the_same() -> None:
    item = item_of(a_shipment(sender=Party(replace(WAREHOUSE, lines=("The Old Mill", "Mill Lane")))))
    assert (item["CollectionAddress"]["Property"], item["CollectionAddress"]["Street"]) == ("The Old Mill", "Mill Lane")
