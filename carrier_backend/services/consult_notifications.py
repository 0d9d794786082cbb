"""What Ingrid told the shopper: listed for an order, shown beside what happened to its parcel, and told again."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextvars import copy_context
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import structlog

from carrier_backend.domain.errors import Conflict, CounterpartError, Fault, Malformed, Unknown
from carrier_backend.domain.notifications import Notification
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Bounds, Clock, Notifications
from carrier_backend.services.oversee import By, Timeline
from carrier_backend.storage import oversight, trail
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.oversight import Entry
from carrier_backend.storage.store import Store

log = structlog.get_logger()
SECONDS = 10
BESIDE_SECONDS = 2.0
"""How long a parcel's timeline waits for Ingrid."""
THREADS = 8
ONCE_IN = timedelta(minutes=10)
RETRIGGER = "retrigger notification"


class ConsultNotifications:
    """See what Ingrid told shoppers, and have it told again."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        notifications: Notifications,
        clock: Clock,
        bounds: Bounds,
        beside_seconds: float = BESIDE_SECONDS,
    ) -> None:
        self._store = store
        self._directory = directory
        self._notifications = notifications
        self._clock = clock
        self._bounds = bounds
        self._beside_seconds = beside_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="notifications")

    def of_order(self, shipper_id: str, external_id: str) -> Sequence[Notification]:
        """What was told of an order; raises Unknown for a strange shipper, and whatever Ingrid answers."""
        site_id = self._site_of(shipper_id)
        with self._bounds(seconds=SECONDS):
            return self._notifications.of_order(site_id, external_id)

    def retrigger(self, notification_id: str, shipper_id: str | None, by: By) -> str:
        """Have a notification sent again, once in ten minutes, whoever asks: the id of the new one.

        Raises Conflict where that was done, or may have been, and whatever Ingrid answers.
        """
        site_id = self._site_of(shipper_id) if shipper_id else self._only_site()
        facts = {"site_id": site_id}
        with self._store.begin() as unit:
            latest = trail.latest_of(unit, notification_id, [RETRIGGER, trail.not_done(RETRIGGER)], ONCE_IN)
            if latest and latest.act == RETRIGGER:
                raise Conflict(f"{latest.operator} had this notification retriggered within the last ten minutes")
            oversight.note_act(unit, by.operator, RETRIGGER, notification_id, by.reason, facts)
        # Where it is certainly not done, nobody has to wait before trying again.
        told = trail.told_if_it_fails(self._store, by.operator, RETRIGGER, notification_id, by.reason)
        with told, self._bounds(seconds=SECONDS):
            return self._notifications.retrigger(site_id, notification_id)

    def beside(self, timeline: Timeline) -> Timeline:
        """The timeline with what Ingrid told of its order; where she cannot say in time, with that.

        Without a token for her notifications, the timeline alone.
        """
        if not self._notifications.is_possible:
            return timeline
        asked = self._threads.submit(copy_context().run, self._ask, timeline.shipment)
        try:
            # The bounds end every call; but name servers take their own time.
            error = asked.exception(timeout=self._beside_seconds)
        except NotInTime:
            asked.cancel()
            return self._without(timeline, "no answer came in time")
        if error is None:
            return _with(timeline, self._entries(timeline, asked.result()))
        if not isinstance(error, CounterpartError):
            log.error("notifications not read", exc_info=error)
        return self._without(timeline, str(error) if isinstance(error, CounterpartError) else type(error).__name__)

    def _ask(self, shipment: Shipment) -> Sequence[Notification]:
        with self._bounds(seconds=self._beside_seconds):
            return self._notifications.of_order(shipment.route.merchant.site_id, shipment.journey.external_id)

    def _without(self, timeline: Timeline, reason: str) -> Timeline:
        said = Entry(self._clock.now(), "notification", "Ingrid could not be asked what she told", {"reason": reason})
        return _with(timeline, [said])

    def _entries(self, timeline: Timeline, listed: Sequence[Notification]) -> Iterator[Entry]:
        """What was told of a parcel or of its whole order, and who had it told again; nothing that names another."""
        others = {parcel.barcode for parcel in timeline.shipment.parcels} - {timeline.parcel.barcode}
        shown = [each for each in listed if each.tracking_number not in others]
        for each in shown:
            yield _entry(each, each.triggered_at or each.scheduled_at or self._clock.now())
        with self._store.read() as unit:
            noted = trail.about(unit, [each.id for each in shown])
        for act in noted:
            facts = {"operator": act.operator, "reason": act.reason, "notification": act.subject, **act.facts}
            yield Entry(act.at, "operator", act.act, facts)

    def _site_of(self, shipper_id: str) -> str:
        merchant = self._directory.merchant(shipper_id)
        if merchant is None:
            raise Unknown(f"there is no merchant {shipper_id!r}")
        return merchant.site_id

    def _only_site(self) -> str:
        sites = self._directory.sites()
        if len(sites) != 1:
            raise Malformed(Fault("is required, for merchants have several sites", "shipper_id"))
        return next(iter(sites))


def _with(timeline: Timeline, entries: Iterable[Entry]) -> Timeline:
    return replace(timeline, entries=tuple(sorted([*timeline.entries, *entries], key=lambda entry: entry.at)))


def _entry(notification: Notification, at: datetime) -> Entry:
    facts = asdict(notification)
    for moment in ("scheduled_at", "triggered_at"):
        facts[moment] = facts[moment] and facts[moment].isoformat().replace("+00:00", "Z")
    return Entry(at, "notification", notification.name, facts)
