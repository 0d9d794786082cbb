"""The routes of the tenant's API. ecotrack.py gives the wire, and tells what they do where documents are silent."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from carrier_backend.simulator import ecotrack_pages as pages
from carrier_backend.simulator import ecotrack_rules as rules
from carrier_backend.simulator import ecotrack_statuses as statuses
from carrier_backend.simulator import labels
from carrier_backend.simulator.ecotrack_books import Books
from carrier_backend.simulator.ecotrack_guard import Guard, tell_quota
from carrier_backend.simulator.ecotrack_orders import ALGIERS, Order, Remark
from carrier_backend.simulator.ecotrack_places import Commune, Places
from carrier_backend.simulator.ecotrack_quota import Quota
from carrier_backend.simulator.ecotrack_rules import Refused
from carrier_backend.simulator.ecotrack_tenant import Tenant
from carrier_backend.simulator.faults import Fault, Parameters, parse_fault
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World, say

_OF_LISTS: Mapping[str, Parameters] = {
    "drop_item": {"item": 0},
    "broken_item": {"item": 0},
    "foreign_item": {},
    "accented": {},
}
OPERATIONS: Mapping[str, Mapping[str, Parameters]] = {
    "create": {"without_tracking": {}},
    "delete": {"fail": {}},
    "validate": {},
    "label": {"late_label": {}, "empty_label": {}, "broken_label": {}, "html_label": {}, "same_label": {}},
    "orders": _OF_LISTS,
    "statuses": _OF_LISTS,
    "history": {"reorder": {"order": None}, "duplicate_item": {"item": 0}},
    "remarks": {},
    "add_remark": {},
    "ask_return": {},
    "wilayas": {},
    "communes": {},
    "desks": {},
    "fees": {},
    "token": {},
}
_ONE_ORDER = ("tracking",)
_DAYS_LISTED = 90


class Api:
    """What the holder of a sender's account can call with its token."""

    def __init__(self, world: World, settings: SimulatorSettings, books: Books, places: Places) -> None:
        self._world = world
        self._books = books
        self._places = places
        self._token = settings.ecotrack_api_token
        self.tenant = Tenant()
        self.quota = Quota(lambda: world.now().timestamp())
        self.calls: list[dict[str, Any]] = []
        self.labels_given: list[dict[str, str]] = []
        self.routes = Blueprint("ecotrack", __name__, url_prefix="/ecotrack")
        self._world.keep_calls(self.routes, self.calls)
        self._guard = Guard(self._token, self.quota, lambda: self.tenant)
        self.routes.before_request(self._let_in)
        self.routes.after_request(tell_quota)
        self.routes.register_error_handler(Refused, Refused.answer)
        self._hang_routes()

    def _hang_routes(self) -> None:
        """The endpoint is the operation's name in control calls and in the books."""
        routes = self.routes
        routes.post("/api/v1/create/order", endpoint="create")(self.create)
        routes.delete("/api/v1/delete/order", endpoint="delete")(self.delete)
        routes.post("/api/v1/valid/order", endpoint="validate")(self.validate)
        routes.get("/api/v1/get/order/label", endpoint="label")(self.label)
        routes.get("/api/v1/get/orders", endpoint="orders")(self.orders)
        routes.get("/api/v1/get/orders/status", endpoint="statuses")(self.statuses)
        routes.get("/api/v1/get/tracking/info", endpoint="history")(self.history)
        routes.get("/api/v1/get/maj", endpoint="remarks")(self.remarks)
        routes.post("/api/v1/add/maj", endpoint="add_remark")(self.add_remark)
        routes.post("/api/v1/ask/for/order/return", endpoint="ask_return")(self.ask_return)
        routes.get("/api/v1/get/wilayas", endpoint="wilayas")(self.wilayas)
        routes.get("/api/v1/get/communes", endpoint="communes")(self.communes)
        routes.get("/api/v1/get/desks", endpoint="desks")(self.desks)
        routes.get("/api/v1/get/fees", endpoint="fees")(self.fees)
        routes.get("/api/v1/validate/token", endpoint="token")(self.token)

    def reset(self) -> None:
        self.tenant = Tenant()
        self.quota.clear()
        self.calls.clear()
        self.labels_given.clear()

    def _let_in(self) -> None:
        with self._world.lock:
            self._guard.let_in(is_asked_about=request.endpoint == "ecotrack.token")

    def create(self) -> Response:
        wanted, commune = rules.order(self._places, self.tenant.closed)
        if wanted["nom_client"] == "Refuse Me":
            raise rules.declined(*rules.NOT_SERVED)
        return self._perform("create", partial(self._make, wanted, commune), _usual_fate(wanted))

    def _make(self, wanted: rules.Fields, commune: Commune, fault: Fault | None) -> Response:
        order = self._books.make(wanted, commune, self._world.now())
        made = {"success": True} if _is(fault, "without_tracking") else {"success": True, "tracking": order.tracking}
        is_plain = self.tenant.created == "plain"
        return say(made if is_plain else {"results": {order.reference or "0": made}}, 200)

    def delete(self) -> Response:
        tracking = rules.told(_ONE_ORDER, _ONE_ORDER)["tracking"]

        def strike(fault: Fault | None) -> Response:
            if _is(fault, "fail"):
                return say({"delete": "fail"}, 200)
            self._books.delete(self._draft(tracking), self._world.now())
            if self.tenant.deleted == "word":
                return say({"delete": "success"}, 200)
            return say({"success": True, "message": "Commande supprimée"}, 200)

        return self._perform("delete", strike)

    def validate(self) -> Response:
        asked = rules.told({"tracking", "ask_collection"}, _ONE_ORDER)

        def ship(_: Fault | None) -> Response:
            order = self._draft(asked["tracking"])
            self._books.validate(order, asked.get("ask_collection") == "1", self._world.now())
            return say({"success": True, "message": "Commande expedier avec succès"}, 200)

        return self._perform("validate", ship)

    def label(self) -> Response:
        tracking = rules.told(_ONE_ORDER, _ONE_ORDER)["tracking"]
        return self._perform("label", lambda fault: self._print(self._order(tracking), fault))

    def _print(self, order: Order, fault: Fault | None) -> Response:
        kind = fault.kind if fault else ""
        if kind == "late_label" or (self.tenant.labels == "validated" and not order.validated_at):
            raise Refused(404, pages.NOT_FOUND)
        if kind == "html_label":
            return say(pages.LOGIN, 200, "text/html; charset=UTF-8")
        printed = next(iter(self._books.orders.values())) if kind == "same_label" else order
        pdf = labels.draw([printed.slip()])
        self.labels_given.append({"tracking": order.tracking, "at": self._world.now().isoformat()})
        served = {"empty_label": b"", "broken_label": pdf[: len(pdf) // 2]}.get(kind, pdf)
        return Response(served, 200, content_type="application/pdf")

    def orders(self) -> Response:
        asked = rules.told({"page", "start_date", "end_date", "tracking"})

        def give(fault: Fault | None) -> Response:
            page = self._page(asked)
            return say({**page, "data": pages.twisted_rows(page["data"], fault)}, 200)

        return self._perform("orders", give)

    def _page(self, asked: rules.Fields) -> dict[str, Any]:
        """Rows of the last 90 days, unless days are named; of one order, if it is."""
        number, length = int(asked.get("page", "1")), self.tenant.page_length
        if "tracking" in asked:
            order = self._books.found(asked["tracking"])
            rows = [order.row()] if order and order.is_listed else []
            return pages.paginated(rows, 1, length, len(rows))
        today = self._world.now().astimezone(ALGIERS).date()
        last = date.fromisoformat(asked.get("end_date", today.isoformat()))
        first = date.fromisoformat(asked.get("start_date", (last - timedelta(days=_DAYS_LISTED)).isoformat()))
        found = self._books.page(first, last, (number - 1) * length, length)
        return pages.paginated([order.row() for order in found], number, length, self._books.listed(first, last))

    def statuses(self) -> Response:
        trackings, wanted = rules.asked_for()

        def give(fault: Fault | None) -> Response:
            found = filter(None, map(self._books.found, trackings))
            standing = {order.tracking: order.standing() for order in found if not order.is_gone}
            told = {tracking: one for tracking, one in standing.items() if one["status"] in wanted}
            # An empty list of PHP's is written the same, whatever it should have been.
            return say({"data": pages.twisted_standing(told, fault) or []}, 200)

        return self._perform("statuses", give)

    def history(self) -> Response:
        tracking = rules.told(_ONE_ORDER, _ONE_ORDER)["tracking"]

        def give(fault: Fault | None) -> Response:
            told = self._order(tracking).history()
            return say({**told, "activity": pages.twisted_activity(told["activity"], fault)}, 200)

        return self._perform("history", give)

    def remarks(self) -> Response:
        tracking = rules.told(_ONE_ORDER, _ONE_ORDER)["tracking"]
        return self._perform("remarks", lambda _: say(self._order(tracking).remarks_wire(), 200))

    def add_remark(self) -> Response:
        asked = rules.told({"tracking", "content"}, ("tracking", "content"))

        def note(_: Fault | None) -> Response:
            order = self._order(asked["tracking"])
            if not order.validated_at:
                raise rules.declined(*rules.NOT_MODIFIABLE)
            self._books.remark(order, Remark(self._world.now().astimezone(ALGIERS), asked["content"]))
            return say({"success": True, "message": "Mise a jour avec success"}, 200)

        return self._perform("add_remark", note)

    def ask_return(self) -> Response:
        tracking = rules.told(_ONE_ORDER, _ONE_ORDER)["tracking"]

        def ask(_: Fault | None) -> Response:
            if self._order(tracking).status != statuses.IN_DELIVERY:
                raise rules.declined(*rules.NO_RETURN)
            self._books.returns_asked.append({"tracking": tracking, "at": self._world.now().isoformat()})
            return say({"success": True, "message": "Retour demandé avec succès"}, 200)

        return self._perform("ask_return", ask)

    def wilayas(self) -> Response:
        return self._perform("wilayas", lambda _: say(self._places.wilayas_wire(self.tenant.closed), 200))

    def communes(self) -> Response:
        asked = rules.told({"wilaya_id"})
        wilaya_id = int(asked["wilaya_id"]) if "wilaya_id" in asked else None

        def give(_: Fault | None) -> Response:
            tenant = self.tenant
            return say(self._places.communes_wire(wilaya_id, tenant.closed, tenant.communes, tenant.flags), 200)

        return self._perform("communes", give)

    def desks(self) -> Response:
        if self.tenant.desks == "absent":
            raise Refused(404, pages.NOT_FOUND)
        return self._perform("desks", lambda _: say(self._places.desks_wire(self.tenant.desks), 200))

    def fees(self) -> Response:
        return self._perform("fees", lambda _: say(self._places.fees_wire(self.tenant.closed), 200))

    def token(self) -> Response:
        is_ours = request.args.get("api_token") == self._token
        verdict = {"success": is_ours, "message": "VALID_TOKEN" if is_ours else "INVALID_TOKEN"}
        return self._perform("token", lambda _: say(verdict, 200))

    def _perform(self, operation: str, deed: Callable[[Fault | None], Response], fate: Fault | None = None) -> Response:
        def answer(fault: Fault | None) -> Response:
            with self._world.lock:
                self._books.let_happen(self._world.now())
                try:
                    return deed(fault)
                except Refused as refusal:
                    return refusal.answer()

        return self._world.perform("ecotrack", operation, answer, fate)

    def _order(self, tracking: str) -> Order:
        order = self._books.found(tracking)
        if order is None:
            raise rules.invalid("tracking", "Le champ tracking sélectionné est invalide.")
        return order

    def _draft(self, tracking: str) -> Order:
        order = self._order(tracking)
        if order.validated_at:
            raise rules.declined(*rules.NOT_MODIFIABLE)
        return order


def _is(fault: Fault | None, kind: str) -> bool:
    return fault is not None and fault.kind == kind


def _usual_fate(wanted: rules.Fields) -> Fault | None:
    """What befalls a creation for which no fault was scripted."""
    if wanted["nom_client"] != "Timeout Me":
        return None
    return parse_fault({"system": "ecotrack", "operation": "create", "fault": "hang_after"}, {})
