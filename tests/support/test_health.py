"""What a check that failed means, in words that somebody can act on."""

import pytest

from carrier_backend.domain.errors import CounterpartError, CutOff, LockedOut, OutOfQuota, Unanswered, Unreachable
from carrier_backend.domain.health import Condition
from carrier_backend.support import health

FAILURES = [
    (LockedOut("c", "check", "answered 401"), Condition.WRONG_KEY, "Courier refuses us (answered 401): see C_KEY"),
    (
        OutOfQuota("c", "check", "answered 429", retry_after_seconds=30),
        Condition.SPENT_QUOTA,
        "Courier allows no more calls for now (answered 429): nothing to mend; again in 30 s",
    ),
    (
        CutOff("c", "check", "it failed too often of late", retry_after_seconds=12),
        Condition.CUT_OFF,
        "Courier is cut off, for most calls failed of late: it is tried by itself; again in 12 s",
    ),
    (
        Unanswered("c", "check", "nothing was sent (ConnectTimeoutError)"),
        Condition.UNREACHABLE,
        "no answer from Courier (nothing was sent (ConnectTimeoutError)): "
        "look at the base address, and at the network from this host",
    ),
    (
        Unreachable("c", "check", "answered 502"),
        Condition.FAILING,
        "Courier gives no answer that can be used (answered 502): wait, or ask them",
    ),
]


@pytest.mark.parametrize(("failure", "condition", "note"), FAILURES)
def test_each_failure_has_a_name_and_says_what_to_do(
    failure: CounterpartError, condition: Condition, note: str
) -> None:
    found = health.after(failure, "Courier", "C_KEY")
    assert (found.condition, found.note, found.is_well) == (condition, note, False)


def test_credentials_stand_in_the_environment_or_with_a_merchant() -> None:
    assert health.of_account("Courier", "", "C_KEY") == "C_KEY"
    assert health.of_account("Courier", "shop-1", "C_KEY") == "the account of merchant 'shop-1' with Courier"
