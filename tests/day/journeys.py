"""What becomes of parcels on that day: when they are booked, and each one's way through Algeria, drawn by chance."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

Steps = list[tuple[float, str]]
"""Seconds after the booking, and Ecotrack's status from then on."""

HOUR, DAY = 3600.0, 86_400.0
OLDEST = 8 * DAY
BOOKED_AN_HOUR = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 15, 13, 14, 16, 17, 18, 19, 20, 18, 12, 7, 4)
"""How a day's bookings are spread over its hours, in Algiers."""


def moments(chance: random.Random, midnight: datetime, number: int) -> list[datetime]:
    """So many moments of a day, as people shop."""
    hours = chance.choices(range(24), BOOKED_AN_HOUR, k=number)
    return sorted(midnight + timedelta(hours=hour, seconds=chance.uniform(0, HOUR)) for hour in hours)


def journey(chance: random.Random, into_day: float) -> Steps:
    """The way of a parcel that was booked so many seconds into a day: two to nine days, by hubs and vans."""
    picked = chance.uniform(2, 30) * HOUR
    hub = picked + chance.uniform(2, 10) * HOUR
    on_the_road = hub + chance.uniform(4, 20) * HOUR
    station = on_the_road + chance.uniform(6, 40) * HOUR
    steps = [(picked, "vers_hub"), (hub, "en_hub"), (on_the_road, "vers_wilaya"), (station, "en_preparation")]
    return steps + _deliveries(chance, station, into_day)


def _deliveries(chance: random.Random, station: float, into_day: float) -> Steps:
    """Each day in a van from the morning on, until it is handed over, or after three tries sent back."""
    morning = (int((station + into_day) // DAY) + 1) * DAY - into_day
    steps: Steps = []
    for day in range(3):
        leaves = morning + day * DAY + chance.uniform(7.5, 10) * HOUR
        arrives = leaves + chance.uniform(0.5, 8) * HOUR
        steps.append((leaves, "en_livraison"))
        if chance.random() < 0.7:
            return [*steps, (arrives, "livre_non_encaisse")]
        steps.append((arrives, "suspendu"))
    back = steps[-1][0] + chance.uniform(4, 30) * HOUR
    return [*steps, (back, "retour_transit_entrepot"), (back + chance.uniform(1, 4) * DAY, "retour_recu")]


def open_ones(chance: random.Random, number: int, into_day: float) -> Sequence[tuple[float, Steps]]:
    """So many parcels that are not at the end of their way so many seconds into a day, the oldest first.

    Of each its age in seconds, and its steps.
    """
    found: list[tuple[float, Steps]] = []
    while len(found) < number:
        age = chance.uniform(0, OLDEST)
        steps = journey(chance, (into_day - age) % DAY)
        if steps[-1][0] > age:
            found.append((age, steps))
    return sorted(found, key=lambda one: -one[0])
