"""What can go wrong, named by what to do next.

CarrierError
  Refusal            we say no, with one fault or several
    Malformed          what was sent cannot be read as a request
    NotAllowed         we do not know who is asking
      Throttled          nor do we look any more, for a while
    Forbidden          we know who is asking, and they may not
    Unknown            there is no such thing
    Conflict           it contradicts what is already so
    NotServed          we could not carry this
  Busy               somebody else is at it; come again shortly
  CounterpartError   someone we called did not do it
    Declined           they answered no: pass on their reasons, do not repeat
    Unreachable        nothing was done: repeat freely
      LockedOut          they do not accept our credentials or have no credit for us: ours to mend
      OutOfQuota         they allow no more calls for now: wait
      CutOff             most calls failed of late, so that they are left alone: wait, and look at why
      Unanswered         nothing came back: look at the way to them
    Unsure             it may have been done: ask before repeating
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """A place as somebody called it, whose name a courier's list does not know, or not as that of one place alone."""

    courier: str
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and the field of our domain where it is (`receiver.phone`), if in a field at all."""

    message: str
    field: str = ""
    place: UnknownPlace | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class CarrierError(Exception):
    """Whatever this system itself raises; `retry_after_seconds` says when asking again may help."""

    retry_after_seconds: float | None = None


class Refusal(CarrierError):
    """We say no; every fault that was seen is listed."""

    def __init__(self, *faults: Fault | str) -> None:
        self.faults = tuple(Fault(fault) if isinstance(fault, str) else fault for fault in faults)
        super().__init__("; ".join(map(str, self.faults)))


class Malformed(Refusal):
    """What was sent cannot be read as a request, or asks for what is not offered."""


class NotAllowed(Refusal):
    """Whoever asks has not shown who they are."""


class Throttled(NotAllowed):
    """Too many failed attempts to show who they are."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Forbidden(Refusal):
    """We know who asks, and they may not do this."""


class Unknown(Refusal):
    """There is no such thing, or not for whoever asks."""


class Conflict(Refusal):
    """The wish contradicts what is already so."""


class NotServed(Refusal):
    """Well formed, but we could not carry it: the place, the merchant's details, or what would not fit the courier."""


class Busy(CarrierError):
    """Somebody else is working on the same thing; nothing was changed."""

    def __init__(self, message: str, retry_after_seconds: float = 2) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CounterpartError(CarrierError):
    """Someone we called did not do it: `who`, during which `operation`, and what they gave as reasons."""

    def __init__(self, who: str, operation: str, *reasons: str, retry_after_seconds: float | None = None) -> None:
        self.who = who
        self.operation = operation
        self.reasons = reasons
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{who} ({operation}): {'; '.join(reasons) or 'no reason given'}")


class Declined(CounterpartError):
    """They answered no; repeating would not change it."""


class Withdrawn(Declined):
    """What was begun there is being taken back, and has to be wholly before it may be asked for anew."""


class Unreachable(CounterpartError):
    """Nothing was done there; it may be repeated freely."""


class LockedOut(Unreachable):
    """They refuse us, not the request: credentials or credit are ours to mend."""


class OutOfQuota(Unreachable):
    """They allow us no more calls for now."""


class CutOff(Unreachable):
    """They are left alone, but for a probe, because most calls failed."""


class Unanswered(Unreachable):
    """Nothing, or nothing whole, came back from them."""


class Unsure(CounterpartError):
    """It may have been done; only a look may follow, until it is known or long past."""


def raise_faults(kind: type[Refusal], faults: Iterable[Fault]) -> None:
    """Raise all faults together as one refusal of that kind; without faults, nothing."""
    listed = tuple(faults)
    if listed:
        raise kind(*listed)
