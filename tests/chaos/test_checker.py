"""The checker against made-up ledgers: a good run has nothing to be said of, and each kind of violation is seen."""

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.ledgers import Attempt, Ending, Heard, Held, Ledgers, Told, Wish
from tests.chaos.violations import Kind

BOOKED = Attempt(
    recipient="Amel A",
    weights_grams=(1500, 9000),
    ending=Ending.ACKNOWLEDGED,
    told=(Told("11", "label 11"), Told("12", "label 12")),
    happened={"11": ("in_transit", "delivered")},
)
LIGHT = Held("intigo", "11", "Amel A", 1500)
HEAVY = Held("intigo", "12", "Amel A", 9000)
SUBMITTED = Heard("11", "submitted", "1")
ON_ITS_WAY = Heard("11", "in_transit", "2")
HOME = Heard("11", "delivered", "3")
OF_THE_OTHER = Heard("12", "submitted", "4")
GOOD = Ledgers([BOOKED], [LIGHT, HEAVY], [SUBMITTED, ON_ITS_WAY, HOME, OF_THE_OTHER])
GIVEN_UP = replace(BOOKED, ending=Ending.GIVEN_UP, told=(), happened={})
REFUSED = replace(GIVEN_UP, ending=Ending.REFUSED)
CANCELLED = replace(BOOKED, wishes={"12": Wish.GRANTED})
TAKEN_BACK = replace(HEAVY, is_live=False)
ASKED_BACK = replace(LIGHT, is_asked_back=True)
OF_THREE = replace(GIVEN_UP, weights_grams=(1500, 9000, 12000))
STUCK = frozenset({"Amel A"})
LISTED = frozenset({"11", "12", "13"})


def each_heard(times: int, answered: int, kills: int = 1) -> Ledgers:
    """A thousand parcels of which Ingrid heard so often, and so many of these times answered."""
    names = [str(number) for number in range(1000)]
    attempts = [Attempt(name, (1500,), Ending.ACKNOWLEDGED, told=(Told(name, name),)) for name in names]
    heard = [Heard(name, "submitted", is_answered=time < answered) for name in names for time in range(times)]
    return Ledgers(attempts, [Held("intigo", name, name) for name in names], heard, kills=kills)


def kinds(ledgers: Ledgers) -> set[Kind]:
    return {violation.kind for violation in check(ledgers).violations}


@pytest.mark.parametrize(
    "ledgers",
    [
        GOOD,
        Ledgers([GIVEN_UP], [], []),
        Ledgers([GIVEN_UP], [LIGHT, HEAVY], [SUBMITTED, OF_THE_OTHER], listed=frozenset({"11", "12"})),
        Ledgers([REFUSED], [replace(LIGHT, is_live=False)], [], refusals=1),
        Ledgers([REFUSED], [ASKED_BACK], [], stuck=STUCK),
        Ledgers([GIVEN_UP], [ASKED_BACK], [], stuck=STUCK),
        Ledgers([GIVEN_UP], [TAKEN_BACK], [OF_THE_OTHER, Heard("12", "cancelled", "5")]),
        replace(GOOD, attempts=[replace(BOOKED, twin_was_refused=True)], refusals=1),
        Ledgers([CANCELLED], [LIGHT, TAKEN_BACK], [*GOOD.heard, Heard("12", "cancelled", "5")]),
        Ledgers([replace(BOOKED, wishes={"12": Wish.UNANSWERED})], [LIGHT, TAKEN_BACK], GOOD.heard),
        replace(GOOD, heard=[SUBMITTED, *GOOD.heard], kills=1),
        Ledgers([GIVEN_UP], [LIGHT, HEAVY], [SUBMITTED, OF_THE_OTHER]),
        Ledgers([replace(BOOKED, is_told=False)], [LIGHT, HEAVY], [SUBMITTED, HOME, OF_THE_OTHER]),
        replace(GOOD, heard=[replace(SUBMITTED, is_answered=False), *GOOD.heard]),
        replace(GOOD, heard=[replace(HOME, is_accepted=False), *GOOD.heard]),
        each_heard(2, answered=1),
        each_heard(2, answered=2, kills=32),
    ],
)
def test_a_good_run_has_no_violations(ledgers: Ledgers) -> None:
    assert check(ledgers).violations == ()


BAD: list[tuple[Ledgers, Kind]] = [
    (replace(GOOD, held=[LIGHT]), Kind.LOST),
    (replace(GOOD, held=[LIGHT, TAKEN_BACK]), Kind.LOST),
    (replace(GOOD, held=[LIGHT, replace(HEAVY, is_binding=False)]), Kind.LOST),
    (Ledgers([GIVEN_UP], [LIGHT], [], listed=frozenset({"11"})), Kind.LOST),
    (replace(GOOD, attempts=[replace(BOOKED, told=(BOOKED.told[0],) * 2)], held=[LIGHT]), Kind.LOST),
    (Ledgers([OF_THREE], [LIGHT, replace(LIGHT, number="12"), HEAVY], [], listed=LISTED), Kind.LOST),
    (Ledgers([OF_THREE], [LIGHT, replace(LIGHT, number="12"), HEAVY], [], listed=LISTED), Kind.DUPLICATED),
    (Ledgers([GIVEN_UP], [LIGHT, replace(HEAVY, is_binding=False)], [SUBMITTED, OF_THE_OTHER]), Kind.LOST),
    (replace(GOOD, held=[LIGHT, HEAVY, replace(HEAVY, number="13")]), Kind.DUPLICATED),
    (Ledgers([GIVEN_UP], [LIGHT] * 3, [], listed=frozenset({"11"})), Kind.DUPLICATED),
    (replace(GOOD, held=[LIGHT, replace(HEAVY, payments=2)]), Kind.DUPLICATED),
    (Ledgers([GIVEN_UP], [LIGHT, HEAVY], []), Kind.UNEXPECTED),
    (Ledgers([REFUSED], [LIGHT], [], refusals=1), Kind.UNEXPECTED),
    (Ledgers([REFUSED], [LIGHT, HEAVY], [], listed=LISTED, stuck=STUCK, refusals=1), Kind.UNEXPECTED),
    (Ledgers([REFUSED], [ASKED_BACK], [], listed=LISTED, refusals=1), Kind.UNEXPECTED),
    (Ledgers([REFUSED], [], []), Kind.REFUSED_WITHOUT_CAUSE),
    (Ledgers([replace(REFUSED, recipient=name) for name in "AB"], [], [], refusals=1), Kind.REFUSED_WITHOUT_CAUSE),
    (replace(GOOD, attempts=[replace(BOOKED, twin_was_refused=True)]), Kind.REFUSED_WITHOUT_CAUSE),
    (replace(GOOD, held=[LIGHT, HEAVY, replace(HEAVY, recipient="Nobody", number="13")]), Kind.UNEXPECTED),
    (replace(GOOD, held=[LIGHT, replace(HEAVY, number="13")]), Kind.UNEXPECTED),
    (replace(GOOD, attempts=[CANCELLED]), Kind.UNEXPECTED),
    (replace(GOOD, held=[replace(LIGHT, number="12"), replace(HEAVY, number="11")]), Kind.MISLABELLED),
    (replace(GOOD, attempts=[replace(BOOKED, told=(BOOKED.told[0], Told("12", "label 11")))]), Kind.MISLABELLED),
    (replace(GOOD, attempts=[replace(BOOKED, is_always_alike=False)]), Kind.ANSWERED_OTHERWISE),
    (replace(GOOD, heard=[SUBMITTED, HOME, OF_THE_OTHER]), Kind.EVENT_LOST),
    (replace(GOOD, heard=[SUBMITTED, ON_ITS_WAY, replace(HOME, is_accepted=False), OF_THE_OTHER]), Kind.EVENT_LOST),
    (Ledgers([CANCELLED], [LIGHT, TAKEN_BACK], GOOD.heard), Kind.EVENT_LOST),
    (Ledgers([GIVEN_UP], [replace(LIGHT, is_live=False), TAKEN_BACK], [SUBMITTED, OF_THE_OTHER]), Kind.EVENT_LOST),
    (replace(GOOD, heard=[SUBMITTED, *GOOD.heard]), Kind.EVENT_DUPLICATED),
    (each_heard(2, answered=2), Kind.EVENT_DUPLICATED),
    (each_heard(3, answered=2, kills=0), Kind.EVENT_DUPLICATED),
    (replace(GOOD, heard=[*GOOD.heard, Heard("12", "lost", "5")]), Kind.EVENT_UNEXPECTED),
    (replace(GOOD, heard=[replace(SUBMITTED, at="0"), *GOOD.heard], kills=1), Kind.EVENT_UNEXPECTED),
    (Ledgers([GIVEN_UP], [LIGHT, HEAVY], [SUBMITTED, OF_THE_OTHER, HOME]), Kind.EVENT_UNEXPECTED),
    (Ledgers([REFUSED], [replace(LIGHT, is_live=False)], [SUBMITTED], refusals=1), Kind.EVENT_UNEXPECTED),
    (replace(GOOD, heard=[*GOOD.heard, Heard("13", "submitted", "5")]), Kind.EVENT_UNEXPECTED),
    (replace(GOOD, heard=[SUBMITTED, HOME, ON_ITS_WAY, OF_THE_OTHER]), Kind.ORDER),
    (replace(GOOD, heard=[*GOOD.heard, ON_ITS_WAY], kills=1), Kind.ORDER),
]


@pytest.mark.parametrize(("ledgers", "seen"), BAD)
def test_each_kind_of_violation_is_seen(ledgers: Ledgers, seen: Kind) -> None:
    assert seen in kinds(ledgers)


def test_every_kind_has_a_ledger_above_in_which_it_is_seen() -> None:
    assert {kind for _, kind in BAD} == set(Kind)


def test_a_run_without_violations_supports_three_in_so_many() -> None:
    attempts = [replace(BOOKED, recipient=f"Amel {number}", told=(), weights_grams=()) for number in range(300)]
    assert check(Ledgers(attempts, [], [])).figures()["95 % bound"] == "fewer than 1.00% of bookings"


def test_what_nobody_answered_supports_no_bound() -> None:
    attempts = [replace(GIVEN_UP, recipient=f"Amel {number}") for number in range(300)]
    assert check(Ledgers(attempts, [], [])).figures()["95 % bound"] == "none: no booking came to anything"


def test_a_run_with_a_loss_supports_no_bound() -> None:
    assert check(replace(GOOD, held=[LIGHT])).figures()["95 % bound"] == "none: there were violations"


def test_an_answer_after_a_lost_one_is_counted() -> None:
    figures = check(replace(GOOD, attempts=[replace(BOOKED, tries=3)])).figures()
    assert (figures["acknowledged when repeated"], figures["acknowledged"], figures["attempted"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("held", "heard", "recovered"),
    [
        ([], [], 0),
        ([TAKEN_BACK], [], 1),
        ([LIGHT, HEAVY], [SUBMITTED, OF_THE_OTHER], 1),
        ([LIGHT], [SUBMITTED], 0),
    ],
    ids=["never begun", "taken back", "completed", "in part"],
)
def test_what_nobody_came_back_for_is_recovered_if_it_was_completed_or_taken_back(
    held: list[Held], heard: list[Heard], recovered: int
) -> None:
    assert check(Ledgers([GIVEN_UP], held, heard)).figures()["recovered"] == recovered
