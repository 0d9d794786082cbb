"""What becomes of parcels while everything dies: their couriers move them on, and tell of it until they are heard."""

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from carrier_backend.demo.caller import call
from tests.chaos.ledgers import Attempt
from tests.chaos.orders import Order
from tests.chaos.stage import Stage

PAUSE_SECONDS = (1.5, 4.0)
TELLINGS = 180
_STEPS: Mapping[str, Sequence[tuple[Any, str]]] = {
    "intigo": ((27, "in_transit"), (25, "at_depot"), (10, "out_for_delivery"), (6, "delivered")),
    "parcel2go": (("Collected", "picked_up"), ("AtDepot", "at_depot"), ("Delivered", "delivered")),
    "ecotrack": (("en_hub", "at_depot"), ("en_livraison", "out_for_delivery"), ("livre_non_encaisse", "delivered")),
}


class Courier:
    """Brings parcels home, each step a while after the one before."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def bring_home(self, order: Order, attempt: Attempt, chance: random.Random) -> Attempt:
        """All parcels of a booking that nobody wished to cancel; what happened is noted in it."""
        happened: dict[str, tuple[str, ...]] = {}
        barcodes = [told.barcode for told in attempt.told if told.barcode not in attempt.wishes and order.travels]
        for theirs, ours in _STEPS[order.courier]:
            for barcode in barcodes:
                time.sleep(chance.uniform(*PAUSE_SECONDS))
                self._move(order.courier, barcode, theirs)
                happened[barcode] = (*happened.get(barcode, ()), ours)
        return replace(attempt, happened=happened, is_told=order.courier != "ecotrack")

    def _move(self, courier: str, barcode: str, step: Any) -> None:
        for told in self._stage.control({"system": courier, "move": _named(courier, barcode, step)})["delivered"]:
            if told["status"] != 200:
                self._tell_again(told)

    def _tell_again(self, told: Mapping[str, Any]) -> None:
        """As couriers do, but without their hours between."""
        token = self._stage.settings.intigo_webhook_token or ""
        for _ in range(TELLINGS):
            time.sleep(1)
            try:
                if call("POST", told["url"], json.loads(told["body"]), token).status == 200:
                    return
            except OSError:
                continue


def _named(courier: str, barcode: str, step: Any) -> Mapping[str, Any]:
    match courier:
        case "intigo":
            return {"nid": barcode, "status": step}
        case "parcel2go":
            return {"line": barcode, "stage": step}
    return {"tracking": barcode, "status": step}
