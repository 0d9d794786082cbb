"""News in any order, twice, by webhook and poll: told in order, once, never back from an end but by the table."""

import json
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from carrier_backend.domain.lifecycle import JOURNEY_MOVES, Status
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.storage.looks import Taken
from tests.builders import an_order
from tests.fakes import MONDAY, FakeCourier, FrozenClock
from tests.machines.stage import Stage

UNKNOWN_CODE = "6900"
WORDS = st.sampled_from([*(status for status in Status if status is not Status.SUBMITTED), UNKNOWN_CODE])
HOURS = st.integers(1, 24)
NEWS = st.tuples(WORDS, HOURS)
TOMORROW = MONDAY + timedelta(days=2)
"""When it is told: after all of it has happened."""

Told = tuple[str, str]


class JourneyMachine(RuleBasedStateMachine):
    """One parcel; its courier tells what became of it, and Ingrid hears."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(FakeCourier(), FrozenClock())
        self.number = ""
        self.heard: list[TrackingEvent] = []

    @initialize()
    def book(self) -> None:
        answer = json.loads(self.stage.backend.book(an_order()).body)
        self.number = answer["packages"][0]["barcode"]
        self.stage.clock.advance(TOMORROW - MONDAY)

    @rule(news=NEWS, by_webhook=st.booleans())
    def one_thing_happens(self, news: tuple[str, int], by_webhook: bool) -> None:
        event = self._event(*news)
        before = self._told()
        self._bring([event], by_webhook=by_webhook)
        assert self._told()[len(before) :] == self._due(event, before)
        self.heard.append(event)

    @rule(news=st.lists(NEWS, min_size=2, max_size=6), by_webhook=st.booleans())
    def much_is_told_at_once(self, news: list[tuple[str, int]], by_webhook: bool) -> None:
        events = [self._event(*each) for each in news]
        self._bring(events, by_webhook=by_webhook)
        self.heard += events

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), by_webhook=st.booleans())
    def all_of_it_is_told_again(self, data: st.DataObject, by_webhook: bool) -> None:
        before = self._told()
        self._bring(data.draw(st.permutations(self.heard)), by_webhook=by_webhook)
        assert self._told() == before

    @precondition(lambda self: self.number)
    @invariant()
    def what_is_told_is_in_order_and_by_the_table(self) -> None:
        told = self._told()
        assert told[0][0] == Status.SUBMITTED
        assert len(set(told)) == len(told)
        moved_at = [at for word, at in told[1:] if word != UNKNOWN_CODE]
        assert moved_at == sorted(moved_at)
        statuses = [Status(word) for word, _ in told if word != UNKNOWN_CODE]
        assert all(later in JOURNEY_MOVES[earlier] for earlier, later in pairwise(statuses))

    def teardown(self) -> None:
        self.stage.close()

    def _due(self, event: TrackingEvent, told: list[Told]) -> list[Told]:
        """What is to be told of one event: it is news, not older than what Ingrid knows, and a legal move."""
        statuses = [(word, at) for word, at in told if word != UNKNOWN_CODE]
        status, since = statuses[-1]
        is_late = status != Status.SUBMITTED and _written(event) < since
        if event in self.heard or is_late:
            return []
        is_legal = event.status is None or event.status in JOURNEY_MOVES[Status(status)]
        return [(event.status or UNKNOWN_CODE, _written(event))] if is_legal else []

    def _event(self, word: str, hours: int) -> TrackingEvent:
        status = None if word == UNKNOWN_CODE else Status(word)
        return TrackingEvent(self.number, "", word, "", status, MONDAY + timedelta(hours=hours))

    def _bring(self, events: list[TrackingEvent], *, by_webhook: bool) -> None:
        record = self.stage.backend.record_tracking
        if by_webhook:
            record.from_webhook("fake", Delivery("status", {}, b"{}"), Heard(events), "TRACE2", OURS)
        else:
            record.from_poll("fake", Taken(), events, "trace")
        while self.stage.backend.push_statuses.run_once():
            pass

    def _told(self) -> list[Told]:
        while self.stage.backend.push_statuses.run_once():
            pass
        bodies = [json.loads(body) for body in self.stage.channel.accepted]
        return [(body["event_status"], body["event_time"]) for body in bodies]


def _written(event: TrackingEvent) -> str:
    return event.at.isoformat().replace("+00:00", "Z")


TestJourney = JourneyMachine.TestCase
TestJourney.settings = settings(
    max_examples=30, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
