"""Whatever is asked in whatever order, and whatever dies or lies: each booking exists exactly once at the courier."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from carrier_backend.domain.errors import Busy, Conflict, CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.domain.orders import Order
from carrier_backend.domain.shipments import Shipment
from carrier_backend.storage import shipments, tables
from tests.builders import an_order
from tests.fakes import FakeCourier, FrozenClock
from tests.machines.stage import Stage

LATEST_COMMIT_SECONDS = 60
FAILURES: dict[str, CounterpartError] = {
    "declined": Declined("fake", "create", "no such street"),
    "unreachable": Unreachable("fake", "create"),
}
UNSURE = Unsure("fake", "create")


class LateCourier(FakeCourier):
    """Commits some creates long after it was given up on, and knows which package each reference was for."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.packages: dict[str, str] = {}
        self.late_seconds: list[int] = []
        self._clock = clock
        self._pending: list[tuple[float, Shipment]] = []

    def catch_up(self) -> None:
        due = [shipment for at, shipment in self._pending if at <= self._clock.monotonic()]
        self._pending = [pair for pair in self._pending if pair[0] > self._clock.monotonic()]
        for shipment in due:
            super()._create(shipment)

    def _create(self, shipment: Shipment) -> None:
        for parcel in shipment.parcels:
            self.packages[parcel.reference] = parcel.package_id
        if self.late_seconds:
            self._pending.append((self._clock.monotonic() + self.late_seconds.pop(), shipment))
            raise UNSURE
        super()._create(shipment)

    def _knows(self, shipment: Shipment) -> bool:
        self.catch_up()
        return super()._knows(shipment)


class BookingMachine(RuleBasedStateMachine):
    """Ingrid books, repeats and cancels; the courier loses answers; our process dies; time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.courier = LateCourier(self.clock)
        self.stage = Stage(self.courier, self.clock)
        self.orders: list[Order] = []
        self.answers: dict[int, bytes] = {}
        self.cancelled: set[str] = set()

    @rule(parcels=st.integers(1, 3), late_seconds=st.none() | st.integers(5, LATEST_COMMIT_SECONDS))
    def book(self, parcels: int, late_seconds: int | None) -> None:
        self.courier.late_seconds = [] if late_seconds is None else [late_seconds]
        self.orders.append(an_order(parcels=parcels))
        self._book(len(self.orders) - 1)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        newest = len(self.orders) - 1
        self._book(newest - data.draw(st.integers(0, min(newest, 2))))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        barcode = data.draw(st.sampled_from([each for answer in self.answers.values() for each in barcodes(answer)]))

        def cancel() -> None:
            self.stage.backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="TRACE2")
            self.cancelled.add(barcode)

        self._try(cancel)

    @rule(kind=st.sampled_from(sorted(FAILURES)))
    def the_next_create_fails(self, kind: str) -> None:
        self.courier.fails["book"] = [FAILURES[kind]]

    @rule(operation=st.sampled_from(["book", "cancel"]))
    def the_next_answer_is_lost(self, operation: str) -> None:
        self.courier.fails_after[operation] = [UNSURE]

    @rule()
    def the_next_label_is_missing(self) -> None:
        self.courier.fails["label"] = [Unreachable("fake", "label")]

    @rule(points=st.integers(0, 16))
    def the_process_is_to_die(self, points: int) -> None:
        self.stage.process.die_after(points)

    @rule(times=st.integers(1, 3))
    def reconcile(self, times: int) -> None:
        for _ in range(times):
            self._try(self.stage.backend.reconcile.run_once)

    @rule(seconds=st.sampled_from([1, 6, 31, 91, 121, 600, 1900]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.courier.catch_up()

    @invariant()
    def nothing_is_created_twice(self) -> None:
        assert max(Counter(self.courier.creates).values(), default=1) == 1
        assert max(Counter(self.courier.packages[each] for each in self.courier.books).values(), default=1) == 1

    @invariant()
    def what_was_acknowledged_is_there_unless_cancelled(self) -> None:
        live = set(self.courier.books.values())
        acknowledged = {each for answer in self.answers.values() for each in barcodes(answer)}
        assert not self.cancelled & live
        assert acknowledged - live <= self._off()

    def teardown(self) -> None:
        """Everybody is well again: what was left half-way comes to its end."""
        try:
            self.stage.process.live_on()
            self.courier.fails, self.courier.fails_after, self.courier.late_seconds = {}, {}, []
            for _ in range(12):
                self.time_passes(1900)
                while self.stage.backend.reconcile.run_once():
                    pass
            self.nothing_is_created_twice()
            self.what_was_acknowledged_is_there_unless_cancelled()
            assert self._open() == []
            assert set(self.courier.books) <= self._known()
        finally:
            self.stage.close()

    def _book(self, number: int) -> None:
        def book() -> None:
            answer = self.stage.backend.book(self.orders[number]).body
            before = self.answers.get(number)
            assert before in (None, answer) or set(barcodes(before)) <= self._off()
            self.answers[number] = answer

        self._try(book)

    def _try(self, work: Callable[[], object]) -> None:
        def tried() -> None:
            with suppress(Busy, Conflict, CounterpartError):  # whoever asked is told to come again, or no
                work()

        self.stage.process.run(tried)

    def _off(self) -> set[str]:
        """Parcels that were to be cancelled, whether or not whoever asked has heard that they are."""
        return {
            parcel.barcode
            for shipment in self._shipments()
            for parcel in shipment.parcels
            if parcel.barcode and parcel.booking in (BookingState.CANCELLING, BookingState.CANCELLED)
        }

    def _open(self) -> list[BookingState]:
        ended = (BookingState.BOOKED, BookingState.REFUSED, BookingState.ABANDONED, BookingState.CANCELLED)
        return [
            state
            for shipment in self._shipments()
            for state in (shipment.state, *(parcel.booking for parcel in shipment.parcels))
            if state not in ended
        ]

    def _known(self) -> set[str]:
        """References that we know to be booked."""
        return {
            parcel.reference
            for shipment in self._shipments()
            for parcel in shipment.parcels
            if parcel.booking is BookingState.BOOKED
        }

    def _shipments(self) -> list[Shipment]:
        with self.stage.store.read() as unit:
            ids = unit.connection.execute(select(tables.shipments.c.id)).scalars().all()
            return [shipments.get(unit, id) for id in ids]


def barcodes(answer: bytes | None) -> list[str]:
    return [package["barcode"] for package in json.loads(answer or b'{"packages": []}')["packages"]]


TestBooking = BookingMachine.TestCase
TestBooking.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
