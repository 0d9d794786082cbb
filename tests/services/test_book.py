"""A booking, from the first try to the last repeat."""

import json
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.addresses import Contact, Party, Window
from carrier_backend.domain.errors import (
    Busy,
    Conflict,
    Declined,
    Forbidden,
    LockedOut,
    Malformed,
    NotServed,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Prebooking
from carrier_backend.domain.parcels import LabelEncoding, LabelFormat
from carrier_backend.domain.products import Addon, Catalogue, Direction
from carrier_backend.domain.tracking import TrackingEvent
from carrier_backend.services.backend import Backend
from carrier_backend.services.book import differing
from carrier_backend.storage.store import Store
from carrier_backend.support.sealing import Sealing
from tests.builders import a_catalogue, a_journey, a_merchant, a_package, a_product, an_address, an_order
from tests.conftest import BY_TEST, ENCRYPTION_KEY, a_settings
from tests.fakes import LABEL_TRIES, MONDAY, FakeChannel, FakeCourier, FrozenClock, a_label


def parcels_in(body: bytes) -> list[dict[str, str]]:
    packages: list[dict[str, str]] = json.loads(body)["packages"]
    return packages


def test_a_booking_answers_with_the_couriers_number(backend: Backend, courier: FakeCourier) -> None:
    answer = backend.book(an_order())
    assert [parcel["barcode"] for parcel in parcels_in(answer.body)] == list(courier.books.values())


def test_the_answer_keeps_the_order_of_the_request(backend: Backend) -> None:
    answer = backend.book(an_order(parcels=3))
    assert [parcel["barcode"] for parcel in parcels_in(answer.body)] == ["1000001", "1000002", "1000003"]


def test_a_repeat_gets_the_same_bytes_and_books_nothing(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    first = backend.book(order)
    again = backend.book(order)
    assert again.body == first.body
    assert again.is_replay
    assert len(courier.creates) == 1


def test_a_repeat_is_answered_before_it_is_judged(backend: Backend, clock: FrozenClock) -> None:
    order = an_order()
    first = backend.book(order)
    backend.oversee.put_merchant(a_merchant(clients=frozenset({"somebody else"})), BY_TEST, may_await_clients=True)
    clock.advance(timedelta(days=20))  # the delivery time is long over
    assert backend.book(order).body == first.body


def test_other_content_for_a_booked_package_is_a_conflict_naming_it(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    backend.book(order)
    with pytest.raises(Conflict, match="weight"):
        backend.book(replace(order, fingerprint="other", body={**order.body, "weight": 9}))
    assert len(courier.creates) == 1


def test_a_partial_overlap_with_a_booking_is_a_conflict(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    backend.book(order)
    wider = an_order(journey=order.journey, packages=(*order.packages, a_package()), body={"packages": [1, 2]})
    with pytest.raises(Conflict, match="packages"):
        backend.book(wider)
    assert len(courier.creates) == 1


def test_another_client_with_the_same_ids_gets_a_parcel_of_its_own(backend: Backend, courier: FakeCourier) -> None:
    other = backend.oversee.add_client("other", BY_TEST)
    order = an_order()
    theirs = replace(order, journey=replace(order.journey, client_id=other.client_id))
    assert backend.book(order).body != backend.book(theirs).body
    assert len(courier.creates) == 2


def test_a_return_of_the_same_order_is_a_booking_of_its_own(backend: Backend) -> None:
    order = an_order()
    backend.book(order)
    back = replace(order, journey=replace(order.journey, direction=Direction.RETURN))
    with pytest.raises(Malformed, match="direction: return is not supported"):
        backend.book(back)


def test_identical_bookings_at_once_make_one_parcel(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    order = an_order()
    clock.moves_with_sleepers = False
    start = threading.Barrier(12)

    def book(_: int) -> bytes:
        start.wait()
        return backend.book(order).body

    with ThreadPoolExecutor(12) as callers:
        answers = set(callers.map(book, range(12)))
    assert len(courier.creates) == 1
    assert len(answers) == 1


def test_who_repeats_while_the_first_still_runs_is_told_to_come_back(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    repeats: list[Exception] = []

    def repeat() -> None:
        try:
            backend.book(order)
        except Busy as error:
            repeats.append(error)

    courier.during_book = repeat
    backend.book(order)
    assert [error.retry_after_seconds for error in repeats if isinstance(error, Busy)] == [2]


def test_everything_wrong_without_a_courier_is_said_at_once(backend: Backend, courier: FakeCourier) -> None:
    past = Window(MONDAY - timedelta(days=2), MONDAY - timedelta(days=2))
    order = an_order(
        journey=a_journey(delivery=past, shipping_method="unheard-of", shipper_id="stranger"),
        addons=(Addon.TAKE_SIGNATURE, Addon.ID_CHECK),
        label=LabelFormat(LabelEncoding.ZPL),
    )
    with pytest.raises(Malformed) as refused:
        backend.book(order)
    assert [str(fault) for fault in refused.value.faults] == [
        "shipping_method: 'unheard-of' is not a shipping method of ours",
        "delivery time must not be in the past",
        "label format ZPL is not supported",
        "addons[0]: take_signature is not supported by this shipping method",
        "addons[1]: id_check is not supported by this shipping method",
        "shipper_id: 'stranger' is not a merchant of ours that you may book for",
    ]
    assert courier.creates == []


def test_a_strange_merchant_alone_is_forbidden(backend: Backend) -> None:
    with pytest.raises(Forbidden, match="shipper_id"):
        backend.book(an_order(journey=a_journey(shipper_id="stranger")))


def test_a_country_not_served_is_said_in_the_documents_words(backend: Backend) -> None:
    receiver = Party(an_address(country="SE"))
    with pytest.raises(NotServed, match=r"^provided postal code is not covered$"):
        backend.book(an_order(journey=a_journey(receiver=receiver)))


def test_a_method_left_out_is_the_only_one_and_named_to_ingrid(backend: Backend, channel: FakeChannel) -> None:
    backend.book(an_order(journey=a_journey(shipping_method="")))
    backend.push_statuses.run_once()
    assert json.loads(channel.accepted[0])["shipping_method"] == "fake-home"


def test_a_pickup_point_is_refused_where_the_product_has_none(backend: Backend, courier: FakeCourier) -> None:
    with pytest.raises(Malformed, match="pickup_point_id: this shipping method does not deliver to pickup points"):
        backend.book(an_order(journey=a_journey(pickup_point_id="9101")))
    assert courier.creates == []


def test_a_delivery_time_minutes_ago_is_not_yet_past(backend: Backend) -> None:
    moment = MONDAY - timedelta(minutes=4)
    assert parcels_in(backend.book(an_order(journey=a_journey(delivery=Window(moment, moment)))).body)


def test_a_refused_booking_releases_its_packages(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails["book"] = [Declined("fake", "create", "no such street")]
    with pytest.raises(Declined, match="no such street"):
        backend.book(order)
    corrected = replace(order, fingerprint="corrected", body={"street": "better"})
    assert parcels_in(backend.book(corrected).body)
    assert len(courier.creates) == 1


def test_an_unreachable_courier_leaves_the_booking_for_the_repeat(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails["book"] = [Unreachable("fake", "create")]
    with pytest.raises(Unreachable):
        backend.book(order)
    assert parcels_in(backend.book(order).body)
    assert len(courier.creates) == 1


def test_an_order_that_no_courier_was_asked_for_may_still_be_corrected(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails["book"] = [Unreachable("fake", "create")]
    with pytest.raises(Unreachable):
        backend.book(order)
    assert parcels_in(backend.book(replace(order, fingerprint="corrected", body={"street": "better"})).body)
    assert len(courier.creates) == 1


def test_a_lost_answer_is_looked_up_and_not_asked_for_again(backend: Backend, courier: FakeCourier) -> None:
    order = an_order()
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(order)
    assert parcels_in(backend.book(order).body)[0]["barcode"] == "1000001"
    assert len(courier.creates) == 1


def test_a_late_label_is_fetched_on_the_repeat_for_the_same_parcel(backend: Backend, courier: FakeCourier) -> None:
    order = an_order(parcels=2)
    courier.fails["label"] = [Unreachable("fake", "label", "not ready")] * LABEL_TRIES
    with pytest.raises(Unreachable):
        backend.book(order)
    assert len(parcels_in(backend.book(order).body)) == 2
    assert len(courier.creates) == 2


def test_a_label_that_comes_in_time_is_waited_for(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["label"] = [Unreachable("fake", "label", "not ready")] * (LABEL_TRIES - 1)
    assert len(parcels_in(backend.book(an_order()).body)) == 1


def test_a_parcel_is_not_refused_for_want_of_its_label(backend: Backend, courier: FakeCourier) -> None:
    courier.fails["label"] = [Declined("fake", "label", "no such label")] * LABEL_TRIES
    order = an_order()
    with pytest.raises(Unreachable, match="no such label"):
        backend.book(order)
    assert len(parcels_in(backend.book(order).body)) == 1
    assert len(courier.creates) == 1


@pytest.mark.parametrize(
    "no", [LockedOut("fake", "label", "who?"), Unreachable("fake", "label", "busy", retry_after_seconds=7)]
)
def test_a_label_is_not_pressed_for_where_that_is_no_use(
    backend: Backend, courier: FakeCourier, no: Unreachable
) -> None:
    courier.fails["label"] = [no]
    with pytest.raises(type(no)):
        backend.book(an_order())


class _AskedLabels(dict[str, bytes]):
    """Labels that note who asks for them; the third is not there, however often it is asked for at first."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, key: str, default: bytes | None = None) -> bytes:  # type: ignore[override]  # never without any
        self.asked.append(key)
        return b"" if 3 <= len(self.asked) < 3 + LABEL_TRIES else default or b""


def test_labels_that_came_are_not_fetched_again(backend: Backend, courier: FakeCourier) -> None:
    courier.labels = labels = _AskedLabels()
    order = an_order(parcels=4)
    with pytest.raises(Unreachable):
        backend.book(order)
    answer = backend.book(order)
    one, two, three, four = courier.creates
    assert labels.asked == [one, two, *[three] * LABEL_TRIES, three, four]
    printed = [b64decode(parcel["label_data"]) for parcel in parcels_in(answer.body)]
    assert printed == [a_label(reference) for reference in courier.creates]


@pytest.mark.parametrize(
    "content", [b"", b"<html>login</html>", b"%PDF-1.4 cut off", b"%PDF-" + bytes(6 * 1024 * 1024)]
)
def test_what_is_no_label_is_never_passed_on(backend: Backend, courier: FakeCourier, content: bytes) -> None:
    order = an_order()
    courier.labels = _EveryLabel(content)
    with pytest.raises(Unreachable, match="label"):
        backend.book(order)


class _EveryLabel(dict[str, bytes]):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def get(self, key: str, default: bytes | None = None) -> bytes:  # type: ignore[override]  # one answer for all
        return self._content


def test_one_label_for_two_parcels_is_refused(backend: Backend, courier: FakeCourier) -> None:
    courier.labels = _EveryLabel(a_label("the same"))
    with pytest.raises(Unreachable, match="belongs to another parcel"):
        backend.book(an_order(parcels=2))


def test_a_label_that_was_mixed_up_is_fetched_anew_and_not_kept(backend: Backend, courier: FakeCourier) -> None:
    courier.labels = _EveryLabel(a_label("the same"))
    backend.book(an_order())
    order = an_order(parcels=2)
    courier.labels = _OneThenNone(a_label("the same"))
    with pytest.raises(Unreachable, match="not ready"):
        backend.book(order)  # the first label came, of another parcel; the second did not
    courier.labels = {}
    with pytest.raises(Unreachable, match="belongs to another parcel"):
        backend.book(order)
    assert len(parcels_in(backend.book(order).body)) == 2


class _OneThenNone(_EveryLabel):
    def get(self, key: str, default: bytes | None = None) -> bytes:  # type: ignore[override]  # one answer, then none
        if self.setdefault(key, b"asked") and len(self) > 1:
            raise Unreachable("fake", "label", "not ready")
        return super().get(key)


def test_the_label_of_an_earlier_parcel_is_refused(backend: Backend, courier: FakeCourier) -> None:
    courier.labels = _EveryLabel(a_label("the same"))
    backend.book(an_order())
    with pytest.raises(Unreachable, match="belongs to another parcel"):
        backend.book(an_order())


def test_what_a_booking_omits_comes_from_its_prebooking(backend: Backend) -> None:
    journey = a_journey()
    backend.prebook(Prebooking(journey))
    bare = replace(journey, delivery=None, receiver=Party(journey.receiver.address, Contact()))
    order = an_order(journey=bare)
    timeline = backend.oversee.timeline(parcels_in(backend.book(order).body)[0]["barcode"])
    assert timeline.shipment.journey.receiver.contact == journey.receiver.contact
    assert timeline.shipment.journey.delivery == journey.delivery


def test_a_prebooking_expires(backend: Backend, clock: FrozenClock) -> None:
    journey = a_journey(delivery=None)
    backend.prebook(Prebooking(journey))
    clock.advance(timedelta(days=31))
    bare = replace(journey, receiver=Party(journey.receiver.address, Contact()))
    timeline = backend.oversee.timeline(parcels_in(backend.book(an_order(journey=bare)).body)[0]["barcode"])
    assert timeline.shipment.journey.receiver.contact == Contact()


def test_a_booking_tells_ingrid_that_it_was_submitted(backend: Backend, channel: FakeChannel) -> None:
    backend.book(an_order())
    backend.push_statuses.run_once()
    told = [json.loads(body) for body in channel.accepted]
    assert [(each["event_status"], each["barcode"]) for each in told] == [("submitted", "1000001")]
    assert channel.sites == ["site-of-shop-1"]


def test_two_couriers_with_one_number_keep_their_parcels_apart(backend: Backend, courier: FakeCourier) -> None:
    backend.book(an_order())
    courier.creates.clear()  # numbers begin anew, as another courier's would
    with pytest.raises(Unsure, match="a number that another parcel has"):
        backend.book(an_order())


def test_a_booking_that_was_erased_is_not_made_again(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    backend.book(order)
    _deliver(backend, courier, clock)
    clock.advance(timedelta(days=31))
    backend.clockwork.run_once()
    with pytest.raises(Conflict, match="booking data was erased"):
        backend.book(order)
    assert len(courier.creates) == 1


def _deliver(backend: Backend, courier: FakeCourier, clock: FrozenClock) -> None:
    number = next(iter(courier.books.values()))
    courier.history[number] = [TrackingEvent(number, "", "6", "delivered", Status.DELIVERED, clock.now())]
    clock.advance(timedelta(hours=7))
    backend.poll_tracking.run_once()


def test_differences_are_named_in_ingrids_notation() -> None:
    before = {"packages": [{"weight": 1}, {"weight": 2}], "same": 1, "gone": 1}
    after = {"packages": [{"weight": 1}, {"weight": 3}], "same": 1, "new": 1}
    assert differing(before, after) == ["packages[1].weight", "gone", "new"]


def another_host(backend: Backend, courier: FakeCourier, clock: FrozenClock, products: Catalogue) -> Backend:
    """One on the same database, with its own clock and configuration, and a second courier to send parcels to."""
    other = FakeCourier()
    other.name = "other"
    return build_backend(
        a_settings(products), store=backend.store, clock=clock, couriers={"fake": courier, "other": other}
    )


def test_a_booking_is_completed_by_the_courier_it_was_begun_with_whatever_is_configured_since(
    backend: Backend, courier: FakeCourier, clock: FrozenClock
) -> None:
    order = an_order()
    courier.fails_after["book"] = [Unsure("fake", "create")]
    with pytest.raises(Unsure):
        backend.book(order)
    rerouted = another_host(backend, courier, clock, a_catalogue(a_product(courier="other")))
    rerouted.book(order)
    other = rerouted.couriers["other"]
    assert isinstance(other, FakeCourier)
    assert (len(courier.creates), other.creates) == (1, [])
    rerouted.book(an_order())  # the next one goes the new way
    assert len(other.creates) == 1


@pytest.mark.parametrize("hours", [1, -1])
def test_a_host_whose_clock_jumps_takes_no_booking_out_of_anothers_hands(
    engine: Engine, backend: Backend, courier: FakeCourier, hours: int
) -> None:
    by_the_database = replace(backend, store=Store(engine, Sealing([ENCRYPTION_KEY])))
    order, clock = an_order(journey=a_journey(delivery=None)), FrozenClock()
    host = another_host(by_the_database, courier, clock, a_catalogue())
    seen: list[int] = []

    def jump_and_look() -> None:
        clock.advance(timedelta(hours=hours))
        jumped = another_host(by_the_database, courier, FrozenClock(clock.now()), a_catalogue())
        seen.append(jumped.reconcile.run_once())
        with pytest.raises(Busy):
            jumped.book(order)

    courier.during_book = jump_and_look
    host.book(order)
    assert (seen, len(courier.creates)) == ([0], 1)
