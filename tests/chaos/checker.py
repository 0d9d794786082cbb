"""Compares the three ledgers: what was lost, what there is twice, and what nobody knows of."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tests.chaos.ledgers import Attempt, Ending, Heard, Held, Ledgers, Wish

SUBMITTED, CANCELLED = "submitted", "cancelled"
RULE_OF_THREE = 3
"""None seen in n tries: with 95 % confidence the rate is below 3/n."""


class Kind(StrEnum):
    """In which way the ledgers disagree."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    UNEXPECTED = "unexpected"
    MISLABELLED = "mislabelled"
    ANSWERED_OTHERWISE = "answered otherwise"
    EVENT_LOST = "events lost"
    EVENT_DUPLICATED = "events duplicated too often"
    EVENT_UNEXPECTED = "events unexpected"
    ORDER = "order violations"


@dataclass(frozen=True, slots=True)
class Violation:
    """One disagreement, and about whom."""

    kind: Kind
    whom: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.whom}: {self.what}"


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
            "kills": self.ledgers.kills,
            "events duplicated": sum(_repeats(self.ledgers.heard).values()),
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
        attempted = len(self.ledgers.attempts)
        return f"fewer than {RULE_OF_THREE / attempted:.2%} of bookings" if attempted else "none: nothing was attempted"


def check(ledgers: Ledgers) -> Verdict:
    """Every disagreement that there is."""
    return Verdict(ledgers, (*_about_bookings(ledgers), *_about_strangers(ledgers), *_about_updates(ledgers)))


def _about_bookings(ledgers: Ledgers) -> Iterator[Violation]:
    known = ledgers.listed | {one.barcode for one in ledgers.heard if one.is_accepted and one.status == SUBMITTED}
    by_recipient: dict[str, list[Held]] = defaultdict(list)
    for held in ledgers.held:
        by_recipient[held.recipient].append(held)
    for attempt in ledgers.attempts:
        standing = [held for held in by_recipient[attempt.recipient] if held.is_live]
        yield from _doubled(attempt, by_recipient[attempt.recipient])
        match attempt.ending:
            case Ending.ACKNOWLEDGED:
                yield from _acknowledged(attempt, standing)
            case Ending.REFUSED:
                yield from _unknown(attempt, standing, ledgers.listed, "was refused, and the courier has it")
            case Ending.GIVEN_UP:
                yield from _unknown(attempt, standing, known, "given up, neither shown to people nor told to Ingrid")
                if 0 < len(standing) < len(attempt.weights_grams):
                    yield Violation(Kind.LOST, attempt.recipient, "only some of its packages are at the courier")


def _doubled(attempt: Attempt, held: Sequence[Held]) -> Iterator[Violation]:
    live = [one for one in held if one.is_live]
    for one in live[len(attempt.weights_grams) :]:
        yield Violation(Kind.DUPLICATED, attempt.recipient, f"{one.courier} has a parcel too many, {one.number}")
    for one in held:
        if one.payments > 1:
            yield Violation(Kind.DUPLICATED, attempt.recipient, f"{one.number} was paid {one.payments} times")


def _acknowledged(attempt: Attempt, standing: Sequence[Held]) -> Iterator[Violation]:
    by_number = {held.number: held for held in standing}
    if len(attempt.told) != len(attempt.weights_grams):
        yield Violation(Kind.LOST, attempt.recipient, "the answer has not as many barcodes as there are packages")
    if not attempt.is_always_alike:
        yield Violation(Kind.ANSWERED_OTHERWISE, attempt.recipient, "asked again, it was answered with other bytes")
    for told, weight_grams in zip(attempt.told, attempt.weights_grams, strict=False):
        held, wish = by_number.get(told.barcode), attempt.wishes.get(told.barcode)
        if held is None and wish not in {Wish.GRANTED, Wish.UNANSWERED}:
            yield Violation(Kind.LOST, attempt.recipient, f"{told.barcode} is not at the courier")
        if held is None:
            continue
        if wish is Wish.GRANTED:
            yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{told.barcode} was cancelled, and is delivered")
        elif not held.is_binding:
            yield Violation(Kind.LOST, attempt.recipient, f"{told.barcode} was left a draft")
        if told.barcode not in told.label or held.weight_grams not in {None, weight_grams}:
            yield Violation(Kind.MISLABELLED, attempt.recipient, f"{told.barcode} belongs to another package")
    told_of = {told.barcode for told in attempt.told}
    for held in standing:
        if held.number not in told_of:
            yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{held.courier} has {held.number}, never told of")


def _unknown(attempt: Attempt, standing: Sequence[Held], listed: frozenset[str], why: str) -> Iterator[Violation]:
    for held in standing:
        if held.number not in listed:
            yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{held.courier} {held.number}: {why}")


def _about_strangers(ledgers: Ledgers) -> Iterator[Violation]:
    recipients = {attempt.recipient for attempt in ledgers.attempts}
    for held in ledgers.held:
        if held.is_live and held.recipient not in recipients:
            yield Violation(Kind.UNEXPECTED, held.recipient, f"{held.courier} has {held.number}, which nobody booked")


def _about_updates(ledgers: Ledgers) -> Iterator[Violation]:
    accepted: dict[str, list[str]] = defaultdict(list)
    for heard in ledgers.heard:
        if heard.is_accepted:
            accepted[heard.barcode].append(heard.status)
    for attempt in ledgers.attempts:
        for told in attempt.told:
            yield from _about_parcel(attempt, told.barcode, accepted[told.barcode])
    numbers = {held.number for held in ledgers.held}
    for barcode in accepted.keys() - numbers:
        yield Violation(Kind.EVENT_UNEXPECTED, barcode, "Ingrid heard of a parcel that no courier has")
    allowed = ledgers.kills + _unanswered(ledgers.heard)
    for raw, repeats in _repeats(ledgers.heard).items():
        if repeats > allowed:
            what = f"{repeats} repeats, where kills and lost answers account for {allowed}"
            yield Violation(Kind.EVENT_DUPLICATED, raw, what)


def _about_parcel(attempt: Attempt, barcode: str, statuses: Sequence[str]) -> Iterator[Violation]:
    """Every status once, or again and again before the next: never an older one after a younger."""
    wish = attempt.wishes.get(barcode)
    end = (CANCELLED,) if wish is Wish.GRANTED else ()
    expected = (SUBMITTED, *attempt.happened.get(barcode, ()), *end)
    might = {CANCELLED} if wish is Wish.UNANSWERED else set()
    certain = expected if attempt.is_told else (SUBMITTED, expected[-1])
    for status in certain:
        if status not in statuses:
            yield Violation(Kind.EVENT_LOST, barcode, f"Ingrid never heard {status}")
    for status in dict.fromkeys(statuses):
        if status not in expected and status not in might:
            yield Violation(Kind.EVENT_UNEXPECTED, barcode, f"Ingrid heard {status}, which never happened")
    places = [expected.index(status) for status in statuses if status in expected]
    for before, after in pairwise(places):
        if after < before:
            yield Violation(Kind.ORDER, barcode, f"Ingrid heard {expected[after]} after {expected[before]}")


def _repeats(heard: Sequence[Heard]) -> Mapping[str, int]:
    """By its bytes, how often more than once an update was accepted."""
    counted = Counter(one.raw for one in heard if one.is_accepted)
    return {raw: times - 1 for raw, times in counted.items() if times > 1}


def _unanswered(heard: Sequence[Heard]) -> int:
    """Updates that were accepted, and whose sender could not know."""
    return sum(one.is_accepted and not one.is_answered for one in heard)
