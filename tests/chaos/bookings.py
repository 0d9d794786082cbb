"""What is wrong with bookings: parcels that are missing, too many, another's, or that nobody knows of."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.chaos.ledgers import Attempt, Ending, Held, Ledgers, Wish
from tests.chaos.updates import told_submitted
from tests.chaos.violations import Kind, Violation


def about_bookings(ledgers: Ledgers) -> Iterator[Violation]:
    """Each booking against what its courier holds of it."""
    known = ledgers.listed | told_submitted(ledgers.heard)
    by_recipient: dict[str, list[Held]] = defaultdict(list)
    for held in ledgers.held:
        by_recipient[held.recipient].append(held)
    for attempt in ledgers.attempts:
        of_it = by_recipient.pop(attempt.recipient, [])
        yield from _doubled(attempt, of_it)
        yield from _ended(attempt, [held for held in of_it if held.is_live and not _is_seen_to(held, ledgers)], known)
    yield from _of_strangers(by_recipient)
    yield from _refused_without_cause(ledgers)


def _is_seen_to(held: Held, ledgers: Ledgers) -> bool:
    """Whether its courier's people were asked to take it back, and ours are shown that they were."""
    return held.is_asked_back and held.recipient in ledgers.stuck


def _doubled(attempt: Attempt, held: Sequence[Held]) -> Iterator[Violation]:
    for weight, times in _beyond(attempt, [one for one in held if one.is_live]).items():
        of_what = f" of {weight} g" if weight else ""
        yield Violation(Kind.DUPLICATED, attempt.recipient, f"its courier has {times} parcels too many{of_what}")
    for one in held:
        if one.payments > 1:
            yield Violation(Kind.DUPLICATED, attempt.recipient, f"{one.number} was paid {one.payments} times")


def _ended(attempt: Attempt, standing: Sequence[Held], known: frozenset[str]) -> Iterator[Violation]:
    match attempt.ending:
        case Ending.ACKNOWLEDGED:
            yield from _acknowledged(attempt, standing)
        case Ending.REFUSED:
            yield from _unknown(attempt, standing, frozenset(), "was refused, and the courier has it")
        case Ending.GIVEN_UP:
            yield from _unknown(attempt, standing, known, "given up, neither shown to people nor told to Ingrid")
            yield from _given_up(attempt, standing)


def _acknowledged(attempt: Attempt, standing: Sequence[Held]) -> Iterator[Violation]:
    by_number = {held.number: held for held in standing}
    told_of = {told.barcode for told in attempt.told}
    if len(attempt.told) != len(attempt.weights_grams):
        yield Violation(Kind.LOST, attempt.recipient, "the answer has not as many barcodes as there are packages")
    if len(told_of) != len(attempt.told):
        yield Violation(Kind.LOST, attempt.recipient, "two packages were answered with one barcode")
    if not attempt.is_always_alike:
        yield Violation(Kind.ANSWERED_OTHERWISE, attempt.recipient, "asked again, it was answered with other bytes")
    for told, weight_grams in zip(attempt.told, attempt.weights_grams, strict=False):
        held, wish = by_number.get(told.barcode), attempt.wishes.get(told.barcode)
        if held is not None:
            yield from _standing(attempt, held, wish)
            if told.barcode not in told.label or held.weight_grams not in {None, weight_grams}:
                yield Violation(Kind.MISLABELLED, attempt.recipient, f"{told.barcode} belongs to another package")
        elif wish not in {Wish.GRANTED, Wish.UNANSWERED}:
            yield Violation(Kind.LOST, attempt.recipient, f"{told.barcode} is not at the courier")
    for held in standing:
        if held.number not in told_of:
            yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{held.courier} has {held.number}, never told of")


def _standing(attempt: Attempt, held: Held, wish: Wish | None) -> Iterator[Violation]:
    if wish is Wish.GRANTED:
        yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{held.number} was cancelled, and is delivered")
    elif not held.is_binding:
        yield Violation(Kind.LOST, attempt.recipient, f"{held.number} was left a draft")


def _given_up(attempt: Attempt, standing: Sequence[Held]) -> Iterator[Violation]:
    """All of it has to be there, and to be carried out; or nothing."""
    for held in standing:
        yield from _standing(attempt, held, None)
    weights = [held.weight_grams for held in standing]
    missing = Counter(_as_told(attempt, standing)) - Counter(weights)
    if standing and missing:
        yield Violation(Kind.LOST, attempt.recipient, "only some of its packages are at the courier")


def _unknown(attempt: Attempt, standing: Sequence[Held], known: frozenset[str], why: str) -> Iterator[Violation]:
    for held in standing:
        if held.number not in known:
            yield Violation(Kind.UNEXPECTED, attempt.recipient, f"{held.courier} {held.number}: {why}")


def _of_strangers(by_recipient: dict[str, list[Held]]) -> Iterator[Violation]:
    for recipient, of_it in by_recipient.items():
        for held in of_it:
            if held.is_live:
                yield Violation(Kind.UNEXPECTED, recipient, f"{held.courier} has {held.number}, which nobody booked")


def _refused_without_cause(ledgers: Ledgers) -> Iterator[Violation]:
    """For each time that a courier refused, one booking is; and so is what people have to take back first."""
    seen_to = {held.recipient for held in ledgers.held if _is_seen_to(held, ledgers)}
    refused = [one for one in ledgers.attempts if one.was_refused and one.recipient not in seen_to]
    for attempt in refused[ledgers.refusals :]:
        what = f"{len(refused)} bookings were refused, and couriers refused {ledgers.refusals}"
        yield Violation(Kind.REFUSED_WITHOUT_CAUSE, attempt.recipient, what)


def _beyond(attempt: Attempt, live: Sequence[Held]) -> Counter[int | None]:
    """By weight, what there is more of than was asked for."""
    return Counter(held.weight_grams for held in live) - Counter(_as_told(attempt, live))


def _as_told(attempt: Attempt, held: Sequence[Held]) -> Sequence[int | None]:
    """The weights of its packages, as far as their courier is told any."""
    is_told_weights = all(one.weight_grams is not None for one in held)
    return attempt.weights_grams if is_told_weights else [None] * len(attempt.weights_grams)
