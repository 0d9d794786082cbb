"""What Ingrid told is shown and told again - once, whoever asks - and never stands in the way of the rest."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import digest
from carrier_backend.domain.errors import (
    Conflict,
    CounterpartError,
    Declined,
    LockedOut,
    Malformed,
    Unknown,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.notifications import Notification
from carrier_backend.services.backend import Backend
from carrier_backend.services.consult_notifications import ConsultNotifications
from carrier_backend.services.oversee import By, Timeline
from carrier_backend.storage import accounts
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.oversight import Entry
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit
from carrier_backend.support.bounds import BoundsContext
from tests.builders import a_catalogue, a_merchant, an_order
from tests.conftest import BY_TEST, a_settings
from tests.fakes import MONDAY, FakeChannel, FakeCourier, FrozenClock
from tests.storage.threads import at_once

ANNA, BEN = By("anna", "the shopper never heard"), By("ben", "she called me too")
TOLD = Notification(
    "n-1", "TRIGGERED", "OUT_FOR_DELIVERY", "SMS_CHANNEL", "", MONDAY, MONDAY, "SYSTEM", "handed out for delivery", ()
)


class FakeNotifications:
    """ports.Notifications of a memory: fails as it is told to, and waits as long as it is told to."""

    is_possible = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.retriggered: list[tuple[str, str]] = []
        self.told: Sequence[Notification] = [TOLD]
        self.error: Exception | None = None
        self.wait: Callable[[], object] = lambda: None

    def of_order(self, site_id: str, external_id: str) -> Sequence[Notification]:
        self.asked.append((site_id, external_id))
        self.wait()
        if self.error:
            raise self.error
        return self.told

    def retrigger(self, site_id: str, notification_id: str) -> str:
        if self.error:
            raise self.error
        self.retriggered.append((site_id, notification_id))
        return f"again-{len(self.retriggered)}"


@pytest.fixture
def ingrid() -> FakeNotifications:
    return FakeNotifications()


@pytest.fixture
def backend(
    store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel, ingrid: FakeNotifications
) -> Backend:
    backend = build_backend(
        a_settings(a_catalogue()),
        store=store,
        clock=clock,
        couriers={courier.name: courier},
        channel=channel,
        notifications=ingrid,
    )
    with store.begin() as unit:
        accounts.add_client(unit, "client-ingrid", "ingrid", digest("a secret"))
    backend.oversee.put_merchant(a_merchant(), BY_TEST)
    return backend


def timeline(backend: Backend, parcels: int = 1) -> Timeline:
    """The timeline of the first parcel of an order."""
    order = an_order(parcels=parcels)
    backend.book(order)
    (found,) = backend.find_shipments().items
    return backend.oversee.timeline(found.parcels[0].reference)


def notifications(shown: Timeline) -> list[Entry]:
    return [entry for entry in shown.entries if entry.kind == "notification"]


def trail(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as unit:
        rows = unit.connection.execute(select(audit).where(audit.c.operator != BY_TEST.operator).order_by(audit.c.id))
        return [(row.operator, row.act, row.subject) for row in rows]


def test_an_order_is_asked_for_at_its_merchants_site(backend: Backend, ingrid: FakeNotifications) -> None:
    assert backend.consult_notifications.of_order("shop-1", "1001") == [TOLD]
    assert ingrid.asked == [("site-of-shop-1", "1001")]


def test_a_strange_shipper_has_no_site(backend: Backend) -> None:
    with pytest.raises(Unknown, match="there is no merchant 'shop-9'"):
        backend.consult_notifications.of_order("shop-9", "1001")


def test_a_notification_is_told_again_and_that_is_noted(
    backend: Backend, store: Store, ingrid: FakeNotifications
) -> None:
    assert backend.consult_notifications.retrigger("n-1", "shop-1", ANNA) == "again-1"
    assert ingrid.retriggered == [("site-of-shop-1", "n-1")]
    assert trail(store) == [("anna", "retrigger notification", "n-1")]


def test_no_notification_is_told_again_twice_within_ten_minutes(
    backend: Backend, ingrid: FakeNotifications, clock: FrozenClock
) -> None:
    retrigger = backend.consult_notifications.retrigger
    retrigger("n-1", "shop-1", ANNA)
    clock.advance(timedelta(minutes=9, seconds=59))
    with pytest.raises(Conflict, match="anna had this notification retriggered within the last ten minutes"):
        retrigger("n-1", "shop-1", BEN)
    retrigger("n-2", "shop-1", BEN)
    clock.advance(timedelta(seconds=2))
    retrigger("n-1", "shop-1", BEN)
    assert [told for _, told in ingrid.retriggered] == ["n-1", "n-2", "n-1"]


def test_of_many_operators_at_once_one_has_it_told_again(backend: Backend, ingrid: FakeNotifications) -> None:
    def retrigger(number: int) -> str:
        try:
            return backend.consult_notifications.retrigger("n-1", "shop-1", By(f"operator {number}", "at once"))
        except Conflict:
            return "conflict"

    answers = at_once(8, retrigger)
    assert sorted(answers) == ["again-1", *["conflict"] * 7]
    assert len(ingrid.retriggered) == 1


@pytest.mark.parametrize("kind", [Declined, Unreachable, LockedOut])
def test_what_certainly_was_not_told_again_may_be_at_once(
    backend: Backend, store: Store, ingrid: FakeNotifications, kind: type[CounterpartError]
) -> None:
    ingrid.error = kind("ingrid", "retrigger notification", "no")
    with pytest.raises(kind):
        backend.consult_notifications.retrigger("n-1", "shop-1", ANNA)
    ingrid.error = None
    assert backend.consult_notifications.retrigger("n-1", "shop-1", BEN) == "again-1"
    assert [act for _, act, _ in trail(store)] == [
        "retrigger notification",
        "retrigger notification not done",
        "retrigger notification",
    ]


def test_what_may_have_been_told_again_is_not_told_a_third_time(backend: Backend, ingrid: FakeNotifications) -> None:
    ingrid.error = Unsure("ingrid", "retrigger notification", "no whole answer came")
    with pytest.raises(Unsure):
        backend.consult_notifications.retrigger("n-1", "shop-1", ANNA)
    ingrid.error = None
    with pytest.raises(Conflict):
        backend.consult_notifications.retrigger("n-1", "shop-1", BEN)


def test_where_all_sell_on_one_site_nobody_has_to_say_which(backend: Backend, ingrid: FakeNotifications) -> None:
    backend.consult_notifications.retrigger("n-1", None, ANNA)
    assert ingrid.retriggered == [("site-of-shop-1", "n-1")]
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    with pytest.raises(Malformed, match="shipper_id: is required"):
        backend.consult_notifications.retrigger("n-2", None, ANNA)


def test_a_timeline_shows_what_was_told_where_it_belongs_in_time(
    backend: Backend, ingrid: FakeNotifications, clock: FrozenClock
) -> None:
    plain = timeline(backend)
    ingrid.told = [
        replace(TOLD, id="early", triggered_at=clock.now() - timedelta(days=1)),
        replace(TOLD, id="late", triggered_at=None, scheduled_at=clock.now() + timedelta(days=1)),
    ]
    shown = backend.consult_notifications.beside(plain)
    assert ingrid.asked == [("site-of-shop-1", "Order 1001")]
    assert [shown.entries[0].facts["id"], shown.entries[-1].facts["id"]] == ["early", "late"]
    assert shown.entries[1:-1] == plain.entries
    assert shown.entries[-1].title == "OUT_FOR_DELIVERY"
    assert shown.entries[-1].facts["meaning"] == "handed out for delivery"


def test_a_timeline_shows_nothing_told_of_another_parcel(backend: Backend, ingrid: FakeNotifications) -> None:
    plain = timeline(backend, parcels=2)
    own, other = (parcel.barcode or "" for parcel in plain.shipment.parcels)
    numbers = ("", own, other, "a number of somebody else's")
    ingrid.told = [replace(TOLD, id=number, tracking_number=number) for number in numbers]
    shown = notifications(backend.consult_notifications.beside(plain))
    assert sorted(str(entry.facts["id"]) for entry in shown) == sorted({*numbers} - {other})


def test_a_timeline_shows_who_had_something_told_again(backend: Backend) -> None:
    backend.consult_notifications.retrigger("n-1", "shop-1", ANNA)
    shown = backend.consult_notifications.beside(timeline(backend))
    (act,) = [entry for entry in shown.entries if entry.kind == "operator"]
    assert (act.title, act.facts["operator"], act.facts["notification"]) == ("retrigger notification", "anna", "n-1")


def test_a_timeline_says_why_ingrid_told_nothing(backend: Backend, ingrid: FakeNotifications) -> None:
    plain = timeline(backend)
    ingrid.error = Unreachable("ingrid", "list notifications", "answered 503")
    shown = backend.consult_notifications.beside(plain)
    (said,) = notifications(shown)
    assert (said.title, said.facts) == (
        "Ingrid could not be asked what she told",
        {"reason": "ingrid (list notifications): answered 503"},
    )
    assert [entry for entry in shown.entries if entry.kind != "notification"] == list(plain.entries)


def test_a_timeline_does_not_wait_for_ingrid(
    backend: Backend, store: Store, ingrid: FakeNotifications, clock: FrozenClock
) -> None:
    plain, over = timeline(backend), threading.Event()
    ingrid.wait = lambda: over.wait(30)
    directory, bounds = Directory(store, clock), BoundsContext(clock)
    consult = ConsultNotifications(store, directory, ingrid, clock, bounds, beside_seconds=0.05)
    shown = consult.beside(plain)
    over.set()
    (said,) = notifications(shown)
    assert said.facts == {"reason": "no answer came in time"}


def test_a_timeline_outlives_what_nobody_foresaw(backend: Backend, ingrid: FakeNotifications) -> None:
    plain = timeline(backend)
    ingrid.error = ZeroDivisionError("in the words of Amira")
    (said,) = notifications(backend.consult_notifications.beside(plain))
    assert said.facts == {"reason": "ZeroDivisionError"}


def test_a_timeline_without_a_token_is_as_it_is(backend: Backend, ingrid: FakeNotifications) -> None:
    ingrid.is_possible = False
    plain = timeline(backend)
    assert backend.consult_notifications.beside(plain) is plain
    assert ingrid.asked == []
