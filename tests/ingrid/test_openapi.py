"""The description says what the schemas check."""

from typing import Any

import pytest
from flask.testing import FlaskClient


@pytest.fixture
def described(http: FlaskClient) -> Any:
    return http.get("/openapi.json").get_json()


def test_every_route_is_described_in_a_sentence(described: Any) -> None:
    summaries = {
        f"{method} {path}": operation["summary"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation["tags"] != ["description"]
    }
    assert described["openapi"] == "3.1.0"
    assert summaries["post /booking"].startswith("Book a shipment")
    assert set(summaries) == {
        "post /oauth/token",
        "post /shipping-options",
        "post /prebooking",
        "post /booking",
        "delete /booking/packages/{barcode}",
    }
    assert all(summaries.values())


def test_what_is_checked_is_what_is_described(described: Any) -> None:
    schemas = described["components"]["schemas"]
    assert schemas["Package"]["properties"]["weight"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
    }
    assert schemas["PrintConfig"]["properties"]["label_format"]["enum"] == ["pdf", "zpl", "", None]
    assert schemas["BookingRequest"]["properties"]["packages"]["maxItems"] == 50
    assert set(schemas["Parties"]["required"]) == {"from", "to", "shipper"}


def test_errors_are_described_in_the_one_shape(described: Any) -> None:
    response = described["components"]["responses"]["DEFAULT_ERROR"]
    assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Errors"}


def test_a_token_is_described_as_it_may_be_asked_for(described: Any) -> None:
    asked = described["paths"]["/oauth/token"]["post"]["requestBody"]["content"]
    assert set(asked) == {"application/json", "application/x-www-form-urlencoded"}
    assert {content["schema"]["$ref"] for content in asked.values()} == {"#/components/schemas/TokenRequest"}
    grants = described["components"]["schemas"]["TokenRequest"]["properties"]["grant_type"]["enum"]
    assert grants == ["client_credentials", "", None]
