"""One outgoing call: its place in the bulkhead, its breaker and quota, its deadline, trace id, log line and verdict.

The verdict says what to do next (see domain/errors.py) and is reached here once for all counterparts.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import structlog

from carrier_backend.domain.errors import (
    Busy,
    CarrierError,
    CounterpartError,
    CutOff,
    Declined,
    LockedOut,
    Malformed,
    OutOfQuota,
    Unanswered,
    Unreachable,
    Unsure,
)
from carrier_backend.ports import (
    Admission,
    Allowance,
    Bulkhead,
    Calls,
    Clock,
    CountCall,
    Exchange,
    Exchanges,
    Heading,
    Quota,
    Urgency,
)
from carrier_backend.support import backoff, redaction, strict_json
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.breaker import Breaker, Entry
from carrier_backend.support.crash_points import PassPoint, unharmed
from carrier_backend.support.deadlines import DeadlineAdapter
from carrier_backend.support.destinations import ANYWHERE, Destinations

BODY_LIMIT_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 3
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


def status_alone(reply: "Reply") -> Sequence[str]:
    """The reason given for a no by a counterpart that words none."""
    return (f"answered {reply.status}",)


def none_told(_: "Reply") -> Sequence[Allowance]:
    """What is learned of its quota from a counterpart that tells nothing."""
    return ()


def uncounted(_who: str, _outcome: str) -> None:
    """What is done about figures where nobody looks at any."""


def doing_nothing() -> None:
    """What is done between waiting for quota and the call by a caller who does not mind having waited."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to be made; `writes` where it may change something there, so that a lost answer leaves doubt.

    `seconds` is its own deadline. `answers` are statuses besides 2xx that the caller reads instead of having
    them raised; `reasons` reads a counterpart's words out of any other no. A call to an `account` takes a place in the
    bulkhead, and goes out only while most of those before it did not fail; Ingrid's has none, for the outbox pauses by
    itself, and has threads of its own. One with a `quota` goes out only while there is room for its `urgency`;
    `allowances` reads what an answer tells of the quota, and `after_waiting` is called before it goes out if it had to
    wait. `shown` are the names of fields, in query and bodies, whose values may be kept for operators to read; None:
    of what is said nothing is kept.
    """

    who: str
    operation: str
    method: str
    url: str = field(repr=False)
    writes: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    seconds: float = 12
    answers: frozenset[int] = frozenset()
    reasons: Callable[["Reply"], Sequence[str]] = status_alone
    account: str | None = None
    quota: Quota | None = None
    urgency: Urgency = Urgency.NOW
    allowances: Callable[["Reply"], Sequence[Allowance]] = none_told
    after_waiting: Callable[[], object] = doing_nothing
    shown: redaction.Allowed = frozenset()

    def lost(self, reason: str, retry_after_seconds: float | None = None) -> CounterpartError:
        """What to raise where no usable answer came: Unsure of a write, Unreachable of a read."""
        kind = Unsure if self.writes else Unreachable
        return kind(self.who, self.operation, reason, retry_after_seconds=retry_after_seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are found in any case."""

    call: Call
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> object:
        """The body read strictly; raises `garbled` where it is not JSON."""
        try:
            return strict_json.parse(self.body)
        except Malformed as error:
            raise self.garbled(f"the answer cannot be read: {error}") from None

    def garbled(self, reason: str) -> CounterpartError:
        """What to raise for an answer that makes no sense: Unsure of a write, Unreachable of a read."""
        return self.call.lost(reason)


def new_session(pool_size: int = 32, destinations: Destinations = ANYWHERE) -> requests.Session:
    """A session for threads to share: nothing from the environment, no retries, redirects or cookies."""
    # Its log would hold whole addresses, with keys and shoppers in the query.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["Accept-Encoding"] = "identity"
    adapter = DeadlineAdapter(destinations, pool_connections=pool_size, pool_maxsize=pool_size)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even where a redirect is not to be followed, requests would read all of its body at once."""


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
        self._session = session
        self._bounds = bounds
        self._clock = clock
        self._calls = calls
        self._breaker = breaker
        self._bulkhead = bulkhead
        self._exchanges = exchanges
        self._count = count
        self._pass_point = pass_point
        self._body_limit_bytes = body_limit_bytes
        self._connect_seconds = connect_seconds

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
                self._breaker.note(call.who, call.account, entry, has_failed=_has_failed(reply))
            if call.quota and admission:
                self._learn(call.quota, admission, reply)
            outcome = self._judged(reply) if isinstance(reply, Reply) else reply
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
        told = list(_told(quota, reply, self._clock)) if isinstance(reply, Reply) else []
        with suppress(Busy):  # the call has been made, and what came of it matters more
            self._calls.over(quota, admission, told)

    def _attempt(self, call: Call) -> Reply | CounterpartError:
        seconds = self._bounds.time_left()
        if not seconds:
            return Unreachable(call.who, call.operation, NO_TIME)
        try:
            return self._exchange(call, seconds)
        except _NOTHING_SENT as error:
            return Unanswered(call.who, call.operation, f"nothing was sent ({_cause(error)})")
        except (requests.RequestException, ValueError) as error:
            if _is_about_our_headers(error):
                told = f"nothing was sent: a credential cannot stand in a header ({_cause(error)})"
                return LockedOut(call.who, call.operation, told)
            reason = f"no whole answer came ({_cause(error)})"
            return call.lost(reason) if call.writes else Unanswered(call.who, call.operation, reason)

    def _exchange(self, call: Call, seconds: float) -> Reply | CounterpartError:
        with self._session.request(
            call.method,
            call.url,
            params=list(call.params),
            data=call.body,
            headers=self._headers(call),
            timeout=(self._connect_seconds, seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = self._body(response)
        if body is None:
            return call.lost(f"the answer is longer than {self._body_limit_bytes} bytes")
        return Reply(call, response.status_code, response.headers, body)

    def _headers(self, call: Call) -> dict[str, str]:
        trace_id = self._bounds.trace_id
        return {**call.headers, "x-trace-id": trace_id} if trace_id else dict(call.headers)

    def _body(self, response: requests.Response) -> bytes | None:
        body = bytearray()
        for piece in response.iter_content(64 * 1024):
            body += piece
            if len(body) > self._body_limit_bytes:
                return None
        return bytes(body)

    def _judged(self, reply: Reply) -> Reply | CounterpartError:
        call, status = reply.call, reply.status
        if 200 <= status < 300 or status in call.answers:
            return reply
        answered = f"answered {status}"
        retry_after = backoff.retry_after_seconds(reply.headers.get("Retry-After", ""), self._clock.now())
        match status:
            case 401 | 402 | 403:
                return LockedOut(call.who, call.operation, answered, retry_after_seconds=retry_after)
            case 425:
                return Unreachable(call.who, call.operation, answered, retry_after_seconds=retry_after)
            case 429:
                return OutOfQuota(call.who, call.operation, answered, retry_after_seconds=retry_after)
            # A form that was taken in is often answered by sending the caller elsewhere.
            case _ if 300 <= status < 400 and not call.writes:
                return Unreachable(call.who, call.operation, f"{answered}, which is not followed")
            case _ if 400 <= status < 500 and status != 408:
                return Declined(call.who, call.operation, *_reasons(reply))
        return call.lost(answered, retry_after)


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


def _has_failed(reply: Reply | CounterpartError) -> bool:
    """Whether they are out of order: a no is an answer, and so is that we ask too much."""
    return (
        not isinstance(reply, Reply)
        or reply.status == 408
        or (reply.status >= 500 and reply.status not in reply.call.answers)
    )


def _told(quota: Quota, reply: Reply, clock: Clock) -> Iterator[Allowance]:
    yield from reply.call.allowances(reply)
    if reply.status == 429:
        seconds = backoff.retry_after_seconds(reply.headers.get("Retry-After", ""), clock.now())
        resets_at = None if seconds is None else clock.now() + timedelta(seconds=seconds)
        yield Allowance(min(window for window, _ in quota.windows), 0, resets_at)


_NOTHING_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)


def _is_about_our_headers(error: Exception) -> bool:
    """Whether they could not be written, so that nothing was sent; of them, credentials alone are not of our making."""
    is_unwritten = isinstance(error, requests.exceptions.InvalidHeader) and error.request is None
    return is_unwritten or isinstance(error, UnicodeEncodeError)


def _reasons(reply: Reply) -> Sequence[str]:
    try:
        return reply.call.reasons(reply) or status_alone(reply)
    except CarrierError:  # the words cannot be read; a no it is all the same
        return status_alone(reply)


def _cause(error: BaseException) -> str:
    """The first cause's kind; the texts of the libraries hold addresses."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return type(error).__name__


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
