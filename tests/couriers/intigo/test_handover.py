"""An order of ours in, a body of theirs out, or every reason why not."""

from dataclasses import replace
from typing import Any

import pytest

from carrier_backend.couriers.intigo.handover import (
    Body,
    amount,
    bodies,
    faults_in_options,
    faults_in_terms,
    phone,
)
from carrier_backend.domain.addresses import Address, Contact, Party
from carrier_backend.domain.errors import NotServed
from carrier_backend.domain.products import Direction
from carrier_backend.domain.shipments import Shipment
from tests.couriers.intigo.samples import REGIONS, sample
from tests.couriers.intigo.stage import a_receiver, a_shipment


def the_only(shipment: Shipment) -> Body:
    (body,) = bodies(shipment, REGIONS).values()
    return body


def fields_refused(shipment: Shipment) -> list[str]:
    with pytest.raises(NotServed) as refusal:
        bodies(shipment, REGIONS)
    return [fault.field for fault in refusal.value.faults]


def test_a_parcel_is_written_as_the_document_wants_it() -> None:
    shipment = a_shipment(receiver=a_receiver())

    expected = sample("create_parcel") | {"cid": shipment.parcels[0].reference}
    assert the_only(shipment) == expected


def test_every_parcel_bears_its_own_reference_and_the_first_the_amount() -> None:
    shipment = a_shipment(parcels=3, terms={"amount": "49.500"})

    written = bodies(shipment, REGIONS)

    assert [body["cid"] for body in written.values()] == list(written) == list(shipment.references)
    assert [body["amount"] for body in written.values()] == [49.5, 0, 0]


@pytest.mark.parametrize(("grams", "size"), [(0, 1), (5000, 1), (5001, 4), (15000, 4), (15001, 5)])
def test_the_size_follows_from_the_weight(grams: int, size: int) -> None:
    shipment = a_shipment()
    shipment = replace(shipment, parcels=(replace(shipment.parcels[0], weight_grams=grams),))

    assert the_only(shipment)["size"] == size


def test_the_product_may_set_other_thresholds() -> None:
    shipment = a_shipment()
    product = replace(shipment.route.product, options={"size_thresholds_grams": [100, 200]})

    assert the_only(replace(shipment, route=replace(shipment.route, product=product)))["size"] == 5


def test_what_does_not_fit_into_the_address_goes_beside_it() -> None:
    street = "Résidence Les Jardins de Carthage, bloc C, troisième étage, appartement 12, en face du lycée pilote"
    body = the_only(a_shipment(receiver=a_receiver(lines=(street,)), instructions="Sonner  deux fois"))

    assert body["address"] == street
    assert body["additionalInformation"] == "2070 La Marsa; Sonner deux fois"


def test_everything_said_of_the_place_arrives() -> None:
    receiver = a_receiver(lines=("12 rue de la Plage", "Porte B"), care_of="Famille Trabelsi")
    body = the_only(a_shipment(receiver=receiver, instructions="Sonner"))

    assert body["address"] == "12 rue de la Plage, Porte B, 2070 La Marsa"
    assert body["additionalInformation"] == "c/o Famille Trabelsi; Sonner"


def test_line_breaks_and_blanks_are_closed_up() -> None:
    body = the_only(a_shipment(receiver=a_receiver(name="  Amira \n Trabelsi ", lines=("12\true\nde la Plage",))))

    assert body["name"] == "Amira Trabelsi"
    assert body["address"] == "12 rue de la Plage, 2070 La Marsa"


@pytest.mark.parametrize(
    ("receiver", "field"),
    [
        (a_receiver(name="Mohamed El Hedi Ben Abdallah"), "receiver.address.name"),
        (a_receiver(name="Al"), "receiver.address.name"),
        (a_receiver(phone=""), "receiver.contact.phone"),
        (a_receiver(phone="+33 6 12 34 56 78"), "receiver.contact.phone"),
        (a_receiver(lines=()), "receiver.address.lines"),
        (a_receiver(lines=("x" * 101,)), "receiver.address.lines"),
        (a_receiver(city="Atlantis"), "receiver.address.city"),
        (a_receiver(city=""), "receiver.address.city"),
        (a_receiver(care_of="x" * 500), "instructions"),
    ],
)
def test_what_would_not_fit_is_refused_by_its_field_and_never_cut(receiver: Party, field: str) -> None:
    assert fields_refused(a_shipment(receiver=receiver)) == [field]


def test_all_faults_are_told_at_once() -> None:
    receiver = Party(Address("TN"), Contact())

    assert fields_refused(a_shipment(receiver=receiver, terms={"pickup_city": "Atlantis", "amount": "3001"})) == [
        "receiver.address.city",
        "receiver.address.lines",
        "receiver.address.name",
        "receiver.contact.phone",
        "merchant.pickup_city",
        "merchant.amount",
    ]


def test_parcels_are_fetched_where_the_merchant_says() -> None:
    body = the_only(a_shipment(terms={"pickup_city": "tunis", "pickup_subdivision": "carthage"}))

    assert (body["pickUpCity"], body["pickUpSubDivision"]) == ("Tunis", "Carthage")


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"pickup_city": "Tunis"},
        {"pickup_subdivision": "Médina"},
        {"pickup_city": "Sousse", "pickup_subdivision": "Carthage"},
    ],
)
def test_where_to_fetch_parcels_is_asked_of_the_merchant_unless_clear(terms: dict[str, object]) -> None:
    sender = Party(Address("TN", "Test Merchant", lines=("12 avenue Habib Bourguiba",), city="Tunis"))

    assert fields_refused(a_shipment(sender=sender, terms=terms)) == ["merchant.pickup_city"]


def a_return(**changes: Any) -> Shipment:
    """From the shopper in Megrine to the merchant in La Marsa, whose terms say Carthage."""
    terms: dict[str, object] = {"pickup_city": "Tunis", "pickup_subdivision": "Carthage", "amount": "20"}
    shopper = a_receiver(lines=("3 rue des Roses",), city="Mégrine")
    merchant = Party(Address("TN", "Test Merchant", lines=("12 avenue Habib Bourguiba",), city="La Marsa"))
    journey = {"sender": shopper, "receiver": merchant, "direction": Direction.RETURN}
    return a_shipment(terms=terms, **{**journey, **changes})


def test_a_return_is_fetched_from_the_shopper_and_nobody_pays() -> None:
    body = the_only(a_return())

    assert (body["pickUpAddress"], body["pickUpSubDivision"]) == ("3 rue des Roses, 2070 Mégrine", "Mégrine")
    assert (body["subDivision"], body["amount"]) == ("La Marsa", 0)


def test_on_a_return_the_merchants_own_number_is_called() -> None:
    assert the_only(a_return())["phone"] == "71000000"


def test_a_return_from_nowhere_is_refused_by_the_shoppers_city() -> None:
    assert fields_refused(a_return(sender=a_receiver(city="Atlantis"))) == ["sender.address.city"]


@pytest.mark.parametrize(
    "told", ["20123456", "20 123 456", "+21620123456", "0021620123456", "+216 20-123-456", "216 20 123 456"]
)
def test_a_phone_number_becomes_its_eight_digits(told: str) -> None:
    assert phone(told) == "20123456"


@pytest.mark.parametrize(
    "told",
    ["", "2012345", "201234567", "020123456", "+33612345678", "+21320123456", "+216 20 FLO WER", "20123456#7", "n/a"],
)
def test_what_is_no_tunisian_number_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="Tunisian phone number"):
        phone(told)


@pytest.mark.parametrize(("told", "sent"), [("0", 0), ("3000", 3000), ("49.500", 49.5), (12, 12), (0.1, 0.1)])
def test_an_amount_is_sent_as_a_number(told: object, sent: float) -> None:
    assert amount(told) == sent


@pytest.mark.parametrize("told", ["", "-1", "3000.001", "NaN", "Infinity", "free", True, None])
def test_an_amount_out_of_bounds_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match="dinars"):
        amount(told)


def test_options_and_terms_that_make_sense_have_no_faults() -> None:
    assert faults_in_options({}) == []
    assert faults_in_options({"size_thresholds_grams": [5000, 15000]}) == []
    assert faults_in_terms({"pickup_city": "Tunis", "pickup_subdivision": "La Marsa", "amount": "0"}, REGIONS) == []


@pytest.mark.parametrize("thresholds", [5000, [5000], [5000, 5000], [0, 1], ["5000", "15000"], [1, 2, 3]])
def test_thresholds_that_make_no_sense_are_named(thresholds: object) -> None:
    (fault,) = faults_in_options({"size_thresholds_grams": thresholds})

    assert fault.startswith("size_thresholds_grams: ")


def test_a_place_of_collection_that_the_list_does_not_know_is_named() -> None:
    nowhere = {"pickup_city": "Tunis", "pickup_subdivision": "La Mersa"}
    assert [fault.partition(":")[0] for fault in faults_in_terms(nowhere, REGIONS)] == ["pickup_city"]
    assert faults_in_terms(nowhere, None) == []


def test_unknown_keys_are_named() -> None:
    assert faults_in_options({"size": 1}) == ["size: there is no such key"]
    assert faults_in_terms({"max_price": "20"}, REGIONS) == ["max_price: there is no such key"]


def test_terms_that_make_no_sense_are_named() -> None:
    assert [fault.partition(":")[0] for fault in faults_in_terms({"amount": "much", "pickup_city": 7}, REGIONS)] == [
        "amount",
        "pickup_city",
    ]
