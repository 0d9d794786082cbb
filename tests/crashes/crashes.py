"""Every crash point of a booking, a cancellation and of news, died at once, and what became of the parcels after it."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import product

from werkzeug.test import TestResponse

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.services.backend import Backend
from tests.crashes import ledger
from tests.crashes.news import UNTIL_ASKED, News
from tests.crashes.stage import Body, Died, Life, Stage

LATER = "ecotrack-later"
METHODS = ("intigo-home", "parcel2go-home", "ecotrack-home", LATER)
PACKAGES = (1, 3)
CALLS_OFF = {"intigo-home": "find", "parcel2go-home": "read_order", "ecotrack-home": "add_remark", LATER: "delete"}
"""The first call by which a parcel is called off."""
TURNED_AWAY = 2
"""So often: whoever asked to cancel, and the worker who goes on with it."""
REPEATED_AFTER = timedelta(seconds=95)
"""More than a lease: before, whoever repeats is only told to come again."""
MOST_REPEATS = 12
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (95, 125, 125, 1560, 10, 60, 130, 600, 1800))
"""When the worker looks: after the lease, the quiet window, the time after which nobody comes back, and then some."""


class Act(StrEnum):
    """What is died of: two are a web process's, the third a worker's that takes over what a web process left.

    The fourth is both's, while the parcels are carried home.
    """

    BOOK = "book"
    CANCEL = "cancel"
    SETTLE = "settle"
    TELL = "tell"


class After(StrEnum):
    """Who goes on: the caller who asks again, the courier who calls again, or nobody but the worker."""

    RETRY = "retry"
    NONE = "none"


CASES = tuple(product(PACKAGES, After))
"""How many packages there are, and who goes on."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One thing that is asked of us, and by which way it goes on after the crash.

    What a worker settles came `out_of` another act: its predecessor died there at the crash point `left_at`, or where
    that is None, was turned away by the courier, as the worker is at first.
    """

    method: str
    packages: int
    act: Act
    after: After
    out_of: Act | None = None
    left_at: int | None = None

    @property
    def is_calling_off(self) -> bool:
        return Act.CANCEL in (self.act, self.out_of)

    @property
    def courier(self) -> str:
        return self.method.partition("-")[0]

    def left_behind(self, points: int) -> Iterator["Journey"]:
        """What a worker takes over where this has so many crash points: it broke off after a third, or two thirds."""
        if self.act not in (Act.BOOK, Act.CANCEL):
            return
        settled = replace(self, act=Act.SETTLE, out_of=self.act)
        yield from (replace(settled, left_at=points * thirds // 3) for thirds in (1, 2))
        if self.act is Act.CANCEL:
            yield settled

    def __str__(self) -> str:
        left = f" {self.out_of} {'turned away' if self.left_at is None else f'left at {self.left_at}'}"
        return f"{self.act}{left if self.out_of else ''}, {self.packages} by {self.method}, {self.after}"


def points(stage: Stage, journey: Journey) -> list[str]:
    """The crash points that it passes, in order and with a number where it passes one again: by going there once."""
    play, life = _Play(stage, journey), Life()
    play.act(life)
    passed = list(life.passed)
    stage.live()
    if wrong := [*play.go_on(), *play.found()]:
        raise AssertionError(wrong)
    times = [passed[: place + 1].count(point) for place, point in enumerate(passed)]
    return [point if time == 1 else f"{point}#{time}" for point, time in zip(passed, times, strict=True)]


def journeys(
    stage: Stage, method: str, cases: Iterable[tuple[int, After]] = CASES
) -> Iterator[tuple[Journey, list[str]]]:
    """Every journey by that method, with its crash points."""
    # What is validated later travels no differently from then on.
    acts = [act for act in (Act.BOOK, Act.CANCEL, Act.TELL) if (method, act) != (LATER, Act.TELL)]
    for journey in (Journey(method, packages, act, after) for (packages, after), act in product(cases, acts)):
        names = points(stage, journey)
        yield journey, names
        yield from ((further, points(stage, further)) for further in journey.left_behind(len(names)))


def faults(stage: Stage, journey: Journey, place: int) -> list[str]:
    """What is not as it has to be after a death at the crash point of that place."""
    play = _Play(stage, journey)
    life = Life(ends_at=place)
    try:
        play.act(life)
    except Died:
        pass
    else:
        return [f"it lived on: {len(life.passed)} crash points passed"]
    stage.live()
    return [*play.go_on(), *play.found()]


class _Play:
    """One journey: what is asked, and asked again."""

    def __init__(self, stage: Stage, journey: Journey) -> None:
        self._stage = stage
        self._journey = journey
        stage.begin_anew()
        self._body = stage.a_booking(journey.method, journey.packages)
        self._package_ids = [package["references"]["package_id"] for package in self._body["packages"]]
        barcodes = self._booked() if journey.is_calling_off or journey.act is Act.TELL else [""]
        self._barcode = barcodes[0]
        self._is_granted = False
        self._news = News(stage, journey.courier, barcodes)
        if journey.act is Act.TELL:
            self._news.happen()

    def act(self, life: Life) -> None:
        """Ask once, of a process with that life; or let it settle what one before it left."""
        if self._journey.act is Act.SETTLE:
            self._leave_behind()
            self._settle(self._stage.live(life))
            return
        backend = self._stage.live(life)
        if self._journey.act is Act.TELL:
            self._stage.clock.advance(UNTIL_ASKED)
            self._news.hear()
            self._news.tell(backend)
            return
        answer = self._ask()
        assert answer.status_code in (200, 409), answer.text

    def _leave_behind(self) -> None:
        if self._journey.left_at is None:
            self._stage.turn_away(self._journey.courier, CALLS_OFF[self._journey.method], TURNED_AWAY)
        self._stage.live(Life(ends_at=self._journey.left_at))
        with suppress(Died):
            self._ask()

    def go_on(self) -> Iterator[str]:
        """Ask again where the caller does, and let the worker work; what is wrong with the answers."""
        if self._journey.act is Act.TELL:
            self._go_on_telling()
        elif self._journey.after is After.RETRY:
            yield from self._repeat()
        backend = self._stage.live()
        self._settle(backend)
        self._news.push(backend)
        if not ledger.is_settled(self._stage.store):
            yield "it is still to be settled"

    def _go_on_telling(self) -> None:
        if self._journey.after is After.RETRY:
            self._news.hear()
        self._news.go_on(self._stage.live())

    def _settle(self, backend: Backend) -> None:
        for pause in PAUSES:
            self._stage.clock.advance(pause)
            while backend.reconcile.run_once():
                pass

    def _repeat(self) -> Iterator[str]:
        self._stage.fetch_token()
        answer = self._later_answer()
        for _ in range(MOST_REPEATS):
            if answer.status_code != 503:
                break
            answer = self._later_answer()
        again = self._ask()
        if (again.status_code, again.data) != (answer.status_code, answer.data):
            yield f"answered {answer.status_code}, and then {again.status_code} or in other words"
        yield from self._judged(answer)

    def _later_answer(self) -> TestResponse:
        self._stage.clock.advance(REPEATED_AFTER)
        return self._ask()

    def _judged(self, answer: TestResponse) -> Iterator[str]:
        if self._journey.is_calling_off:
            if answer.status_code not in (200, 409):
                yield f"cancelling is answered {answer.status_code}: {answer.text}"
        elif answer.status_code != 200:
            yield f"booking is answered {answer.status_code}: {answer.text}"
        else:
            yield from self._out_of_order(answer.get_json()["packages"])

    def _out_of_order(self, packages: Sequence[Body]) -> Iterator[str]:
        kept = {parcel.barcode: parcel.package_id for parcel in self._kept()}
        if [kept[package["barcode"]] for package in packages] != self._package_ids:
            yield "the packages are answered in another order"
        for package in packages:
            if package["barcode"].encode() not in base64.b64decode(package["label_data"]):
                yield f"the label answered for {package['barcode']} is another's"

    def found(self) -> Iterator[str]:
        """What does not agree between the courier's books and ours, in the end."""
        theirs = ledger.READ[self._journey.courier](self._stage.books(self._journey.courier))
        kept = self._kept()
        if self._journey.act is Act.TELL:
            yield from self._news.faults()
            return
        yield from ledger.disagreements(self._package_ids, kept, theirs)
        yield from self._news.faults_about(kept)
        standing = [parcel for parcel in kept if parcel.state in ledger.STANDING]
        if self._journey.is_calling_off:
            yield from self._not_called_off(kept, theirs)
        elif len(standing) != self._journey.packages and (standing or self._journey.after is After.RETRY):
            yield f"{len(standing)} of {self._journey.packages} parcels stand"

    def _not_called_off(self, kept: Sequence[ledger.Ours], theirs: ledger.Theirs) -> Iterator[str]:
        (parcel,) = (parcel for parcel in kept if parcel.barcode == self._barcode)
        if parcel.state is BookingState.BOOKED and (self._journey.after is After.RETRY or theirs.wishes):
            yield "the wish to cancel is lost"
        if self._is_granted and parcel.state is not BookingState.CANCELLED:
            yield f"it was said to be cancelled, and is {parcel.state}"
        asks_by_call = self._journey.method in ("intigo-home", "ecotrack-home")
        if asks_by_call and parcel.state is BookingState.CANCELLING and not (theirs.wishes or parcel.is_stuck):
            yield "nobody was asked to cancel it, and nobody is told"
        if len(kept) - 1 != len([other for other in kept if other.state is BookingState.BOOKED and other != parcel]):
            yield "another package was called off too"

    def _kept(self) -> list[ledger.Ours]:
        return ledger.ours(self._stage.store, self._package_ids)

    def _booked(self) -> list[str]:
        answer = self._stage.book(self._body)
        assert answer.status_code == 200, answer.text
        return [package["barcode"] for package in answer.get_json()["packages"]]

    def _ask(self) -> TestResponse:
        if not self._journey.is_calling_off:
            return self._stage.book(self._body)
        answer = self._stage.cancel(self._barcode)
        self._is_granted = self._is_granted or answer.status_code == 200
        return answer
