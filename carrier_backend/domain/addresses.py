"""Where and when: addresses, whom to reach there, spans of time, and places to pick up from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees, WGS 84."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as free text; `country` is ISO 3166 alpha-2; what is not known is the empty string."""

    country: str
    name: str = ""
    care_of: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    coordinates: Coordinates | None = None

    @property
    def street(self) -> str:
        """All lines on one."""
        return ", ".join(line for line in self.lines if line)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach someone; what is not known is the empty string."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a journey."""

    address: Address
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time between two aware moments; it may be of no length."""

    start_at: datetime
    end_at: datetime


class PlaceKind(StrEnum):
    """What kind of place a pickup point is."""

    LOCKER = "locker"
    POST_OFFICE = "postoffice"
    MANNED = "manned"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Open on one weekday (Sunday is 0) between two local times written `HH:MM`, at a UTC offset written `+02:00`."""

    day: int
    opens: str
    closes: str
    utc_offset: str


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """A place where a shopper can fetch a parcel; its address always has coordinates."""

    id: str
    address: Address
    kind: PlaceKind
    opening_hours: tuple[OpeningHours, ...] = ()
