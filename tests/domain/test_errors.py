"""What is said when something goes wrong, and the family each case belongs to."""

import pytest

from carrier_backend.domain.errors import (
    Busy,
    CarrierError,
    CounterpartError,
    Declined,
    Fault,
    LockedOut,
    Malformed,
    NotAllowed,
    NotServed,
    Refusal,
    Throttled,
    Unreachable,
    Unsure,
    raise_faults,
)


def test_a_fault_in_a_field_names_it() -> None:
    assert str(Fault("must be positive", "packages[0].weight")) == "packages[0].weight: must be positive"


def test_a_fault_in_no_field_is_its_message() -> None:
    assert str(Fault("delivery time must not be in the past")) == "delivery time must not be in the past"


def test_a_refusal_lists_every_fault() -> None:
    refusal = Malformed("first", Fault("second", "field"))
    assert refusal.faults == (Fault("first"), Fault("second", "field"))
    assert str(refusal) == "first; field: second"


def test_a_counterpart_is_named_with_what_was_asked_of_it() -> None:
    assert str(Declined("fake", "create parcel", "no such street", "no such city")) == (
        "fake (create parcel): no such street; no such city"
    )


def test_a_counterpart_that_gave_no_reason_is_said_to_have_given_none() -> None:
    assert str(Unsure("fake", "create parcel")) == "fake (create parcel): no reason given"


def test_locked_out_is_unreachable_and_may_be_repeated() -> None:
    assert issubclass(LockedOut, Unreachable)


def test_too_many_attempts_are_not_allowed_and_say_when_to_return() -> None:
    throttled = Throttled("too many failed attempts", 60)
    assert isinstance(throttled, NotAllowed)
    assert (str(throttled), throttled.retry_after_seconds) == ("too many failed attempts", 60)


def test_who_is_busy_says_when_to_return() -> None:
    busy = Busy("somebody else is at it")
    assert (str(busy), busy.retry_after_seconds) == ("somebody else is at it", 2)


@pytest.mark.parametrize("kind", [Declined, Unreachable, Unsure])
def test_what_a_counterpart_did_is_no_refusal_of_ours(kind: type[CounterpartError]) -> None:
    assert not issubclass(kind, Refusal)
    assert issubclass(kind, CarrierError)


def test_all_faults_are_raised_together() -> None:
    with pytest.raises(NotServed) as refused:
        raise_faults(NotServed, [Fault("one"), Fault("two")])
    assert [fault.message for fault in refused.value.faults] == ["one", "two"]


def test_without_faults_nothing_is_raised() -> None:
    raise_faults(NotServed, [])
