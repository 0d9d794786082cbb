"""The routes of Intigo's secure-api. intigo.py tells how they behave where the document is silent."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from carrier_backend.simulator import intigo_rules as rules
from carrier_backend.simulator import labels
from carrier_backend.simulator.faults import Fault, Parameters, parse_fault
from carrier_backend.simulator.intigo_books import Books, Parcel
from carrier_backend.simulator.intigo_webhooks import Webhooks
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World, say

_LABEL_FAULTS: Mapping[str, Parameters] = {
    "late_label": {},
    "empty_label": {},
    "broken_label": {},
    "same_label": {},
}
OPERATIONS: Mapping[str, Mapping[str, Parameters]] = {
    "create": {"success_without_nid": {}},
    "create_batch": {
        "success_without_nid": {},
        "partial": {"made": 1},
        "reorder": {"order": None},
        "drop_item": {"item": 0},
        "duplicate_item": {"item": 0},
    },
    "find": {},
    "label": _LABEL_FAULTS,
    "labels": _LABEL_FAULTS,
    "history": {},
    "ticket": {},
    "read_ticket": {},
    "regions": {},
}


class Refused(Exception):
    """Intigo says no, with one or several messages."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages

    def answer(self) -> Response:
        return say({"statusCode": self.status, "message": list(self.messages)}, self.status)


class Api:
    """What an account holder can call, with the literal header `Authorization: { apiKey: KEY }`."""

    def __init__(self, world: World, settings: SimulatorSettings, books: Books, webhooks: Webhooks) -> None:
        self._world = world
        self._books = books
        self._webhooks = webhooks
        self._regions = rules.Regions()
        self._key = f"{{ apiKey: {settings.intigo_api_key} }}"
        self._creation_seconds = settings.intigo_creation_seconds
        self.calls: list[dict[str, Any]] = []
        self.routes = Blueprint("intigo", __name__, url_prefix="/intigo")
        self._world.keep_calls(self.routes, self.calls)
        self.routes.before_request(self._let_in)
        self.routes.register_error_handler(Refused, Refused.answer)
        self._hang_routes()

    def _hang_routes(self) -> None:
        """The endpoint is the operation's name in control calls and in the books."""
        routes = self.routes
        routes.get("/regions", endpoint="regions")(self.regions)
        routes.post("/parcels", endpoint="create")(self.create)
        routes.post("/parcels/batch", endpoint="create_batch")(self.create_batch)
        routes.get("/parcels/parcel", endpoint="find")(self.find)
        routes.get("/parcels/<nid>/history", endpoint="history")(self.history)
        routes.get("/bordereaux/<nid>", endpoint="label")(self.label)
        routes.get("/bordereaux", endpoint="labels")(self.labels)
        routes.post("/tickets", endpoint="ticket")(self.ticket)
        routes.get("/tickets/<number>", endpoint="read_ticket")(self.read_ticket)

    def _let_in(self) -> None:
        if request.headers.get("Authorization") != self._key:
            raise Refused(401, "Unauthorized")

    def regions(self) -> Response:
        return self._perform("regions", lambda _: say(self._regions.listed, 201))

    def create(self) -> Response:
        wanted = _body()
        _refuse_for(rules.parcel_faults(wanted, self._regions))
        fate = self._usual_fate("create", [wanted])
        return self._perform("create", lambda fault: self._make(wanted, fault), fate)

    def create_batch(self) -> Response:
        wanted = _body()
        _refuse_for(rules.batch_faults(wanted, self._regions))
        fate = self._usual_fate("create_batch", wanted)
        return self._perform("create_batch", lambda fault: self._make_batch(wanted, fault), fate)

    def find(self) -> Response:
        cid, nid = request.args.get("cid"), request.args.get("nid")
        _refuse_for(rules.query_faults(request.args))
        return self._perform("find", lambda _: say(self._found(nid, cid).brief(), 201))

    def history(self, nid: str) -> Response:
        _refuse_for(rules.nid_faults([nid]))
        return self._perform("history", lambda _: say(self._found(nid).history_wire(), 201))

    def label(self, nid: str) -> Response:
        _refuse_for(rules.nid_faults([nid]))
        return self._perform("label", lambda fault: self._print([nid], fault))

    def labels(self) -> Response:
        nids = request.args.getlist("nids")
        _refuse_for(rules.nid_faults(nids) if len(nids) > 1 else ["at least two nids are required"])
        return self._perform("labels", lambda fault: self._print(nids, fault))

    def ticket(self) -> Response:
        wanted = _body()
        _refuse_for(rules.ticket_faults(wanted, self._regions))
        self._found(wanted["nid"])
        return self._perform("ticket", lambda _: self._file(wanted))

    def read_ticket(self, number: str) -> Response:
        _refuse_for(rules.ticket_number_faults(number))
        return self._perform("read_ticket", lambda _: self._show_ticket(int(number)))

    def _perform(self, operation: str, deed: Callable[[Fault | None], Response], fate: Fault | None = None) -> Response:
        def answer(fault: Fault | None) -> Response:
            try:
                return deed(fault)
            except Refused as refusal:
                return refusal.answer()

        return self._world.perform("intigo", operation, answer, fate)

    def _usual_fate(self, operation: str, wanted: Sequence[Mapping[str, Any]]) -> Fault | None:
        """What befalls a creation for which no fault was scripted."""
        of_all = {"system": "intigo", "operation": operation}
        if any(parcel["name"] == "Timeout Me" for parcel in wanted):
            return parse_fault({**of_all, "fault": "hang_after"}, {})
        if self._creation_seconds:
            return parse_fault({**of_all, "fault": "slow", "seconds": self._creation_seconds}, {})
        return None

    def _make(self, wanted: Mapping[str, Any], fault: Fault | None) -> Response:
        with self._world.lock:
            made = self._books.make(wanted, self._world.now())
        return say(_twisted([made.brief()], fault)[0], 201)

    def _make_batch(self, wanted: Sequence[Mapping[str, Any]], fault: Fault | None) -> Response:
        share = wanted[: fault["made"]] if fault and fault.kind == "partial" else wanted
        with self._world.lock:
            made = [self._books.make(parcel, self._world.now()) for parcel in share]
        if fault and fault.parameters.get("announce"):
            self._webhooks.call("parcels", [parcel.announced() for parcel in made])
        if len(made) < len(wanted):
            raise Refused(400, f"{len(made)}.cid could not be created")
        return say(_twisted([parcel.in_batch() for parcel in made], fault), 201)

    def _print(self, nids: Sequence[str], fault: Fault | None) -> Response:
        parcels = [self._found(nid) for nid in nids]
        kind = fault.kind if fault else ""
        if kind == "late_label":
            raise Refused(404, "bordereau not found")
        if kind == "same_label":
            parcels = self._oldest()
        pdf = labels.draw([parcel.slip() for parcel in parcels])
        served = {"empty_label": b"", "broken_label": pdf[: len(pdf) // 2]}.get(kind, pdf)
        return Response(served, 201, content_type="application/pdf")

    def _file(self, wanted: Mapping[str, Any]) -> Response:
        with self._world.lock:
            return say({"number": self._books.file(wanted).number}, 201)

    def _show_ticket(self, number: int) -> Response:
        with self._world.lock:
            ticket = self._books.tickets.get(number)
        if ticket is None:
            raise Refused(404, "ticket not found")
        return say(ticket.wire(), 201)

    def _oldest(self) -> list[Parcel]:
        with self._world.lock:
            return list(self._books.parcels.values())[:1]

    def _found(self, nid: str | None, cid: str | None = None) -> Parcel:
        with self._world.lock:
            parcel = self._books.parcels.get(nid) if nid else self._books.by_cid(cid)
        if parcel is None:
            raise Refused(404, "parcel not found")
        return parcel


def _body() -> Any:
    try:
        return json.loads(request.get_data().decode())
    except ValueError:
        raise Refused(400, "the body is not JSON") from None


def _refuse_for(faults: Sequence[str]) -> None:
    if faults:
        raise Refused(400, *faults)


def _twisted(items: list[dict[str, Any]], fault: Fault | None) -> list[dict[str, Any]]:
    """The items of an answer, as the fault leaves them."""
    if fault is None:
        return items
    match fault.kind:
        case "success_without_nid":
            return [{name: value for name, value in item.items() if name != "nid"} for item in items]
        case "reorder":
            order = fault["order"] or range(len(items))[::-1]
            return [items[place] for place in order]
        case "drop_item":
            return items[: fault["item"]] + items[fault["item"] + 1 :]
        case "duplicate_item":
            return [*items, items[fault["item"]]]
    return items
