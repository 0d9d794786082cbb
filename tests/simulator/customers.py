"""A customer of Parcel2Go's in these tests, and the orders that it accepts."""

from typing import Any
from uuid import uuid4

import requests
from flask import Flask

from carrier_backend.simulator.mount import Mount

CLIENT = {"client_id": "simulated-parcel2go-client", "client_secret": "a secret of Parcel2Go's"}
GUID = "9c2f14e4-eae2-47db-8e49-df2aba410268"
QUOTE: dict[str, Any] = {
    "CollectionAddress": {"Country": "GBR", "Postcode": "YO17 7LL"},
    "DeliveryAddress": {"Country": "GBR", "Postcode": "YO12 7JZ"},
    "Parcels": [{"Value": 25, "Weight": 9, "Length": 40, "Width": 30, "Height": 30}],
}
CUSTOMS = {"ExportReason": "Sale", "VatStatus": "Individual", "OriginCountry": "GBR"}


def an_address(**changes: Any) -> dict[str, Any]:
    address = {
        "ContactName": "Grace Hughes",
        "Email": "grace@shopper.example",
        "Property": "1",
        "Street": "Raleigh Street",
        "Town": "Scarborough",
        "Postcode": "YO12 7JZ",
        "CountryIsoCode": "GBR",
    }
    return address | changes


AMERICAN = an_address(Town="South Jordan", Postcode="84095", CountryIsoCode="USA", County="Utah")


def an_item(collected: str, parcel: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """`parcel` changes its one parcel."""
    box = {
        "Id": "00000000-0000-0000-0000-000000000000",
        **{"Height": 10, "Length": 20, "Width": 10, "Weight": 1, "EstimatedValue": 25},
        "DeliveryAddress": an_address(),
        "ContentsSummary": "Books",
    }
    item = {
        "Id": str(uuid4()),
        "CollectionDate": collected,
        "Service": "steady-two-day",
        "Reference": "OURS-1",
        "CollectionAddress": an_address(Postcode="YO17 7LL", Phone="07587569852"),
        "Parcels": [box | (parcel or {})],
    }
    return item | changes


class Customer:
    """Calls the API through a mounted session, with a token where it has one; `answer.json()` is what was said."""

    def __init__(self, app: Flask, scope: str = "public-api payment", timeout: float = 1.0) -> None:
        self._session = requests.Session()
        self._session.mount("http://simulator", Mount(app))
        self._timeout = timeout
        self.token = self.authorize(scope=scope).json().get("access_token", "none")

    def authorize(self, **changes: str) -> requests.Response:
        form = {"grant_type": "client_credentials", "scope": "public-api payment", **CLIENT}
        return self._session.post(
            "http://simulator/parcel2go/auth/connect/token", data=form | changes, timeout=self._timeout
        )

    def call(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        return self._session.request(
            method,
            f"http://simulator/parcel2go/api{path}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=self._timeout,
            allow_redirects=False,
        )

    def get(self, path: str, **query: str) -> requests.Response:
        return self.call("GET", path, **query)

    def quotes(self, **changes: Any) -> list[dict[str, Any]]:
        answer: dict[str, Any] = self.call("POST", "/quotes", QUOTE | changes).json()
        return list(answer["Quotes"])

    def collection_days(self) -> list[str]:
        """Those on which no surcharge is asked."""
        wanted = {"ServiceSlug": "steady-two-day", "Postcode": "YO17 7LL", "CountryISO3Code": "GBR"}
        days = self.call("POST", "/collectiondates", wanted).json()["CollectionDates"]
        return [day["CollectionDate"] for day in days if day["Surcharge"] == 0]

    def an_order(self, *items: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A body that is accepted: an item for each group of changes, or just one as it is."""
        day = self.collection_days()[0]
        customer = {"Email": "joe@shop.example", "Forename": "Joe", "Surname": "Joggs", "Reference": "BOOKING-1"}
        made = [an_item(day, **item) for item in items or ({},)]
        return {"Items": made, "CustomerDetails": customer, **changes}

    def create(self, *items: dict[str, Any], **changes: Any) -> requests.Response:
        return self.call("POST", "/orders", self.an_order(*items, **changes))

    def order(self, *items: dict[str, Any]) -> dict[str, Any]:
        """An unpaid order, as it was answered."""
        answer = self.create(*items)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def pay(self, order: dict[str, Any]) -> requests.Response:
        return self.call("POST", f"/orders/{order['OrderId']}/paywithprepay", hash=order["Hash"])

    def paid_order(self, *items: dict[str, Any]) -> dict[str, Any]:
        made = self.order(*items)
        assert self.pay(made).status_code == 200
        return made

    def paid_line(self) -> str:
        """The id of the one line of a paid order."""
        return str(self.paid_order()["OrderlineIdMap"][0]["OrderLineId"])

    def read(self, order: dict[str, Any]) -> requests.Response:
        return self.get("/orders", orderId=order["OrderId"], hash=order["Hash"])

    def labels(self, line: dict[str, Any], **query: str) -> requests.Response:
        wanted = {"referenceType": "OrderLineId", "detailLevel": "Labels", "labelMedia": "A4", "labelFormat": "PDF"}
        return self.get(f"/labels/{line['OrderLineId']}", **{**wanted, "hash": line["Hash"], **query})
