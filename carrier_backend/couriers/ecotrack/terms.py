"""What products and merchants may say to Ecotrack: `[product.options]` and `[merchant.couriers.ecotrack]`."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from carrier_backend.couriers.ecotrack.client import Passing
from carrier_backend.couriers.ecotrack.translate import as_number
from carrier_backend.domain.products import Terms

LONGEST_DELAY_MINUTES = 7 * 24 * 60
ASK_RETURN, REMARK = "return", "remark"
LATE_CANCEL = (ASK_RETURN, REMARK)
"""What is tried, in this order, once an order can no longer be deleted."""

NEVER, ON_BOOKING = "never", "on_booking"


def to_stop_desk(options: Terms) -> bool:
    """Whether parcels go to a desk, where shoppers fetch them."""
    return _flag(options, "stop_desk")


def validated_after(options: Terms) -> timedelta | None:
    """How long after its booking a shipment is handed over for good; None: never, the merchant does that."""
    match options.get("validate", ON_BOOKING):
        case "never":
            return None
        case "on_booking":
            return timedelta()
        case {"after_minutes": int(minutes), **others} if not others and 0 < minutes <= LONGEST_DELAY_MINUTES:
            if not isinstance(minutes, bool):
                return timedelta(minutes=minutes)
    raise ValueError(f"validate: must be {ON_BOOKING}, {NEVER} or {{ after_minutes = 1 to {LONGEST_DELAY_MINUTES} }}")


def amount(terms: Terms) -> Decimal:
    """Dinars to be collected at the door, the delivery's price among them."""
    dinars = as_number(terms.get("amount", 0))
    if dinars is None or dinars < 0:
        raise ValueError("amount: must be an amount in dinars")
    return dinars


def passing(terms: Terms) -> Passing:
    """How this tenant takes a new order."""
    try:
        return Passing(str(terms.get("passing", Passing.BODY)))
    except ValueError:
        raise ValueError(f"passing: must be {' or '.join(Passing)}") from None


def late_cancel(terms: Terms) -> tuple[str, ...]:
    """What is tried for a parcel that is validated, in this order; nothing at all is a choice too."""
    told = terms.get("late_cancel", LATE_CANCEL)
    wishes = tuple(told) if isinstance(told, list | tuple) else (told,)
    if any(wish not in LATE_CANCEL or wishes.count(wish) > 1 for wish in wishes):
        raise ValueError(f"late_cancel: must be a list of {' and '.join(LATE_CANCEL)}, or empty")
    return wishes


def takes_returns(terms: Terms) -> bool:
    """Whether Ecotrack's type 3 may be used for returns: what its addresses mean is documented nowhere (section 14)."""
    return _flag(terms, "returns")


def asks_collection(terms: Terms) -> bool:
    """Whether the courier is to come for parcels when they are validated (section 9)."""
    return _flag(terms, "ask_collection")


def faults_in_options(options: Terms) -> list[str]:
    """What is wrong with a product's options."""
    return _faults(options, {"stop_desk": to_stop_desk, "validate": validated_after})


def faults_in_terms(terms: Terms) -> list[str]:
    """What is wrong with a merchant's terms."""
    readers: dict[str, Callable[[Terms], object]] = {
        "amount": amount,
        "passing": passing,
        "late_cancel": late_cancel,
        "returns": takes_returns,
        "ask_collection": asks_collection,
    }
    return _faults(terms, readers)


def _faults(terms: Terms, readers: Mapping[str, Callable[[Terms], object]]) -> list[str]:
    faults = [f"{key}: there is no such key" for key in terms if key not in readers]
    for read in readers.values():
        try:
            read(terms)
        except ValueError as error:
            faults.append(str(error))
    return faults


def _flag(terms: Terms, key: str) -> bool:
    match terms.get(key, False):
        case bool(told):
            return told
    raise ValueError(f"{key}: must be true or false")
