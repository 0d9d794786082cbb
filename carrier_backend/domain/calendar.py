"""Which delivery windows a product's calendar allows: cut-off, working days, transit days, horizon."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.products import Calendar

IsHoliday = Callable[[date], bool]


def delivery_windows(
    calendar: Calendar, now: datetime, collection: Window | None, is_holiday: IsHoliday
) -> tuple[Window, ...]:
    """Every window still to come, soonest first, as UTC moments (contract section 4, "Shipping options")."""
    zone = ZoneInfo(calendar.timezone)
    today = now.astimezone(zone).date()

    def works(day: date) -> bool:
        return day.weekday() in calendar.working_days and not is_holiday(day)

    collected_on = _collection_day(calendar, now.astimezone(zone), collection, works)
    fastest = _working_day_after(collected_on, calendar.transit_days[0], works)
    if calendar.windows:
        if all(window.start_at <= now for window in _part_day_windows(calendar, fastest, fastest, works)):
            fastest = _working_day_after(fastest, 1, works)  # today is over
        last = max(today + timedelta(days=calendar.horizon_days), fastest)
        parts = _part_day_windows(calendar, fastest, last, works)
        return tuple(window for window in parts if window.start_at > now)
    slowest = _working_day_after(collected_on, calendar.transit_days[1], works)
    whole = _span(zone, fastest, time.min, slowest + timedelta(days=1), time.min)
    return (Window(max(whole.start_at, now), whole.end_at),)


def _collection_day(
    calendar: Calendar, local_now: datetime, collection: Window | None, works: Callable[[date], bool]
) -> date:
    if collection is not None and collection.start_at > local_now:
        return collection.start_at.astimezone(local_now.tzinfo).date()
    today = local_now.date()
    if works(today) and local_now.time() < calendar.cutoff:
        return today
    return _working_day_after(today, 1, works)


def _working_day_after(day: date, count: int, works: Callable[[date], bool]) -> date:
    """The count-th working day after a day; with a count of 0, the day itself or the first working day to come."""
    remaining = count
    if remaining == 0 and not works(day):
        remaining = 1
    for _ in range(366):
        if remaining == 0:
            return day
        day += timedelta(days=1)
        remaining -= works(day)
    return day


def _part_day_windows(calendar: Calendar, first: date, last: date, works: Callable[[date], bool]) -> Iterator[Window]:
    zone = ZoneInfo(calendar.timezone)
    day = first
    while day <= last:
        if works(day):
            for part in sorted(calendar.windows, key=lambda part: part.start):
                yield _span(zone, day, part.start, day, part.end)
        day += timedelta(days=1)


def _span(zone: ZoneInfo, first: date, start: time, last: date, end: time) -> Window:
    utc = ZoneInfo("UTC")
    return Window(
        datetime.combine(first, start, zone).astimezone(utc),
        datetime.combine(last, end, zone).astimezone(utc),
    )
