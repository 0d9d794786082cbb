"""Intigo's endpoints: arguments in, what was answered out; their literal authentication, and no domain.

The document gives 201 for every success, reads too (specs/intigo.md section 2): any 2xx is taken, and judged by what
it holds.
"""

from collections.abc import Mapping, Sequence

from carrier_backend.couriers.intigo.handover import Body
from carrier_backend.couriers.intigo.regions import read_places
from carrier_backend.couriers.intigo.translate import Registered, as_ticket, reasons, registered
from carrier_backend.support import strict_json
from carrier_backend.support.breaker import account_of
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.http import Http

NAME = "intigo"

READ_SECONDS = 5
WRITE_SECONDS = 12  # their customers use 15 (section 12); ours has to leave time for a look and a label

# What may be kept of an exchange for operators: none of these names a person or a place.
SHOWN = frozenset(
    {
        *("nid", "nids", "cid", "status", "statusCode", "size", "amount", "isFragile", "isExchange"),
        *("number", "ticketNumber", "ticketType", "date", "type"),
    }
)

# Section 5: how a parcel that is not there is answered is told nowhere; the ids we send are always of the right form.
_ABSENT = frozenset({400, 404})
# All that may stand in an answer which has no parcel to tell of.
_KEYS_OF_NOTHING = {"status", "nid", "cid", "secretCode", "statusCode", "message", "error", "errors", "detail"}


class IntigoClient:
    """One account with Intigo; every method raises Declined, Unreachable, LockedOut or, if it writes, Unsure."""

    def __init__(self, http: Http, base_url: str, api_key: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self.account = account_of(self._base_url, api_key)
        # Section 1: neither Bearer nor JSON; braces, blanks and colon go out as they stand in the document.
        self._authorization = f"{{ apiKey: {api_key} }}"

    def create(self, parcel: Body) -> Registered:
        """POST /parcels; a success is told by their number beside our own id (section 2)."""
        reply = self._write("create parcel", "/parcels", parcel)
        created = registered(reply.json())
        if created is None or created.cid != parcel["cid"]:
            raise reply.garbled("the answer does not confirm the parcel")
        return created

    def create_batch(self, parcels: Sequence[Body]) -> list[Registered]:
        """POST /parcels/batch; what it confirms, in whatever order and number (section 4)."""
        reply = self._write("create parcels", "/parcels/batch", parcels)
        entries = reply.json()
        if not isinstance(entries, list):
            raise reply.garbled("the answer is not a list")
        return [created for entry in entries if (created := registered(entry)) is not None]

    def find_by_cid(self, cid: str) -> Registered | None:
        """GET /parcels/parcel by our own id; never by both, which "may lead to unexpected behavior" (section 5)."""
        return self._find("cid", cid)

    def find_by_nid(self, nid: str) -> Registered | None:
        """GET /parcels/parcel by their number."""
        return self._find("nid", nid)

    def bordereau(self, nid: str) -> bytes:
        """GET /bordereaux/<nid>: a PDF, if it is one (section 6)."""
        return self._read("label", f"/bordereaux/{nid}").body

    def bordereaux(self, nids: Sequence[str]) -> bytes:
        """GET /bordereaux: one PDF for two parcels or more (section 6)."""
        return self._read("labels", "/bordereaux", params=[("nids", nid) for nid in nids]).body

    def history(self, nid: str) -> list[object]:
        """GET /parcels/<nid>/history: "an object" by the document, a list by its sense (section 7): both are taken."""
        reply = self._read("history", f"/parcels/{nid}/history")
        match reply.json():
            case list(entries) | {"history": list(entries)} | {"data": list(entries)} | {"items": list(entries)}:
                return entries
            case {"status": _} as entry:
                return [entry]
        raise reply.garbled("the history cannot be read")

    def file_ticket(self, ticket: Body) -> str:
        """POST /tickets: the number of the new ticket (section 8)."""
        reply = self._write("file ticket", "/tickets", ticket)
        match reply.json():
            case {"number": number} if ticket_number := as_ticket(number):
                return ticket_number
        raise reply.garbled("the answer has no ticket number")

    def ticket(self, number: str) -> Mapping[str, object]:
        """GET /tickets/<number>: title, status, nid and ticketNumber (section 8)."""
        reply = self._read("read ticket", f"/tickets/{number}")
        ticket = reply.json()
        if not isinstance(ticket, dict) or "status" not in ticket:
            raise reply.garbled("the ticket cannot be read")
        return ticket

    def regions(self) -> bytes:
        """GET /regions, as it came, if it can be read as a list of places (section 10)."""
        reply = self._read("regions", "/regions")
        try:
            read_places(reply.json())
        except ValueError as error:
            raise reply.garbled(str(error)) from None
        return reply.body

    def try_key(self) -> None:
        """Asks for a parcel that cannot be: raises LockedOut where the key is refused, and nothing where it is not."""
        self._read("check", "/parcels/parcel", params=[("nid", "0")], answers=_ABSENT)

    def _find(self, key: str, id: str) -> Registered | None:
        reply = self._read("find parcel", "/parcels/parcel", params=[(key, id)], answers=_ABSENT)
        if reply.status in _ABSENT or not reply.body.strip():
            return None
        answer = reply.json()
        entries = answer if isinstance(answer, list) else [answer]
        if all(map(_is_empty, entries)):
            return None
        parcels = {parcel for entry in entries if (parcel := registered(entry)) is not None}
        meant = [parcel for parcel in parcels if id in (parcel.cid, parcel.nid)]
        if len(meant) != 1:  # taking it for "none" might make the parcel a second time
            raise reply.garbled("the answer is not about this parcel alone")
        return meant[0]

    def _read(
        self,
        operation: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        answers: frozenset[int] = frozenset(),
    ) -> Reply:
        return self._http.send(
            Call(
                who=NAME,
                operation=operation,
                method="GET",
                url=self._base_url + path,
                writes=False,
                headers={"Authorization": self._authorization},
                params=params,
                seconds=READ_SECONDS,
                answers=answers,
                reasons=lambda no: reasons(no.body),
                account=self.account,
                shown=SHOWN,
            )
        )

    def _write(self, operation: str, path: str, body: object) -> Reply:
        return self._http.send(
            Call(
                who=NAME,
                operation=operation,
                method="POST",
                url=self._base_url + path,
                writes=True,
                headers={"Authorization": self._authorization, "Content-Type": "application/json"},
                body=strict_json.dump(body),
                seconds=WRITE_SECONDS,
                reasons=lambda no: reasons(no.body),
                account=self.account,
                shown=SHOWN,
            )
        )


def _is_empty(entry: object) -> bool:
    """Whether this, in the place of a parcel, says that there is none."""
    return entry is None or (isinstance(entry, dict) and entry.get("nid") is None and entry.keys() <= _KEYS_OF_NOTHING)
