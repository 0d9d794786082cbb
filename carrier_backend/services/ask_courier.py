"""What only operators ask of a parcel's courier, such as a ticket or a remark: one thing at a time."""

from collections.abc import Callable, Mapping
from functools import partial

from carrier_backend.domain.errors import Conflict, Unknown
from carrier_backend.ports import Courier
from carrier_backend.services.intervene import Hand, Intervene, Wish
from carrier_backend.storage.store import Unit

Arguments = Mapping[str, object]


class AskCourier:
    """Do one of the acts that a courier has of its own."""

    def __init__(self, intervene: Intervene, couriers: Mapping[str, Courier]) -> None:
        self._intervene = intervene
        self._couriers = couriers

    def __call__(self, wish: Wish, arguments: Arguments) -> Mapping[str, object]:
        """What came of it; raises Unknown where the courier has no such act, Busy, and whatever the courier says.

        Raises Conflict where it has no parcel of ours yet.
        """
        with self._intervene.taken(wish, partial(self._judge, wish, arguments)) as hand:
            return self._chosen(wish, hand)(arguments)

    def _judge(self, wish: Wish, arguments: Arguments, unit: Unit, hand: Hand) -> Mapping[str, object]:
        """Of arguments only the names: they may be a shopper's new number or address, which is not for the trail."""
        self._chosen(wish, hand)
        return {"arguments": sorted(arguments)}

    def _chosen(self, wish: Wish, hand: Hand) -> Callable[[Arguments], Mapping[str, object]]:
        possible = self._couriers[hand.shipment.courier].acts
        if wish.act not in possible:
            raise Unknown(f"no act {wish.act!r}: there are {', '.join(possible) or 'none'}")
        if (booked := hand.shipment.parcel(hand.reference).booked) is None:
            raise Conflict("the package is not booked: its courier has nothing to be asked about")
        return partial(possible[wish.act], booked)
