"""What a person says has happened: told like all news, once, or refused in words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from carrier_backend.domain.errors import Conflict, Malformed
from carrier_backend.domain.lifecycle import Status
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import parcels
from tests.fakes import FakeChannel, FakeCourier, FrozenClock
from tests.services.test_intervene import MINUTE, booked, happening, told, trail, unsure, wish


def test_an_event_by_hand_goes_the_way_of_all_news(
    backend: Backend, clock: FrozenClock, channel: FakeChannel, store: Store
) -> None:
    barcode = booked(backend)
    moved = backend.record_by_hand(wish("record event", barcode), happening(clock))
    assert (moved.before, moved.after, moved.is_repeat) == (Status.SUBMITTED, Status.DELIVERED, False)
    assert told(backend, channel) == ["submitted", "delivered"]
    (event,) = [entry for entry in backend.oversee.timeline(barcode).entries if entry.facts.get("source") == "operator"]
    assert (event.title, event.facts["text"]) == ("delivered", "seen by the merchant")
    with store.read() as unit:
        closed = unit.connection.execute(select(parcels.c.look_at)).scalar_one()
    assert closed is None


def test_the_same_event_again_is_told_once_and_noted_once(
    backend: Backend, clock: FrozenClock, channel: FakeChannel, store: Store
) -> None:
    barcode, what = booked(backend), happening(clock, Status.IN_TRANSIT)
    repeats = [backend.record_by_hand(wish("record event", barcode), what).is_repeat for _ in range(2)]
    assert repeats == [False, True]
    assert told(backend, channel) == ["submitted", "in_transit"]
    assert len(trail(store)) == 1


def test_an_event_that_would_move_nothing_is_refused_by_the_present_status(
    backend: Backend, clock: FrozenClock, store: Store
) -> None:
    barcode = booked(backend)
    backend.record_by_hand(wish("record event", barcode), happening(clock, Status.RETURNED))
    with pytest.raises(Conflict, match="is returned: from there it cannot become in_transit"):
        backend.record_by_hand(wish("record event", barcode), happening(clock, Status.IN_TRANSIT, 2 * MINUTE))
    assert len(trail(store)) == 1


def test_an_event_older_than_the_present_status_is_refused(backend: Backend, clock: FrozenClock) -> None:
    barcode = booked(backend)
    clock.advance(timedelta(hours=2))
    backend.record_by_hand(wish("record event", barcode), happening(clock, Status.AT_DEPOT, timedelta()))
    with pytest.raises(Conflict, match=r"is at_depot since .*Z: an event before that"):
        backend.record_by_hand(wish("record event", barcode), happening(clock, Status.IN_TRANSIT, -MINUTE))


@pytest.mark.parametrize(
    ("after", "why"), [(timedelta(minutes=6), "at: lies in the future"), (-timedelta(seconds=1), "at: is earlier")]
)
def test_an_event_at_an_impossible_moment_is_refused(
    backend: Backend, clock: FrozenClock, after: timedelta, why: str
) -> None:
    with pytest.raises(Malformed, match=why):
        backend.record_by_hand(wish("record event", booked(backend)), happening(clock, after=after))


def test_nothing_happens_to_a_parcel_that_is_not_booked(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, store: Store
) -> None:
    reference = unsure(backend, courier, store)
    with pytest.raises(Conflict, match="not booked yet"):
        backend.record_by_hand(wish("record event", reference), happening(clock))
