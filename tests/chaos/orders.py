"""What is booked in a run: orders for all couriers, each with a recipient's name that no other has."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carrier_backend.simulator.orders import JOURNEYS

LATER = "ecotrack-later"
OFTEN, SELDOM = ("intigo-home", "parcel2go-home"), ("ecotrack-home", LATER)
SELDOM_A_MINUTE, SELDOM_IN_ALL, SELDOM_AT_MOST = 12, 80, 0.3
"""Ecotrack takes 50 calls a minute and 1,500 an hour: of more bookings, drafts would wait for the next hour."""
WEIGHTS_GRAMS = (1500, 9000, 12000)
_BOOKINGS = {journey.booking["shipping_method"].partition("-")[0]: journey.booking for journey in JOURNEYS}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Order:
    """One booking to be made: `body` is Ingrid's, with a package of each weight.

    What is validated later is only cancelled meanwhile: it does not travel while a run lasts.
    """

    recipient: str
    courier: str
    weights_grams: tuple[int, ...]
    travels: bool
    body: Mapping[str, Any]

    @property
    def external_id(self) -> str:
        """The name that people find it by."""
        name: str = self.body["references"]["external_id"]
        return name


def seldom_share(number: int, seconds: float) -> float:
    """Which share of so many orders in so many seconds may be Ecotrack's."""
    return min(min(SELDOM_A_MINUTE * seconds / 60, SELDOM_IN_ALL) / number, SELDOM_AT_MOST)


def orders(chance: random.Random, number: int, seldom: float) -> list[Order]:
    """So many, of one to three packages each, and about that share of them Ecotrack's."""
    return [
        _order(chance, place, chance.choice(SELDOM if chance.random() < seldom else OFTEN)) for place in range(number)
    ]


def _order(chance: random.Random, place: int, method: str) -> Order:
    courier = method.partition("-")[0]
    weights_grams = WEIGHTS_GRAMS[: chance.choice((1, 1, 2, 3))]
    recipient = f"Amel {_word(place)}"
    body = _body(chance, _BOOKINGS[courier], method, recipient, weights_grams)
    return Order(recipient, courier, weights_grams, method != LATER, body)


def _body(
    chance: random.Random, like: Mapping[str, Any], method: str, recipient: str, weights_grams: tuple[int, ...]
) -> Mapping[str, Any]:
    to = {**like["parties"]["to"]["address"], "name": recipient}
    customer = {**like["parties"]["customer"], "address": to}
    dimensions = {"height": 100, "length": 300, "width": 200}
    return {
        **like,
        "shipping_method": method,
        "parties": {**like["parties"], "to": {"id": "", "address": to}, "customer": customer},
        "references": {"tos_id": f"tos {recipient}", "external_id": f"Order {recipient}"},
        "packages": [
            {"references": {"package_id": _uuid(chance)}, "weight": weight_grams, "dimensions": dimensions}
            for weight_grams in weights_grams
        ],
    }


def _word(number: int) -> str:
    """Letters alone: no courier takes them for anything but a name."""
    word = ""
    for _ in range(5):
        number, rest = divmod(number, len(_LETTERS))
        word = _LETTERS[rest] + word
    return word.capitalize()


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
