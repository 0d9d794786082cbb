"""A sender with an account at the Ecotrack tenant in these tests, and the orders that it accepts."""

from typing import Any

import requests
from flask import Flask

from carrier_backend.simulator.mount import Mount

TOKEN = "a token of Ecotrack's"


def an_ecotrack_order(**changes: Any) -> dict[str, Any]:
    """What create/order accepts; a change to None leaves a field out."""
    order = {
        "reference": "ABCDEFGHIJKLMNOPQRST",
        "nom_client": "Amina Bensalah",
        "telephone": "0550123456",
        "adresse": "7 rue des Frères Bouadou",
        "commune": "Béjaïa",
        "code_wilaya": 6,
        "montant": 0,
        "type": 1,
    }
    return {name: value for name, value in (order | changes).items() if value is not None}


class Sender:
    """Calls the API through a mounted session, with a token in the header unless told otherwise."""

    def __init__(self, app: Flask, token: str = TOKEN, timeout: float = 1.0) -> None:
        self._session = requests.Session()
        self._session.mount("http://simulator", Mount(app))
        self._timeout = timeout
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, query: Any = None, **sent: Any) -> requests.Response:
        return self._session.request(
            method,
            f"http://simulator/ecotrack/api/v1/{path}",
            params=query,
            headers=self.headers,
            timeout=self._timeout,
            allow_redirects=False,
            **sent,
        )

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, query)

    def create(self, **changes: Any) -> requests.Response:
        return self.call("POST", "create/order", json=an_ecotrack_order(**changes))

    def draft(self, **changes: Any) -> str:
        """The tracking of an order newly made."""
        return str(self.create(**changes).json()["tracking"])

    def validate(self, tracking: str, **query: Any) -> requests.Response:
        return self.call("POST", "valid/order", {"tracking": tracking, **query})

    def shipped(self, **changes: Any) -> str:
        """The tracking of an order made and validated."""
        tracking = self.draft(**changes)
        assert self.validate(tracking).json()["success"] is True
        return tracking

    def delete(self, tracking: str) -> requests.Response:
        return self.call("DELETE", "delete/order", {"tracking": tracking})

    def label(self, tracking: str) -> requests.Response:
        return self.get("get/order/label", tracking=tracking)

    def remark(self, tracking: str, content: str) -> requests.Response:
        return self.call("POST", "add/maj", {"tracking": tracking, "content": content})

    def ask_return(self, tracking: str) -> requests.Response:
        return self.call("POST", "ask/for/order/return", {"tracking": tracking})

    def ask_statuses(self, *trackings: str, **query: str) -> requests.Response:
        asked = {"api_token": TOKEN, "trackings": ",".join(trackings), "status": "all", **query}
        return self.get("get/orders/status", **asked)

    def statuses(self, *trackings: str) -> dict[str, str]:
        """By tracking; those of whom nothing is told are left out."""
        told = self.ask_statuses(*trackings).json()["data"]
        return {tracking: told[tracking]["status"] for tracking in told}

    def activities(self, tracking: str) -> list[str]:
        """The statuses of its history, as they stand there."""
        lines = self.get("get/tracking/info", tracking=tracking).json()["activity"]
        return [line["status"] for line in lines]

    def listed(self, **query: Any) -> list[str]:
        """The trackings on a page of get/orders."""
        return [row["tracking"] for row in self.get("get/orders", **query).json()["data"]]
