"""What becomes of parcels that travel: their courier calls, a worker asks and tells Ingrid, and any of them dies."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from carrier_backend.domain.lifecycle import BookingState
from carrier_backend.services.backend import Backend
from tests.crashes.ledger import Ours
from tests.crashes.stage import Body, Call, Stage

BETWEEN_STEPS = timedelta(minutes=10)
UNTIL_ASKED = timedelta(days=1)
"""Longer than a courier that never calls goes unasked."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (95, 95, 1800, 1800, 86_400, 95, 86_400, 95))
"""When the worker looks: after its predecessor's leases, and in time also after what nobody called about."""
OFTENEST = 2
"""An update at whose sending one process died."""
_STEPS: Mapping[str, Sequence[tuple[Body, str]]] = {
    "intigo": (({"status": 10}, "out_for_delivery"), ({"status": 6}, "delivered")),
    "parcel2go": (({"stage": "Collected"}, "picked_up"), ({"stage": "Delivered"}, "delivered")),
    "ecotrack": (({"status": "en_hub"}, "at_depot"), ({"status": "livre_non_encaisse"}, "delivered")),
}
_UNMOVED = {
    BookingState.BOOKED: ["submitted"],
    BookingState.CANCELLING: ["submitted"],
    BookingState.CANCELLED: ["submitted", "cancelled"],
}


@dataclass
class News:
    """The news of one booking's parcels; `calls` are those of their courier, which nobody has heard yet."""

    stage: Stage
    courier: str
    barcodes: Sequence[str]
    calls: list[Call] = field(default_factory=list)

    def happen(self) -> None:
        """The parcels are carried home."""
        for step, _ in _STEPS[self.courier]:
            self.stage.clock.advance(BETWEEN_STEPS)
            for barcode in self.barcodes:
                self.calls += self.stage.calls_after(self.courier, _named(self.courier, barcode) | step)

    def hear(self) -> None:
        """Their courier calls; one that was answered is not made again."""
        while self.calls:
            assert self.stage.call(self.calls[0]) == 200
            del self.calls[0]

    def tell(self, backend: Backend) -> None:
        """A worker's round."""
        while backend.poll_tracking.run_once(self.courier) + backend.push_statuses.run_once():
            pass

    def push(self, backend: Backend) -> None:
        """All that waits for Ingrid."""
        while backend.push_statuses.run_once():
            pass

    def go_on(self, backend: Backend) -> None:
        """All that a worker does in the days after."""
        for pause in PAUSES:
            self.stage.clock.advance(pause)
            self.tell(backend)

    def faults(self) -> Iterator[str]:
        """What Ingrid heard that is not as it has to be: each status of each parcel, in order, hardly ever twice."""
        for barcode in self.barcodes:
            statuses = self._heard(barcode)
            if list(dict.fromkeys(statuses)) != ["submitted", *(told for _, told in _STEPS[self.courier])]:
                yield f"of {barcode} Ingrid heard {statuses}"
            yield from (
                f"of {barcode} Ingrid heard {status} {times} times"
                for status, times in Counter(statuses).items()
                if times > OFTENEST
            )

    def faults_about(self, parcels: Sequence[Ours]) -> Iterator[str]:
        """What Ingrid heard that is not as it has to be where nobody dies while she is told: all of it, and once."""
        for parcel in parcels:
            statuses = self._heard(parcel.barcode)
            if statuses != _UNMOVED.get(parcel.state, []):
                yield f"of {parcel.barcode}, which is {parcel.state}, Ingrid heard {statuses}"

    def _heard(self, barcode: str | None) -> list[str]:
        heard = [push["body"] for push in self.stage.books("ingrid")["pushes"] if push["accepted"]]
        return [one["event_status"] for one in heard if one["barcode"] == barcode]


def _named(courier: str, barcode: str) -> Body:
    match courier:
        case "intigo":
            return {"nid": barcode}
        case "parcel2go":
            return {"line": barcode.removeprefix("P2G")}
    return {"tracking": barcode}
