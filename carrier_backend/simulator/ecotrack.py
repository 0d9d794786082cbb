"""A tenant of Ecotrack's, pretended, as strict as the documents (original 002; for what that lacks, the wider
documentation, and what clients saw).

The wire, below `/ecotrack/api/v1`; every call needs `Authorization: Bearer TOKEN` (or the query's `api_token`), or is
a 401 `{message}`. What goes in may stand in query, form or JSON. `T` is a tracking:

    operation    call, and what it answers
    create       POST create/order: {success, tracking}
    delete       DELETE delete/order?tracking=T: {success, message}; drafts only, else 10001
    validate     POST valid/order?tracking=T&ask_collection: {success, message}; drafts only, else 10001
    label        GET get/order/label?tracking=T: a PDF
    orders       GET get/orders?page&start_date&end_date&tracking: {current_page, data, last_page, ...}, newest first
    statuses     GET get/orders/status?api_token&trackings=T,T&status=all: {data: {T: {status, order_id, ...}}}
    history      GET get/tracking/info?tracking=T: {recipientName, ..., activity: [{date, time, status, station}]}
    remarks      GET get/maj?tracking=T: [{remarque, station, livreur, created_at, tracking}]
    add_remark   POST add/maj?tracking=T&content: {success, message}
    ask_return   POST ask/for/order/return?tracking=T: {success, message}; in delivery only, else 10003
    wilayas      GET get/wilayas: [{wilaya_id, wilaya_name}]
    communes     GET get/communes?wilaya_id: {"0": {nom, wilaya_id, code_postal, has_stop_desk}, ...}
    desks        GET get/desks: {my_desk, other_desks}
    fees         GET get/fees: {livraison: [...], ...}
    token        GET validate/token?api_token: {success, message}, always 200

A business no is a 200 `{success: false, error, message}`, a fault in what was asked a 422 `{message, errors}`. Calls
count against 50 a minute, 1,500 an hour and 15,000 a day, of which each answer's headers tell; too many are a 429.

Left open by the documents, and so decided the inconvenient way: a field that no document names is refused; a reference
may come twice; validating again is a 10001, and so is a remark on a draft; validating moves the status, to en_ramassage
if a collection was asked for, else to vers_hub; what is paid or returned and archived leaves get/orders, but
get/orders/status only when told so (`archive`); nothing found there is `[]`, not `{}`; some communes share a postal
code; POST get/maj, which a sample of the document has, is a 405; an address of more than 4,000 bytes (8,000 where it
writes) is a 414.

Magic values: an order for `Refuse Me` is declined with a 200 and 10002; one for `Timeout Me` is made, but its answer
hangs.

A no inside a 200 is scripted as `refuse`, with a status of 200 and a body. Besides the faults of world.py there are

    create             without_tracking
    delete             fail ({delete: "fail"}, and nothing is done)
    label              late_label (404), empty_label, broken_label (cut off), html_label, same_label (the oldest)
    orders, statuses   drop_item (item: 0), broken_item (item: 0; of another shape), foreign_item (someone else's),
                       accented (statuses with the accents of French)
    history            reorder (order: backwards), duplicate_item (item: 0)

Commands, each with its fields:

    tenant    switches its ways: desks (nested, or flat, or absent: 404), communes (keyed, or a list), flags (number, or
              string, or bool), labels (drafts: before validation too, or validated), created (plain, or in results by
              reference), deleted (message, or a word), strangers (told so in json, or a login page, or a redirect to
              it), headers (windows: the three of today, or plain: the minute's of old), page_length (40), closed (the
              wilayas that are not served)
    limits    minute, hour, day: other limits than those above; null for none. The plain headers need the minute's
    spend     calls: so many of someone else's with the same token count as made
    move      tracking or reference; status; activity (the one that goes with it), station, reason, postponed_to: moves
              an order, and notes a driver's reason
    travel    steps: [[seconds, status], ...], each so long after the beginning; trackings: those orders begin now; else
              all that are validated from now on, then
    archive   tracking: only its history is still to be had
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carrier_backend.simulator.ecotrack_api import OPERATIONS, Api
from carrier_backend.simulator.ecotrack_books import Books, Step
from carrier_backend.simulator.ecotrack_orders import Order
from carrier_backend.simulator.ecotrack_places import Places
from carrier_backend.simulator.ecotrack_quota import SECONDS, USUAL
from carrier_backend.simulator.ecotrack_statuses import ACTIVITIES
from carrier_backend.simulator.faults import Misused
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World


class Ecotrack:
    """The tenant as a whole: its API, its books, and what becomes of parcels when it is told."""

    name = "ecotrack"
    lookup: str | None = "orders"
    operations = OPERATIONS

    def __init__(self, world: World, settings: SimulatorSettings) -> None:
        self._world = world
        self._books = Books()
        self._api = Api(world, settings, self._books, Places())
        self.routes = self._api.routes
        self.commands: Mapping[str, Callable[..., Any]] = {
            "tenant": self.tenant,
            "limits": self.limits,
            "spend": self.spend,
            "move": self.move,
            "travel": self.travel,
            "archive": self.archive,
        }

    def state(self) -> dict[str, Any]:
        self._books.let_happen(self._world.now())
        return {
            **self._books.state(),
            "labels": self._api.labels_given,
            "calls": self._api.calls,
            "worst": self._api.quota.worst,
        }

    def reset(self) -> None:
        self._books.clear()
        self._api.reset()

    def tenant(self, **ways: Any) -> dict[str, Any]:
        self._api.tenant = self._api.tenant.switched(ways)
        return {}

    def limits(self, **limits: int | None) -> dict[str, Any]:
        if limits.keys() - SECONDS.keys():
            raise Misused(f"limits: of {', '.join(SECONDS)}")
        with self._world.lock:
            told = {**USUAL, **limits}
            self._api.quota.limits = {name: limit for name, limit in told.items() if limit is not None}
            return dict(self._api.quota.limits)

    def spend(self, calls: int) -> dict[str, Any]:
        with self._world.lock:
            self._api.quota.spend(calls)
        return {}

    def move(
        self,
        status: str,
        tracking: str | None = None,
        reference: str | None = None,
        activity: str | None = None,
        station: str = "Station principale",
        reason: str | None = None,
        postponed_to: str | None = None,
    ) -> dict[str, Any]:
        """The order as it then stands; of which nobody is told."""
        step = Step(status, activity or ACTIVITIES.get(status), station, reason, postponed_to)
        with self._world.lock:
            order = self._meant(tracking, reference)
            self._books.move(order, step, self._world.now())
            return {**order.state(), "delivered": []}

    def travel(self, steps: Sequence[tuple[float, str]], trackings: Sequence[str] | None = None) -> dict[str, Any]:
        journey = [(seconds, Step(status, ACTIVITIES.get(status))) for seconds, status in steps]
        with self._world.lock:
            if trackings is None:
                self._books.usual_journey = journey
            for tracking in trackings or ():
                self._books.plan(self._meant(tracking, None), journey, self._world.now())
        return {}

    def archive(self, tracking: str) -> dict[str, Any]:
        with self._world.lock:
            self._books.archive(self._meant(tracking, None))
        return {}

    def _meant(self, tracking: str | None, reference: str | None) -> Order:
        """By reference, the newest."""
        if (tracking is None) is (reference is None):
            raise Misused("one of tracking and reference")
        if tracking is not None:
            order = self._books.found(tracking)
        else:
            order = next(iter(self._books.with_reference(reference or "")[::-1]), None)
        if order is None:
            raise Misused(f"no order {tracking or reference}")
        return order
