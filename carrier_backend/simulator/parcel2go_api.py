"""The routes of Parcel2Go's API. parcel2go.py gives the wire, and tells what they do where the document is silent."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote as quoted

from flask import Blueprint, Response, request

from carrier_backend.simulator import parcel2go_labels as media
from carrier_backend.simulator import parcel2go_places as places
from carrier_backend.simulator import parcel2go_quotes as quotes
from carrier_backend.simulator import parcel2go_requests as requests
from carrier_backend.simulator import parcel2go_rules as rules
from carrier_backend.simulator.faults import Fault, Parameters, parse_fault
from carrier_backend.simulator.parcel2go_books import Books, Line, Order, with_vat
from carrier_backend.simulator.parcel2go_requests import Refused
from carrier_backend.simulator.parcel2go_tokens import Tokens
from carrier_backend.simulator.parcel2go_webhooks import written
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World, say

_ELSEWHERE = {"host": "http://elsewhere.invalid"}
OPERATIONS: Mapping[str, Mapping[str, Parameters]] = {
    "token": {"short_lived": {"seconds": 1}},
    "countries": {},
    "quotes": {"unserved": {}},
    "collection_dates": {},
    "drop_shops": {},
    "verify": {},
    "create_order": {
        "without_id": {},
        "reorder": {"order": None},
        "drop_item": {"item": 0},
        "duplicate_item": {"item": 0},
        "dear": {"factor": 10},
        "links_elsewhere": _ELSEWHERE,
    },
    "read_order": {},
    "pay": {"links_elsewhere": _ELSEWHERE},
    "prepay": {"in_an_object": {}},
    "labels": media.FAULTS,
    "parcel_numbers": {},
    "tracking": {},
}


class Api:
    """What an account holder can call with a token."""

    def __init__(self, world: World, settings: SimulatorSettings, books: Books) -> None:
        self._world = world
        self._books = books
        self.tokens = Tokens(
            settings.parcel2go_client_id,
            settings.parcel2go_client_secret,
            settings.parcel2go_scopes,
            settings.parcel2go_token_seconds,
        )
        self.calls: list[dict[str, Any]] = []
        self.labels_given: list[dict[str, Any]] = []
        self.routes = Blueprint("parcel2go", __name__, url_prefix="/parcel2go")
        self._world.keep_calls(self.routes, self.calls)
        self.routes.before_request(self._let_in)
        self.routes.register_error_handler(Refused, Refused.answer)
        self._hang_routes()

    def _hang_routes(self) -> None:
        """The endpoint is the operation's name in control calls and in the books."""
        routes = self.routes
        routes.post("/auth/connect/token", endpoint="token")(self.token)
        routes.get("/api/countries", endpoint="countries")(self.countries)
        routes.post("/api/quotes", endpoint="quotes")(self.quotes)
        routes.post("/api/collectiondates", endpoint="collection_dates")(self.collection_dates)
        routes.get("/api/dropshops/<provider>/location", endpoint="drop_shops")(self.drop_shops)
        routes.post("/api/orders/verify", endpoint="verify")(self.verify)
        routes.post("/api/orders", endpoint="create_order")(self.create_order)
        routes.get("/api/orders", endpoint="read_order")(self.read_order)
        routes.post("/api/orders/<number>/paywithprepay", endpoint="pay")(self.pay)
        routes.get("/api/prepay", endpoint="prepay")(self.prepay)
        routes.get("/api/labels/<reference>", endpoint="labels")(self.labels)
        routes.post("/api/orders/<number>/parcelnumbers", endpoint="parcel_numbers")(self.parcel_numbers)
        routes.get("/api/tracking/<number>", endpoint="tracking")(self.tracking)

    def reset(self) -> None:
        self.tokens.clear()
        self.calls.clear()
        self.labels_given.clear()

    def _let_in(self) -> None:
        operation = (request.endpoint or "").rpartition(".")[2]
        if operation == "token":
            return
        scopes = self.tokens.scopes(request.headers.get("Authorization", ""), self._world.now())
        if scopes is None:
            raise Refused(401, "Authorization has been denied for this request.")
        if not {"public-api", *(["payment"] if operation == "pay" else [])} <= scopes:
            raise Refused(403, "The token lacks a scope.")

    def token(self) -> Response:
        form = request.form.to_dict()
        error = self.tokens.fault(form)
        if error:
            return say({"error": error}, 400)

        def give(fault: Fault | None) -> Response:
            seconds = fault["seconds"] if fault and fault.kind == "short_lived" else None
            return say(self.tokens.give(form, self._world.now(), seconds), 200)

        return self._perform("token", give)

    def countries(self) -> Response:
        return self._perform("countries", lambda _: say(places.COUNTRIES, 200))

    def quotes(self) -> Response:
        wanted = requests.quote_request()

        def give(fault: Fault | None) -> Response:
            lane = quotes.Lane(wanted["CollectionAddress"], wanted["DeliveryAddress"])
            wished = [extra["Type"] for extra in wanted.get("Extras") or []]
            found = quotes.quote(lane, wanted["Parcels"], wished, self._world.now())
            asked = [one for one in found if wanted.get("Service") in {None, one["Service"]["Slug"]}]
            return say({"Quotes": [] if fault and fault.kind == "unserved" else asked}, 200)

        return self._perform("quotes", give)

    def collection_dates(self) -> Response:
        requests.check_collection()

        def give(_: Fault | None) -> Response:
            days = quotes.collection_days(self._world.now())
            dates = [{"CollectionDate": f"{day}T00:00:00", "Surcharge": float(quotes.surcharge(day))} for day in days]
            return say({"CollectionDates": dates}, 200)

        return self._perform("collection_dates", give)

    def drop_shops(self, provider: str) -> Response:
        near = requests.drop_shop_location(provider)
        return self._perform("drop_shops", lambda _: say({"Results": places.drop_shops(near)}, 200))

    def verify(self) -> Response:
        wanted = requests.body()
        faults = rules.order_faults(wanted, self._world.now())

        def answer(_: Fault | None) -> Response:
            cost = None if faults else float(with_vat(sum(map(rules.price, wanted["Items"]), Decimal(0))))
            return say({"Errors": faults, "Cost": cost}, 200)

        return self._perform("verify", answer)

    def create_order(self) -> Response:
        wanted, root = requests.body(), request.url_root + "parcel2go"
        faults = rules.order_faults(wanted, self._world.now())
        if faults:
            return say({"Errors": faults}, 400)
        return self._perform("create_order", partial(self._make, wanted, root))

    def _make(self, wanted: Mapping[str, Any], root: str, fault: Fault | None) -> Response:
        factor = fault["factor"] if fault and fault.kind == "dear" else 1
        prices = [rules.price(item) * factor for item in wanted["Items"]]
        with self._world.lock:
            order = self._books.make(wanted, prices, self._world.now())
            lines = [_mapped(line) for line in self._books.lines_of(order)]
        made = {
            "OrderId": order.order_id,
            "Links": _order_links(_root(root, fault), order),
            **order.prices(),
            "Hash": order.hash,
            "OrderlineIdMap": _twisted(lines, fault),
            "TotalDiscount": 0,
        }
        if fault and fault.kind == "without_id":
            del made["OrderId"]
        return say(made, 200)

    def read_order(self) -> Response:
        number, root = request.args.get("orderId", ""), request.url_root + "parcel2go"
        hash = request.args.get("hash")
        return self._perform("read_order", lambda _: say(self._order_wire(self._order(number, hash), root), 200))

    def _order_wire(self, order: Order, root: str) -> dict[str, Any]:
        items = [{**line.wanted, "OrderLineId": int(line.order_line_id)} for line in self._books.lines_of(order)]
        return {
            "OrderId": order.order_id,
            "PaidDate": order.paid_at and written(order.paid_at),
            **order.prices(),
            "Links": _order_links(root, order),
            "Items": items,
        }

    def pay(self, number: str) -> Response:
        order = self._order(number, request.args.get("hash"))
        deed = partial(self._debit, order, request.url_root + "parcel2go")
        return self._perform("pay", deed, _usual_fate(order))

    def _debit(self, order: Order, root: str, fault: Fault | None) -> Response:
        with self._world.lock:
            is_paid = self._books.pay(order, self._world.now())
        if not is_paid:
            lacking = {
                "Name": "InsufficientFunds",
                "Description": "Your PrePay balance is too low to pay for this order.",
            }
            return say({"Errors": [lacking]}, 400)
        return say({"Links": _paid_links(_root(root, fault), order)}, 200)

    def prepay(self) -> Response:
        def give(fault: Fault | None) -> Response:
            balance = float(self._books.balance)
            return say({"Balance": balance} if fault and fault.kind == "in_an_object" else balance, 200)

        return self._perform("prepay", give)

    def labels(self, reference: str) -> Response:
        wanted, hash = requests.label_request(), request.args.get("hash")

        def give(fault: Fault | None) -> Response:
            return self._print(self._lines_meant(reference, wanted, hash), wanted, fault)

        return self._perform("labels", give)

    def _lines_meant(self, reference: str, wanted: media.Wanted, hash: str | None) -> Sequence[Line]:
        """Those of an order, or the one line; a line's own hash opens it as well as its order's."""
        if wanted.is_of_order:
            return self._books.lines_of(self._order(reference, hash))
        line = self._line(reference)
        if hash not in {line.hash, self._books.orders[line.order_id].hash}:
            raise Refused(403, "The hash is wrong.")
        return [line]

    def _print(self, lines: Sequence[Line], wanted: media.Wanted, fault: Fault | None) -> Response:
        kind = fault.kind if fault else ""
        with self._world.lock:
            oldest = list(self._books.lines.values())[:1]
            printed = media.encode(oldest if kind == "same_label" else lines, wanted, kind)
            if printed is None:
                raise Refused(404, "There are no such documents.")
            self.labels_given += [{"order_line_id": line.order_line_id, "media": wanted.medium} for line in lines]
        return say(printed, 200)

    def parcel_numbers(self, number: str) -> Response:
        def give(_: Fault | None) -> Response:
            lines = self._books.lines_of(self._order(number))
            numbers = [
                {"ParcelId": parcel_id, "TrackingNumber": f"C{parcel_id}" if line.scans else None}
                for line in lines
                for parcel_id in line.parcel_ids
            ]
            return say({"TrackingNumbers": numbers}, 200)

        return self._perform("parcel_numbers", give)

    def tracking(self, number: str) -> Response:
        return self._perform("tracking", lambda _: say({"Results": self._books.results(self._line(number))}, 200))

    def _perform(self, operation: str, deed: Callable[[Fault | None], Response], fate: Fault | None = None) -> Response:
        def answer(fault: Fault | None) -> Response:
            try:
                return deed(fault)
            except Refused as refusal:
                return refusal.answer()

        return self._world.perform("parcel2go", operation, answer, fate)

    def _order(self, number: str, *hashes: str | None) -> Order:
        with self._world.lock:
            order = self._books.orders.get(number)
        if order is None:
            raise Refused(404, "There is no such order.")
        if hashes and hashes != (order.hash,):
            raise Refused(403, "The hash is wrong.")
        return order

    def _line(self, number: str) -> Line:
        with self._world.lock:
            line = self._books.line(number)
        if line is None:
            raise Refused(404, "There is no such order line.")
        return line


def _mapped(line: Line) -> dict[str, Any]:
    return {"Hash": line.hash, "OrderLineId": line.order_line_id, "ItemId": line.wanted["Id"]}


def _usual_fate(order: Order) -> Fault | None:
    """What befalls a payment for which no fault was scripted."""
    parcels = (parcel for item in order.wanted["Items"] for parcel in item["Parcels"])
    if all(parcel["DeliveryAddress"]["ContactName"] != "Timeout Me" for parcel in parcels):
        return None
    return parse_fault({"system": "parcel2go", "operation": "pay", "fault": "hang_after"}, {})


def _root(root: str, fault: Fault | None) -> str:
    return str(fault["host"]) if fault and fault.kind == "links_elsewhere" else root


def _order_links(root: str, order: Order) -> dict[str, str]:
    """The hash stands in the link to pay by as it is, as in the document."""
    return {
        "PayWithPrePay": f"{root}/api/orders/{order.order_id}/paywithprepay?hash={order.hash}",
        "payment": f"{root}/order/payment?id={order.order_id}",
        "help": f"{root}/help-centre",
    }


def _paid_links(root: str, order: Order) -> list[dict[str, str]]:
    labels = f"{root}/api/labels/{order.order_id}?referenceType=OrderId&hash={quoted(order.hash, safe='')}"
    return [{"Name": "Labels", "Link": labels}, {"Name": "help", "Link": f"{root}/help-centre"}]


def _twisted(lines: list[dict[str, Any]], fault: Fault | None) -> list[dict[str, Any]]:
    """The map of lines, as the fault leaves it."""
    if fault is None:
        return lines
    match fault.kind:
        case "reorder":
            order = fault["order"] or range(len(lines))[::-1]
            return [lines[place] for place in order]
        case "drop_item":
            return lines[: fault["item"]] + lines[fault["item"] + 1 :]
        case "duplicate_item":
            return [*lines, lines[fault["item"]]]
    return lines
