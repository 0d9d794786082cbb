"""Parcel2Go's public API, pretended, as strict as its document (original 001); what that leaves out, as clients saw it.

The wire, below `/parcel2go`; every `/api` call needs `Authorization: Bearer TOKEN`, or is a 401:

    operation         call, and what it answers
    token             POST /auth/connect/token, a form: {access_token, expires_in, token_type}
    countries         GET /api/countries: [{Name, Iso3Code, Iso2Code, Subdivision, RequiresCustoms, PostcodeRegex}]
    quotes            POST /api/quotes: {Quotes: [...]}
    collection_dates  POST /api/collectiondates {ServiceSlug, Postcode, CountryISO3Code}:
                      {CollectionDates: [{CollectionDate, Surcharge}]}
    drop_shops        GET /api/dropshops/CODE/location?location&iso3CountryCode: {Results: [...]}
    verify            POST /api/orders/verify, an order: {Errors: [...], Cost}, always 200
    create_order      POST /api/orders, an order: {OrderId, Links, TotalPrice, ..., Hash, OrderlineIdMap};
                      or 400 {Errors}
    read_order        GET /api/orders?orderId&hash: {OrderId, PaidDate, TotalPrice, ..., Links, Items}
    pay               POST /api/orders/ID/paywithprepay?hash: {Links: [{Name, Link}]}
    prepay            GET /api/prepay: the balance, a bare number
    labels            GET /api/labels/REF?referenceType&detailLevel&labelMedia&labelFormat&hash:
                      {SuccessfulLabels, FailedLabels, Base64EncodedLabels: [...]}, one per parcel
    parcel_numbers    POST /api/orders/ID/parcelnumbers: {TrackingNumbers: [{ParcelId, TrackingNumber}]}
    tracking          GET /api/tracking/LINE, its id with or without P2G: {Results: [...]}, oldest first

An order's faults are `{Errors: [{Type, Error, ItemId}]}`, a payment's `{Errors: [{Name, Description}]}`, all others
`{Message, ErrorCode, Help}`. Left open by the document, and so decided the inconvenient way: a field that no document
names is refused; without PDF and a medium asked for, a label is an A4 PNG; a hash that was not URL-encoded is a wrong
one (403); an unpaid order has no labels (404), cannot be cancelled, and stays; paying again charges again; tracking
numbers are null until a parcel moves; a webhook's retries bear the first one's Id and Timestamp.

Magic values: a postcode that begins with ZZ gets no quotes; a parcel for `Refuse Me` is refused with its order; an
order with one for `Timeout Me` is paid, but the answer hangs.

An error inside a success is scripted as `refuse`, with a status of 200 and a body with Errors. Besides the faults of
world.py there are

    token           short_lived (seconds: 1)
    quotes          unserved
    create_order    without_id, reorder (order: backwards), drop_item (item: 0), duplicate_item (item: 0), dear
                    (factor: 10), links_elsewhere (host: http://elsewhere.invalid)
    pay             links_elsewhere (host)
    prepay          in_an_object ({Balance})
    labels          late_label (404), failed_label, empty_label, broken_label (cut off), html_label, png_label,
                    same_label (the oldest line's)

Commands, each with its fields:

    move      line; stage; description, code (those of STAGES), at (now), silent (false), sent_at (now), times (1):
              adds to the line's tracking and calls the webhook so often, unless silent
    case      line; status (Approved), case_type (Claim): calls the webhook about a case
    tell      type, payload; sent_at (now), id (a new one), signature (the right one): calls the webhook with an
              envelope of the director's own, which nothing need bear out
    redeliver webhook: sends again, byte for byte, what stands at this place among the webhooks
    swap      webhook, payload: sends that envelope, with its Id and signature, and these fields changed in its payload
    top_up    amount: adds to the prepaid balance; a negative one takes from it
    revoke    nothing: all tokens end at once
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from carrier_backend.simulator.faults import Misused
from carrier_backend.simulator.parcel2go_api import OPERATIONS, Api
from carrier_backend.simulator.parcel2go_books import Books, Line, Scan
from carrier_backend.simulator.parcel2go_webhooks import Envelope, Webhooks, written
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World

STAGES = {
    "Booked": ("BKD", "Your parcel has been booked"),
    "DroppedOff": ("DRP", "Parcel dropped off"),
    "Collected": ("COL", "Parcel collected"),
    "InTransit": ("TRN", "Parcel in transit"),
    "AtDepot": ("DEP", "Arrived at depot"),
    "DeliveryScheduled": ("OFD", "Out for delivery"),
    "Delivered": ("DEL", "Handed to Customer"),
    "MajorError": ("ERR", "There is a problem with your parcel"),
}


class Parcel2Go:
    """The broker as a whole: its API, its books, and what happens to parcels when it is told to."""

    name = "parcel2go"
    lookup: str | None = "read_order"
    operations = OPERATIONS

    def __init__(self, world: World, settings: SimulatorSettings) -> None:
        self._world = world
        self._books = Books(Decimal(settings.parcel2go_balance))
        self._webhooks = Webhooks(world, settings.parcel2go_webhook_url, settings.parcel2go_webhook_secret)
        self._api = Api(world, settings, self._books)
        self.routes = self._api.routes
        self.commands: Mapping[str, Callable[..., Any]] = {
            "move": self.move,
            "case": self.case,
            "tell": self.tell,
            "redeliver": self.redeliver,
            "swap": self.swap,
            "top_up": self.top_up,
            "revoke": self.revoke,
        }

    def state(self) -> dict[str, Any]:
        return {
            **self._books.state(),
            "labels": self._api.labels_given,
            "calls": self._api.calls,
            "webhooks": self._webhooks.sent,
        }

    def reset(self) -> None:
        self._books.clear()
        self._api.reset()
        self._webhooks.sent.clear()

    def move(
        self,
        line: str,
        stage: str,
        description: str | None = None,
        code: str | None = None,
        at: str | None = None,
        silent: bool = False,
        sent_at: str | None = None,
        times: int = 1,
    ) -> dict[str, Any]:
        """The line's tracking as it then stands, and the webhook calls that told of it."""
        moved, (usual_code, usual_text) = self._line(line), STAGES.get(stage, ("UNK", stage))
        scan = Scan(_moment(at) or written(self._world.now()), code or usual_code, description or usual_text)
        with self._world.lock:
            self._books.scan(moved, scan)
        news = {
            "OrderLineId": int(moved.order_line_id),
            "Timestamp": scan.timestamp,
            "StatusCode": scan.code,
            "StatusDescription": scan.description,
            "TrackingStage": stage,
        }
        told = [] if silent else self._tell_so_often("Tracking", news, sent_at, times)
        return {"tracking": self._books.results(moved), "delivered": told}

    def _tell_so_often(self, kind: str, payload: Any, sent_at: str | None, times: int) -> list[dict[str, Any]]:
        envelope = self._webhooks.envelope(kind, payload, _moment(sent_at))
        return [told for _ in range(times) for told in self._webhooks.send(envelope)]

    def case(self, line: str, status: str = "Approved", case_type: str = "Claim") -> dict[str, Any]:
        """Its ids are strings, as in the document's sample and not as in its table."""
        meant = self._line(line)
        payload = {
            "OrderLineId": meant.order_line_id,
            "CustomerReference": meant.customer_reference,
            "CaseId": f"7{meant.order_line_id}",
            "Reference": meant.reference,
            "Status": status,
            "CaseType": case_type,
        }
        return {"delivered": self._tell_so_often("Case", payload, None, 1)}

    def tell(
        self,
        type: str,
        payload: Any,
        sent_at: str | None = None,
        id: str | None = None,
        signature: str | None = None,
    ) -> dict[str, Any]:
        envelope = self._webhooks.envelope(type, payload, _moment(sent_at), id, signature)
        return {"delivered": self._webhooks.send(envelope)}

    def redeliver(self, webhook: int) -> dict[str, Any]:
        return {"delivered": self._webhooks.send(self._sent(webhook))}

    def swap(self, webhook: int, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"delivered": self._webhooks.send(self._sent(webhook).swapped(payload))}

    def _sent(self, place: int) -> Envelope:
        if not 0 <= place < len(self._webhooks.sent):
            raise Misused(f"webhook: {len(self._webhooks.sent)} have been sent, counted from 0")
        return Envelope(self._webhooks.sent[place]["body"])

    def top_up(self, amount: Any) -> dict[str, Any]:
        try:
            wanted = Decimal(str(amount))
        except InvalidOperation:
            raise Misused(f"amount: {amount!r} is no number") from None
        with self._world.lock:
            self._books.balance += wanted
            return {"balance": str(self._books.balance)}

    def revoke(self) -> dict[str, Any]:
        self._api.tokens.clear()
        return {}

    def _line(self, number: str) -> Line:
        with self._world.lock:
            line = self._books.line(str(number))
        if line is None or not line.is_paid:
            raise Misused(f"line: no paid order line {number}")
        return line


def _moment(told: str | None) -> str | None:
    """As it was told, if it can be read at all."""
    if told is not None:
        try:
            datetime.fromisoformat(told)
        except ValueError as error:
            raise Misused(f"not a moment: {error}") from error
    return told
