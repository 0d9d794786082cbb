"""Ingrid's notifications, asked of the pretended Ingrid, who is as strict as the document."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from carrier_backend.domain.errors import Declined, LockedOut, Unreachable, Unsure
from carrier_backend.domain.notifications import Notification
from carrier_backend.ingrid import notifications
from carrier_backend.ingrid.notifications import IngridNotifications
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker

SITE, ORDER = "site & 1", "Order #1001 é"
TOKEN = "dG9rZW4="
SAMPLE = json.loads((Path(__file__).parent / "samples/notifications.json").read_text())


@pytest.fixture
def simulator() -> Flask:
    return create_simulator(SimulatorSettings(ingrid_api_token=TOKEN))


def asking(simulator: Flask, token: str = TOKEN) -> IngridNotifications:
    session = new_session()
    session.mount("http://simulator", Mount(simulator))
    clock = SystemClock()
    http = Http(
        session, BoundsContext(clock), clock, MemoryCalls(clock), a_breaker(clock), Bulkhead(8), MemoryExchanges()
    )
    return IngridNotifications(http, "http://simulator/ingrid/", token)


def tell(simulator: Flask, **command: Any) -> Any:
    answer = simulator.test_client().post("/_control", json={"system": "ingrid", **command})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def notify(simulator: Flask, **changes: Any) -> str:
    notified = tell(simulator, notify={"site_id": SITE, "external_id": ORDER, "name": "OUT_FOR_DELIVERY", **changes})
    notified_id: str = notified["id"]
    return notified_id


def listed(simulator: Flask) -> list[Notification]:
    return list(asking(simulator).of_order(SITE, ORDER))


def test_the_documents_notifications_are_read(simulator: Flask) -> None:
    for each in SAMPLE["notifications"]:
        notify(simulator, **each)
    first, second = listed(simulator)
    assert first == Notification(
        id="52633b2f-18de-4287-aa5a-6184aa279017",
        status="TRIGGERED",
        name="OUT_FOR_DELIVERY",
        channel="CEP_CHANNEL",
        tracking_number="track123",
        scheduled_at=datetime(2023, 4, 1, 10, tzinfo=UTC),
        triggered_at=datetime(2023, 4, 1, 10, 5, tzinfo=UTC),
        origin="SYSTEM",
        meaning="handed out for delivery",
        undocumented=(),
    )
    assert (second.status, second.undocumented) == ("PENDING", ())


def documented(title: str, until: str) -> list[str]:
    """The words that the document lists under a heading."""
    document = (Path(__file__).parent / "samples/notification_words.txt").read_text()
    return re.findall(r"([A-Z][A-Z_]+)\n:", document.partition(title)[2].partition(until)[0])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("status", documented("Available statuses", "Available names")),
        ("name", documented("Available names", "Available channels")),
        ("channel", documented("Available channels", "Retrigger\n")),
        ("origin", ["SYSTEM", "RETRIGGER"]),
    ],
)
def test_every_documented_word_is_known(simulator: Flask, field: str, words: list[str]) -> None:
    assert len(words) == {"status": 4, "name": 29, "channel": 8, "origin": 2}[field]
    for word in words:
        notify(simulator, **{field: word})
    found = listed(simulator)
    assert [getattr(each, field) for each in found] == words
    assert all(each.undocumented == () and each.meaning for each in found)


def test_every_name_that_is_known_is_documented() -> None:
    assert sorted(notifications.MEANINGS) == sorted(documented("Available names", "Available channels"))


@pytest.mark.parametrize("field", ["status", "name", "channel", "origin"])
def test_an_unknown_word_is_shown_as_it_came(simulator: Flask, field: str) -> None:
    notify(simulator, **{field: "CARRIER_PIGEON é"})
    (shown,) = listed(simulator)
    assert (getattr(shown, field), shown.undocumented) == ("CARRIER_PIGEON é", (field,))


@pytest.mark.parametrize(
    ("value", "undocumented"), [(None, ()), ("", ()), ("soon", ("triggered_at",)), (7, ("triggered_at",))]
)
def test_a_moment_that_is_none_is_not_made_up(simulator: Flask, value: Any, undocumented: tuple[str, ...]) -> None:
    notify(simulator, triggered_at=value)
    (shown,) = listed(simulator)
    assert (shown.triggered_at, shown.undocumented) == (None, undocumented)


def test_an_order_without_notifications_has_none(simulator: Flask) -> None:
    assert listed(simulator) == []


@pytest.mark.parametrize("body", [{}, {"notifications": None}, {"notifications": []}])
def test_an_empty_list_may_be_left_out(simulator: Flask, body: Any) -> None:
    tell(simulator, operation="list_notifications", fault="refuse", status=200, body=body)
    assert listed(simulator) == []


@pytest.mark.parametrize("body", [[], {"notifications": "none"}, {"notifications": [{}]}, {"notifications": ["x"]}])
def test_an_answer_that_makes_no_sense_is_no_list(simulator: Flask, body: Any) -> None:
    tell(simulator, operation="list_notifications", fault="garbage", body=json.dumps(body))
    with pytest.raises(Unreachable):
        listed(simulator)


def test_one_is_sent_again_under_a_new_id(simulator: Flask) -> None:
    first = notify(simulator)
    again = asking(simulator).retrigger(SITE, first)
    assert [(each.id, each.origin) for each in listed(simulator)] == [(first, "SYSTEM"), (again, "RETRIGGER")]


def test_the_reason_of_a_no_is_passed_on(simulator: Flask) -> None:
    with pytest.raises(Declined, match=r"ingrid \(retrigger notification\): notification not found"):
        asking(simulator).retrigger(SITE, "1")


@pytest.mark.parametrize("fault", ["drop", "error_after", "garbage"])
def test_a_retrigger_whose_answer_is_lost_leaves_doubt(simulator: Flask, fault: str) -> None:
    first = notify(simulator)
    tell(simulator, operation="retrigger", fault=fault)
    with pytest.raises(Unsure):
        asking(simulator).retrigger(SITE, first)
    assert len(listed(simulator)) == 2


def test_an_answer_that_names_none_leaves_doubt(simulator: Flask) -> None:
    first = notify(simulator)
    tell(simulator, operation="retrigger", fault="garbage", body='{"notification_id": ""}')
    with pytest.raises(Unsure):
        asking(simulator).retrigger(SITE, first)


def test_a_token_that_is_refused_is_ours_to_mend(simulator: Flask) -> None:
    with pytest.raises(LockedOut, match="see INGRID_API_TOKEN"):
        asking(simulator, "another").of_order(SITE, ORDER)
    with pytest.raises(LockedOut, match="see INGRID_API_TOKEN"):
        asking(simulator, "another").retrigger(SITE, "any")


def test_without_a_token_nobody_is_asked_and_the_setting_is_named(simulator: Flask) -> None:
    nobody = asking(simulator, "")
    assert not nobody.is_possible
    for ask in (nobody.of_order, nobody.retrigger):
        with pytest.raises(LockedOut, match="INGRID_API_TOKEN is not set"):
            ask(SITE, "1")
    assert simulator.test_client().get("/_state").get_json()["ingrid"]["calls"] == []
