"""How a courier, and an account with it, is found to be: what a check says, and what is known without asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Condition(StrEnum):
    """What a read-only check of a courier can come to."""

    WELL = "well"
    WRONG_KEY = "wrong_key"
    UNREACHABLE = "unreachable"
    """No answer comes: the network, or they are down."""
    FAILING = "failing"
    """Something answers, and not as it should."""
    CUT_OFF = "cut_off"
    """We leave them alone for now, because most calls failed."""
    SPENT_QUOTA = "spent_quota"
    LOW_BALANCE = "low_balance"
    EMPTY_BALANCE = "empty_balance"
    UNKNOWN = "unknown"
    """It cannot be told, for a reason of ours."""


@dataclass(frozen=True, slots=True)
class Health:
    """The outcome of a read-only check, and what to do about it."""

    condition: Condition
    note: str

    @property
    def is_well(self) -> bool:
        return self.condition is Condition.WELL


@dataclass(frozen=True, slots=True)
class Balance:
    """Money paid in advance, as it was last seen, and how long it lasts at the pace of the last days."""

    amount: Decimal
    currency: str
    noted_at: datetime
    days_left: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What an account still has: calls by the name of their window, its token's life, money paid in advance."""

    quota_left: Mapping[str, int] = field(default_factory=dict)
    token_ends_at: datetime | None = None
    """As this process knows it; None where it holds none, or where keys have no end."""
    balance: Balance | None = None
