"""Reads the couriers' books, and what Ingrid received, out of the simulator's state."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.chaos.ledgers import Heard, Held

State = Mapping[str, Any]

CANCELLED_BY_STAFF = 8


def held(state: State) -> list[Held]:
    """Every parcel that any of the couriers was ever asked for, and took."""
    return [*_of_intigo(state["intigo"]), *_of_parcel2go(state["parcel2go"]), *_of_ecotrack(state["ecotrack"])]


def heard(state: State) -> list[Heard]:
    """Every status update, in the order in which they came in."""
    return [
        Heard(
            barcode=push["body"]["barcode"],
            status=push["body"]["event_status"],
            at=push["body"]["event_time"],
            is_accepted=push["accepted"],
            is_answered=push["status"] == 200,
        )
        for push in state["ingrid"]["pushes"]
    ]


def refusals(state: State) -> int:
    """How many bookings couriers refused because a run had them do so."""
    calls = [call for courier in ("intigo", "parcel2go", "ecotrack") for call in state[courier]["calls"]]
    return sum(call["fault"] == "refuse" and call["operation"].startswith("create") for call in calls)


def _of_intigo(state: State) -> Iterator[Held]:
    """It is told sizes, not weights; what its people were asked by a ticket to take back, is theirs to decide."""
    asked_back = {ticket["nid"] for ticket in state["tickets"]}
    for parcel in state["parcels"]:
        yield Held(
            "intigo",
            parcel["nid"],
            parcel["request"]["name"],
            is_live=parcel["status"] != CANCELLED_BY_STAFF,
            is_asked_back=parcel["nid"] in asked_back,
        )


def _of_parcel2go(state: State) -> Iterator[Held]:
    """An order that nobody paid costs nothing, and nobody comes for it."""
    payments = Counter(payment["order_id"] for payment in state["payments"])
    for order in state["orders"]:
        for line, item in zip(order["lines"], order["request"]["Items"], strict=True):
            parcel, paid = item["Parcels"][0], payments[order["order_id"]]
            yield Held(
                "parcel2go",
                f"P2G{line['order_line_id']}",
                parcel["DeliveryAddress"]["ContactName"],
                weight_grams=int(Decimal(str(parcel["Weight"])) * 1000),
                is_live=paid > 0,
                payments=paid,
            )


def _of_ecotrack(state: State) -> Iterator[Held]:
    for order in state["orders"]:
        wanted = order["request"]
        yield Held(
            "ecotrack",
            order["tracking"],
            wanted["nom_client"],
            weight_grams=int(Decimal(str(wanted["weight"])) * 1000) if "weight" in wanted else None,
            is_live=order["deleted_at"] is None,
            is_binding=order["validated_at"] is not None,
            is_asked_back=bool(order["remarks"]),
        )
