"""What the inside asks of the outside, and what the rooms on one floor ask of each other.

A port stands where there are two implementations, or where a floor would otherwise look sideways.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from carrier_backend.domain.errors import CounterpartError
from carrier_backend.domain.exchanges import Exchange
from carrier_backend.domain.health import Health, Means
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.notifications import Notification
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery
from carrier_backend.domain.parcels import Booked, Cancellation, Facts, Label, LabelFormat
from carrier_backend.domain.products import Route, Terms
from carrier_backend.domain.quotas import Admission, Allowance, Quota, Urgency
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Heard, Seen, StatusUpdate, TrackingEvent


@dataclass(frozen=True, slots=True)
class Step:
    """One named step of a booking, as its journal knows it; `age` is by the database's clock, since it was begun."""

    name: str
    facts: Facts
    is_done: bool
    age: timedelta


class Journal(Protocol):
    """What a courier notes, durably, on its way through one booking; a resumed booking reads it first.

    Every write is committed before it returns, and refused (Busy) once the lease on the shipment is lost.
    """

    def step(self, name: str) -> Step | None:
        """The step of that name, if it was ever begun."""

    def begin(self, name: str, facts: Facts) -> None:
        """Note that a call is about to go out; beginning an undone step anew starts its age again.

        Raises Untimely where the booking may for now only be looked at.
        """

    def note(self, name: str, facts: Facts) -> None:
        """Keep what was learned about a begun step, its age unchanged; by looking alone, too."""

    def done(self, name: str, facts: Facts) -> None:
        """Note that a step was carried out, and what is to be remembered of it."""

    def withdraw(self, name: str) -> None:
        """Note that a begun step certainly did not happen (the call was Unreachable or Declined)."""


class Untimely(Exception):
    """Raised by a journal that was opened for looking only: something new would have to be begun."""


@dataclass(frozen=True, slots=True)
class Chore:
    """What clockwork repeats for a courier: region lists, balances."""

    name: str
    interval: timedelta
    run: Callable[[], None]


Act = Callable[[Booked, Mapping[str, object]], Mapping[str, object]]
"""What only operators ask of a courier: a parcel and their arguments in, what came of it out."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of a courier's to us, as it came in; `kind` is the rest of the path."""

    kind: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a courier expects back from us."""

    body: bytes
    content_type: str = "application/json"


class Webhook(Protocol):
    """Hearing a courier that calls us; it never calls out."""

    kinds: Sequence[str]
    shown: frozenset[str]
    """Names of fields in their bodies whose values may be kept for operators to read."""

    def verify(self, delivery: Delivery) -> str:
        """The voice in which they speak; raises NotAllowed unless it is really them, compared in constant time."""

    def voices(self, shipper_id: str, booked_at: datetime) -> Collection[str]:
        """The voices that may speak of what was booked for a merchant at that moment: those of its account."""

    def heard(self, delivery: Delivery) -> Heard:
        """What they say; raises Malformed where nothing of it can be read."""

    def reply(self, delivery: Delivery) -> Reply:
        """What they expect back."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a courier told when it was asked about parcels, which of them it was asked about, and why not the others."""

    events: Sequence[TrackingEvent]
    parcels: Sequence[Booked]
    failure: CounterpartError | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How one merchant, or all by default, is known to a courier; since when, or None where that was never noted."""

    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    since: datetime | None = None


class PlaceNames(Protocol):
    """A courier's list of places, to which operators add names that people use."""

    def meant(self, name: str, place: Mapping[str, str]) -> Mapping[str, str]:
        """The `city` and `subdivision` that a name is to mean, in the list's own spelling.

        Raises NotServed where nothing would come of it, with names of the list that are like those given; Unreachable
        where there is no list yet.
        """

    def is_same(self, name: str, other: str) -> bool:
        """Whether two names are one, however they are spelled."""


class Courier(Protocol):
    """A company that carries parcels for us."""

    name: str
    webhook: Webhook | None
    """None: it never calls, so it is polled."""
    chores: Sequence[Chore]
    acts: Mapping[str, Act]
    places: PlaceNames | None
    """None: it has no list of places that names could be added to."""
    stoppable_in: frozenset[Status]
    """How far a parcel may be for its courier still to be able, or to be asked, to stop it."""
    tracks_at_once: int
    """How many parcels one question about tracking may name."""

    def options(self, query: OptionsQuery, route: Route) -> Options:
        """What can be promised, under a short deadline; raises NotServed for a place it does not go to."""

    def accept(self, shipment: Shipment) -> None:
        """Raise NotServed, with every fault, for what could never be handed over; calls nobody where it can."""

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        """Hand over the whole shipment: one Booked per parcel, in order.

        Resumable: after a crash at any point a second call asks before it repeats, and ends with the same parcels.
        Called once more at their `resume_at`, it takes the later step, and not for a parcel that is called off by then.
        Raises Declined, Unreachable or Unsure.
        """

    def quiet_for(self, shipment: Shipment) -> timedelta:
        """How long, after a write whose answer was lost, what was asked for may still come into being."""

    def number_of(self, told: Mapping[str, object]) -> str:
        """The `number` that people tell, written as a booking's is; raises Malformed for what cannot be one."""

    def adopt(self, shipment: Shipment, reference: str, told: Mapping[str, object], journal: Journal) -> None:
        """Note, if the courier itself says so, that a parcel of ours exists under the `number` that people found there.

        `told` holds the number, and whatever else this courier has to be asked with. From then on `book` takes the
        parcel for made. Raises Malformed, naming what has to be told besides; Declined for a number that the courier
        does not know, or that is visibly another parcel's.
        """

    def undo(self, shipment: Shipment, journal: Journal, *, ask: bool) -> Cancellation:
        """Take back whatever `book` began: DONE where nothing is left, ASKED where people were asked to decide.

        Without `ask`, only what is certain is done; UNABLE, without any effect, where certainty is not to be had.
        """

    def label(self, booked: Booked, wanted: LabelFormat) -> Label:
        """The printable label; raises Unreachable, or Declined, while there is none: the parcel exists all the same."""

    def cancel(self, booked: Booked, journal: Journal) -> Cancellation:
        """Call off one parcel; again, it says the same and does nothing twice.

        DONE; ASKED where people decide; UNABLE where nobody can tell whether they were asked.
        """

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        """What the courier has recorded of at most `tracks_at_once` parcels; a repeated event is no news.

        `seen` holds, by reference and oldest first, what asking gave before: for a courier that tells a parcel's status
        and not when it came about.
        """

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        """How long a parcel in that status may be silent before it is asked about.

        `age` is since it was booked; `interval` is what operators set for the parcels of a courier that never calls.
        """

    def account(self, shipper_id: str = "") -> str:
        """What tells the account that serves a merchant, or by default all, from others: a digest (see Outages)."""

    def check(self, shipper_id: str = "") -> Health:
        """Read-only: key, network, quota, balance of the account that serves a merchant, or by default all."""

    def means(self) -> Means:
        """What is known, without asking it, of what the default account still has."""

    def faults_in_terms(self, terms: Terms) -> Sequence[str]:
        """What is wrong with a merchant's `[merchant.couriers.<name>]`."""

    def faults_in_account(self, account: Account) -> Sequence[str]:
        """What is wrong with a merchant's own account, as far as it can be seen without asking anybody."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A list a courier gave us, as bytes; the version changes whenever the bytes do."""

    version: int
    content: bytes
    fetched_at: datetime


class Snapshots(Protocol):
    """Lists that serve while whoever gave them is away: regions, countries, aliases. Read from memory."""

    def read(self, name: str) -> Snapshot | None:
        """The last good copy."""

    def keep(self, name: str, content: bytes) -> None:
        """Keep a new copy; the old one is replaced."""


class Accounts(Protocol):
    """Which account a courier is to be used with, and what a merchant has spent with it in a day."""

    def of(self, courier: str, shipper_id: str) -> Account | None:
        """The merchant's own account, or None where the courier's default one holds."""

    def every(self, courier: str) -> Sequence[Account]:
        """All accounts that merchants hold of their own with a courier."""

    def spend(
        self, courier: str, shipper_id: str, day: date, purpose: str, amount: Decimal, limit: Decimal | None
    ) -> bool:
        """Count an amount towards a merchant's day, once for a purpose; False, and not counted, beyond a limit."""

    def spent(self, courier: str, since: date) -> Mapping[str, Decimal]:
        """What each merchant spent from that day on."""

    def take_back(self, courier: str, purpose: str) -> None:
        """Count what was spent for a purpose no longer."""


class Calls(Protocol):
    """One limiter for all processes and hosts that share an account."""

    def admit(self, quota: Quota, urgency: Urgency) -> Admission:
        """Count one call in, or nothing where there is no room for calls of that urgency."""

    def over(self, quota: Quota, admission: Admission, told: Sequence[Allowance]) -> None:
        """An admitted call has come to its end, whichever: they counted it now at the latest.

        What they told about their windows holds where it leaves less room than we knew of; nothing left is a pause.
        """

    def left(self, quota: Quota) -> Mapping[timedelta, int]:
        """How many calls each window still has room for."""


class Outages(Protocol):
    """Which accounts are cut off because they fail, for all processes and hosts."""

    def seconds_left(self, account: str) -> float | None:
        """How long until somebody may try whether it answers again; None: it is not cut off."""

    def begin(self, who: str, account: str, pause: timedelta) -> None:
        """Cut an account off; after the pause, it may be tried."""

    def take_turn(self, account: str, pause: timedelta) -> bool:
        """Whether it is this caller's turn to try; then nobody's again until the pause is over."""

    def end(self, account: str) -> None:
        """It answers again."""


class Exchanges(Protocol):
    """What was said both ways, for operators to read."""

    def record(self, exchange: Exchange) -> None:
        """Have it kept in a moment: it costs its own request neither time nor, where it cannot be, its success."""


class Bulkhead(Protocol):
    """Only so many threads of this process wait for one courier at a time."""

    def __call__(self, who: str, /) -> AbstractContextManager[None]:
        """Take a place, or be in the one already taken; raises Busy where none becomes free in a moment."""


CountCall = Callable[[str, str], None]
"""Count a call of ours: whom it was to, and what came of it."""


class Tally(Protocol):
    """Calls counted by one process since it was last asked."""

    def take(self) -> Mapping[tuple[str, str], int]:
        """How many, by whom they were to and what came of them; they are counted no longer."""

    def put_back(self, calls: Mapping[tuple[str, str], int]) -> None:
        """Count again what was taken and could not be kept."""


class StatusChannel(Protocol):
    """Ingrid's webhook for status updates."""

    def send(self, body: bytes, site_id: str) -> None:
        """Sign and send exactly these bytes; raises Declined, Unreachable, LockedOut or Unsure."""


class Notifications(Protocol):
    """What Ingrid tells shoppers about an order."""

    is_possible: bool
    """Whether she can be asked: whether we were given a token for it."""

    def of_order(self, site_id: str, external_id: str) -> Sequence[Notification]:
        """All of one order; raises Declined, Unreachable or LockedOut."""

    def retrigger(self, site_id: str, notification_id: str) -> str:
        """Have one sent again: the id of the new one; raises Declined, Unreachable, LockedOut or Unsure."""


class Wire(Protocol):
    """How Ingrid has our words written: services keep the bytes without reading them."""

    def booking(self, shipment: Shipment) -> bytes:
        """The answer to a booking, parcels in the order of the request."""

    def status(self, update: StatusUpdate) -> bytes:
        """The body of a status update, signed and sent as it is."""


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """An aware UTC moment."""

    def monotonic(self) -> float:
        """Seconds that never go backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Bounds(Protocol):
    """What surrounds one piece of work: every call made inside bears the trace id and ends within the seconds."""

    def __call__(self, *, seconds: float, trace_id: str | None = None) -> AbstractContextManager[None]:
        """Enter the bounds; inner bounds never outlast outer ones, and without a trace id theirs is kept."""

    @property
    def trace_id(self) -> str:
        """The trace id of the work at hand; empty outside of any bounds."""

    def time_left(self) -> float | None:
        """Seconds until the innermost bounds end; None outside of any."""


IsPublicHoliday = Callable[[str, date], bool]
"""Whether a day is a public holiday in a country (ISO alpha-2)."""
