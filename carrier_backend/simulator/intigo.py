"""Intigo's secure-api, pretended, as strict as its document (original 000): all success is 201, reads too.

Left open by the document, and so decided the inconvenient way: a cid may repeat, and a look-up gives the
latest parcel that bears it; a batch with one bad parcel makes none; an unknown number is 404; /regions needs
the key.

Magic recipients: a parcel for `Refuse Me` is declined with a 400; one for `Timeout Me` is made, but its
answer hangs.

Operations: create, create_batch, find, label, labels, history, ticket, read_ticket, regions. Besides the
faults of world.py there are

    create           success_without_nid
    create_batch     success_without_nid; partial (made: 1), then 400; of the answer's items: reorder (order:
                     backwards), drop_item (item: 0), duplicate_item (item: 0). `announce` is heeded
    label, labels    late_label (404), empty_label, broken_label (cut off), same_label (the oldest parcel's)

Commands, each with its fields:

    move         status; one of nid, cid, nids; date (now), message (as documented), silent (false), times
                 (1): adds to the history and calls the status webhook so often, unless silent
    announce     cids: calls the batch-creation webhook about them
    redeliver    webhook: sends again, byte for byte, what stands at this place among the webhooks
    progress     ticket, status: moves a ticket on
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carrier_backend.simulator.faults import Misused
from carrier_backend.simulator.intigo_api import OPERATIONS, Api
from carrier_backend.simulator.intigo_books import MESSAGES, Books, Parcel, Step, iso
from carrier_backend.simulator.intigo_webhooks import Webhooks
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World


class Intigo:
    """The courier as a whole: its API, its books, and what its staff do when told to."""

    name = "intigo"
    lookup: str | None = "find"
    operations = OPERATIONS

    def __init__(self, world: World, settings: SimulatorSettings) -> None:
        self._world = world
        self._books = Books()
        urls = {"status": settings.intigo_status_url, "parcels": settings.intigo_parcels_url}
        self._webhooks = Webhooks(world, urls, settings.intigo_webhook_token or settings.intigo_api_key)
        self._api = Api(world, settings, self._books, self._webhooks)
        self.routes = self._api.routes
        self.commands: Mapping[str, Callable[..., Any]] = {
            "move": self.move,
            "announce": self.announce,
            "redeliver": self.redeliver,
            "progress": self.progress,
        }

    def state(self) -> dict[str, Any]:
        return {
            "parcels": [parcel.state() for parcel in self._books.parcels.values()],
            "tickets": [ticket.state() for ticket in self._books.tickets.values()],
            "calls": self._api.calls,
            "webhooks": self._webhooks.sent,
        }

    def reset(self) -> None:
        self._books.clear()
        self._api.calls.clear()
        self._webhooks.sent.clear()

    def move(
        self,
        status: Any,
        nid: str | None = None,
        cid: str | None = None,
        nids: Sequence[str] = (),
        date: str | None = None,
        message: str | None = None,
        silent: bool = False,
        times: int = 1,
    ) -> dict[str, Any]:
        """The parcels as they then stand, and the webhook calls that told of it."""
        step = Step(status, date or iso(self._world.now()))
        _check_date(step)
        with self._world.lock:
            moved = self._books.move(self._meant(nid, cid, nids), step)
        news = {
            "status": status,
            "message": message or MESSAGES.get(status, f"Statut {status}"),
            "date": step.date,
            "parcels": [{"nid": parcel.nid, "cid": parcel.cid} for parcel in moved],
        }
        told = [] if silent else self._webhooks.call("status", news, times)
        return {"parcels": [parcel.brief() for parcel in moved], "delivered": told}

    def _meant(self, nid: str | None, cid: str | None, nids: Sequence[str]) -> list[str]:
        if [nid, cid, nids or None].count(None) != 2:
            raise Misused("move takes one of nid, cid and nids")
        meant = [self._with_cid(cid).nid] if cid else list(nids or [nid or ""])
        unknown = [one for one in meant if one not in self._books.parcels]
        if unknown:
            raise Misused(f"nid: no parcel {', '.join(unknown)}")
        return meant

    def _with_cid(self, cid: str) -> Parcel:
        parcel = self._books.by_cid(cid)
        if parcel is None:
            raise Misused(f"cid: no parcel {cid}")
        return parcel

    def announce(self, cids: Sequence[str]) -> dict[str, Any]:
        with self._world.lock:
            announced = [self._with_cid(cid).announced() for cid in cids]
        return {"delivered": self._webhooks.call("parcels", announced)}

    def redeliver(self, webhook: int) -> dict[str, Any]:
        if not 0 <= webhook < len(self._webhooks.sent):
            raise Misused(f"webhook: {len(self._webhooks.sent)} have been sent, counted from 0")
        return {"delivered": self._webhooks.call_again(webhook)}

    def progress(self, ticket: int, status: int) -> dict[str, Any]:
        with self._world.lock:
            if ticket not in self._books.tickets or status not in {1, 2, 3, 4}:
                raise Misused("progress takes the number of a ticket, and a status of 1-4")
            return self._books.progress(ticket, status).wire()


def _check_date(step: Step) -> None:
    try:
        step.moment()
    except ValueError as error:
        raise Misused(f"date: {error}") from error
