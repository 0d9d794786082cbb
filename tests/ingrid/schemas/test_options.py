"""What a shopper's question may look like."""

import pytest

from carrier_backend.ingrid.schemas.options import OPTIONS_REQUEST
from tests.ingrid.samples import changed, sample, without
from tests.ingrid.schemas.test_booking import faults


def options_faults(path: str, value: object) -> list[str]:
    return faults(changed(sample("options_request"), path, value), OPTIONS_REQUEST)


def test_the_documents_body_is_in_order() -> None:
    assert faults(sample("options_request"), OPTIONS_REQUEST) == []


def test_country_and_postal_code_are_enough() -> None:
    address = {"name": "", "care_of": "", "address_lines": [], "city": "", "postal_code": "1000", "country": "TN"}
    assert options_faults("parties.search", {"address": address}) == []


@pytest.mark.parametrize("path", ["parties.customer", "pickup_time", "references", "shipping_method"])
def test_what_a_checkout_does_not_know_may_be_missing(path: str) -> None:
    assert faults(without(sample("options_request"), path), OPTIONS_REQUEST) == []


def test_a_customer_is_not_even_looked_at() -> None:
    assert options_faults("parties.customer", {"phone": 7}) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("parties.search.location_limit", -1, "parties.search.location_limit: must be between 0 and 10000"),
        ("parties.search.location_limit", 2.5, "parties.search.location_limit: must be a whole number"),
        ("parties.search.location_limit", True, "parties.search.location_limit: must be a whole number"),
        ("parties.search.location_radius", -0.1, "parties.search.location_radius: must be between 0 and 20000"),
        ("parties.search.location_radius", "15", "parties.search.location_radius: must be a number"),
        ("parties.search.location_radius", False, "parties.search.location_radius: must be a number"),
        (
            "parties.search.location_types",
            ["locker", "drone"],
            "parties.search.location_types[1]: must be one of locker, postoffice, manned, store",
        ),
        ("parties.search.address.country", "", "parties.search.address.country: is required"),
        ("parties.shipper", None, "parties.shipper: is required"),
        ("pickup_time", {"start": "soon"}, "pickup_time.end: is required"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(path: str, value: object, fault: str) -> None:
    assert fault in options_faults(path, value)
