"""People put right what is wrong: under the lease, on the trail, once, and with nothing forgotten."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.errors import Busy, Conflict, CounterpartError, Declined, Unknown, Unreachable, Unsure
from carrier_backend.domain.lifecycle import BookingState, Standing, Status, StuckOver
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import OURS, Heard, TrackingEvent
from carrier_backend.ports import Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.services.intervene import UNCLAIMED, Wish
from carrier_backend.services.oversee import By
from carrier_backend.services.record_by_hand import Happening
from carrier_backend.storage import endings, leases, shipments
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit, parcels
from tests.builders import an_order
from tests.fakes import LABEL_TRIES, FakeChannel, FakeCourier, FrozenClock

AMINA = By("amina", "the merchant called")
MINUTE = timedelta(minutes=1)


def wish(act: str, name: str) -> Wish:
    return Wish(act, name, AMINA, "TRACE7")


def booked(backend: Backend) -> str:
    barcode: str = json.loads(backend.book(an_order()).body)["packages"][0]["barcode"]
    return barcode


def unsure(backend: Backend, courier: FakeCourier, store: Store) -> str:
    """The reference of a parcel of which nobody knows whether its courier made it."""
    courier.fails["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    with store.read() as unit:
        reference: str = unit.connection.execute(select(parcels.c.reference)).scalars().one()
    return reference


def told(backend: Backend, channel: FakeChannel) -> list[str]:
    while backend.push_statuses.run_once():
        pass
    return [json.loads(body)["event_status"] for body in channel.accepted]


def trail(store: Store) -> list[tuple[str, str]]:
    with store.read() as unit:
        rows = unit.connection.execute(select(audit).where(audit.c.operator == "amina").order_by(audit.c.id)).all()
    return [(row.act, row.reason) for row in rows]


def waiting(backend: Backend, standing: Standing) -> int:
    return len(backend.find_shipments(standing=standing).items)


def happening(clock: FrozenClock, status: Status = Status.DELIVERED, after: timedelta = MINUTE) -> Happening:
    return Happening(status, "seen by the merchant", clock.now() + after)


ACTS: dict[str, Callable[[Backend, Wish], object]] = {
    "reconcile": lambda backend, what: backend.look_now(what),
    "settle": lambda backend, what: backend.settle(what),
    "abandon": lambda backend, what: backend.abandon(what),
    "adopt": lambda backend, what: backend.adopt(what, {"number": "1000001"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_on_the_trail_with_its_reason(backend: Backend, store: Store, act: str) -> None:
    ACTS[act](backend, wish(act, booked(backend)))
    assert trail(store) == [(act, "the merchant called")]


@pytest.mark.parametrize(
    ("error", "ending"), [(Unreachable("fake", "adopt"), "adopt not done"), (Unsure("fake", "adopt"), "adopt in doubt")]
)
def test_an_act_that_failed_is_told_from_one_that_was_done(
    backend: Backend, courier: FakeCourier, store: Store, error: CounterpartError, ending: str
) -> None:
    reference = unsure(backend, courier, store)
    courier.fails["adopt"] = [error]
    with pytest.raises(type(error)):
        ACTS["adopt"](backend, wish("adopt", reference))
    assert [act for act, _ in trail(store)] == ["adopt", ending]


@pytest.mark.parametrize("act", ACTS)
def test_what_somebody_works_on_is_left_alone_and_nothing_noted(backend: Backend, store: Store, act: str) -> None:
    barcode = booked(backend)
    with store.begin() as unit:
        leases.take(unit, backend.oversee.timeline(barcode).shipment.id, "somebody", LEASE)
    with pytest.raises(Busy):
        ACTS[act](backend, wish(act, barcode))
    assert trail(store) == []


@pytest.mark.parametrize("act", ACTS)
def test_the_shipment_is_given_back_whatever_comes_of_it(
    backend: Backend, courier: FakeCourier, store: Store, act: str
) -> None:
    reference = unsure(backend, courier, store)
    for operation in ("book", "undo", "adopt"):
        courier.fails[operation] = [Unreachable("fake", operation)]
    courier.fails["label"] = [Unreachable("fake", "label")] * LABEL_TRIES
    for _ in range(2):
        try:
            ACTS[act](backend, wish(act, reference))
        except Busy:
            pytest.fail("it is still in somebody's hand")
        except (Unreachable, Unsure, Declined):
            pass


@pytest.mark.parametrize("act", ACTS)
def test_a_parcel_that_nobody_knows_is_unknown(backend: Backend, act: str) -> None:
    with pytest.raises(Unknown):
        ACTS[act](backend, wish(act, "9999"))


def test_asking_begins_nothing(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["book"] = [Unreachable("fake", "create")]
    with pytest.raises(Unreachable):
        backend.book(an_order())
    (shipment,) = backend.find_shipments().items
    found = backend.look_now(wish("reconcile", shipment.parcels[0].reference))
    assert "knows of no parcel" in found.done
    assert courier.creates == []


def test_asking_twice_about_delivered_parcels_tells_once(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, channel: FakeChannel
) -> None:
    barcode = booked(backend)
    courier.history[barcode] = [TrackingEvent(barcode, "", "D", "at the door", Status.DELIVERED, clock.now())]
    found = [backend.look_now(wish("reconcile", barcode)).after.parcels[0].status for _ in range(2)]
    assert found == [Status.DELIVERED] * 2
    assert told(backend, channel) == ["submitted", "delivered"]


def test_a_courier_that_knows_nothing_of_a_parcel_is_an_answer(backend: Backend, courier: FakeCourier) -> None:
    barcode = booked(backend)
    courier.fails["track"] = [Declined("fake", "track", "no such parcel")]
    assert "no such parcel" in backend.look_now(wish("reconcile", barcode)).done


def test_a_parcel_is_adopted_under_the_number_that_people_found(
    backend: Backend, courier: FakeCourier, store: Store, channel: FakeChannel
) -> None:
    reference = unsure(backend, courier, store)
    courier.elsewhere["777"] = reference
    adopted = [backend.adopt(wish("adopt", reference), {"number": "777"}).after for _ in range(2)]
    assert [(each.state, each.parcels[0].barcode) for each in adopted] == [(BookingState.BOOKED, "777")] * 2
    assert (courier.creates, told(backend, channel)) == ([], ["submitted"])


def test_another_parcels_number_is_not_adopted(backend: Backend, courier: FakeCourier) -> None:
    barcode = booked(backend)
    courier.fails["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(an_order())
    (shipment,) = backend.find_shipments(standing=Standing.UNSURE).items
    reference = shipment.parcels[0].reference
    with pytest.raises(Conflict, match="another package of ours"):
        backend.adopt(wish("adopt", reference), {"number": barcode})
    with pytest.raises(Declined, match="another's"):
        backend.adopt(wish("adopt", reference), {"number": "4711"})
    assert waiting(backend, Standing.UNSURE) == 1


def test_another_parcels_number_is_known_however_it_is_written(
    backend: Backend, courier: FakeCourier, store: Store
) -> None:
    reference = unsure(backend, courier, store)
    barcode = booked(backend)
    courier.elsewhere[f"#{barcode}"] = courier.elsewhere[barcode] = reference
    with pytest.raises(Conflict, match="another package of ours"):
        backend.adopt(wish("adopt", reference), {"number": f"#{barcode}"})


def test_whoever_ordered_what_was_adopted_is_waited_for(backend: Backend, courier: FakeCourier, store: Store) -> None:
    reference = unsure(backend, courier, store)
    courier.elsewhere["777"] = reference
    assert backend.adopt(wish("adopt", reference), {"number": "777"}).remains == (UNCLAIMED,)


def test_nothing_is_adopted_for_a_parcel_that_is_booked(backend: Backend, store: Store) -> None:
    with pytest.raises(Conflict, match="the package is booked"):
        backend.adopt(wish("adopt", booked(backend)), {"number": "777"})
    assert trail(store) == []


def test_of_a_couriers_own_acts_there_is_one_at_a_time(backend: Backend, courier: FakeCourier, store: Store) -> None:
    barcode = booked(backend)

    def ticket(parcel: Booked, _: Mapping[str, object]) -> Mapping[str, object]:
        with pytest.raises(Busy):
            backend.ask_courier(wish("ticket", parcel.number), {})
        return {"number": "7"}

    courier.acts = {"ticket": ticket}
    assert [backend.ask_courier(wish("ticket", barcode), {}) for _ in range(2)] == [{"number": "7"}] * 2
    assert trail(store) == [("ticket", "the merchant called")] * 2


def test_settling_books_what_was_never_made(backend: Backend, courier: FakeCourier, channel: FakeChannel) -> None:
    courier.fails["book"] = [Unreachable("fake", "create")]
    order = an_order()
    with pytest.raises(Unreachable):
        backend.book(order)
    (shipment,) = backend.find_shipments().items
    reference = shipment.parcels[0].reference
    settled = [backend.settle(wish("settle", reference)) for _ in range(2)]
    assert [each.after.state for each in settled] == [BookingState.BOOKED] * 2
    assert [each.remains for each in settled] == [(UNCLAIMED,), ()]
    assert len(courier.creates) == 1
    assert backend.book(order).is_replay
    assert told(backend, channel) == ["submitted"]


def test_a_refusal_while_settling_is_passed_on_and_ends_the_booking(
    backend: Backend, courier: FakeCourier, store: Store, clock: FrozenClock
) -> None:
    reference = unsure(backend, courier, store)
    clock.advance(timedelta(minutes=3))
    courier.fails["book"] = [Declined("fake", "create", "no such street")]
    with pytest.raises(Declined, match="no such street"):
        backend.settle(wish("settle", reference))
    assert waiting(backend, Standing.REFUSED) == 1


@pytest.mark.parametrize("over", list(StuckOver))
def test_whatever_a_shipment_was_stuck_over_a_person_can_have_dealt_with(
    backend: Backend, store: Store, over: StuckOver
) -> None:
    barcode = booked(backend)
    with store.begin() as unit:
        shipments.note_stuck(unit, backend.oversee.timeline(barcode).shipment.id, over, "people were asked")
        shipments.note_unclaimed(unit, backend.oversee.timeline(barcode).shipment.id)
    assert backend.settle(wish("settle", barcode)).remains == ()
    assert waiting(backend, Standing.STUCK) == waiting(backend, Standing.UNCLAIMED) == 0


def test_what_is_given_up_may_be_booked_anew(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["label"] = [Unreachable("fake", "label")] * LABEL_TRIES
    order = an_order()
    with pytest.raises(Unreachable):
        backend.book(order)
    (shipment,) = backend.find_shipments().items
    given_up = [backend.abandon(wish("abandon", shipment.parcels[0].reference)) for _ in range(2)]
    assert [(each.after.state, each.remains) for each in given_up] == [(BookingState.ABANDONED, ())] * 2
    assert courier.books == {}
    assert backend.book(order).is_replay is False


def test_what_cannot_be_taken_back_is_given_up_by_whoever_is_certain(
    backend: Backend, courier: FakeCourier, channel: FakeChannel
) -> None:
    barcode = booked(backend)
    courier.cancels_certainly = False
    with pytest.raises(Conflict, match="is_certain gives it up"):
        backend.abandon(wish("abandon", barcode))
    assert waiting(backend, Standing.CANCELLING) == 0
    given_up = [backend.abandon(wish("abandon", barcode), is_certain=True).remains for _ in range(2)]
    assert given_up == [("people were asked",)] * 2
    assert waiting(backend, Standing.STUCK) == 1
    assert backend.abandon(wish("abandon", barcode), is_refunded=True).remains == ()
    assert told(backend, channel) == ["submitted", "cancelled"]


def test_nobody_is_certain_while_it_may_still_come_into_being(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    courier.fails["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(order)
    (shipment,) = backend.find_shipments().items
    reference = shipment.parcels[0].reference
    courier.fails["undo"] = [Unsure("fake", "find")] * 3
    with pytest.raises(Unsure):
        backend.abandon(wish("abandon", reference), is_certain=True)
    with pytest.raises(Unsure):  # nor is it booked meanwhile
        backend.book(order)
    clock.advance(courier.quiet_window)
    assert backend.abandon(wish("abandon", reference), is_certain=True).after.state is BookingState.ABANDONED
    assert courier.creates == []


def test_what_travels_already_is_not_given_up(backend: Backend, store: Store, clock: FrozenClock) -> None:
    barcode = booked(backend)
    backend.record_by_hand(wish("record event", barcode), happening(clock, Status.OUT_FOR_DELIVERY))
    with pytest.raises(Conflict, match="it is out_for_delivery"):
        backend.abandon(wish("abandon", barcode), is_certain=True)
    assert trail(store) == [("record event", "the merchant called")]


def test_giving_up_that_is_not_answered_is_gone_on_with(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, channel: FakeChannel
) -> None:
    barcode = booked(backend)
    courier.fails["undo"] = [Unreachable("fake", "undo")]
    with pytest.raises(Unreachable):
        backend.abandon(wish("abandon", barcode))
    clock.advance(2 * LEASE)
    while backend.reconcile.run_once():
        pass
    assert told(backend, channel) == ["submitted", "cancelled"]


def test_a_cancellation_that_news_decides_waits_for_nobody_though_another_parcel_travels(
    backend: Backend, store: Store, clock: FrozenClock
) -> None:
    barcode = json.loads(backend.book(an_order(parcels=2)).body)["packages"][0]["barcode"]
    with store.begin() as unit:
        shipments.note_stuck(unit, backend.oversee.timeline(barcode).shipment.id, StuckOver.CANCELLATION, "unknown")
        to_be_cancelled = parcels.update().where(parcels.c.barcode == barcode)
        unit.connection.execute(to_be_cancelled.values(booking=BookingState.CANCELLING))
    returned = TrackingEvent(barcode, "", "R", "", Status.RETURNED, clock.now() + MINUTE)
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, b"{}"), Heard([returned]), "TRACE8", OURS)
    assert waiting(backend, Standing.STUCK) == 0


def test_what_a_courier_would_not_carry_on_with_stays_though_another_parcel_is_cancelled(
    backend: Backend, store: Store
) -> None:
    barcode = json.loads(backend.book(an_order(parcels=2)).body)["packages"][0]["barcode"]
    with store.begin() as unit:
        shipments.note_stuck(unit, backend.oversee.timeline(barcode).shipment.id, StuckOver.LATER_STEP, "refused")
    backend.oversee.cancel(barcode, "TRACE8", AMINA)
    assert waiting(backend, Standing.STUCK) == 1


def test_a_cancellation_that_succeeds_at_last_waits_for_nobody(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    barcode = booked(backend)
    courier.fails["cancel"] = [Unreachable("fake", "cancel")] * 14
    with pytest.raises(Unreachable):
        backend.oversee.cancel(barcode, "TRACE8", AMINA)
    stuck = []
    for _ in range(15):
        clock.advance(timedelta(minutes=20))
        backend.reconcile.run_once()
        stuck.append(waiting(backend, Standing.STUCK))
    assert (max(stuck), stuck[-1]) == (1, 0)


def test_a_failure_after_a_success_is_the_first_one(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    first, second = (each["barcode"] for each in json.loads(backend.book(an_order(parcels=2)).body)["packages"])
    for barcode, failures in ((first, 8), (second, 8)):
        courier.fails["cancel"] = [Unreachable("fake", "cancel")] * failures
        with pytest.raises(Unreachable):
            backend.oversee.cancel(barcode, "TRACE8", AMINA)
        for _ in range(failures):
            clock.advance(timedelta(minutes=20))
            backend.reconcile.run_once()
            assert waiting(backend, Standing.STUCK) == 0


def test_what_is_erased_waits_for_nobody(backend: Backend, store: Store, clock: FrozenClock) -> None:
    barcode = booked(backend)
    with store.begin() as unit:
        shipments.note_unclaimed(unit, backend.oversee.timeline(barcode).shipment.id)
    backend.record_by_hand(wish("record event", barcode), happening(clock))
    assert waiting(backend, Standing.UNCLAIMED) == 1
    clock.advance(timedelta(days=31))
    with store.begin() as unit:
        assert endings.erase(unit, unit.now, 10) == 1
    assert waiting(backend, Standing.UNCLAIMED) == 0
