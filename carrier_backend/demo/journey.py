"""One order's way: as Ingrid asks for it, as its courier moves it, and as Ingrid hears of it."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from carrier_backend.demo.caller import call
from carrier_backend.demo.screen import Screen
from carrier_backend.demo.stage import DemoFailed, Stage
from carrier_backend.simulator.orders import Body, Journey

PATIENCE_SECONDS = 30
SHOWN_WINDOWS = 3


class Walk:
    """Walks one journey; raises DemoFailed where it leads anywhere but home."""

    def __init__(self, journey: Journey, stage: Stage, screen: Screen, credentials: Mapping[str, str]) -> None:
        self._journey = journey
        self._stage = stage
        self._screen = screen
        self._credentials = credentials
        self._barcodes: list[str] = []
        self._heard = len(stage.pushes())

    def __call__(self) -> None:
        """From the checkout to the shopper's door."""
        token = self._authorize()
        window = self._choose_window(token)
        self._prebook(token, window)
        self._book(token, window)
        self._hear(1)
        for count, news in enumerate(zip(*map(self._journey.news, self._barcodes), strict=True), start=2):
            self._move(news)
            self._hear(count)
        self._compare()

    def _authorize(self) -> str:
        answer = self._post("/oauth/token", self._credentials)
        self._screen.row("POST /oauth/token", 200, f"a token for {answer['expires_in']} seconds")
        token: str = answer["access_token"]
        return token

    def _choose_window(self, token: str) -> Body:
        windows: list[Body] = self._post("/shipping-options", self._journey.options, token)["delivery_times"]
        if not windows:
            raise DemoFailed("no delivery window was offered")
        self._screen.row(
            "POST /shipping-options",
            200,
            "delivery windows, the first of them:" if windows[1:] else "one delivery window:",
        )
        for window in windows[:SHOWN_WINDOWS]:
            self._screen.note(_spoken(window))
        return windows[0]

    def _prebook(self, token: str, window: Body) -> None:
        self._post("/prebooking", {**self._journey.prebooking, "delivery_time": window}, token)
        self._screen.row("POST /prebooking", 200, "for the first of these")

    def _book(self, token: str, window: Body) -> None:
        answer = self._post("/booking", {**self._journey.booking, "delivery_time": window}, token)
        for package in answer["packages"]:
            label = base64.b64decode(package["label_data"], validate=True)
            if not label.startswith(b"%PDF-"):
                raise DemoFailed(f"the label of {package['barcode']} is not a PDF document")
            self._barcodes.append(package["barcode"])
            name, outcome = ("", "") if self._barcodes[1:] else ("POST /booking", 200)
            self._screen.row(name, outcome, f"{package['barcode']}  label of {len(label):,} bytes, PDF")

    def _post(self, path: str, body: Mapping[str, object], token: str = "") -> Any:
        answer = call("POST", f"{self._stage.url}{path}", body, token)
        if answer.status != 200:
            raise DemoFailed(f"POST {path} was answered {answer.status}: {answer.body.decode()}")
        return answer.json()

    def _move(self, news: Sequence[Body]) -> None:
        """Let something happen to each parcel, of which the courier then tells us."""
        for barcode, command in zip(self._barcodes, news, strict=True):
            calls = self._stage.control(command)["delivered"]
            for told in calls:
                self._screen.row(
                    f"POST {urlsplit(told['url']).path}", told["status"], f"{barcode}  its courier has news"
                )
            if not calls:
                self._screen.row("", "", f"{barcode}  its courier has news, and waits to be asked")

    def _hear(self, count: int) -> None:
        """Wait until Ingrid has heard so many status updates of each parcel."""
        wanted = count * len(self._barcodes)
        in_time = self._screen.wait(
            "waiting for Ingrid to hear of it", lambda: len(self._ours()) / wanted, PATIENCE_SECONDS
        )
        pushes = self._stage.pushes()
        for push in pushes[self._heard :]:
            body = push["body"]
            told = f"{body['barcode']}  {body['event_status']:<18}signature {push['signature']}"
            self._screen.row("  Ingrid hears", push["status"], told)
        self._heard = len(pushes)
        if not in_time:
            raise DemoFailed(f"Ingrid heard {len(self._ours())} of {wanted} status updates")

    def _compare(self) -> None:
        """What Ingrid has heard of each parcel against what it should have, in its order."""
        for barcode in self._barcodes:
            told = tuple(body["event_status"] for body in self._ours() if body["barcode"] == barcode)
            if told != self._journey.told:
                raise DemoFailed(f"Ingrid heard of {barcode}: {', '.join(told)}")

    def _ours(self) -> list[Body]:
        """The updates about our parcels that were accepted with a valid signature."""
        accepted = [push for push in self._stage.pushes() if push["accepted"] and push["signature"] == "valid"]
        return [push["body"] for push in accepted if push["body"]["barcode"] in self._barcodes]


def _spoken(window: Mapping[str, Any]) -> str:
    start, end = (datetime.fromisoformat(window[edge]).astimezone(UTC) for edge in ("start", "end"))
    if end.date() == start.date():
        return f"{start:%a %d %b, %H:%M} to {end:%H:%M} UTC"
    return f"{start:%a %d %b, %H:%M} to {end:%a %d %b, %H:%M} UTC"
