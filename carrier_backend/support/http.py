"""Outgoing calls: each with its place in the bulkhead, its breaker and quota, its deadline, log line and exchange."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import structlog

from carrier_backend.domain.errors import Busy, CounterpartError, CutOff, Declined, LockedOut, OutOfQuota, Unreachable
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.domain.quotas import Admission, Quota, Urgency
from carrier_backend.ports import Bulkhead, Calls, Clock, CountCall, Exchanges
from carrier_backend.support import backoff, redaction, verdicts
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.breaker import Breaker, Entry
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.crash_points import PassPoint, unharmed
from carrier_backend.support.transport import BODY_LIMIT_BYTES, CONNECT_SECONDS, Transport

SHORTEST_CALL_SECONDS = 5
"""Waiting for quota leaves a call so much, or all that it asks for: begun in haste, it might end in doubt."""
NO_TIME = "no time was left to ask"
NO_QUOTA = "no call is left of what they allow"
APART_SECONDS = 30
ANSWERED = "Answered"
"""What a call that raises nothing is counted as; any other, as what it raises."""
CUT_OFF = "nothing was sent: it failed too often of late"

log = structlog.get_logger(__name__)

_Found = TypeVar("_Found")


def uncounted(_who: str, _outcome: str) -> None:
    """What is done about figures where nobody looks at any."""


class Http:
    """Makes calls within the bounds of the work at hand, each as a single attempt."""

    def __init__(
        self,
        session: requests.Session,
        bounds: BoundsContext,
        clock: Clock,
        calls: Calls,
        breaker: Breaker,
        bulkhead: Bulkhead,
        exchanges: Exchanges,
        *,
        count: CountCall = uncounted,
        pass_point: PassPoint = unharmed,
        body_limit_bytes: int = BODY_LIMIT_BYTES,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._transport = Transport(session, body_limit_bytes=body_limit_bytes, connect_seconds=connect_seconds)
        self._bounds = bounds
        self._clock = clock
        self._calls = calls
        self._breaker = breaker
        self._bulkhead = bulkhead
        self._exchanges = exchanges
        self._count = count
        self._pass_point = pass_point

    def send(self, call: Call) -> Reply:
        """Make the call; raises Declined, Unreachable, LockedOut or Unsure, in words that hold no address."""
        try:
            reply = self._send_from_a_place(call)
        except CounterpartError as error:
            self._count(call.who, type(error).__name__)
            raise
        self._count(call.who, ANSWERED)
        return reply

    def _send_from_a_place(self, call: Call) -> Reply:
        with ExitStack() as place:
            if call.account:
                with _nothing_sent_where_busy(call):
                    place.enter_context(self._bulkhead(call.who))
            return self._send_from(call)

    def _send_from(self, call: Call) -> Reply:
        self._refuse_late(call)
        if call.account:
            _refuse_cut_off(call, self._breaker.wait(call.account))
        admission = self._admitted(call, call.quota) if call.quota else None
        entry = self._entry(call, call.account) if call.account else Entry()
        with self._bounds(trace_id=self._bounds.trace_id, seconds=call.seconds):
            at, began = self._clock.now(), self._clock.monotonic()
            is_hasty = not self._has_time(call, 0)
            self._pass_point(f"before:{call.who}/{call.operation}")
            reply = self._attempt(call)
            self._pass_point(f"after:{call.who}/{call.operation}")
            if call.account and (isinstance(reply, Reply) or not is_hasty):
                self._breaker.note(call.who, call.account, entry, has_failed=verdicts.is_failure(reply))
            if call.quota and admission:
                self._learn(call.quota, admission, reply)
            outcome = verdicts.judged(reply, self._clock.now()) if isinstance(reply, Reply) else reply
            milliseconds = round((self._clock.monotonic() - began) * 1000)
            _note(call, reply, outcome, milliseconds=milliseconds)
            if not _is_out_of_time(reply):
                self._exchanges.record(_exchange(call, self._bounds.trace_id, reply, outcome, at, milliseconds))
        if isinstance(outcome, CounterpartError):
            raise outcome
        return outcome

    def apart(self, work: Callable[[], _Found]) -> Callable[[], _Found]:
        """The work for another thread to do: under the trace id of what is at hand, and with a time of its own."""
        trace_id = self._bounds.trace_id

        def under_that() -> _Found:
            with self._bounds(trace_id=trace_id, seconds=APART_SECONDS):
                return work()

        return under_that

    def left(self, quota: Quota) -> Mapping[timedelta, int]:
        """How many calls each window of a quota still has room for."""
        return self._calls.left(quota)

    def _refuse_late(self, call: Call) -> None:
        if self._bounds.time_left() == 0:
            log.info("no time", who=call.who, operation=call.operation)
            raise Unreachable(call.who, call.operation, NO_TIME)

    def _entry(self, call: Call, account: str) -> Entry:
        """Whether the call is a probe, asked last: who takes the turn and sends nothing takes it from all others."""
        entry = self._breaker.admit(account)
        _refuse_cut_off(call, entry.seconds)
        return entry

    def _admitted(self, call: Call, quota: Quota) -> Admission:
        """Count the call into its quota, waiting for room where it is urgent and its bounds have the time."""
        has_waited = False
        while (admission := self._ask(call, quota)).counted_at is None:
            if call.urgency is not Urgency.NOW or not self._has_time(call, admission.seconds):
                log.info("no quota", who=call.who, operation=call.operation, urgency=call.urgency)
                wait = min(admission.seconds, backoff.LONGEST_ASKED_WAIT_SECONDS)
                raise OutOfQuota(call.who, call.operation, NO_QUOTA, retry_after_seconds=wait)
            log.info("waiting for quota", who=call.who, operation=call.operation, seconds=admission.seconds)
            self._clock.sleep(admission.seconds)
            has_waited = True
        if has_waited:
            call.after_waiting()
        return admission

    def _ask(self, call: Call, quota: Quota) -> Admission:
        with _nothing_sent_where_busy(call):
            return self._calls.admit(quota, call.urgency)

    def _has_time(self, call: Call, seconds: float) -> bool:
        left = self._bounds.time_left()
        return seconds + min(call.seconds, SHORTEST_CALL_SECONDS) <= (call.seconds if left is None else left)

    def _learn(self, quota: Quota, admission: Admission, reply: Reply | CounterpartError) -> None:
        now = self._clock.now()
        told = list(verdicts.allowances(quota, reply, now)) if isinstance(reply, Reply) else []
        with suppress(Busy):  # the call has been made, and what came of it matters more
            self._calls.over(quota, admission, told)

    def _attempt(self, call: Call) -> Reply | CounterpartError:
        seconds = self._bounds.time_left()
        if not seconds:
            return Unreachable(call.who, call.operation, NO_TIME)
        return self._transport.attempt(call, self._bounds.trace_id, seconds)


@contextmanager
def _nothing_sent_where_busy(call: Call) -> Iterator[None]:
    try:
        yield
    except Busy as error:
        raise Unreachable(
            call.who, call.operation, f"nothing was sent ({error})", retry_after_seconds=error.retry_after_seconds
        ) from error


def _refuse_cut_off(call: Call, seconds: float) -> None:
    if seconds:
        log.info("cut off", who=call.who, operation=call.operation)
        raise CutOff(call.who, call.operation, CUT_OFF, retry_after_seconds=seconds)


def _is_out_of_time(reply: Reply | CounterpartError) -> bool:
    """Whether nothing was even tried."""
    return isinstance(reply, CounterpartError) and reply.reasons == (NO_TIME,)


def _exchange(
    call: Call,
    trace_id: str,
    reply: Reply | CounterpartError,
    outcome: Reply | CounterpartError,
    at: datetime,
    milliseconds: int,
) -> Exchange:
    answered = reply if isinstance(reply, Reply) else None
    return Exchange(
        heading=Heading.OUT,
        who=call.who,
        operation=call.operation,
        trace_id=trace_id,
        method=call.method,
        path=_path_in(call.url),
        at=at,
        milliseconds=milliseconds,
        status=answered.status if answered else None,
        verdict=type(outcome).__name__ if isinstance(outcome, CounterpartError) else None,
        request=redaction.written(call.shown, query=call.params, body=call.body or b""),
        response=redaction.written(call.shown, headers=answered.headers, body=answered.body) if answered else None,
    )


def _path_in(url: str) -> str:
    """Empty where the address is none, to which nothing was sent."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _note(call: Call, reply: Reply | CounterpartError, outcome: Reply | CounterpartError, *, milliseconds: int) -> None:
    status = reply.status if isinstance(reply, Reply) else None
    facts = {"who": call.who, "operation": call.operation, "status": status, "milliseconds": milliseconds}
    if isinstance(outcome, Reply):
        log.info("called", **facts)
        return
    # What they gave as reasons may name the shopper.
    reason = None if isinstance(outcome, Declined) else "; ".join(outcome.reasons)
    level = logging.ERROR if isinstance(outcome, LockedOut) else logging.WARNING
    log.log(level, "call failed", verdict=type(outcome).__name__, reason=reason, **facts)
