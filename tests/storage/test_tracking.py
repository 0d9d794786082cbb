"""Events are kept once, parcels are found by any of their names, and each is asked about by one at a time."""

import sqlite3
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from carrier_backend.domain.lifecycle import BookingState, Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import OURS, Heard, Source, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.storage import endings, looks, shipments, tracking, words
from carrier_backend.storage.looks import Due
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import deliveries, events, parcels
from carrier_backend.storage.tracking import Arrival, Move, Tracked
from tests.builders import an_order
from tests.fakes import MONDAY, FrozenClock
from tests.storage.kept import an_event, booked, intended, number_of
from tests.storage.threads import at_once

LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def nobody(_: Booked) -> Collection[str]:
    """Whose voices may speak of a parcel, where only we do."""
    return ()


def everybody(_shipper_id: str, _booked_at: datetime) -> bool:
    return True


def named(store: Store, *names: str, courier: str = "fake") -> list[Tracked]:
    with store.begin() as unit:
        return tracking.named(unit, courier, names)


def heard(
    store: Store, *told: TrackingEvent, parcel: Tracked | None = None, courier: str = "fake", voice: str = OURS
) -> int:
    """How many of the events were news."""
    with store.begin() as unit:
        pairs = [(event, parcel) for event in told]
        return len(tracking.add_events(unit, courier, pairs, Source.WEBHOOK, "TRACE1", voice))


def move(store: Store, shipment: Shipment, look_at: datetime | None, status: Status = Status.AT_DEPOT) -> None:
    with store.begin() as unit:
        ends = [Move(each, BookingState.BOOKED, status, MONDAY, look_at) for each in shipment.references]
        tracking.move(unit, ends)


def take_due(store: Store, most: int = 10, courier: str = "fake") -> list[Booked]:
    with store.begin() as unit:
        return list(looks.take_due(unit, courier, most, LEASE).parcels)


def due(store: Store, count: int = 1) -> list[Shipment]:
    """So many shipments of one parcel each that are to be asked about now."""
    asked = [booked(store) for _ in range(count)]
    for shipment in asked:
        move(store, shipment, MONDAY)
    return asked


def record_state(store: Store, shipment: Shipment) -> None:
    with store.begin() as unit:
        shipments.record_state(unit, shipment)


def numbers_of(parcels_taken: Sequence[Booked]) -> list[str]:
    return [parcel.number for parcel in parcels_taken]


def test_a_parcel_is_found_by_its_number_or_our_reference(store: Store) -> None:
    shipment = booked(store)
    (by_number,), (by_reference,) = named(store, number_of(shipment)), named(store, shipment.references[0])
    assert by_number == by_reference
    assert (by_number.shipment_id, by_number.reference) == (shipment.id, shipment.references[0])
    assert (by_number.booking, by_number.status, by_number.status_at) == (BookingState.BOOKED, None, None)


def test_a_parcel_that_is_not_booked_cannot_have_news_yet(store: Store) -> None:
    assert named(store, intended(store).references[0]) == []


def test_another_courier_has_other_parcels(store: Store) -> None:
    assert named(store, number_of(booked(store)), courier="second") == []


def test_parcels_come_once_each_and_in_one_order_for_everybody(store: Store) -> None:
    shipment = booked(store, an_order(parcels=3))
    names = [*map(str, shipment.references), number_of(shipment), "unheard-of"]
    expected = sorted(shipment.references)
    assert [each.reference for each in named(store, *names)] == expected
    assert [each.reference for each in named(store, *names[::-1])] == expected


def test_as_many_parcels_may_be_named_as_one_call_can_hold(store: Store) -> None:
    shipment = booked(store)
    many = [str(number) for number in range(20_000)]
    assert [each.shipment_id for each in named(store, *many, number_of(shipment))] == [shipment.id]


def test_the_same_event_is_news_once(store: Store) -> None:
    event = an_event("1097367")
    assert heard(store, event) == 1
    assert heard(store, event) == 0


def test_an_event_told_twice_at_once_is_news_once(store: Store) -> None:
    assert heard(store, an_event("1097367"), an_event("1097367")) == 1


def test_fractions_of_a_second_do_not_make_another_event(store: Store) -> None:
    heard(store, an_event("1097367"))
    assert heard(store, an_event("1097367", at=MONDAY + timedelta(milliseconds=999))) == 0
    assert heard(store, an_event("1097367", at=MONDAY + SECOND)) == 1


@pytest.mark.parametrize("changes", [{"code": "6"}, {"number": "1097368"}], ids=str)
def test_another_code_or_number_is_another_event(store: Store, changes: dict[str, Any]) -> None:
    heard(store, an_event("1097367"))
    assert heard(store, replace(an_event("1097367"), **changes)) == 1


LONG = "Your parcel could not be delivered because nobody was at home, a card was left "


def test_a_text_for_a_code_is_sealed_and_is_one_event(store: Store) -> None:
    told = an_event("1097367", code=LONG + "by the driver", text=LONG + "by the driver")
    assert heard(store, told, an_event("1097368")) == 2
    assert heard(store, told) == 0
    with store.read() as unit:
        kept = unit.connection.execute(select(events).where(events.c.number == "1097367")).one()
        assert words.of_event(unit, kept) == (LONG + "by the driver", LONG + "by the driver")
    assert kept.code == words.code_key(LONG + "by the driver")
    assert len(kept.code) <= 64


def test_two_long_texts_that_begin_alike_are_two_events(store: Store) -> None:
    assert heard(store, *(an_event("1097367", code=LONG + end) for end in ("by us", "by the driver"))) == 2


def test_a_code_that_just_fits_is_kept_as_it_is(store: Store) -> None:
    heard(store, an_event("1097367", code="x" * 64))
    with store.read() as unit:
        assert unit.connection.execute(select(events.c.code)).scalar_one() == "x" * 64


def test_two_couriers_may_say_the_same_of_the_same_number(store: Store) -> None:
    heard(store, an_event("1097367"))
    assert heard(store, an_event("1097367"), courier="second") == 1


def test_a_parcel_by_its_number_and_by_our_reference_has_one_event(store: Store) -> None:
    shipment = booked(store)
    (parcel,) = named(store, number_of(shipment))
    heard(store, an_event(number_of(shipment)), parcel=parcel)
    assert heard(store, an_event("", reference=parcel.reference), parcel=parcel) == 0


def test_one_event_told_by_many_at_once_is_news_once(store: Store) -> None:
    assert sum(at_once(8, lambda _: heard(store, an_event("1097367")))) == 1


def test_strangers_told_of_in_any_order_by_many_at_once_are_news_once_each(store: Store) -> None:
    strangers = [an_event(f"{number}") for number in range(7000001, 7002001)]
    news = at_once(4, lambda number: heard(store, *(strangers if number % 2 else strangers[::-1])))
    assert sum(news) == len(strangers)


def test_an_event_kept_before_its_parcel_was_known_is_news_once_it_is(store: Store) -> None:
    shipment = booked(store)
    event = an_event(number_of(shipment))
    assert heard(store, event) == 1
    (parcel,) = named(store, number_of(shipment))
    assert heard(store, event, parcel=parcel) == 1
    assert heard(store, event, parcel=parcel) == 0
    assert heard(store, event) == 0


def test_no_events_are_no_news(store: Store) -> None:
    assert heard(store) == 0


@pytest.mark.parametrize("by", ["number", "reference", "number that is our reference"])
def test_events_that_came_early_become_the_parcels(store: Store, by: str) -> None:
    shipment = booked(store)
    reference = shipment.references[0]
    early = {
        "number": an_event(number_of(shipment), status=Status.PICKED_UP),
        "reference": an_event("", reference=reference, status=Status.PICKED_UP),
        "number that is our reference": an_event(reference, status=Status.PICKED_UP),
    }[by]
    heard(store, early, an_event("another's"))
    parcel = shipment.parcels[0].booked
    assert parcel
    with store.begin() as unit:
        (matched,) = tracking.unmatched(unit, "fake", [parcel], nobody)
        assert tracking.unmatched(unit, "fake", [parcel], nobody) == []
    assert (matched.number, matched.reference, matched.status, matched.at) == (
        parcel.number,
        reference,
        Status.PICKED_UP,
        MONDAY,
    )


def test_of_early_events_a_parcel_has_those_in_voices_that_may_speak_of_it(store: Store) -> None:
    shipment = booked(store)
    for voice in ("a stranger", "the shop"):  # of one and the same event
        heard(store, an_event(number_of(shipment)), voice=voice)
    heard(store, an_event(number_of(shipment), code="another"), voice="a stranger")
    parcel = shipment.parcels[0].booked
    assert parcel
    with store.begin() as unit:
        (matched,) = tracking.unmatched(unit, "fake", [parcel], lambda _: ["the shop"])
        assert matched.code == "5"
        assert tracking.unmatched(unit, "fake", [parcel], lambda _: ["the shop"]) == []


def test_what_a_stranger_said_of_a_parcel_does_not_keep_its_own_news_away(store: Store) -> None:
    shipment = booked(store)
    heard(store, an_event(number_of(shipment)), voice="a stranger")
    (parcel,) = named(store, number_of(shipment))
    assert heard(store, an_event(number_of(shipment)), parcel=parcel, voice="the shop") == 1


def test_early_events_come_oldest_first(store: Store) -> None:
    shipment = booked(store)
    number = number_of(shipment)
    heard(store, an_event(number, code="late", at=MONDAY + SECOND), an_event(number, code="early"))
    parcel = shipment.parcels[0].booked
    assert parcel
    with store.begin() as unit:
        assert [event.code for event in tracking.unmatched(unit, "fake", [parcel], nobody)] == ["early", "late"]


def test_a_parcel_that_moved_is_where_it_was_left(store: Store, clock: FrozenClock) -> None:
    shipment = booked(store)
    move(store, shipment, None, Status.DELIVERED)
    (parcel,) = named(store, number_of(shipment))
    assert (parcel.status, parcel.status_at) == (Status.DELIVERED, MONDAY)
    with store.read() as unit:
        assert unit.connection.execute(select(parcels.c.heard_at)).scalar_one() == clock.now()


def test_what_is_due_is_asked_about_and_then_not_again_for_a_while(store: Store, clock: FrozenClock) -> None:
    (shipment,) = due(store)
    assert numbers_of(take_due(store)) == [number_of(shipment)]
    assert take_due(store) == []
    clock.advance(LEASE)
    assert numbers_of(take_due(store)) == [number_of(shipment)]


def test_what_is_due_later_is_not_asked_about_yet(store: Store, clock: FrozenClock) -> None:
    move(store, booked(store), MONDAY + SECOND)
    assert take_due(store) == []
    clock.advance(SECOND)
    assert len(take_due(store)) == 1


def test_what_is_never_due_is_never_asked_about(store: Store, clock: FrozenClock) -> None:
    move(store, booked(store), None)
    clock.advance(timedelta(days=365))
    assert take_due(store) == []


def test_the_longest_due_come_first_and_no_more_than_wanted(store: Store, clock: FrozenClock) -> None:
    later, earlier = booked(store), booked(store)
    move(store, later, MONDAY + SECOND)
    move(store, earlier, MONDAY)
    clock.advance(SECOND)
    assert numbers_of(take_due(store, most=1)) == [number_of(earlier)]


def test_each_courier_is_asked_about_its_own(store: Store) -> None:
    due(store)
    assert take_due(store, courier="second") == []


def test_no_two_workers_ask_about_the_same_parcel(store: Store) -> None:
    due(store, count=20)
    taken = [number for each in at_once(4, lambda _: take_due(store, most=5)) for number in numbers_of(each)]
    taken += numbers_of(take_due(store, most=20))
    assert len(taken) == len(set(taken)) == 20


def test_when_to_ask_again_can_be_set(store: Store, clock: FrozenClock) -> None:
    (shipment,) = due(store)
    with store.begin() as unit:
        looks.look_again(unit, [(shipment.references[0], MONDAY + SECOND)])
        looks.look_again(unit, [])
    assert take_due(store) == []
    clock.advance(SECOND)
    assert len(take_due(store)) == 1


def test_a_hint_that_comes_while_an_answer_is_recorded_has_the_last_word(store: Store) -> None:
    (shipment,) = due(store)
    with store.begin() as unit:
        taken = looks.take_due(unit, "fake", 10, LEASE)

    def hint() -> None:
        with store.begin() as unit:
            looks.make_due(unit, "fake", [number_of(shipment)], "trace", everybody)

    with ThreadPoolExecutor(1) as pool:
        with store.begin() as unit:
            assert looks.made_due_since(unit, taken) == []
            hinted = pool.submit(hint)
            wait([hinted], timeout=0.3)
            looks.put_off(unit, [(shipment.references[0], MONDAY + LEASE)])
        hinted.result()
    assert numbers_of(take_due(store)) == [number_of(shipment)]


def test_a_hint_makes_a_booked_parcel_due(store: Store) -> None:
    shipment = booked(store)
    with store.begin() as unit:
        assert looks.make_due(unit, "fake", [number_of(shipment), "unheard-of"], "trace", everybody) == Due(
            [], ["unheard-of"]
        )
    assert numbers_of(take_due(store)) == [number_of(shipment)]


def test_a_hint_about_what_is_not_booked_yet_names_its_shipment(store: Store) -> None:
    shipment = intended(store, an_order(parcels=2))
    with store.begin() as unit:
        assert looks.make_due(unit, "fake", shipment.references, "trace", everybody).shipments == [shipment.id]
        assert looks.make_due(unit, "second", shipment.references, "trace", everybody).shipments == []
        assert looks.make_due(unit, "fake", [], "trace", everybody) == Due([], [])


@pytest.mark.parametrize("state", sorted(BookingState))
def test_a_hint_concerns_only_bookings_that_are_still_open(store: Store, state: BookingState) -> None:
    shipment = intended(store)
    with store.begin() as unit:
        shipments.record_state(unit, replace(shipment, state=state))
        due_now = looks.make_due(unit, "fake", shipment.references, "trace", everybody).shipments
    is_open = state in (BookingState.INTENDED, BookingState.UNSURE, BookingState.UNDOING)
    assert due_now == ([shipment.id] if is_open else [])


def test_news_of_parcels_that_never_became_ours_is_forgotten(store: Store, clock: FrozenClock) -> None:
    shipment = booked(store)
    (parcel,) = named(store, number_of(shipment))
    heard(store, an_event("a stranger's"))
    heard(store, an_event(number_of(shipment)), parcel=parcel)
    clock.advance(timedelta(days=31))
    heard(store, an_event("a later stranger's"))
    with store.begin() as unit:
        assert tracking.forget_strays(unit, clock.now()) == 1
    with store.read() as unit:
        left = set(unit.connection.execute(select(events.c.number)).scalars())
    assert left == {number_of(shipment), "a later stranger's"}


def test_who_records_a_booking_waits_for_news_that_is_just_coming(store: Store) -> None:
    shipment = intended(store)
    with ThreadPoolExecutor(1) as other:
        with store.begin() as unit:
            assert tracking.named(unit, "fake", shipment.references) == []
            recording = other.submit(record_state, store, shipment.become(BookingState.UNSURE))
            assert not wait([recording], timeout=0.1).done
        recording.result()


def test_an_erased_parcel_is_not_asked_about_even_after_late_news(store: Store, clock: FrozenClock) -> None:
    (shipment,) = due(store)
    with store.begin() as unit:
        endings.close(unit, shipment.id)
    clock.advance(timedelta(days=31))
    with store.begin() as unit:
        endings.erase(unit, clock.now(), 10)
    assert take_due(store) == []
    move(store, shipment, MONDAY)
    assert take_due(store) == []
    with store.read() as unit:
        assert unit.connection.execute(select(parcels.c.look_at)).scalar_one() == MONDAY  # nor even taken up


def arrival(
    store: Store, body: bytes, call_id: str = "call-1", courier: str = "fake", voice: str = "a voice"
) -> Arrival:
    with store.begin() as unit:
        return tracking.keep_delivery(unit, courier, Delivery("", {}, body), Heard(call_id=call_id), "TRACE1", voice)


def test_a_call_is_known_again_by_its_id(store: Store) -> None:
    assert [arrival(store, b"hint") for _ in range(3)] == [Arrival.NEW, Arrival.REPEATED, Arrival.REPEATED]


def test_the_same_id_over_another_body_is_told_apart(store: Store) -> None:
    arrival(store, b"hint")
    assert [arrival(store, b"another hint") for _ in range(2)] == [Arrival.ALTERED, Arrival.ALTERED]
    assert arrival(store, b"hint") is Arrival.REPEATED


def test_calls_without_an_id_and_those_of_others_are_always_new(store: Store) -> None:
    assert [arrival(store, b"hint", call_id="") for _ in range(2)] == [Arrival.NEW, Arrival.NEW]
    assert [arrival(store, b"hint", courier=name) for name in ("fake", "second")] == [Arrival.NEW, Arrival.NEW]


def test_one_id_in_two_voices_is_two_calls(store: Store) -> None:
    assert [arrival(store, b"hint", voice=voice) for voice in ("one", "another")] == [Arrival.NEW, Arrival.NEW]


def test_a_call_whose_body_is_erased_is_taken_for_the_same(store: Store, clock: FrozenClock) -> None:
    arrival(store, b"hint")
    clock.advance(SECOND)
    with store.begin() as unit:
        tracking.erase_deliveries(unit, clock.now())
    assert arrival(store, b"hint") is Arrival.REPEATED


def test_one_call_made_by_many_at_once_is_new_once(store: Store) -> None:
    assert at_once(8, lambda _: arrival(store, b"hint")).count(Arrival.NEW) == 1


def test_what_couriers_sent_long_ago_loses_its_content(store: Store, clock: FrozenClock) -> None:
    for body in (b"old", b"new"):
        with store.begin() as unit:
            tracking.keep_delivery(
                unit, "fake", Delivery("status", {}, body), Heard(unreadable=["parcels[3]"]), "TRACE1", "a voice"
            )
        clock.advance(timedelta(days=20))
    with store.begin() as unit:
        assert tracking.erase_deliveries(unit, clock.now() - timedelta(days=30)) == 1
        assert tracking.erase_deliveries(unit, clock.now() - timedelta(days=30)) == 0
    with store.read() as unit:
        (left,) = unit.connection.execute(select(deliveries).where(deliveries.c.sealed_body.is_not(None))).all()
        assert unit.sealing.open(left.sealed_body) == b"new"
        assert (left.courier, left.kind, left.trace_id, left.unreadable) == ("fake", "status", "TRACE1", ["parcels[3]"])


def test_an_event_is_kept_with_how_we_came_to_hear_of_it(store: Store, clock: FrozenClock) -> None:
    heard(store, an_event("1097367", is_for_timeline_only=True))
    with store.read() as unit:
        (kept,) = unit.connection.execute(select(events)).all()
        assert words.of_event(unit, kept) == ("5", "at the depot")
    assert (kept.source, kept.trace_id, kept.heard_at) == ("webhook", "TRACE1", clock.now())
    assert (kept.code, kept.status, kept.is_for_timeline_only) == ("5", None, True)


def test_more_parcels_may_be_named_than_a_stock_sqlite_takes_values(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
        event.listen(store.engine, "connect", lambda connection, _record: connection.setlimit(limit, 32_766))
        store.engine.dispose()
    with store.begin() as unit:
        assert tracking.named(unit, "fake", [str(number) for number in range(40_000)]) == []
