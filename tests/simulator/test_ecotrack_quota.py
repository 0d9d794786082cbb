"""How often the pretended Ecotrack may be called, and what it tells about that."""

import pytest

from tests.simulator.callers import Director
from tests.simulator.senders import Sender

NOW = 1_795_248_000  # 2026-11-21, 08:00 UTC


@pytest.fixture(autouse=True)
def _standing_clock(director: Director) -> None:
    director.tell(clock={"stand_at": "2026-11-21T08:00:00+00:00"})


def advance(director: Director, seconds: float) -> None:
    director.tell(clock={"advance_seconds": seconds})


def statuses(sender: Sender, calls: int) -> list[int]:
    return [sender.get("get/wilayas").status_code for _ in range(calls)]


def test_the_fifty_first_call_of_a_minute_is_too_many(sender: Sender) -> None:
    assert statuses(sender, 50) == [200] * 50

    refused = sender.get("get/wilayas")

    assert (refused.status_code, refused.json()) == (429, {"message": "Too Many Attempts."})
    assert refused.headers["Retry-After"] == "60"


def test_a_minute_slides(sender: Sender, director: Director) -> None:
    statuses(sender, 25)
    advance(director, 40)
    statuses(sender, 25)
    advance(director, 20)

    assert statuses(sender, 26) == [200] * 25 + [429]


@pytest.mark.parametrize(("window", "seconds"), [("minute", 60), ("hour", 3600), ("day", 86400)])
def test_each_window_has_a_limit_of_its_own(sender: Sender, director: Director, window: str, seconds: int) -> None:
    others = dict.fromkeys({"minute", "hour", "day"} - {window})
    director.ecotrack(limits={**others, window: 2})

    told = statuses(sender, 3)
    retry_after = sender.get("get/wilayas").headers["Retry-After"]
    advance(director, seconds)

    assert (told, retry_after, statuses(sender, 1)) == ([200, 200, 429], str(seconds), [200])


def test_the_headers_of_today_tell_of_three_windows(sender: Sender, director: Director) -> None:
    sender.get("get/wilayas")
    advance(director, 20)

    headers = sender.get("get/wilayas").headers

    told = {name.removeprefix("X-RateLimit-"): int(headers[name]) for name in headers if name.startswith("X-Rate")}
    assert told == {
        **{"Limit-Minute": 50, "Remaining-Minute": 48, "Reset-Minute": NOW + 60},
        **{"Limit-Hour": 1500, "Remaining-Hour": 1498, "Reset-Hour": NOW + 3600},
        **{"Limit-Day": 15000, "Remaining-Day": 14998, "Reset-Day": NOW + 86400},
    }


def test_the_headers_of_old_tell_of_the_minute(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"headers": "plain"})
    director.ecotrack(limits={"minute": 120, "hour": None, "day": None})

    headers = sender.get("get/wilayas").headers

    told = {name: headers[name] for name in headers if name.startswith("X-Rate")}
    assert told == {"X-RateLimit-Limit": "120", "X-RateLimit-Remaining": "119"}


def test_a_refusal_is_not_counted_but_seen(sender: Sender, director: Director) -> None:
    statuses(sender, 53)
    advance(director, 60)

    assert statuses(sender, 50) == [200] * 50
    assert director.books("ecotrack")["worst"] == {"minute": 53, "hour": 103, "day": 103}


def test_what_others_spend_is_counted_but_not_seen(sender: Sender, director: Director) -> None:
    director.ecotrack(spend={"calls": 49})

    assert statuses(sender, 2) == [200, 429]
    assert director.books("ecotrack")["worst"]["minute"] == 2


def test_nothing_is_left_even_where_more_was_spent(sender: Sender, director: Director) -> None:
    director.ecotrack(spend={"calls": 60})

    assert sender.get("get/wilayas").headers["X-RateLimit-Remaining-Minute"] == "0"


def test_a_stranger_spends_nothing(sender: Sender) -> None:
    ours = dict(sender.headers)
    sender.headers = {}
    statuses(sender, 60)
    sender.headers = ours

    assert sender.get("get/wilayas").headers["X-RateLimit-Remaining-Minute"] == "49"
