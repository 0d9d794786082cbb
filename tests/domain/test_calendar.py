"""Delivery windows, by the product's own clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.calendar import IsHoliday, delivery_windows
from carrier_backend.domain.products import Calendar, DayWindow

MORNING = DayWindow(time(9), time(13))
AFTERNOON = DayWindow(time(13), time(18))
LONDON = ZoneInfo("Europe/London")
TUNIS = ZoneInfo("Africa/Tunis")  # one hour ahead of UTC, the year round
MINUTE = timedelta(minutes=1)
NO_HOLIDAYS: frozenset[date] = frozenset()


def a_calendar(
    timezone: str = "Africa/Tunis",
    cutoff: time = time(14),
    working_days: str = "mon tue wed thu fri sat",
    transit_days: tuple[int, int] = (1, 3),
    windows: tuple[DayWindow, ...] = (MORNING, AFTERNOON),
    horizon_days: int = 7,
) -> Calendar:
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    days = frozenset(week.index(day) for day in working_days.split())
    return Calendar(timezone, cutoff, days, transit_days, windows, horizon_days)


def monday(hour: int, minute: int = 0, zone: ZoneInfo = TUNIS) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=zone)


def offered(
    calendar: Calendar,
    now: datetime,
    collection: datetime | None = None,
    is_holiday: IsHoliday = NO_HOLIDAYS.__contains__,
) -> tuple[Window, ...]:
    asked = Window(collection, collection + timedelta(hours=1)) if collection else None
    return delivery_windows(calendar, now, asked, is_holiday)


def days(windows: tuple[Window, ...], zone: ZoneInfo = TUNIS) -> list[int]:
    """Days of the month on which the windows begin, each once."""
    return list(dict.fromkeys(window.start_at.astimezone(zone).day for window in windows))


def test_a_booking_before_the_cut_off_is_collected_today() -> None:
    assert days(offered(a_calendar(), monday(13, 59)))[0] == 24


def test_from_the_cut_off_on_a_booking_counts_as_the_next_working_day() -> None:
    assert days(offered(a_calendar(), monday(14)))[0] == 25


def test_the_cut_off_is_local() -> None:
    in_tunis_it_is_two = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert days(offered(a_calendar(), in_tunis_it_is_two))[0] == 25


def test_today_is_the_local_day() -> None:
    in_auckland_it_is_tuesday = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    calendar = a_calendar(timezone="Pacific/Auckland")
    assert days(offered(calendar, in_auckland_it_is_tuesday), ZoneInfo("Pacific/Auckland"))[0] == 25


def test_nothing_is_collected_on_a_day_off() -> None:
    sunday = monday(10) - timedelta(days=1)
    assert days(offered(a_calendar(), sunday))[0] == 24


def test_days_off_do_not_count_as_days_of_transit() -> None:
    friday_evening = monday(20) + timedelta(days=4)
    calendar = a_calendar(transit_days=(2, 2), working_days="mon tue wed thu fri")
    assert days(offered(calendar, friday_evening))[0] == 2  # collected on Monday, the 30th of November


def test_no_day_off_is_offered() -> None:
    assert days(offered(a_calendar(), monday(10))) == [24, 25, 26, 27, 28, 30]


def test_public_holidays_are_left_out() -> None:
    windows = offered(a_calendar(), monday(10), is_holiday=lambda day: day.day == 25)
    assert days(windows) == [24, 26, 27, 28, 30]


def test_a_public_holiday_is_no_day_of_transit() -> None:
    windows = offered(a_calendar(transit_days=(2, 2)), monday(10), is_holiday=lambda day: day.day == 24)
    assert days(windows)[0] == 26


def test_the_fastest_transit_decides_the_first_day() -> None:
    assert days(offered(a_calendar(transit_days=(3, 5)), monday(10)))[0] == 26


def test_every_part_of_a_day_is_offered() -> None:
    first, second, *_ = offered(a_calendar(), monday(10))
    assert (first.start_at, first.end_at) == (monday(9) + timedelta(days=1), monday(13) + timedelta(days=1))
    assert (second.start_at, second.end_at) == (monday(13) + timedelta(days=1), monday(18) + timedelta(days=1))


def test_the_horizon_is_the_last_day() -> None:
    assert days(offered(a_calendar(horizon_days=3), monday(10))) == [24, 25, 26]


def test_one_day_is_offered_where_the_transit_outlasts_the_horizon() -> None:
    assert days(offered(a_calendar(transit_days=(5, 7), horizon_days=2), monday(10))) == [28]


def test_a_pickup_time_to_come_is_the_day_of_collection() -> None:
    thursday = monday(16) + timedelta(days=3)
    assert days(offered(a_calendar(), monday(10), thursday))[0] == 27


def test_the_pickup_day_is_the_local_one() -> None:
    past_midnight_in_tunis = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    assert days(offered(a_calendar(), monday(10), past_midnight_in_tunis))[0] == 27


def test_a_pickup_time_later_today_holds_after_the_cut_off_too() -> None:
    assert days(offered(a_calendar(), monday(15), monday(17)))[0] == 24


def test_a_pickup_time_in_the_past_does_not_count() -> None:
    assert days(offered(a_calendar(), monday(15), monday(9)))[0] == 25


def test_delivery_on_the_same_day_offers_only_what_is_to_come() -> None:
    first, *_ = offered(a_calendar(transit_days=(0, 1)), monday(10))
    assert first.start_at == monday(13)


def test_delivery_on_the_day_of_collection_waits_for_a_working_day() -> None:
    saturday_evening = monday(20) + timedelta(days=5)
    assert days(offered(a_calendar(transit_days=(0, 1)), saturday_evening))[0] == 30


def test_where_today_is_over_the_next_working_day_is_offered_beyond_the_horizon_too() -> None:
    saturday_evening = monday(19) + timedelta(days=5)
    calendar = a_calendar(cutoff=time(20), transit_days=(0, 1), horizon_days=1)
    assert days(offered(calendar, saturday_evening)) == [30]


def test_a_window_that_begins_this_moment_is_not_to_come_any_more() -> None:
    first, *_ = offered(a_calendar(transit_days=(0, 1)), monday(9))
    assert first.start_at == monday(13)


def test_what_is_collected_on_a_day_off_is_delivered_on_the_first_working_day_at_the_soonest() -> None:
    sunday = monday(12) + timedelta(days=6)
    assert days(offered(a_calendar(transit_days=(0, 1)), monday(10), sunday))[0] == 30


def test_without_windows_there_is_one_from_the_fastest_to_the_slowest_day() -> None:
    (window,) = offered(a_calendar(windows=()), monday(10))
    assert window.start_at == datetime(2026, 11, 24, 0, 0, tzinfo=TUNIS)
    assert window.end_at == datetime(2026, 11, 27, 0, 0, tzinfo=TUNIS)


def test_without_windows_the_one_does_not_begin_in_the_past() -> None:
    (window,) = offered(a_calendar(windows=(), transit_days=(0, 0)), monday(10))
    assert window.start_at == monday(10)


@pytest.mark.parametrize(
    ("friday", "hours_before_and_after"),
    [(datetime(2026, 3, 27, 10, tzinfo=LONDON), (9, 8)), (datetime(2026, 10, 23, 10, tzinfo=LONDON), (8, 9))],
)
def test_windows_keep_their_local_hours_when_the_clocks_change(
    friday: datetime, hours_before_and_after: tuple[int, int]
) -> None:
    saturday, monday = offered(a_calendar("Europe/London", windows=(MORNING,), horizon_days=3), friday)
    assert (saturday.start_at.hour, monday.start_at.hour) == hours_before_and_after


def test_a_day_on_which_the_clocks_change_is_a_whole_day_of_its_own_length() -> None:
    saturday = datetime(2026, 3, 28, 10, tzinfo=LONDON)
    calendar = a_calendar("Europe/London", working_days="sat sun", transit_days=(1, 1), windows=())
    (sunday,) = offered(calendar, saturday)
    assert sunday.end_at - sunday.start_at == timedelta(hours=23)


def test_every_moment_is_utc() -> None:
    windows = offered(a_calendar(), monday(10)) + offered(a_calendar(windows=()), monday(10))
    assert {moment.utcoffset() for window in windows for moment in (window.start_at, window.end_at)} == {timedelta()}
    assert {str(window.start_at.tzinfo) for window in windows} == {"UTC"}


def test_windows_come_soonest_first_however_the_product_lists_them() -> None:
    windows = offered(a_calendar(windows=(AFTERNOON, MORNING)), monday(10))
    assert windows == offered(a_calendar(windows=(MORNING, AFTERNOON)), monday(10))


parts_of_days = st.lists(st.integers(6, 22), min_size=2, max_size=2, unique=True).map(
    lambda hours: DayWindow(time(min(hours)), time(max(hours)))
)
calendars = st.builds(
    Calendar,
    timezone=st.sampled_from(["Africa/Tunis", "Europe/London", "Pacific/Auckland", "America/St_Johns", "UTC"]),
    cutoff=st.times(),
    working_days=st.frozensets(st.integers(0, 6), min_size=1),
    transit_days=st.tuples(st.integers(0, 10), st.integers(0, 10)).map(lambda pair: (min(pair), max(pair))),
    windows=st.lists(parts_of_days, max_size=3).map(tuple),
    horizon_days=st.integers(1, 30),
)
moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)
holidays = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 3, 1)), max_size=20)


@given(calendars, moments, st.none() | moments, holidays)
def test_no_window_begins_in_the_past_and_all_stand_in_order(
    calendar: Calendar, now: datetime, collection: datetime | None, off: frozenset[date]
) -> None:
    windows = offered(calendar, now, collection, off.__contains__)
    assert [window.start_at for window in windows] == sorted(window.start_at for window in windows)
    assert all(now <= window.start_at < window.end_at for window in windows)


@given(calendars, moments, st.none() | moments, holidays)
def test_there_is_always_something_to_choose(
    calendar: Calendar, now: datetime, collection: datetime | None, off: frozenset[date]
) -> None:
    assert offered(calendar, now, collection, off.__contains__)
