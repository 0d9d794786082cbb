"""Two clients that use the same names for everything: neither ever meets what is the other's."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ingrid import guard
from carrier_backend.ingrid.tokens import Tokens
from carrier_backend.ports import Journal
from tests.builders import a_catalogue, a_merchant
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeCourier, FrozenClock
from tests.ingrid.samples import sample
from tests.machines.stage import Stage

ONE, OTHER = "one", "other"
CLIENTS = st.sampled_from([ONE, OTHER])
SHOPS = {"shop-of-one": {ONE}, "shop-of-other": {OTHER}, "shop-of-both": {ONE, OTHER}}
SHOP = st.sampled_from(["shop-of-both", "shop-of-both", "shop-of-both", *SHOPS])
ORDER = st.sampled_from(["order-1", "order-2", ""])  # without an id of Ingrid's, the shop's own number names it
PACKAGES = st.sets(st.sampled_from(["package-1", "package-2", "package-3"]), min_size=1)
PHONES = {ONE: "+21620000001", OTHER: "+21620000002"}
UNKNOWN = "9999999"
_SETTINGS = replace(a_settings(a_catalogue()), log_level="error")

Key = tuple[str, str, str]
"""Client, shop and order."""


@dataclass
class Booking:
    """What one client booked, and which of it is cancelled."""

    body: Mapping[str, Any]
    answer: bytes
    barcodes: Sequence[str]
    cancelled: set[str] = field(default_factory=set)

    @property
    def packages(self) -> set[str]:
        return {package["references"]["package_id"] for package in self.body["packages"]}

    @property
    def is_live(self) -> bool:
        return self.cancelled != set(self.barcodes)


class NotingCourier(FakeCourier):
    """Notes whom it was to reach, for which client."""

    def __init__(self) -> None:
        super().__init__()
        self.phones: list[tuple[str, str]] = []

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        self.phones.append((shipment.journey.client_id, shipment.journey.receiver.contact.phone))
        return super().book(shipment, journal)


class ClientsMachine(RuleBasedStateMachine):
    """Both call every route with the same names, and now and then with each other's."""

    def __init__(self) -> None:
        super().__init__()
        app = _routes()
        self.clock, self.courier = FrozenClock(), NotingCourier()
        self.stage = Stage(self.courier, self.clock)
        self.backend = self.stage.backend
        current.keep(self.backend, app)
        guard.keep(Tokens(_SETTINGS.token_keys, self.clock), app)
        self.http = app.test_client()
        self.bookings: dict[Key, list[Booking]] = {}
        self.prebooked: dict[Key, str] = {}
        self.ids: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    @initialize()
    def admit_both(self) -> None:
        for client in (ONE, OTHER):
            secret = self.backend.oversee.add_client(client, BY_TEST)
            self.ids[client], self.secrets[client] = secret.client_id, secret.client_secret
        for shop, welcome in SHOPS.items():
            self.backend.oversee.put_merchant(a_merchant(shop, clients=frozenset(welcome)), BY_TEST)
        for client in (ONE, OTHER):
            self.renew_token(client)

    @rule(client=CLIENTS, is_rotated=st.booleans())
    def renew_token(self, client: str, is_rotated: bool = False) -> None:
        if is_rotated:
            self.secrets[client] = self.backend.oversee.rotate_client(client, BY_TEST).client_secret
        answer = self._token(client, self.secrets[client])
        assert answer.status_code == 200
        self.tokens[client] = answer.get_json()["access_token"]
        assert self._token(_other(client), self.secrets[client]).status_code == 401
        self.clock.advance(timedelta(minutes=1))  # no failure is to lock anybody out

    @rule(client=CLIENTS, shop=SHOP, order=ORDER)
    def prebook(self, client: str, shop: str, order: str) -> None:
        body = {name: value for name, value in self._body(shop, order, ()).items() if name != "packages"}
        body["parties"]["customer"]["phone"] = PHONES[client]
        answer = self._call(client, "POST", "/prebooking", body)
        self._check_welcome(answer, client, shop, body, "/prebooking")
        if client in SHOPS[shop]:
            self.prebooked[client, shop, order] = PHONES[client]

    @rule(client=CLIENTS, shop=SHOP)
    def ask_for_options(self, client: str, shop: str) -> None:
        body = {**self._body(shop, "", ()), "parties": self._body(shop, "", ())["parties"]}
        body["parties"]["search"] = {"address": body["parties"]["to"]["address"]}
        answer = self._call(client, "POST", "/shipping-options", body)
        self._check_welcome(answer, client, shop, body, "/shipping-options")

    @rule(client=CLIENTS, shop=SHOP, order=ORDER, packages=PACKAGES)
    def book(self, client: str, shop: str, order: str, packages: set[str]) -> None:
        self._book(client, shop, (client, shop, order), self._body(shop, order, sorted(packages)))

    @precondition(lambda self: self.bookings)
    @rule(client=CLIENTS, data=st.data())
    def book_again_what_somebody_booked(self, client: str, data: st.DataObject) -> None:
        """The very same body, by whoever it is."""
        _, shop, order = data.draw(st.sampled_from(sorted(self.bookings)))
        known = [booking for key, all in self.bookings.items() if key[1:] == (shop, order) for booking in all]
        body = data.draw(st.sampled_from(known)).body
        self._book(client, shop, (client, shop, order), body)

    @precondition(lambda self: self.bookings)
    @rule(client=CLIENTS, data=st.data())
    def cancel(self, client: str, data: st.DataObject) -> None:
        barcodes = sorted(barcode for all in self.bookings.values() for booking in all for barcode in booking.barcodes)
        barcode = data.draw(st.sampled_from(barcodes))
        answer = self._call(client, "DELETE", f"/booking/packages/{barcode}")
        if booking := self._owned(client, barcode):
            assert answer.status_code == 200, answer.text
            booking.cancelled.add(barcode)
        else:
            self._check_as_if_unknown(answer, client, "DELETE", "/booking/packages/{}")

    @invariant()
    def no_number_is_two_parcels(self) -> None:
        barcodes = [barcode for all in self.bookings.values() for booking in all for barcode in booking.barcodes]
        assert len(set(barcodes)) == len(barcodes)

    @invariant()
    def nobody_was_reached_by_the_others_phone(self) -> None:
        allowed = {(self.ids[client], phone) for client, phone in PHONES.items() if client in self.ids}
        assert {(client, phone) for client, phone in self.courier.phones if phone} <= allowed

    def teardown(self) -> None:
        self.stage.close()

    def _book(self, client: str, shop: str, key: Key, body: Mapping[str, Any]) -> None:
        answer = self._call(client, "POST", "/booking", body)
        if client not in SHOPS[shop]:
            return self._check_welcome(answer, client, shop, body, "/booking")
        packages = {package["references"]["package_id"] for package in body["packages"]}
        live = [booking for booking in self.bookings.get(key, []) if booking.is_live]
        same = next((booking for booking in live if booking.packages == packages), None)
        if same is not None:
            assert (answer.data, answer.headers.get("x-idempotent-replay")) == (same.answer, "true")
        elif any(booking.packages & packages for booking in live):
            assert answer.status_code == 409, answer.text
        else:
            assert (answer.status_code, "x-idempotent-replay" in answer.headers) == (200, False), answer.text
            barcodes = [package["barcode"] for package in json.loads(answer.data)["packages"]]
            self.bookings.setdefault(key, []).append(Booking(body, answer.data, barcodes))
            assert self.courier.phones[-1] == (self.ids[client], self.prebooked.get(key, ""))
        return None

    def _owned(self, client: str, barcode: str) -> Booking | None:
        return next(
            (
                booking
                for key, all in self.bookings.items()
                for booking in all
                if key[0] == client and barcode in booking.barcodes
            ),
            None,
        )

    def _check_welcome(self, answer: TestResponse, client: str, shop: str, body: Mapping[str, Any], path: str) -> None:
        """A shop that is not the client's is answered like one that there is not."""
        if client in SHOPS[shop]:
            assert answer.status_code == 200, answer.text
            return
        unheard_of = deepcopy(dict(body))
        unheard_of["parties"]["shipper"]["id"] = "x" * len(shop)
        unknown = self._call(client, "POST", path, unheard_of)
        assert answer.status_code == 403
        assert answer.data.replace(shop.encode(), b"x" * len(shop)) == unknown.data
        assert (answer.status, dict(answer.headers)) == (unknown.status, dict(unknown.headers))

    def _check_as_if_unknown(self, answer: TestResponse, client: str, method: str, path: str) -> None:
        unknown = self._call(client, method, path.format(UNKNOWN))
        assert answer.status_code == 404
        assert (answer.status, answer.data, dict(answer.headers)) == (
            unknown.status,
            unknown.data,
            dict(unknown.headers),
        )

    def _token(self, client: str, secret: str) -> TestResponse:
        return self.http.post("/oauth/token", json={"client_id": self.ids[client], "client_secret": secret})

    def _call(self, client: str, method: str, path: str, body: object = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[client]}", "x-trace-id": "TRACE1"}
        return self.http.open(path, method=method, headers=headers, json=body)

    def _body(self, shop: str, order: str, packages: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = sample("booking_request")
        parties = body["parties"]
        parties["shipper"]["id"] = shop
        parties["customer"] |= {"phone": "", "email": ""}
        for address in (parties["from"]["address"], parties["to"]["address"], parties["customer"]["address"]):
            address |= {"country": "TN", "city": "La Marsa", "postal_code": "2070"}
        (box,) = body["packages"]
        at = self.clock.now() if not packages else FrozenClock().now()
        times = {"start": (at + timedelta(days=20)).isoformat(), "end": (at + timedelta(days=20, hours=4)).isoformat()}
        return {
            **body,
            "shipping_method": "fake-home",
            "delivery_time": times,
            "references": {"tos_id": order, "external_id": "Order 001"},
            "packages": [{**box, "references": {"package_id": package}} for package in packages],
            "addons": [],
        }


@cache
def _routes() -> Flask:
    """The app: to hang its routes takes longer than a run, and what they remember is behind them."""
    stage = Stage(FakeCourier(), FrozenClock())
    return create_app(_SETTINGS, store=stage.store, couriers={}, channel=stage.channel)


def _other(client: str) -> str:
    return OTHER if client == ONE else ONE
