"""Stand-ins that behave: a clock to drive, a courier that keeps its word, and a channel that remembers."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from carrier_backend.domain.errors import CounterpartError, Declined, Fault, NotServed, Unreachable, Unsure
from carrier_backend.domain.health import Condition, Health, Means
from carrier_backend.domain.lifecycle import NOT_YET_MOVING, BookingState, Status
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery
from carrier_backend.domain.parcels import (
    Booked,
    Cancellation,
    Label,
    LabelEncoding,
    LabelFormat,
    Outcome,
)
from carrier_backend.domain.products import Route, Terms
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.ports import Account, Act, Answered, Chore, Journal, PlaceNames, Webhook
from carrier_backend.services.hand_over import LABEL_PAUSES_SECONDS

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FrozenClock:
    """ports.Clock that stands still until it is told to go on.

    Sleeping moves it - unless many sleep at once, when each one's waiting would use up the time of all.
    """

    def __init__(self, now: datetime = MONDAY) -> None:
        self._now = now
        self._seconds = 0.0
        self.moves_with_sleepers = True

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        if self.moves_with_sleepers:
            self.advance(timedelta(seconds=seconds))
        threading.Event().wait(0.001)  # let whoever is waited for have a turn

    def advance(self, span: timedelta) -> None:
        self._now += span
        self._seconds += span.total_seconds()


def a_label(text: str) -> bytes:
    return b"%PDF-1.4\n" + text.encode() + b"\n%%EOF\n"


def _remark(booked: Booked, arguments: Mapping[str, object]) -> Mapping[str, object]:
    return {"noted": arguments["text"], "of": booked.number}


LABEL_TRIES = 1 + len(LABEL_PAUSES_SECONDS)
"""How often a label is asked for at most, in one booking that has all of its time."""


class FakePlaces:
    """ports.PlaceNames: it lists every place but Atlantis."""

    def meant(self, name: str, place: Mapping[str, str]) -> Mapping[str, str]:
        if place["city"] == "Atlantis":
            raise NotServed(Fault("'Atlantis' is no city of the list", "city"))
        return place

    def is_same(self, name: str, other: str) -> bool:
        return name.casefold() == other.casefold()


class FakeCourier:
    """ports.Courier with books of its own: `books` maps our references to its numbers, and it never forgets.

    `elsewhere` maps numbers that only people can find to our references.
    `fails` holds, per operation, errors raised in turn; those in `fails_after` are raised once it is done. With a
    `resume_at`, a booking has a later step: `carried_out` are the references for which it was taken.
    """

    name = "fake"
    webhook: Webhook | None = None
    chores: Sequence[Chore] = ()
    stoppable_in = NOT_YET_MOVING
    tracks_at_once = 10
    quiet_window = timedelta(seconds=120)

    def __init__(self) -> None:
        self.books: dict[str, str] = {}
        self.creates: list[str] = []
        self.elsewhere: dict[str, str] = {}
        self.cancels: list[str] = []
        self.labels: dict[str, bytes] = {}
        self.history: dict[str, list[TrackingEvent]] = {}
        self.fails: dict[str, list[CounterpartError]] = {}
        self.fails_after: dict[str, list[CounterpartError]] = {}
        self.cancels_certainly = True
        self.during_book: Callable[[], None] = lambda: None
        self.during_label: Callable[[], None] = lambda: None
        self.resume_at: datetime | None = None
        self.health = Health(Condition.WELL, "well")
        self.has = Means()
        self.carried_out: list[str] = []
        self.acts: Mapping[str, Act] = {"remark": _remark}
        self.places: PlaceNames | None = FakePlaces()

    def options(self, query: OptionsQuery, route: Route) -> Options:
        self._fail("options")
        return Options()

    def accept(self, shipment: Shipment) -> None:
        self._fail("accept")

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        step = journal.step("create")
        if step is None or (not step.is_done and not self._knows(shipment) and step.age > self.quiet_window):
            journal.begin("create", {})
            self.during_book()
            try:
                self._fail("book")
            except (Unreachable, Declined):
                journal.withdraw("create")
                raise
            self._create(shipment)
            self._fail_after("book")
            journal.done("create", {})
        elif not step.is_done:
            if not self._knows(shipment):
                raise Unsure(self.name, "create")
            journal.done("create", {})
        if shipment.state is BookingState.BOOKED:
            self._fail("resume")
            self.carried_out += [each.reference for each in shipment.parcels if each.booking is BookingState.BOOKED]
            self._fail_after("resume")
        return [self._booked(shipment, reference) for reference in shipment.references]

    def quiet_for(self, shipment: Shipment) -> timedelta:
        return self.quiet_window

    def number_of(self, told: Mapping[str, object]) -> str:
        return str(told["number"]).removeprefix("#")

    def adopt(self, shipment: Shipment, reference: str, told: Mapping[str, object], journal: Journal) -> None:
        self._fail("adopt")
        number = str(told["number"])
        if self.elsewhere.get(number) != reference:
            raise Declined(self.name, "adopt", f"{number} is another's")
        if journal.step("create") is None:
            journal.begin("create", {})
        self.books[reference] = number

    def undo(self, shipment: Shipment, journal: Journal, *, ask: bool) -> Cancellation:
        self._fail("undo")
        if self._knows(shipment) and not self.cancels_certainly:
            return Cancellation(Outcome.ASKED, "people were asked") if ask else Cancellation(Outcome.UNABLE)
        for reference in shipment.references:
            self.books.pop(reference, None)
        return Cancellation(Outcome.DONE)

    def label(self, booked: Booked, wanted: LabelFormat) -> Label:
        self.during_label()
        self._fail("label")
        return Label(LabelEncoding.PDF, self.labels.get(booked.reference, a_label(booked.reference)))

    def cancel(self, booked: Booked, journal: Journal) -> Cancellation:
        self._fail("cancel")
        self.cancels.append(booked.reference)
        self._fail_after("cancel")
        if self.cancels_certainly:
            self.books.pop(booked.reference, None)
            return Cancellation(Outcome.DONE)
        return Cancellation(Outcome.ASKED, "ticket 7 was filed")

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        self._fail("track")
        return Answered([event for parcel in parcels for event in self.history.get(parcel.number, [])], parcels)

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        return timedelta(hours=6)

    def account(self, shipper_id: str = "") -> str:
        return f"the account of {shipper_id or 'all'}"

    def check(self, shipper_id: str = "") -> Health:
        return self.health

    def means(self) -> Means:
        return self.has

    def faults_in_terms(self, terms: Terms) -> Sequence[str]:
        return [f"{name}: not a term" for name in terms]

    def faults_in_account(self, account: Account) -> Sequence[str]:
        return [f"credentials.{name}: is not known here" for name in account.credentials if name != "api_key"]

    def _create(self, shipment: Shipment) -> None:
        for reference in shipment.references:
            self.creates.append(reference)
            self.books[reference] = str(1000000 + len(self.creates))

    def _knows(self, shipment: Shipment) -> bool:
        return all(reference in self.books for reference in shipment.references)

    def _booked(self, shipment: Shipment, reference: str) -> Booked:
        resume_at = None if shipment.state is BookingState.BOOKED else self.resume_at
        number = shipment.parcel(reference).barcode or self.books[reference]
        return Booked(reference, number, shipment.journey.shipper_id, resume_at=resume_at)

    def _fail(self, operation: str) -> None:
        if self.fails.get(operation):
            raise self.fails[operation].pop(0)

    def _fail_after(self, operation: str) -> None:
        if self.fails_after.get(operation):
            raise self.fails_after[operation].pop(0)


class FakeChannel:
    """ports.StatusChannel that keeps what it accepts, and refuses what it is told to."""

    def __init__(self) -> None:
        self.accepted: list[bytes] = []
        self.tried: list[bytes] = []
        self.sites: list[str] = []
        self._error: CounterpartError | None = None
        self._word = ""

    def refuse(self, error: CounterpartError, word: str = "") -> None:
        """From now on refuse every update, or those in which a word occurs."""
        self._error, self._word = error, word

    def agree(self) -> None:
        """From now on refuse nothing."""
        self._error = None

    def send(self, body: bytes, site_id: str) -> None:
        self.tried.append(body)
        if self._error and self._word.encode() in body:
            raise self._error
        self.accepted.append(body)
        self.sites.append(site_id)
