"""A call to be made, and the reply that came to it.

What may be wrong with either is worded by the verdicts (domain/errors.py); nothing is sent from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from carrier_backend.domain.errors import CounterpartError, Malformed, Unreachable, Unsure
from carrier_backend.domain.quotas import Allowance, Quota, Urgency
from carrier_backend.support import redaction, strict_json


def status_alone(reply: "Reply") -> Sequence[str]:
    """The reason given for a no by a counterpart that words none."""
    return (f"answered {reply.status}",)


def none_told(_: "Reply") -> Sequence[Allowance]:
    """What is learned of its quota from a counterpart that tells nothing."""
    return ()


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
