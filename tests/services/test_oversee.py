"""What operators see, and that nothing they do goes unnoted."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import (
    Conflict,
    Declined,
    LockedOut,
    Malformed,
    NotServed,
    Unknown,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.orders import Order, Prebooking
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent, UpdateState
from carrier_backend.ports import Account, Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.services.intervene import Wish
from carrier_backend.services.oversee import By
from carrier_backend.storage import accounts
from carrier_backend.storage.oversight import Entry
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit
from tests.builders import a_journey, a_merchant, an_order
from tests.conftest import BY_TEST
from tests.fakes import FakeChannel, FakeCourier, FrozenClock, a_label

ANNA = By("anna", "the merchant called")
ACCOUNT = Account("https://courier.example", {"api_key": "k"})
TUNIS = {"city": "Tunis"}


def booked(backend: Backend, order: Order | None = None) -> str:
    barcode: str = json.loads(backend.book(order or an_order()).body)["packages"][0]["barcode"]
    return barcode


def trail(store: Store) -> list[tuple[str, str, str, str]]:
    """Who did what, to what, and why; without the setting up."""
    with store.read() as unit:
        rows = unit.connection.execute(select(audit).order_by(audit.c.id)).all()
    return [(row.operator, row.act, row.subject, row.reason) for row in rows if row.operator != BY_TEST.operator]


def push(backend: Backend) -> None:
    while backend.push_statuses.run_once():
        pass


def parked(backend: Backend, channel: FakeChannel) -> int:
    """The id of a status update that Ingrid refused."""
    booked(backend)
    channel.refuse(Declined("ingrid", "update status", "no such barcode"))
    push(backend)
    channel.agree()
    return backend.oversee.status_updates(UpdateState.PARKED).items[0].id


def pause(backend: Backend, channel: FakeChannel) -> None:
    booked(backend)
    channel.refuse(LockedOut("ingrid", "update status", "wrong signature"))
    push(backend)


def entries(backend: Backend, name: str) -> tuple[Entry, ...]:
    return backend.oversee.timeline(name).entries


ACTS: dict[str, tuple[Callable[[Backend], object], str]] = {
    "add client": (lambda backend: backend.oversee.add_client("other", ANNA), "client-"),
    "rotate client": (lambda backend: backend.oversee.rotate_client("ingrid", ANNA), "client-ingrid"),
    "revoke client": (lambda backend: backend.oversee.revoke_client("ingrid", ANNA), "client-ingrid"),
    "add operator": (lambda backend: backend.oversee.add_operator("bilal", Role.VIEWER, ANNA), "bilal"),
    "put merchant": (lambda backend: backend.oversee.put_merchant(a_merchant(), ANNA), "shop-1"),
    "put account": (lambda backend: backend.oversee.put_account("shop-1", "fake", ACCOUNT, ANNA), "shop-1/fake"),
    "put alias": (lambda backend: backend.teach_places("fake", "La Goulette", TUNIS, ANNA), "fake/La Goulette"),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_noted_with_who_and_why(backend: Backend, store: Store, act: str) -> None:
    do, subject = ACTS[act]
    do(backend)
    ((operator, noted, about, reason),) = trail(store)
    assert (operator, noted, reason) == ("anna", act, "the merchant called")
    assert about.startswith(subject)


def test_what_is_taken_back_is_noted_too(backend: Backend, store: Store) -> None:
    backend.oversee.add_operator("bilal", Role.VIEWER, BY_TEST)
    backend.teach_places("fake", "La Goulette", TUNIS, BY_TEST)
    backend.oversee.revoke_operator("bilal", ANNA)
    backend.teach_places.forget("fake", "La Goulette", ANNA)
    assert [(act, subject) for _, act, subject, _ in trail(store)] == [
        ("revoke operator", "bilal"),
        ("delete alias", "fake/La Goulette"),
    ]


def test_what_is_done_about_a_parcel_is_noted_under_our_reference(
    backend: Backend, store: Store, courier: FakeCourier
) -> None:
    barcode = booked(backend)
    backend.ask_courier(Wish("remark", barcode, ANNA, "trace"), {"text": "ring twice"})
    backend.oversee.cancel(barcode, "TRACE7", ANNA)
    assert [(act, subject) for _, act, subject, _ in trail(store)] == [
        ("remark", courier.creates[0]),
        ("cancel", courier.creates[0]),
    ]


def test_what_is_done_about_the_outbox_is_noted(backend: Backend, store: Store, channel: FakeChannel) -> None:
    backend.oversee.replay(parked(backend, channel), ANNA)
    pause(backend, channel)
    backend.oversee.resume_destination("ingrid", ANNA)
    assert [act for _, act, _, _ in trail(store)] == ["replay", "resume destination"]


def test_neither_secrets_nor_what_was_said_to_a_courier_are_on_the_trail(backend: Backend, store: Store) -> None:
    backend.oversee.put_account("shop-1", "fake", Account("https://courier.example", {"api_key": "Canary"}), ANNA)
    backend.ask_courier(Wish("remark", booked(backend), ANNA, "trace"), {"text": "Canary"})
    added = backend.oversee.add_client("other", ANNA)
    with store.read() as unit:
        written = repr(unit.connection.execute(select(audit)).all())
    assert "Canary" not in written
    assert added.client_secret not in written


REFUSED: dict[str, tuple[Callable[[Backend], object], type[Exception], str]] = {
    "a client named as another's id": (
        lambda backend: backend.oversee.add_client("client-ingrid", ANNA),
        Conflict,
        "already",
    ),
    "two clients of one name": (lambda backend: backend.oversee.add_client("ingrid", ANNA), Conflict, "already"),
    "a client nobody knows": (lambda backend: backend.oversee.rotate_client("nobody", ANNA), Unknown, "no client"),
    "an operator nobody knows": (lambda backend: backend.oversee.revoke_operator("bilal", ANNA), Unknown, "bilal"),
    "a merchant nobody knows": (
        lambda backend: backend.oversee.put_account("shop-9", "fake", ACCOUNT, ANNA),
        Unknown,
        "no merchant 'shop-9'",
    ),
    "a courier nobody knows": (
        lambda backend: backend.oversee.put_account("shop-1", "snail", ACCOUNT, ANNA),
        Unknown,
        "no courier 'snail'",
    ),
    "an alias for a courier nobody knows": (
        lambda backend: backend.teach_places("snail", "here", TUNIS, ANNA),
        Unknown,
        "no courier 'snail'",
    ),
    "an alias nobody knows": (lambda backend: backend.teach_places.forget("fake", "here", ANNA), Unknown, "'here'"),
    "a status update nobody knows": (lambda backend: backend.oversee.replay(999, ANNA), Unknown, "no status update"),
    "a destination that is open": (
        lambda backend: backend.oversee.resume_destination("ingrid", ANNA),
        Conflict,
        "'ingrid' is not paused",
    ),
    "a parcel nobody knows": (lambda backend: backend.oversee.cancel("nobody", "", ANNA), Unknown, "was not found"),
}


def test_a_mistyped_destination_is_told_from_the_paused_one(backend: Backend, channel: FakeChannel) -> None:
    pause(backend, channel)
    with pytest.raises(Conflict, match="destination 'Ingrid' is not paused; 'ingrid' is"):
        backend.oversee.resume_destination("Ingrid", ANNA)


@pytest.mark.parametrize("wish", REFUSED)
def test_what_is_refused_leaves_nothing_on_the_trail(backend: Backend, store: Store, wish: str) -> None:
    do, kind, words = REFUSED[wish]
    with pytest.raises(kind, match=words):
        do(backend)
    assert trail(store) == []


@pytest.mark.parametrize("name", ["", " ", " anna", "anna\n", "an\x00na", "x" * 129])
def test_a_name_that_could_not_be_read_back_is_refused(backend: Backend, store: Store, name: str) -> None:
    with pytest.raises(Malformed, match="name: must be 1 to 128 printable characters"):
        backend.oversee.add_client(name, ANNA)
    with pytest.raises(Malformed, match="name: must be 1 to 128 printable characters"):
        backend.oversee.add_operator(name, Role.VIEWER, ANNA)
    assert trail(store) == []


@pytest.mark.parametrize("name", ["command line", "Command  Line"])
def test_no_operator_acts_under_the_name_of_the_command_line(backend: Backend, store: Store, name: str) -> None:
    with pytest.raises(Malformed, match="name: 'command line' acts on the trail already"):
        backend.oversee.add_operator(name, Role.ADMIN, ANNA)
    assert trail(store) == []


def test_a_revoked_client_gets_no_new_secret(backend: Backend) -> None:
    backend.oversee.revoke_client("ingrid", BY_TEST)
    with pytest.raises(Conflict, match="client 'ingrid' is revoked"):
        backend.oversee.rotate_client("ingrid", BY_TEST)


def test_clients_and_operators_are_listed_revoked_or_not(backend: Backend) -> None:
    backend.oversee.add_client("other", BY_TEST)
    backend.oversee.revoke_client("other", BY_TEST)
    backend.oversee.add_operator("bilal", Role.VIEWER, BY_TEST)
    assert [(client.name, client.revoked_at is None) for client in backend.oversee.clients()] == [
        ("ingrid", True),
        ("other", False),
    ]
    assert [(operator.name, operator.role) for operator in backend.oversee.operators()] == [("bilal", Role.VIEWER)]


def test_a_merchant_is_refused_with_everything_its_couriers_make_no_sense_of(backend: Backend) -> None:
    merchant = a_merchant("shop-2", couriers={"fake": {"colour": 1, "size": 2}})
    with pytest.raises(NotServed) as refused:
        backend.oversee.put_merchant(merchant, BY_TEST)
    assert [str(fault) for fault in refused.value.faults] == [
        "couriers.fake: colour: not a term",
        "couriers.fake: size: not a term",
    ]
    assert [kept.shipper_id for kept in backend.oversee.merchants()] == ["shop-1"]


def test_a_merchant_for_whom_an_unknown_client_may_book_is_refused(backend: Backend, store: Store) -> None:
    shop = a_merchant("shop-2", clients=frozenset({"ingrid", "nosuch"}))
    with pytest.raises(NotServed, match="clients: there is no client 'nosuch'"):
        backend.oversee.put_merchant(shop, ANNA)
    assert trail(store) == []
    backend.oversee.put_merchant(shop, BY_TEST, may_await_clients=True)
    assert shop in backend.oversee.merchants()


def facts(store: Store) -> list[object]:
    with store.read() as unit:
        query = select(audit.c.facts).where(audit.c.operator == "anna").order_by(audit.c.id)
        return list(unit.connection.execute(query).scalars())


def test_the_trail_tells_what_of_a_merchant_was_changed(backend: Backend, store: Store) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2"), ANNA)
    after = a_merchant("shop-2", site_id="another", clients=frozenset({"ingrid"}), contact_name="Canary")
    backend.oversee.put_merchant(after, ANNA)
    backend.oversee.put_merchant(after, ANNA)
    assert facts(store) == [
        {"is_new": True},
        {
            "site_id": {"before": "site-of-shop-2", "after": "another"},
            "clients": {"before": None, "after": ["ingrid"]},
            "others": ["contact_name"],
        },
        {},
    ]


def test_the_trail_tells_what_of_an_account_was_changed_and_no_secret(backend: Backend, store: Store) -> None:
    backend.oversee.put_account("shop-1", "fake", ACCOUNT, ANNA)
    moved = Account("https://elsewhere.example", {"api_key": "another"}, ("Canary",))
    backend.oversee.put_account("shop-1", "fake", moved, ANNA)
    assert facts(store) == [
        {"is_new": True, "base_url": "https://courier.example", "credentials": ["api_key"]},
        {
            "base_url": {"before": "https://courier.example", "after": "https://elsewhere.example"},
            "credentials": ["api_key"],
            "webhook_secrets": True,
        },
    ]


def test_terms_with_a_courier_that_is_not_enabled_here_are_kept(backend: Backend) -> None:
    backend.oversee.put_merchant(a_merchant("shop-2", couriers={"snail": {"pace": "slow"}}), BY_TEST)
    assert backend.oversee.merchants()[1].couriers == {"snail": {"pace": "slow"}}


def a_whole_life(backend: Backend, clock: FrozenClock, channel: FakeChannel) -> str:
    """A parcel, prebooked, booked, reported on, told to Ingrid at the second try, and remarked upon, an hour each."""
    hour = timedelta(hours=1)
    order = an_order()
    backend.prebook(Prebooking(order.journey))
    clock.advance(hour)
    barcode = booked(backend, order)
    clock.advance(hour)
    event = TrackingEvent(barcode, "", "5", "at the depot", Status.AT_DEPOT, clock.now() - timedelta(minutes=30))
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard([event]), "TRACE9", OURS)
    clock.advance(hour)
    channel.refuse(Unreachable("ingrid", "update status", "no connection"))
    push(backend)
    channel.agree()
    clock.advance(hour)
    push(backend)
    clock.advance(hour)
    backend.ask_courier(Wish("remark", barcode, ANNA, "trace"), {"text": "ring twice"})
    return barcode


def test_a_timeline_tells_everything_in_order(backend: Backend, clock: FrozenClock, channel: FakeChannel) -> None:
    told = entries(backend, a_whole_life(backend, clock, channel))
    assert [entry.at for entry in told] == sorted(entry.at for entry in told)
    in_order = [(entry.kind, entry.title) for entry in told]
    assert in_order[0] == ("request", "prebooked")
    assert sorted(in_order[1:7]) == [
        ("booking", "booked"),
        ("courier call", "create begun"),
        ("courier call", "create done"),
        ("event", "submitted"),
        ("request", "booking asked for"),
        ("status update", "to be sent"),
    ]
    assert in_order[7:] == [
        ("event", "at_depot"),
        ("status update", "to be sent"),
        ("push", "unreachable"),
        ("push", "accepted"),
        ("push", "accepted"),
        ("operator", "remark"),
    ]


def test_a_timeline_says_what_was_seen(backend: Backend, clock: FrozenClock, channel: FakeChannel) -> None:
    told = entries(backend, a_whole_life(backend, clock, channel))
    by_title = {entry.title: entry.facts for entry in told}
    assert by_title["at_depot"]["text"] == "at the depot"
    assert by_title["at_depot"]["source"] == "webhook"
    assert by_title["at_depot"]["trace_id"] == "TRACE9"
    assert by_title["at_depot"]["event_at"] == "2026-11-23T10:30:00Z"
    assert by_title["unreachable"]["note"] == "no connection"
    assert by_title["booking asked for"]["trace_id"] == "TRACE1"
    assert (by_title["remark"]["operator"], by_title["remark"]["reason"]) == ("anna", "the merchant called")


def test_a_timeline_is_that_of_one_parcel(backend: Backend) -> None:
    first, second = booked(backend), booked(backend)
    backend.ask_courier(Wish("remark", first, ANNA, "trace"), {"text": "ring twice"})
    push(backend)
    of_the_second = [(entry.kind, entry.title) for entry in entries(backend, second)]
    assert ("operator", "remark") not in of_the_second
    assert of_the_second.count(("push", "accepted")) == 1


def test_an_unknown_code_is_shown_as_such(backend: Backend) -> None:
    barcode = booked(backend)
    event = TrackingEvent(barcode, "", "6900", "Colis 6900", None, backend.oversee.clients()[0].created_at)
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard([event]), "", OURS)
    assert "not in any table" in [entry.title for entry in entries(backend, barcode)]


def test_a_parcel_is_found_by_our_reference_before_it_has_a_barcode(backend: Backend, courier: FakeCourier) -> None:
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    timeline = backend.oversee.timeline(courier.creates[0])
    assert timeline.parcel.booking is BookingState.UNSURE
    assert ("courier call", "create begun") in [(entry.kind, entry.title) for entry in timeline.entries]


def test_what_people_have_to_settle_is_said_to_wait_for_an_operator(backend: Backend, courier: FakeCourier) -> None:
    courier.cancels_certainly = False
    courier.fails_after["book"] = [Declined("fake", "create", "no such street")]
    with pytest.raises(Declined):
        backend.book(an_order())
    reasons = {entry.title: entry.facts for entry in entries(backend, courier.creates[0])}
    assert reasons["waits for an operator"] == {"reason": "people were asked"}


@pytest.mark.parametrize("name", ["nobody", "", "1000009"])
def test_a_parcel_nobody_knows_has_neither_timeline_nor_label(backend: Backend, name: str) -> None:
    booked(backend)
    with pytest.raises(Unknown, match="package was not found"):
        backend.oversee.timeline(name)
    with pytest.raises(Unknown, match="package was not found"):
        backend.oversee.label(name)


def test_an_erased_parcel_has_no_timeline_any_more(backend: Backend, clock: FrozenClock) -> None:
    barcode = booked(backend)
    backend.cancel(client_id="client-ingrid", barcode=barcode, trace_id="")
    clock.advance(timedelta(days=31))
    backend.clockwork.run_once()
    with pytest.raises(Unknown, match="the personal data of this package was erased"):
        backend.oversee.timeline(barcode)


def test_an_account_is_kept_for_the_merchant_and_courier(backend: Backend, store: Store) -> None:
    backend.oversee.put_account("shop-1", "fake", ACCOUNT, BY_TEST)
    with store.read() as unit:
        assert accounts.every_account(unit) == {("fake", "shop-1"): replace(ACCOUNT, since=unit.now)}


def test_a_label_is_shown_as_it_was_given(backend: Backend, courier: FakeCourier) -> None:
    assert backend.oversee.label(booked(backend)).content == a_label(courier.creates[0])


def test_what_is_not_booked_has_no_label(backend: Backend, courier: FakeCourier) -> None:
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    with pytest.raises(Unknown, match="no label is stored"):
        backend.oversee.label(courier.creates[0])


def test_an_act_is_the_couriers_and_its_answer_comes_back(backend: Backend) -> None:
    barcode = booked(backend)
    said = backend.ask_courier(Wish("remark", barcode, ANNA, "trace"), {"text": "ring twice"})
    assert said == {"noted": "ring twice", "of": barcode}


def test_an_act_that_the_courier_does_not_know_is_refused_with_those_it_does(backend: Backend) -> None:
    with pytest.raises(Unknown, match=r"no act 'dance': there are remark"):
        backend.ask_courier(Wish("dance", booked(backend), ANNA, "trace"), {})


def test_there_is_no_act_upon_what_the_courier_has_not_confirmed(backend: Backend, courier: FakeCourier) -> None:
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    with pytest.raises(Conflict, match="is not booked"):
        backend.ask_courier(Wish("remark", courier.creates[0], ANNA, "trace"), {"text": "ring twice"})


def test_an_operator_cancels_whosever_parcel_it_is(backend: Backend, courier: FakeCourier) -> None:
    booked(backend)
    backend.oversee.cancel(courier.creates[0], "TRACE7", ANNA)
    assert courier.books == {}


def test_a_replayed_update_is_sent_once_with_the_same_bytes(backend: Backend, channel: FakeChannel) -> None:
    update_id = parked(backend, channel)
    backend.oversee.replay(update_id, ANNA)
    with pytest.raises(Conflict, match="is waiting: it still tries by itself"):
        backend.oversee.replay(update_id, ANNA)
    push(backend)
    with pytest.raises(Conflict, match="is sent, not parked: say `state` sent to replay it"):
        backend.oversee.replay(update_id, ANNA)
    assert channel.tried == channel.accepted * 2


def test_the_outbox_is_read_page_by_page_newest_first(backend: Backend) -> None:
    for _ in range(5):
        booked(backend)
    pages: list[list[int]] = []
    cursor: str | None = None
    while cursor or not pages:
        page = backend.oversee.status_updates(cursor=cursor, limit=2)
        pages.append([row.id for row in page.items])
        cursor = page.next
    ids = [each for page in pages for each in page]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert ids == sorted(set(ids), reverse=True)


def test_what_comes_meanwhile_moves_nothing_between_pages(backend: Backend) -> None:
    for _ in range(4):
        booked(backend)
    first = backend.oversee.status_updates(limit=2)
    booked(backend)
    second = backend.oversee.status_updates(cursor=first.next, limit=2)
    assert not {row.id for row in first.items} & {row.id for row in second.items}
    assert second.next is None


def test_the_outbox_is_filtered_by_state(backend: Backend, channel: FakeChannel) -> None:
    update_id = parked(backend, channel)
    booked(backend)
    push(backend)
    booked(backend)
    numbers = {state: [row.id for row in backend.oversee.status_updates(state).items] for state in UpdateState}
    assert numbers[UpdateState.PARKED] == [update_id]
    assert [len(ids) for ids in numbers.values()] == [1, 1, 1]
    assert len(backend.oversee.status_updates().items) == 3


def test_an_update_is_shown_with_how_it_stands(backend: Backend, channel: FakeChannel, clock: FrozenClock) -> None:
    barcode = booked(backend)
    channel.refuse(Unreachable("ingrid", "update status", "no connection"))
    push(backend)
    (row,) = backend.oversee.status_updates().items
    assert (row.barcode, row.state, row.tries, row.trace_id) == (barcode, UpdateState.WAITING, 1, "TRACE1")
    assert row.next_try_at
    assert row.next_try_at > clock.now()
    assert row.done_at is None


def test_what_was_prebooked_for_another_order_is_not_on_the_timeline(backend: Backend) -> None:
    backend.prebook(Prebooking(a_journey()))
    assert "prebooked" not in [entry.title for entry in entries(backend, booked(backend))]
