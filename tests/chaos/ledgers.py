"""Three ledgers, none of them the backend's: what Ingrid's client did, what the couriers hold, what Ingrid heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """How a booking ended for Ingrid's client."""

    ACKNOWLEDGED = "acknowledged"  # answered 200
    REFUSED = "refused"  # answered 4xx: it is not to be
    GIVEN_UP = "given up"  # never answered, or told to come back, and she did not


class Wish(StrEnum):
    """How a wish to cancel a parcel ended for Ingrid's client."""

    GRANTED = "granted"  # answered 200
    DENIED = "denied"  # answered 4xx
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Told:
    """One package in the answer to a booking; `label` is the document's bytes as text."""

    barcode: str
    label: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One booking of Ingrid's client: `recipient` is a name that no other booking bears, `weights_grams` its packages.

    `wishes` are by barcode, and so are `happened`: the statuses that parcels came to at the courier, in order. Of a
    courier that never calls (`is_told` is false) only the last of them is certain to be seen. Its
    `twin_was_refused` where it was answered, and refused when it was asked for at the same time elsewhere.
    """

    recipient: str
    weights_grams: tuple[int, ...]
    ending: Ending
    tries: int = 1
    told: tuple[Told, ...] = ()
    is_always_alike: bool = True
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    happened: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_told: bool = True
    twin_was_refused: bool = False

    @property
    def was_refused(self) -> bool:
        return self.twin_was_refused or self.ending is Ending.REFUSED

    @property
    def was_repeated(self) -> bool:
        """Answered at last, after tries that were not."""
        return self.ending is Ending.ACKNOWLEDGED and self.tries > 1


@dataclass(frozen=True, slots=True)
class Held:
    """A parcel in a courier's books: how often it was paid, and whether it is to be delivered.

    `is_binding` is false for a draft; `weight_grams` is what the courier was told, or None where it is told none. Where
    its people were asked to take it back, `is_asked_back`.
    """

    courier: str
    number: str
    recipient: str
    weight_grams: int | None = None
    is_live: bool = True
    is_binding: bool = True
    payments: int = 1
    is_asked_back: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A status update as it came in at Ingrid's, with the moment `at` which the parcel came to it.

    `is_answered` where the sender got to know that it was accepted.
    """

    barcode: str
    status: str
    at: str = ""
    is_accepted: bool = True
    is_answered: bool = True

    @property
    def news(self) -> tuple[str, str, str]:
        """What it says, in whatever bytes."""
        return self.barcode, self.status, self.at


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What is compared; `listed` are the barcodes that people are shown, and `stuck` whose bookings are to be settled.

    `kills` are those of processes that tell Ingrid, and `refusals` the bookings that couriers refused.
    """

    attempts: Sequence[Attempt]
    held: Sequence[Held]
    heard: Sequence[Heard]
    listed: frozenset[str] = frozenset()
    stuck: frozenset[str] = frozenset()
    kills: int = 0
    refusals: int = 0
