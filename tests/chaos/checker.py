"""Compares the three ledgers: what was lost, what there is twice, and what nobody knows of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.bookings import about_bookings
from tests.chaos.ledgers import Ending, Ledgers
from tests.chaos.updates import about_updates, repeats
from tests.chaos.violations import Kind, Violation

RULE_OF_THREE = 3
"""None seen in n tries: with 95 % confidence the rate is below 3/n."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All disagreements, and the size of what was compared."""

    ledgers: Ledgers
    violations: tuple[Violation, ...]

    def figures(self) -> Mapping[str, int | str]:
        """What is printed, in its order."""
        endings = Counter(attempt.ending for attempt in self.ledgers.attempts)
        found = Counter(violation.kind for violation in self.violations)
        return {
            "attempted": len(self.ledgers.attempts),
            **{ending: endings[ending] for ending in Ending},
            "acknowledged when repeated": sum(attempt.was_repeated for attempt in self.ledgers.attempts),
            "recovered": self._recovered(),
            "parcels held": sum(held.is_live and held.is_binding for held in self.ledgers.held),
            "updates heard": sum(heard.is_accepted for heard in self.ledgers.heard),
            "kills of who tells Ingrid": self.ledgers.kills,
            "refusals by couriers": self.ledgers.refusals,
            "events duplicated": sum(repeats(self.ledgers.heard).values()),
            **{kind: found[kind] for kind in Kind},
            "95 % bound": self._bound(),
        }

    def _recovered(self) -> int:
        """Bookings that nobody came back for, and of which a courier had something: completed, or taken back."""
        begun, open_ones = {held.recipient for held in self.ledgers.held}, {one.whom for one in self.violations}
        given_up = {one.recipient for one in self.ledgers.attempts if one.ending is Ending.GIVEN_UP}
        return len(given_up & begun - open_ones)

    def _bound(self) -> str:
        """Below which rate a booking is lost or doubled, as far as so many bookings can show."""
        if any(violation.kind in {Kind.LOST, Kind.DUPLICATED, Kind.UNEXPECTED} for violation in self.violations):
            return "none: there were violations"
        acknowledged = sum(attempt.ending is Ending.ACKNOWLEDGED for attempt in self.ledgers.attempts)
        begun = acknowledged + self._recovered()
        return f"fewer than {RULE_OF_THREE / begun:.2%} of bookings" if begun else "none: no booking came to anything"


def check(ledgers: Ledgers) -> Verdict:
    """Every disagreement that there is."""
    return Verdict(ledgers, (*about_bookings(ledgers), *about_updates(ledgers)))
