"""What is booked in a run: orders for all couriers, each with a recipient's name that no other has."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carrier_backend.simulator.orders import JOURNEYS

LATER = "ecotrack-later"
METHODS = ("intigo-home",) * 3 + ("parcel2go-home",) * 3 + ("ecotrack-home", LATER)
"""Ecotrack takes 50 calls a minute, so that fewer are booked there."""
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


def orders(chance: random.Random, number: int) -> list[Order]:
    """So many, of one to three packages each."""
    return [_order(chance, place) for place in range(number)]


def _order(chance: random.Random, place: int) -> Order:
    method = chance.choice(METHODS)
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
