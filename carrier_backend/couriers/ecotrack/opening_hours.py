"""When a desk is open, out of what people wrote of it, such as `Samedi - Jeudi` and `08h30 - 17h`: never guessed."""

import re
import unicodedata
from collections.abc import Iterator

from carrier_backend.domain.addresses import OpeningHours
from carrier_backend.support.places import decomposed

ALGERIA = "+01:00"  # all year

# Sunday is 0, as with Ingrid; shorter forms of at least three letters are understood.
_DAYS = (
    ("dimanche", "sunday"),
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
)
_DAILY = frozenset({"tous les jours", "7/7", "7j/7", "every day", "daily"})
_BETWEEN_DAYS = re.compile(r"\s*(?:,|;|/|&|\bet\b|\band\b)\s*")
_SPAN_OF_DAYS = re.compile(r"(?:du |de |from )?([a-z]+)\.?(?:\s*(?:[-\u2010-\u2015]|\bau?\b|\bto\b)\s*([a-z]+)\.?)?")
_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-4])\s*[h:]\s*([0-5]\d)?(?!\d)")
_SPANS_OF_TIME = re.compile(r"(?:\s*T\s*(?:[-\u2010-\u2015]|a|to)\s*T\s*(?:[,;/&]|et|and|$))+")
_MIDNIGHT = ("00:00", "24:00")


def read_opening_hours(told: object) -> tuple[OpeningHours, ...]:
    """The hours of a week, by day; entries that cannot be read for certain are left out."""
    found: set[OpeningHours] = set()
    for entry in told if isinstance(told, list) else ():
        match entry:
            case {"days": str(days), "hours": str(hours)}:
                spans = list(_times(_plain(hours)))
                found |= {
                    OpeningHours(day, opens, closes, ALGERIA) for day in _days(_plain(days)) for opens, closes in spans
                }
    return tuple(sorted(found, key=lambda hours: (hours.day, hours.opens)))


def _days(text: str) -> set[int]:
    if text in _DAILY:
        return set(range(7))
    days: set[int] = set()
    for part in _BETWEEN_DAYS.split(text):
        span = _SPAN_OF_DAYS.fullmatch(part)
        first, last = (_day(span[1]), _day(span[2] or span[1])) if span else (None, None)
        if first is None or last is None:
            return set()
        days |= {(first + later) % 7 for later in range((last - first) % 7 + 1)}
    return days


def _day(word: str) -> int | None:
    shortened = (day for day, names in enumerate(_DAYS) if any(name.startswith(word) for name in names))
    return next(shortened, None) if len(word) >= 3 else None


def _times(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of times, which follow each other through the day."""
    times = [f"{int(hour):02}:{minute or '00'}" for hour, minute in _TIME.findall(text)]
    if times and times[-1] in _MIDNIGHT:
        times[-1] = "23:59"
    is_a_day = times == sorted(set(times)) and max(times, default="") < "24:00"
    if is_a_day and _SPANS_OF_TIME.fullmatch(_TIME.sub("T", text)):
        yield from zip(times[::2], times[1::2], strict=True)


def _plain(text: str) -> str:
    """Small letters without accents, single blanks."""
    letters = decomposed(text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
