"""What a reply means, reached once for all counterparts: the verdict says what to do next (see domain/errors.py)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from carrier_backend.domain.errors import (
    CarrierError,
    CounterpartError,
    Declined,
    LockedOut,
    OutOfQuota,
    Unreachable,
)
from carrier_backend.domain.quotas import Allowance, Quota
from carrier_backend.support import backoff
from carrier_backend.support.call import Reply, status_alone


def judged(reply: Reply, now: datetime) -> Reply | CounterpartError:
    """The reply where its caller is to read it, or what is to be raised instead."""
    call, status = reply.call, reply.status
    if 200 <= status < 300 or status in call.answers:
        return reply
    answered, retry_after = f"answered {status}", _asked_wait(reply, now)
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


def is_failure(reply: Reply | CounterpartError) -> bool:
    """Whether they are out of order: a no is an answer, and so is that we ask too much."""
    return (
        not isinstance(reply, Reply)
        or reply.status == 408
        or (reply.status >= 500 and reply.status not in reply.call.answers)
    )


def allowances(quota: Quota, reply: Reply, now: datetime) -> Iterator[Allowance]:
    """What a reply tells of a quota: in a counterpart's own headers, or by being a 429."""
    yield from reply.call.allowances(reply)
    if reply.status == 429:
        seconds = _asked_wait(reply, now)
        resets_at = None if seconds is None else now + timedelta(seconds=seconds)
        yield Allowance(min(window for window, _ in quota.windows), 0, resets_at)


def _asked_wait(reply: Reply, now: datetime) -> float | None:
    return backoff.retry_after_seconds(reply.headers.get("Retry-After", ""), now)


def _reasons(reply: Reply) -> Sequence[str]:
    try:
        return reply.call.reasons(reply) or status_alone(reply)
    except CarrierError:  # the words cannot be read; a no it is all the same
        return status_alone(reply)
