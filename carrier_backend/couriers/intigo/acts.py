"""What only operators ask of Intigo: tickets, the one way to change a parcel, and labels of several parcels at once."""

import base64
from collections.abc import Callable, Mapping
from functools import partial

from carrier_backend.couriers.intigo.client import NAME, IntigoClient
from carrier_backend.couriers.intigo.handover import amount, fitted, phone
from carrier_backend.couriers.intigo.regions import Regions
from carrier_backend.couriers.intigo.translate import TICKET_STATUSES, as_code, as_id, as_ticket
from carrier_backend.domain.errors import Fault, Malformed, Unreachable, raise_faults
from carrier_backend.domain.parcels import Booked, Label, LabelEncoding
from carrier_backend.ports import Act
from carrier_backend.support.findings import Findings

Arguments = Mapping[str, object]

# specs/intigo.md section 8, "Ticket Types", in our words. Type 5, which stands in the column of formats alone, has no
# meaning; 8, to have a parcel relaunched, stands in the table alone and may be refused.
TICKET_NEEDS: Mapping[int, frozenset[str]] = {
    1: frozenset({"title", "description"}),
    2: frozenset({"amount"}),
    3: frozenset({"city", "subdivision", "address"}),
    4: frozenset({"phone"}),
    8: frozenset(),
}


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return fitted(value, 1, longest)


_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "title": ("title", partial(_text, longest=50)),
    "description": ("description", partial(_text, longest=500)),
    "amount": ("newAmount", amount),
    "address": ("newAddress", partial(_text, longest=500)),
    "phone": ("newPhone", lambda value: phone(_text(value, 30))),
}


class IntigoActs:
    """Each act goes to the account of the parcel's own merchant."""

    def __init__(self, client_of: Callable[[str], IntigoClient], regions: Callable[[], Regions]) -> None:
        self._client_of = client_of
        self._regions = regions

    def table(self) -> dict[str, Act]:
        """The acts by name."""
        return {"ticket": self.ticket, "ticket-status": self.ticket_status, "bordereaux": self.bordereaux}

    def ticket(self, booked: Booked, arguments: Arguments) -> Arguments:
        """File a ticket of a `type`, with exactly what that type needs; gives its `number`."""
        kind = int(as_code(arguments.get("type")) or 0)
        if kind not in TICKET_NEEDS:
            raise Malformed(Fault(f"must be one of {', '.join(map(str, TICKET_NEEDS))}", "type"))
        _expect({"type", *TICKET_NEEDS[kind]}, arguments)
        # Fields of other types may be refused like undeclared ones: none is sent.
        ticket = {"nid": booked.number, "ticketType": kind, **self._fields(arguments)}
        return {"number": self._client_of(booked.shipper_id).file_ticket(ticket)}

    def ticket_status(self, booked: Booked, arguments: Arguments) -> Arguments:
        """How far the ticket of that `number` is; "treated" does not say that the wish was granted."""
        _expect({"number"}, arguments)
        number = _number("number", as_ticket, arguments["number"])
        ticket = self._client_of(booked.shipper_id).ticket(number)
        code = as_code(ticket["status"])
        status = TICKET_STATUSES.get(code, code)
        return {"number": number, "parcel": as_id(ticket.get("nid")), "title": ticket.get("title"), "status": status}

    def bordereaux(self, booked: Booked, arguments: Arguments) -> Arguments:
        """One PDF with the labels of all parcels whose `numbers` are given, two at least; its `content` is base64."""
        _expect({"numbers"}, arguments)
        given = arguments["numbers"]
        if not isinstance(given, list) or len(given) < 2:
            raise Malformed(Fault("must be a list of two numbers or more", "numbers"))
        numbers = [_number(f"numbers[{place}]", as_id, number) for place, number in enumerate(given)]
        label = Label(LabelEncoding.PDF, self._client_of(booked.shipper_id).bordereaux(numbers))
        if label.fault:
            raise Unreachable(NAME, "labels", label.fault)
        return {"encoding": label.encoding, "content": base64.b64encode(label.content).decode()}

    def _fields(self, arguments: Arguments) -> dict[str, object]:
        findings = Findings()
        fields: dict[str, object] = {
            theirs: findings.of(ours, read, arguments[ours])
            for ours, (theirs, read) in _FIELDS.items()
            if ours in arguments
        }
        if "subdivision" in arguments:
            meant = f"{arguments['subdivision']}, {arguments['city']}"
            if place := findings.of("subdivision", self._regions().find, meant):
                fields |= {"newCity": place.city, "newSubDivision": place.subdivision}
        raise_faults(Malformed, findings.faults)
        return fields


def _expect(names: set[str], arguments: Arguments) -> None:
    """Raise Malformed about every argument that is missing, or is not for this."""
    missing = [Fault("is needed", name) for name in sorted(names - arguments.keys())]
    strange = [Fault("is not for this", name) for name in arguments if name not in names]
    raise_faults(Malformed, missing + strange)


def _number(field: str, read: Callable[[object], str], value: object) -> str:
    number = read(value)
    if not number:
        raise Malformed(Fault("must be a number of Intigo's", field))
    return number
