"""Asks couriers about parcels that have been silent for too long, or that something gave reason to look at."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from carrier_backend.domain.errors import CounterpartError, Declined
from carrier_backend.domain.parcels import Booked
from carrier_backend.ports import Answered, Bounds, Courier
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.storage import looks, tracking
from carrier_backend.storage.looks import Taken
from carrier_backend.storage.store import Store

log = structlog.get_logger()
BATCH = 100
ASK_SECONDS = 15
QUESTIONS = 3
LEASE = timedelta(minutes=3)
"""Then parcels are asked about again whose courier did not answer, or whose process died.

Longer than so many questions take, and than SOON besides.
"""
SOON = timedelta(minutes=2)
"""A question with room left takes in what is due so soon."""
SHORTEST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
"""Whatever a courier says of when to ask again."""


class PollTracking:
    """Ask each courier about the parcels that are due."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        record_tracking: RecordTracking,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._record_tracking = record_tracking
        self._bounds = bounds

    @property
    def couriers(self) -> Collection[str]:
        """The names of those that are asked, each best in a thread of its own: one that hangs holds up no other."""
        return self._couriers.keys()

    def run_once(self, *names: str) -> int:
        """Ask these couriers, or all of them, about what is due now; how many parcels that was."""
        return sum(self._poll(self._couriers[name]) for name in names or self._couriers)

    def look(self, name: str, references: Sequence[str]) -> Answered:
        """Ask a courier about these parcels now, and record what it says; why it said nothing stands in the answer."""
        courier = self._couriers[name]
        with self._store.begin() as unit:
            taken = looks.take(unit, references, LEASE, self._bounds.trace_id)
        answers = [
            self._ask(courier, replace(taken, parcels=part)) for part in _chunks(taken.parcels, courier.tracks_at_once)
        ]
        failures = [answer.failure for answer in answers if answer.failure is not None]
        return Answered(
            [event for answer in answers for event in answer.events],
            [parcel for answer in answers for parcel in answer.parcels],
            failures[0] if failures else None,
        )

    def _poll(self, courier: Courier) -> int:
        with self._store.begin() as unit:
            at_once = courier.tracks_at_once
            most = min(BATCH, QUESTIONS * at_once)
            taken = looks.take_due(unit, courier.name, most, LEASE, at_once=at_once, soon=SOON)
        for parcels in _chunks(taken.parcels, at_once):
            self._ask(courier, replace(taken, parcels=parcels))
        return len(taken.parcels)

    def _ask(self, courier: Courier, taken: Taken) -> Answered:
        trace_id = _trace_id(taken)
        answered = self._answer(courier, taken.parcels, trace_id)
        told = replace(taken, parcels=answered.parcels)
        self._record_tracking.from_poll(courier.name, told, answered.events, trace_id)
        if answered.failure is not None:
            log.warning("not told where parcels are", courier=courier.name, error=type(answered.failure).__name__)
            told_of = {booked.reference for booked in answered.parcels}
            others = [booked for booked in taken.parcels if booked.reference not in told_of]
            self._put_off(replace(taken, parcels=others), answered.failure.retry_after_seconds)
        return answered

    def _answer(self, courier: Courier, parcels: Sequence[Booked], trace_id: str) -> Answered:
        with self._store.read() as unit:
            seen = tracking.seen(unit, [booked.reference for booked in parcels])
        try:
            with self._bounds(seconds=ASK_SECONDS, trace_id=trace_id):
                return courier.track(parcels, seen)
        except Declined as no:  # they know nothing of it, and will not sooner for being asked more often
            return Answered([], parcels, no)
        except CounterpartError as error:
            return Answered([], [], error)

    def _put_off(self, taken: Taken, seconds: float | None) -> None:
        """Ask again when the courier says that it helps, but soon enough; otherwise once the lease is over."""
        if seconds is None:
            return
        wait = min(max(timedelta(seconds=seconds), SHORTEST_WAIT), LONGEST_WAIT)
        with self._store.begin() as unit:
            due_since = dict(looks.made_due_since(unit, taken))
            references = [booked.reference for booked in taken.parcels]
            looks.put_off(unit, [(one, due_since.get(one, unit.now + wait)) for one in references])


def _trace_id(taken: Taken) -> str:
    """That of the call which gave reason to ask, where the question is about its parcel alone; else a new one."""
    (trace_id, *others) = {taken.trace_ids.get(booked.reference, "") for booked in taken.parcels}
    return trace_id if trace_id and not others else secrets.token_hex(16)


def _chunks(parcels: Sequence[Booked], size: int) -> Iterator[Sequence[Booked]]:
    for start in range(0, len(parcels), size):
        yield parcels[start : start + size]
