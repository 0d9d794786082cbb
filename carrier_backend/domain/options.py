"""What can be promised at the checkout."""

from dataclasses import dataclass

from carrier_backend.domain.addresses import PickupPoint, Window


@dataclass(frozen=True, slots=True)
class Options:
    """Delivery windows, soonest first, and pickup points, nearest first.

    A courier that knows no windows of its own leaves them empty; the product's calendar then gives them.
    """

    windows: tuple[Window, ...] = ()
    pickup_points: tuple[PickupPoint, ...] = ()
