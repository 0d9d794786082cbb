"""One order from checkout to booking, as the description shows it; each part is a body that would be read."""

from typing import Any

_Body = dict[str, Any]

_WAREHOUSE: _Body = {
    "name": "Test Merchant",
    "care_of": "Gate 2",
    "address_lines": ["12 avenue Habib Bourguiba"],
    "city": "Tunis",
    "postal_code": "1000",
    "country": "TN",
}
_HOME: _Body = {
    "name": "Amira Trabelsi",
    "care_of": "Ben Salah",
    "address_lines": ["7 rue de la Plage", "2nd floor"],
    "city": "La Marsa",
    "postal_code": "2070",
    "country": "TN",
}
_METHOD = "home-delivery"
_SHIPPER: _Body = {"id": "shop-1"}
_CUSTOMER: _Body = {"phone": "+216 22 345 678", "email": "amira@example.com"}
_DELIVERY: _Body = {"start": "2099-11-24T08:00:00Z", "end": "2099-11-24T12:00:00Z"}
_PARTIES: _Body = {
    "from": {"address": _WAREHOUSE},
    "to": {"id": "", "address": _HOME},
    "customer": _CUSTOMER,
    "shipper": _SHIPPER,
}
_REFERENCES: _Body = {"tos_id": "01K9F5T7J3Y2QW8N4ZC6RXAMBD", "external_id": "Order 1001"}

TOKEN_REQUEST: _Body = {
    "client_id": "client_id_value",
    "client_secret": "client_secret_value",
    "grant_type": "client_credentials",
}
TOKEN_ANSWER: _Body = {
    "access_token": "eyJhbGciOi...",
    "scope": "general",
    "token_type": "Bearer",
    "expires_in": 3600,
}
OPTIONS_REQUEST: _Body = {
    "shipping_method": _METHOD,
    "parties": {
        "from": {"address": _WAREHOUSE},
        "search": {
            "address": {**_HOME, "name": "", "care_of": "", "address_lines": []},
            "location_limit": 10,
            "location_radius": 10.5,
            "location_types": ["locker", "store"],
        },
        "shipper": _SHIPPER,
    },
    "pickup_time": {"start": "2099-11-23T08:00:00Z", "end": "2099-11-23T16:00:00Z"},
}
OPTIONS_ANSWER: _Body = {
    "delivery_times": [_DELIVERY],
    "delivery_locations": [
        {
            "id": "16A",
            "address": {**_HOME, "coordinates": {"lat": 36.8782, "lng": 10.3247}},
            "location_type": "store",
            "opening_hours": [{"day": 1, "start": "T08:00+01:00", "end": "T17:00+01:00"}],
        }
    ],
}
PREBOOKING_REQUEST: _Body = {
    "shipping_method": _METHOD,
    "parties": _PARTIES,
    "delivery_time": _DELIVERY,
    "references": _REFERENCES,
}
BOOKING_REQUEST: _Body = {
    **PREBOOKING_REQUEST,
    "delivery_instructions": "Ring twice",
    "print_config": {"label_format": "pdf", "label_size": "normal"},
    "packages": [
        {
            "references": {"package_id": "5b0a7b52-6f0e-4c39-9d5e-0c3b1d6a4f11"},
            "weight": 1500,
            "dimensions": {"height": 100, "length": 300, "width": 200},
        }
    ],
    "addons": [],
    "direction_type": "outbound",
}
BOOKING_ANSWER: _Body = {"packages": [{"barcode": "33446", "label_data": "JVBERi0xLjQK..."}]}
