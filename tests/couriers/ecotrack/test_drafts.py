"""A draft whose creation was lost: found wherever it is, made again only once it is nowhere for certain, kept once."""

from datetime import timedelta

import pytest

from carrier_backend.domain.errors import Declined, Unreachable, Unsure
from carrier_backend.domain.quotas import Urgency
from carrier_backend.domain.shipments import Shipment
from carrier_backend.ports import Untimely
from carrier_backend.support.bounds import BoundsContext
from tests.couriers.ecotrack.stage import Stage, a_route, a_shipment
from tests.couriers.fakes import MemoryJournal

A_DAY = timedelta(days=1)


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """At noon: near midnight the days are searched in another order."""
    stage.pass_time((stage.clock.now() + A_DAY).replace(hour=12) - stage.clock.now())
    return stage


def a_draft() -> Shipment:
    return a_shipment(route=a_route({"validate": "never"}))


def others(stage: Stage, count: int) -> list[str]:
    return [stage.courier.book(a_draft(), stage.journal())[0].number for _ in range(count)]


def lose(stage: Stage, shipment: Shipment, journal: MemoryJournal, fault: str = "error_before") -> None:
    """Nobody knows what became of it, and the list cannot be read either."""
    stage.script(fault)
    stage.script_for("orders", "error_before")
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)


def pages_asked(stage: Stage) -> list[int]:
    paths = [call["path"] for call in stage.books()["calls"] if call["operation"] == "orders"]
    return [int(path.split("page=")[1].split("&")[0]) for path in paths]


def test_the_next_try_goes_on_where_one_stopped(stage: Stage, journal: MemoryJournal) -> None:
    stage.tell(tenant={"page_length": 1})
    others(stage, 4)
    shipment = a_draft()
    lose(stage, shipment, journal)
    stage.pass_time(stage.quiet_window)
    stage.script_for("orders", "error_before", skip=2)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.courier.book(shipment, journal)
    assert pages_asked(stage) == [1, 1, 2, 3, 3, 4, 3, 2, 1, 1]
    assert stage.made().count(shipment.references[0]) == 1


def test_who_only_looks_spares_the_next_one_the_search(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_draft()
    lose(stage, shipment, journal)
    stage.pass_time(stage.quiet_window)
    journal.only_looks = True
    with pytest.raises(Untimely):
        stage.courier.book(shipment, journal)
    asked, journal.only_looks = pages_asked(stage), False
    stage.courier.book(shipment, journal)
    assert (pages_asked(stage), stage.made()) == (asked, [shipment.references[0]])


def test_one_that_is_lost_again_is_searched_for_anew(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_draft()
    lose(stage, shipment, journal)
    stage.pass_time(stage.quiet_window)
    stage.script("commit_late", seconds=60)
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.pass_time(stage.quiet_window)
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_a_look_before_the_window_is_over_proves_no_absence(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_draft()
    stage.script("commit_late", seconds=60)
    for _ in range(2):
        with pytest.raises(Unsure):
            stage.courier.book(shipment, journal)
        stage.pass_time(timedelta(seconds=30))
    stage.pass_time(stage.quiet_window)
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_without_quota_to_spare_it_is_said_when_to_come_again(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_draft()
    lose(stage, shipment, journal)
    stage.pass_time(stage.quiet_window)
    stage.allowed.rooms, stage.allowed.wait_seconds = {Urgency.NOW}, 7
    with pytest.raises(Unsure) as put_off:
        stage.courier.book(shipment, journal)
    assert put_off.value.retry_after_seconds == 7
    assert others(stage, 1)


@pytest.mark.parametrize("astray", [A_DAY, -A_DAY])
def test_a_lost_order_is_found_on_either_neighbouring_day(
    stage: Stage, journal: MemoryJournal, astray: timedelta
) -> None:
    """By which clock a tenant dates its orders is told nowhere."""
    shipment = a_draft()
    stage.courier.accept(shipment)
    stage.director.tell(clock={"stand_at": (stage.clock.now() + astray).isoformat()})
    lose(stage, shipment, journal, "error_after")
    stage.pass_time(stage.quiet_window)
    stage.courier.book(shipment, journal)
    assert stage.made() == [shipment.references[0]]


def test_one_made_twice_across_the_border_of_two_pages_is_left_once(stage: Stage, journal: MemoryJournal) -> None:
    stage.tell(tenant={"page_length": 2})
    others(stage, 2)
    shipment = a_draft()
    lose(stage, shipment, journal, "error_after")
    order = stage.orders()[-1]
    assert order["reference"] == shipment.references[0]
    stage.order_again(order)
    stage.order_again(order, reference="ANOTHER")
    stage.courier.book(shipment, journal)
    assert stage.live().count(shipment.references[0]) == 1


def made_twice(stage: Stage, journal: MemoryJournal) -> tuple[Shipment, list[str]]:
    """A lost order, and the numbers of both that are there of it, the smaller first."""
    shipment = a_draft()
    lose(stage, shipment, journal, "error_after")
    stage.order_again(stage.orders()[0])
    return shipment, sorted(order["tracking"] for order in stage.orders())


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_the_one_that_was_handed_over_is_kept(stage: Stage, journal: MemoryJournal, which: int) -> None:
    shipment, numbers = made_twice(stage, journal)
    stage.client.validate(numbers[which], ask_collection=False)
    stage.move(numbers[which], "en_ramassage", after=timedelta(minutes=1))
    (booked,) = stage.courier.book(shipment, journal)
    assert ([order["tracking"] for order in stage.orders()], booked.number) == ([numbers[which]], numbers[which])


def test_of_two_that_were_handed_over_none_is_ours_to_delete(stage: Stage, journal: MemoryJournal) -> None:
    shipment, numbers = made_twice(stage, journal)
    for number in numbers:
        stage.client.validate(number, ask_collection=False)
    with pytest.raises(Unsure, match="handed over twice"):
        stage.courier.book(shipment, journal)


def test_a_double_that_is_gone_meanwhile_is_no_obstacle(stage: Stage, journal: MemoryJournal) -> None:
    shipment, numbers = made_twice(stage, journal)
    stage.script_for("delete", "refuse", status=422, body={"message": "The given data was invalid."})
    assert stage.courier.book(shipment, journal)[0].number == numbers[0]


def test_an_order_with_our_reference_and_another_amount_is_not_ours(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_draft()
    others(stage, 1)
    stage.order_again(stage.orders()[0], reference=shipment.references[0], montant="900")
    lose(stage, shipment, journal)
    with pytest.raises(Unsure, match="another's phone or amount"):
        stage.courier.book(shipment, journal)


def test_the_quiet_window_counts_from_the_sending(stage: Stage, journal: MemoryJournal) -> None:
    """However long it was waited for quota before."""
    shipment = a_draft()
    stage.courier.accept(shipment)
    stage.allowed.waits.append(50)
    stage.script("error_before")
    with BoundsContext(stage.clock)(seconds=60), pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.pass_time(stage.quiet_window - timedelta(seconds=1))
    with pytest.raises(Unsure):
        stage.courier.book(shipment, journal)
    stage.pass_time(timedelta(seconds=1))
    stage.courier.book(shipment, journal)
    assert stage.calls_of("create") == 2


def test_what_waited_in_vain_was_never_begun(stage: Stage, journal: MemoryJournal) -> None:
    stage.allowed.waits += [5, 600]
    with pytest.raises(Unreachable):
        stage.courier.book(a_draft(), journal)
    assert len(journal) == 0


def test_one_order_is_not_adopted_for_two_packages(stage: Stage, journal: MemoryJournal) -> None:
    shipment = a_shipment(2, route=a_route({"validate": "never"}))
    first, second = shipment.references
    found = stage.courier.book(shipment, stage.journal())[0].number
    journal.begin(f"create {second}", {})
    journal.done(f"create {second}", {"tracking": found, "known_at": stage.clock.now().isoformat()})
    with pytest.raises(Declined, match="another package"):
        stage.courier.adopt(shipment, first, {"number": found}, journal)
