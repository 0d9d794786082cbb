"""What Intigo holds: parcels with their histories, and tickets. A client id may stand on several parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import count
from time import time
from typing import Any, Self

from carrier_backend.simulator import labels

MADE = 1
AT_A_HUB = {20, 25, 27}
MESSAGES = {
    2: "Colis assigné au livreur",
    6: "Colis livré",
    8: "Colis annulé par admin",
    10: "Colis en cours de livraison",
    15: "Colis en retour provisoire",
    16: "Colis en retour définitif",
    17: "Colis en retour vendeur",
    20: "Colis en transfert vers Centrale Tunis",
    21: "Colis perdu",
    25: "Colis entré au Centrale Tunis",
    27: "Colis en transfert vers Centrale Tunis",
    28: "Vérification",
    29: "Relance",
}
_TUNIS = timezone(timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a history; `date` as it was told, ISO 8601."""

    status: Any
    date: str

    def wire(self) -> dict[str, Any]:
        return {"status": self.status, "date": self.date, "centrale": self.status in AT_A_HUB}

    def moment(self) -> datetime:
        """A date without a zone is Tunisian time."""
        told = datetime.fromisoformat(self.date)
        return told if told.tzinfo else told.replace(tzinfo=_TUNIS)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and what was asked for it (`wanted`, the body of its creation)."""

    nid: str
    cid: str
    wanted: Mapping[str, Any]
    history: tuple[Step, ...]

    @property
    def status(self) -> Any:
        """That of the youngest step, which need not be the last one written."""
        return sorted(self.history, key=Step.moment)[-1].status

    @property
    def secret_code(self) -> str:
        return sha256(self.nid.encode()).hexdigest()[:6].upper()

    def moved(self, step: Step) -> Self:
        return replace(self, history=(*self.history, step))

    def brief(self) -> dict[str, Any]:
        """The four fields that Intigo gives for a single parcel."""
        return {"status": self.status, "nid": self.nid, "cid": self.cid, "secretCode": self.secret_code}

    def in_batch(self) -> dict[str, Any]:
        """An item of the batch answer, which has no secret code."""
        asked = {name: self.wanted[name] for name in ("amount", "city", "subDivision")}
        numbers = {"status": self.status, "nid": self.nid, "cid": self.cid}
        return {**numbers, **asked, "isExchange": self.wanted.get("isExchange", False), "nbTentative": 0}

    def announced(self) -> dict[str, Any]:
        """An item of the batch-creation webhook."""
        return {**self.brief(), "scanCode": f"INT{self.nid}"}

    def history_wire(self) -> list[dict[str, Any]]:
        return [step.wire() for step in self.history]

    def slip(self) -> labels.Slip:
        place = f"{self.wanted['subDivision']}, {self.wanted['city']}"
        amount = f"{self.wanted['amount']} TND"
        lines = (self.wanted["address"], place, self.wanted["phone"], amount)
        return labels.Slip("Intigo", self.nid, self.cid, self.wanted["name"], lines)

    def state(self) -> dict[str, Any]:
        return {**self.announced(), "request": dict(self.wanted), "history": self.history_wire()}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A wish about a parcel; status 1 pending, 2 in progress, 3 treated, 4 with the administration."""

    number: int
    title: str
    nid: str
    wanted: Mapping[str, Any]
    status: int = 1

    def wire(self) -> dict[str, Any]:
        return {"title": self.title, "status": self.status, "nid": self.nid, "ticketNumber": self.number}

    def state(self) -> dict[str, Any]:
        return {**self.wire(), "request": dict(self.wanted)}


class Books:
    """All parcels and tickets, oldest first. Not locked: its owner does that."""

    def __init__(self) -> None:
        self.parcels: dict[str, Parcel] = {}
        self.tickets: dict[int, Ticket] = {}
        # A number must never come twice, not even from a simulator started anew beside a backend that remembers.
        self._nids = count(1_000_000 + int(time()) % 8_000_000)
        self._numbers = count(50001)

    def make(self, wanted: Mapping[str, Any], at: datetime) -> Parcel:
        nid = str(next(self._nids))
        self.parcels[nid] = Parcel(nid, wanted["cid"], wanted, (Step(MADE, iso(at)),))
        return self.parcels[nid]

    def by_cid(self, cid: str | None) -> Parcel | None:
        """The latest parcel that bears this client id."""
        return next((parcel for parcel in reversed(self.parcels.values()) if parcel.cid == cid), None)

    def move(self, nids: Sequence[str], step: Step) -> list[Parcel]:
        for nid in nids:
            self.parcels[nid] = self.parcels[nid].moved(step)
        return [self.parcels[nid] for nid in nids]

    def file(self, wanted: Mapping[str, Any]) -> Ticket:
        number = next(self._numbers)
        title = wanted.get("title") or _TITLES[wanted["ticketType"]]
        self.tickets[number] = Ticket(number, title, wanted["nid"], wanted)
        return self.tickets[number]

    def progress(self, number: int, status: int) -> Ticket:
        self.tickets[number] = replace(self.tickets[number], status=status)
        return self.tickets[number]

    def clear(self) -> None:
        """Forgets all; numbers go on counting."""
        self.parcels.clear()
        self.tickets.clear()


_TITLES = {2: "Price Change", 3: "Address Change", 4: "Phone Number Change", 8: "Relance du colis"}


def iso(moment: datetime) -> str:
    """As Intigo writes moments: UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
