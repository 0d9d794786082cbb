"""What a failed check of a courier means, in words that somebody can act on."""

from carrier_backend.domain.errors import CounterpartError, CutOff, LockedOut, OutOfQuota, Unanswered
from carrier_backend.domain.health import Condition, Health


def after(error: CounterpartError, courier: str, credentials: str) -> Health:
    """`courier` as people write it; `credentials` is where those stand that were used."""
    told = "; ".join(error.reasons)
    match error:
        case LockedOut():
            return Health(Condition.WRONG_KEY, f"{courier} refuses us ({told}): see {credentials}")
        case OutOfQuota():
            note = f"{courier} allows no more calls for now ({told}): nothing to mend{_again(error)}"
            return Health(Condition.SPENT_QUOTA, note)
        case CutOff():
            note = f"{courier} is cut off, for most calls failed of late: it is tried by itself{_again(error)}"
            return Health(Condition.CUT_OFF, note)
        case Unanswered():
            note = f"no answer from {courier} ({told}): look at the base address, and at the network from this host"
            return Health(Condition.UNREACHABLE, note)
    note = f"{courier} gives no answer that can be used ({told}): wait, or ask them"
    return Health(Condition.FAILING, note)


def of_account(courier: str, shipper_id: str, variables: str) -> str:
    """Where the credentials stand: with a merchant's own account, or in the environment."""
    return f"the account of merchant {shipper_id!r} with {courier}" if shipper_id else variables


def _again(error: CounterpartError) -> str:
    return "" if error.retry_after_seconds is None else f"; again in {error.retry_after_seconds:.0f} s"
