"""Two tables, one line per legal move: of a booking, and of a parcel's journey."""

from datetime import datetime
from enum import StrEnum


class BookingState(StrEnum):
    """What we and the courier have agreed on."""

    INTENDED = "intended"  # committed here; the courier may or may not have been asked
    UNSURE = "unsure"  # the courier may or may not have done it
    BOOKED = "booked"
    UNDOING = "undoing"  # not to be; what was begun is being taken back
    REFUSED = "refused"
    ABANDONED = "abandoned"  # nobody came back for it, and it was taken back
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


BOOKING_MOVES: dict[BookingState, frozenset[BookingState]] = {
    BookingState.INTENDED: frozenset(
        {BookingState.BOOKED, BookingState.UNSURE, BookingState.UNDOING, BookingState.ABANDONED}
    ),
    BookingState.UNSURE: frozenset({BookingState.BOOKED, BookingState.UNDOING, BookingState.ABANDONED}),
    BookingState.UNDOING: frozenset({BookingState.REFUSED, BookingState.ABANDONED}),
    BookingState.BOOKED: frozenset({BookingState.CANCELLING, BookingState.CANCELLED}),
    BookingState.CANCELLING: frozenset({BookingState.CANCELLED, BookingState.BOOKED}),
    BookingState.REFUSED: frozenset(),
    BookingState.ABANDONED: frozenset(),
    BookingState.CANCELLED: frozenset(),
}


class Status(StrEnum):
    """Where a parcel is: the words Ingrid is told (contract section 5b)."""

    SUBMITTED = "submitted"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    AT_DEPOT = "at_depot"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ARRIVED_AT_PICKUP_POINT = "arrived_at_pickup_point"
    DELIVERY_FAILED = "delivery_failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"


_ANYWHERE = frozenset(Status) - {Status.SUBMITTED}

JOURNEY_MOVES: dict[Status, frozenset[Status]] = {
    Status.SUBMITTED: _ANYWHERE,
    Status.PICKED_UP: _ANYWHERE - {Status.PICKED_UP},
    Status.IN_TRANSIT: _ANYWHERE,  # from one hub to the next: each leg is news
    Status.AT_DEPOT: _ANYWHERE,
    Status.OUT_FOR_DELIVERY: _ANYWHERE,  # again on another day
    Status.ARRIVED_AT_PICKUP_POINT: _ANYWHERE - {Status.ARRIVED_AT_PICKUP_POINT},
    Status.DELIVERY_FAILED: _ANYWHERE,
    Status.DELAYED: _ANYWHERE,
    Status.RETURNING: _ANYWHERE - {Status.RETURNING},
    Status.DELIVERED: frozenset({Status.RETURNING, Status.RETURNED}),  # an exchange, or a refusal noted late
    Status.RETURNED: frozenset(),
    Status.CANCELLED: _ANYWHERE - {Status.CANCELLED},  # it travels after all: Ingrid has to know
    Status.LOST: _ANYWHERE - {Status.LOST},  # found again
}

NOT_YET_MOVING = frozenset({Status.SUBMITTED, Status.DELAYED})
FINAL = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.LOST})


class Setback(StrEnum):
    """What keeps a booking from being made or taken back at once, or is its end."""

    UNSURE = BookingState.UNSURE
    UNDOING = BookingState.UNDOING
    REFUSED = BookingState.REFUSED
    ABANDONED = BookingState.ABANDONED
    NOT_BOOKED = "not booked yet"
    NO_LABEL = "no label yet"
    NOT_CARRIED_ON = "later step not taken yet"
    NOT_CANCELLED = "not cancelled yet"
    NOT_TAKEN_BACK = "not taken back yet"


class Standing(StrEnum):
    """How shipments stand, for those who look for some: any parcel's state of booking, or whom they wait for."""

    INTENDED = BookingState.INTENDED
    UNSURE = BookingState.UNSURE
    BOOKED = BookingState.BOOKED
    UNDOING = BookingState.UNDOING
    REFUSED = BookingState.REFUSED
    ABANDONED = BookingState.ABANDONED
    CANCELLED = BookingState.CANCELLED
    CANCELLING = BookingState.CANCELLING  # until people have decided whether any of its parcels is
    STUCK = "stuck"  # until an operator has settled it
    UNCLAIMED = "unclaimed"  # until whoever ordered it comes back for the answer


class StuckOver(StrEnum):
    """What a shipment waits for an operator for: whoever mends it knows by this that it is mended."""

    SETTLING = "settling"  # tried too often; once it goes well, nobody is needed
    CANCELLATION = "cancellation"  # of which nobody knows whether its courier was asked
    LATER_STEP = "later step"  # refused, after everybody was told that it is booked
    UNDOING = "undoing"  # people were asked, or have to be: a ticket, a refund


def may_become(state: BookingState, wanted: BookingState) -> bool:
    """Whether a booking may go from one state to another."""
    return wanted in BOOKING_MOVES[state]


def moves(status: Status | None, news: Status) -> bool:
    """Whether a parcel may come from one status to another."""
    return status is None or news in JOURNEY_MOVES[status]


def is_current(status: Status | None, status_at: datetime | None, news_at: datetime, now: datetime) -> bool:
    """Whether news is at least as young as a parcel's status.

    `submitted` is our own word by our own clock: a courier whose clock is behind ours still says something newer. And a
    status dated in the future must not make what truly happens until then look old.
    """
    if status_at is None or status in (None, Status.SUBMITTED):
        return True
    return news_at >= status_at or news_at <= now < status_at
