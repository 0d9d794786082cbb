"""An operator who looks on: what is still open, and what the backend shows for people to see to."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 30
OPEN_STATES = ("intended", "unsure", "undoing")
FOR_PEOPLE = ("unclaimed", "stuck", "cancelling")


class Operator:
    """Asks any server that answers."""

    def __init__(self, urls: Sequence[str], token: str) -> None:
        self._urls = urls
        self._token = token

    def unsettled(self) -> Iterator[str]:
        """What the backend has yet to settle by itself, or to tell Ingrid."""
        for state in OPEN_STATES:
            for shipment in self._list(f"/admin/shipments?state={state}"):
                if not shipment["stuck_at"]:
                    yield f"{shipment['external_id']} at {shipment['courier']} is {state}"
        for state in ("waiting", "parked"):
            for update in self._list(f"/admin/status-updates?state={state}"):
                yield f"an update about {update['barcode']} is {state}: {update['error']}"

    def unasked(self, barcodes: Iterable[str]) -> Iterator[str]:
        """Of these, the parcels to be cancelled about which their courier is yet to be asked, or people to be told."""
        for barcode in barcodes:
            for shipment in self._list(f"/admin/shipments?q={barcode}"):
                of_it = [one for one in shipment["parcels"] if one["barcode"] == barcode]
                if any(one["booking"] == "cancelling" and not one["cancellation"] for one in of_it):
                    yield f"nobody was asked to cancel {barcode} of {shipment['external_id']}"

    def stuck(self) -> frozenset[str]:
        """The external ids of bookings that people have to settle."""
        return frozenset(shipment["external_id"] for shipment in self._list("/admin/shipments?state=stuck"))

    def shown(self) -> frozenset[str]:
        """The barcodes that people have to see to."""
        shipments = [one for state in FOR_PEOPLE for one in self._list(f"/admin/shipments?state={state}")]
        return frozenset(parcel["barcode"] for shipment in shipments for parcel in shipment["parcels"])

    def _list(self, path: str) -> list[dict[str, Any]]:
        """All pages."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._ask(f"{path}{cursor}")
            items += page["items"]
            if not page["next"]:
                return items
            cursor = f"&cursor={page['next']}"

    def _ask(self, path: str) -> Any:
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            for url in self._urls:
                asked = Request(f"{url}{path}", headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310  loopback
                try:
                    with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  likewise
                        return json.load(answer)
                except HTTPError as error:
                    if error.code < 500 or time.monotonic() > ends_at:
                        raise
                except OSError:
                    if time.monotonic() > ends_at:
                        raise
            time.sleep(0.5)
