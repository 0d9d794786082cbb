"""The outbox relay: claims lanes that are due, sends the head of each, and settles a batch in one commit.

Order holds per parcel because only a lane's head is ever sent. A destination that refuses us altogether is paused,
probed by one lane, and costs no message an attempt.
"""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from carrier_backend.domain.errors import Busy, CounterpartError, Declined, LockedOut, Unreachable, Unsure
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.ports import Bounds, Clock, StatusChannel
from carrier_backend.storage import lanes
from carrier_backend.storage.lanes import Attempt, Destination, Kind, Lane, Message
from carrier_backend.storage.store import Store, Unit

log = structlog.get_logger()
BATCH = 32
THREADS = 16
SEND_SECONDS = 15
LEASE = timedelta(seconds=2 * SEND_SECONDS * BATCH / THREADS)
PROBE_EVERY = timedelta(seconds=30)
LONGEST_ASKED_WAIT = timedelta(minutes=15)
ALIKE_TO_PAUSE = 5
TRIES_TO_SETTLE = 3
LOCKED_OUT = "our credentials are refused: "


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one try: no error means Ingrid accepted it."""

    lane: Lane
    message: Message
    error: CounterpartError | None


class PushStatuses:
    """Send what waits for Ingrid."""

    def __init__(
        self,
        store: Store,
        channel: StatusChannel,
        clock: Clock,
        bounds: Bounds,
        destination: str,
        backoff: Callable[[int], float],
        give_up_after: timedelta,
    ) -> None:
        self._store = store
        self._channel = channel
        self._clock = clock
        self._bounds = bounds
        self._destination = destination
        self._backoff = backoff
        self._give_up_after = give_up_after
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push")

    def run_once(self) -> int:
        """Try one batch; how many messages were tried."""
        owner, ends_at = secrets.token_hex(8), self._clock.monotonic() + LEASE.total_seconds()
        with self._store.begin() as unit:
            claimed = lanes.claim(unit, Kind.PUSH, owner, self._room(unit), LEASE)
            if not claimed:
                return 0
            messages = lanes.heads(unit, claimed)
            lanes.advance(unit, [lane.key for lane in claimed if lane.key not in messages])
        tries = [
            (lane, message, self._threads.submit(self._send, message, ends_at))
            for lane in claimed
            if (message := messages.get(lane.key))
        ]
        sent = [Sent(lane, message, _outcome(message, trial)) for lane, message, trial in tries]
        if sent:
            self._settle_surely(sent, owner)
        return len(sent)

    def _room(self, unit: Unit) -> int:
        """How many lanes may be tried: a paused destination is probed by one, every PROBE_EVERY."""
        destination = lanes.destination(unit, self._destination)
        if destination.paused_at is None:
            return BATCH
        if destination.probe_at is None or destination.probe_at > unit.now:
            return 0
        lanes.keep_destination(unit, replace(destination, probe_at=unit.now + PROBE_EVERY))
        return 1

    def _send(self, message: Message, ends_at: float) -> None:
        if self._clock.monotonic() + SEND_SECONDS > ends_at:
            # This process stood still for long: somebody else may have sent it, and later ones, meanwhile.
            raise Unreachable(self._destination, "update status", "the lease was about to run out")
        with self._bounds(seconds=SEND_SECONDS, trace_id=message.trace_id):
            self._channel.send(message.body, message.site_id)

    def _settle_surely(self, sent: Sequence[Sent], owner: str) -> None:
        """What was sent and is not settled would be sent again."""
        for _ in range(TRIES_TO_SETTLE - 1):
            with suppress(Busy):
                return self._settle(sent, owner)
        return self._settle(sent, owner)

    def _settle(self, sent: Sequence[Sent], owner: str) -> None:
        with self._store.begin() as unit:
            ours = lanes.hold(unit, [each.lane.key for each in sent], owner)
            settled = [each for each in sent if each.lane.key in ours]
            lanes.note_attempts(unit, [_attempt(each) for each in settled])
            destination = self._judge(unit, settled)
            lanes.finish(unit, [each.message.id for each in settled if each.error is None], UpdateState.SENT)
            lanes.advance(unit, [each.lane.key for each in settled if each.error is None])
            if any(each.error is None and each.lane.attempts for each in settled):
                # They are back: whoever waits for hours yet, though never less than they may have asked for, goes on.
                lanes.hasten(unit, Kind.PUSH, unit.now + LONGEST_ASKED_WAIT, BATCH)
            for each in settled:
                if each.error is not None:
                    self._settle_failed(unit, each, each.error, destination)

    def _judge(self, unit: Unit, settled: Sequence[Sent]) -> Destination:
        """How the destination stands now: refusing everybody alike pauses it, accepting anything resumes it."""
        before = after = lanes.destination(unit, self._destination)
        for each in settled:
            after = _after(after, each)
        if after.paused_at is None and (reason := _reason_to_pause(after)):
            after = replace(after, paused_at=unit.now, reason=reason, probe_at=unit.now + PROBE_EVERY)
            # Those that were parked while it still looked like their own fault.
            lanes.restore(unit, [message_id for _, message_id in after.refused])
            log.error("destination paused", destination=self._destination)  # the reason may be words of theirs
        elif before.paused_at and after.paused_at is None:
            log.info("destination resumed", destination=self._destination)
        if after != before:
            lanes.keep_destination(unit, after)
        return after

    def _settle_failed(self, unit: Unit, each: Sent, error: CounterpartError, destination: Destination) -> None:
        if destination.paused_at is not None:
            lanes.retry(unit, each.lane.key, each.lane.attempts, unit.now)
        elif isinstance(error, LockedOut):  # while others are let in: this one alone is tried again at leisure
            lanes.retry(unit, each.lane.key, each.lane.attempts, unit.now + PROBE_EVERY)
        elif isinstance(error, Declined) or unit.now - each.message.waiting_since > self._give_up_after:
            self._park(unit, each, error, destination)
        else:
            attempts = each.lane.attempts + 1
            delay = max(self._backoff(attempts), error.retry_after_seconds or 0)
            lanes.retry(unit, each.lane.key, attempts, unit.now + timedelta(seconds=delay))

    def _park(self, unit: Unit, each: Sent, error: CounterpartError, destination: Destination) -> None:
        """Set one message aside for an operator; the parcel's next one may go."""
        lanes.finish(unit, [each.message.id], UpdateState.PARKED, _wording(error))
        lanes.advance(unit, [each.lane.key])
        told = {"message": each.message.id, "destination": destination.name, "trace_id": each.message.trace_id}
        log.warning("status update parked", **told)


def _outcome(message: Message, trial: Future[None]) -> CounterpartError | None:
    error = trial.exception()
    if error is None or isinstance(error, CounterpartError):
        return error
    # One message that nobody foresaw must not have all the others sent again and again.
    log.error("status update not sent", message=message.id, trace_id=message.trace_id, exc_info=error)
    return Unsure("ourselves", "update status", type(error).__name__)


def _attempt(each: Sent) -> Attempt:
    outcome = "accepted" if each.error is None else type(each.error).__name__.lower()
    return Attempt(each.message.id, outcome, _wording(each.error) if each.error else "")


def _wording(error: CounterpartError) -> str:
    return "; ".join(error.reasons) or "no reason given"


def _after(destination: Destination, each: Sent) -> Destination:
    """The destination after one more try: accepting anything clears it, a refusal counts if like those before it."""
    if each.error is None:
        return Destination(destination.name)
    if destination.paused_at is not None or not isinstance(each.error, Declined | LockedOut):
        return destination
    refusal = (LOCKED_OUT if isinstance(each.error, LockedOut) else "") + _wording(each.error)
    refused = destination.refused if destination.refusal == refusal else ()
    return replace(destination, refusal=refusal, refused=(*refused, (each.message.reference, each.message.id)))


def _reason_to_pause(destination: Destination) -> str | None:
    refusal, parcels = destination.refusal or "", {reference for reference, _ in destination.refused}
    if refusal.startswith(LOCKED_OUT) or len(parcels) >= ALIKE_TO_PAUSE:
        return refusal
    return None
