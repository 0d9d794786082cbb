"""What is wrong with the news that Ingrid heard: lost, told too often, in a wrong order, or of what never happened."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tests.chaos.ledgers import Attempt, Ending, Heard, Held, Ledgers, Wish
from tests.chaos.violations import Kind, Violation

SUBMITTED, CANCELLED = "submitted", "cancelled"
RELAYED_AT_ONCE = 32
"""Updates that are on their way while who sends them dies."""


def about_updates(ledgers: Ledgers) -> Iterator[Violation]:
    """Each parcel's news against what became of it."""
    by_barcode: dict[str, list[Heard]] = defaultdict(list)
    for one in _accepted(ledgers.heard):
        by_barcode[one.barcode].append(one)
    by_recipient: dict[str, list[Held]] = defaultdict(list)
    for held in ledgers.held:
        by_recipient[held.recipient].append(held)
    for attempt in ledgers.attempts:
        told_of = {told.barcode for told in attempt.told}
        for barcode in sorted(told_of):
            yield from _about_parcel(attempt, barcode, by_barcode[barcode])
        for held in by_recipient[attempt.recipient]:
            if held.number not in told_of:
                yield from _about_untold(attempt, held, [one.status for one in by_barcode[held.number]])
    for barcode in sorted(by_barcode.keys() - {held.number for held in ledgers.held}):
        if by_barcode[barcode]:
            yield Violation(Kind.EVENT_UNEXPECTED, barcode, "Ingrid heard of a parcel that no courier has")
    yield from _too_often(ledgers)


def told_submitted(heard: Sequence[Heard]) -> frozenset[str]:
    """The barcodes of which Ingrid knows."""
    return frozenset(one.barcode for one in _accepted(heard) if one.status == SUBMITTED)


def repeats(heard: Sequence[Heard]) -> Mapping[tuple[str, str, str], int]:
    """By parcel, status and its moment, how often more than once an update was accepted, in whatever bytes."""
    counted = Counter(one.news for one in _accepted(heard))
    return {news: times - 1 for news, times in counted.items() if times > 1}


def _about_parcel(attempt: Attempt, barcode: str, heard: Sequence[Heard]) -> Iterator[Violation]:
    """Every status once, or again and again before the next: never an older one after a younger."""
    statuses, wish = [one.status for one in heard], attempt.wishes.get(barcode)
    end = (CANCELLED,) if wish is Wish.GRANTED else ()
    expected = (SUBMITTED, *attempt.happened.get(barcode, ()), *end)
    certain = expected if attempt.is_told else (SUBMITTED, expected[-1])
    might = {CANCELLED} if wish is Wish.UNANSWERED else set()
    for status in certain:
        if status not in statuses:
            yield Violation(Kind.EVENT_LOST, barcode, f"Ingrid never heard {status}")
    yield from _never_happened(barcode, statuses, {*expected, *might})
    for status, moments in Counter(status for status, _ in {(one.status, one.at) for one in heard}).items():
        if moments > max(expected.count(status), 1):
            yield Violation(Kind.EVENT_UNEXPECTED, barcode, f"Ingrid heard {status} as of {moments} moments")
    yield from _out_of_order(barcode, [*expected, *(might - {*expected})], statuses)


def _about_untold(attempt: Attempt, held: Held, statuses: Sequence[str]) -> Iterator[Violation]:
    """What nobody was answered does not travel: Ingrid hears that it exists, or has been taken back, or nothing."""
    expected = () if attempt.ending is Ending.REFUSED else (SUBMITTED,) if held.is_live else (SUBMITTED, CANCELLED)
    yield from _never_happened(held.number, statuses, {*expected})
    if not held.is_live and SUBMITTED in statuses and CANCELLED not in statuses:
        yield Violation(Kind.EVENT_LOST, held.number, "Ingrid never heard that it was taken back")
    yield from _out_of_order(held.number, expected, statuses)


def _never_happened(barcode: str, statuses: Sequence[str], possible: set[str]) -> Iterator[Violation]:
    for status in dict.fromkeys(statuses):
        if status not in possible:
            yield Violation(Kind.EVENT_UNEXPECTED, barcode, f"Ingrid heard {status}, which never happened")


def _out_of_order(barcode: str, expected: Sequence[str], statuses: Sequence[str]) -> Iterator[Violation]:
    places = [expected.index(status) for status in statuses if status in expected]
    for before, after in pairwise(places):
        if after < before:
            yield Violation(Kind.ORDER, barcode, f"Ingrid heard {expected[after]} after {expected[before]}")


def _too_often(ledgers: Ledgers) -> Iterator[Violation]:
    """A death repeats what was on its way, and a lost answer the one update that it was the answer to."""
    unanswered = Counter(one.news for one in _accepted(ledgers.heard) if not one.is_answered)
    found = repeats(ledgers.heard)
    for news, times in found.items():
        if times > (allowed := ledgers.kills + unanswered[news]):
            what = f"{news[1]}: {times} repeats, where kills and lost answers account for {allowed}"
            yield Violation(Kind.EVENT_DUPLICATED, news[0], what)
    if (total := sum(found.values())) > (allowed := ledgers.kills * RELAYED_AT_ONCE + unanswered.total()):
        what = f"{total} repeats, where kills and lost answers account for {allowed}"
        yield Violation(Kind.EVENT_DUPLICATED, "all parcels", what)


def _accepted(heard: Sequence[Heard]) -> Iterator[Heard]:
    return (one for one in heard if one.is_accepted)
