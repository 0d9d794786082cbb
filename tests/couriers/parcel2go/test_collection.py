"""When a parcel is collected, and where one is handed in: as late as the delivery allows, and for no surcharge."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from carrier_backend.couriers.parcel2go.collection import collection_date, drop_shop
from carrier_backend.couriers.parcel2go.countries import Countries
from carrier_backend.couriers.parcel2go.handover import HandOver
from carrier_backend.couriers.parcel2go.offers import Offer
from carrier_backend.domain.addresses import Window
from carrier_backend.domain.errors import Unreachable
from carrier_backend.simulator.parcel2go_places import COUNTRIES
from tests.couriers.parcel2go.stage import Stage, a_shipment

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
FETCHED = Offer("steady-two-day", Decimal("5.64"), collection="2026-11-30T00:00:00")
HANDED_IN = replace(FETCHED, is_collected=False, drop_off_provider="SWIFT")


def tells(stage: Stage, *days: int, surcharges: dict[int, object] | None = None) -> None:
    """The dates that are offered, all of December."""
    entries = [
        {"CollectionDate": f"2026-12-{day:02}T00:00:00", "Surcharge": (surcharges or {}).get(day, 0)} for day in days
    ]
    stage.script_for("collection_dates", "refuse", status=200, body={"CollectionDates": entries})


def collected(stage: Stage, *, delivered: int | None = None, offer: Offer = FETCHED, now: datetime = NOW) -> str:
    """The date that is taken for what is to be delivered on a day of December."""
    start = datetime(2026, 12, delivered or 1, 8, tzinfo=UTC)
    delivery = Window(start, start + timedelta(hours=4)) if delivered else None
    shipment = a_shipment(delivery=delivery)
    return collection_date(stage.client, HandOver(shipment, Countries(COUNTRIES)), offer, shipment, now)


@pytest.mark.parametrize(
    ("delivered", "day"),
    [
        (14, 9),  # a Monday: the three working days before it begin on Wednesday
        (15, 10),
        (17, 14),
        (12, 9),  # a Saturday
        (13, 9),  # a Sunday
    ],
)
def test_it_leaves_the_product_its_working_days(stage: Stage, delivered: int, day: int) -> None:
    tells(stage, *range(1, 20))
    assert collected(stage, delivered=delivered) == f"2026-12-{day:02}T00:00:00"


@pytest.mark.parametrize("delivered", [None, 1])
def test_what_has_no_time_to_wait_is_collected_first_of_all(stage: Stage, delivered: int | None) -> None:
    now = datetime(2026, 12, 1, 7, tzinfo=UTC)
    tells(stage, 2, 1, 3)
    assert collected(stage, delivered=delivered, now=now) == "2026-12-01T00:00:00"


@pytest.mark.parametrize("delivered", [None, 1, 2])
def test_a_day_that_is_over_is_not_taken(stage: Stage, delivered: int | None) -> None:
    tells(stage, 1, 2, 3)
    assert collected(stage, delivered=delivered, now=datetime(2026, 12, 2, 9, tzinfo=UTC)) == "2026-12-02T00:00:00"


@pytest.mark.parametrize("surcharge", [3.5, "3.50", 0.01])
def test_a_day_with_a_surcharge_is_passed_over(stage: Stage, surcharge: object) -> None:
    tells(stage, 9, 10, surcharges={9: surcharge})
    assert collected(stage, delivered=14) == "2026-12-10T00:00:00"


@pytest.mark.parametrize("surcharge", [0, 0.0, "0.00", None, "none"], ids=repr)
def test_a_surcharge_of_nothing_is_none(stage: Stage, surcharge: object) -> None:
    tells(stage, 9, 10, surcharges={9: surcharge})
    assert collected(stage, delivered=14) == "2026-12-09T00:00:00"


def test_where_no_day_is_late_enough_the_latest_comes_nearest(stage: Stage) -> None:
    tells(stage, 3, 1, 2)
    assert collected(stage, delivered=17) == "2026-12-03T00:00:00"


@pytest.mark.parametrize("entries", [[], [None, {}, {"CollectionDate": "soon"}, {"CollectionDate": 7}]], ids=str)
def test_where_no_day_can_be_read_the_quotes_own_holds(stage: Stage, entries: list[object]) -> None:
    stage.script_for("collection_dates", "refuse", status=200, body={"CollectionDates": entries})
    assert collected(stage) == "2026-11-30T00:00:00"


def test_where_they_refuse_to_tell_the_quotes_own_day_holds(stage: Stage) -> None:
    stage.script_for("collection_dates", "refuse", status=400, body={"Message": "No such service"})
    assert collected(stage) == "2026-11-30T00:00:00"


def test_where_nobody_tells_any_day_it_is_now(stage: Stage) -> None:
    tells(stage)
    assert collected(stage, offer=replace(FETCHED, collection="")) == NOW.isoformat()


def test_an_outage_is_no_answer(stage: Stage) -> None:
    stage.script_for("collection_dates", "error_before")
    with pytest.raises(Unreachable):
        collected(stage)


def test_what_is_handed_in_can_be_so_at_once(stage: Stage) -> None:
    assert collected(stage, offer=HANDED_IN, delivered=14) == NOW.isoformat()
    assert stage.calls_of("collection_dates") == 0


def shop(stage: Stage, offer: Offer = HANDED_IN) -> str:
    return drop_shop(stage.client, HandOver(a_shipment(), Countries(COUNTRIES)), offer)


def test_the_nearest_shop_is_told(stage: Stage) -> None:
    shops = [{"Id": "far", "Distance": 910}, {"Id": 7, "Distance": "240"}, {"Distance": 1}, None]
    stage.script_for("drop_shops", "refuse", status=200, body={"Results": shops})
    assert shop(stage) == "7"


@pytest.mark.parametrize("offer", [FETCHED, replace(HANDED_IN, drop_off_provider="")])
def test_no_shop_is_asked_for_where_none_is_needed(stage: Stage, offer: Offer) -> None:
    assert shop(stage, offer) == ""
    assert stage.calls_of("drop_shops") == 0


@pytest.mark.parametrize(("status", "body"), [(200, {"Results": []}), (400, {"Message": "No such provider"})])
def test_a_shop_is_no_condition(stage: Stage, status: int, body: object) -> None:
    stage.script_for("drop_shops", "refuse", status=status, body=body)
    assert shop(stage) == ""
