"""How operators have Ingrid told again."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from carrier_backend.domain.errors import Declined
from carrier_backend.services.backend import Backend
from tests.builders import an_order
from tests.fakes import FakeChannel
from tests.operators.conftest import BECAUSE, Caller

MANY = "/admin/status-updates/replay"


def errors(answer: TestResponse) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


@pytest.fixture
def parked(backend: Backend, channel: FakeChannel) -> None:
    """Two status updates that Ingrid refused."""
    channel.refuse(Declined("ingrid", "update status", "unknown site"))
    for _ in range(2):
        backend.book(an_order())
        backend.push_statuses.run_once()
    channel.agree()


@pytest.mark.usefixtures("parked")
def test_many_are_counted_and_then_sent_again(backend: Backend, channel: FakeChannel, operator: Caller) -> None:
    counted = operator.post(MANY, {**BECAUSE, "state": "parked", "dry_run": True})
    assert counted.get_json() == {"dry_run": True, "updates": 2, "waiting": 0, "next": None}
    done = operator.post(MANY, {**BECAUSE, "since": "2026-11-23T10:00:00+01:00", "until": "2026-11-24T00:00:00Z"})
    assert done.get_json() == {"dry_run": False, "updates": 2, "waiting": 0, "next": None}
    backend.push_statuses.run_once()
    assert len(channel.accepted) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"state": "waiting"}, "state: must be one of parked, sent: what waits still tries by itself"),
        ({"state": "sent"}, "since: is required for what was sent already"),
        ({"since": "yesterday"}, "since: must be a date and time with a zone, such as 2026-07-31T17:30:00Z"),
        ({"dry_run": "off"}, "dry_run: must be true or false"),
        ({"dry_run": 0}, "dry_run: must be true or false"),
        ({"since": "2026-11-24T00:00:00Z", "until": "2026-11-23T00:00:00Z"}, "since: must be before `until`"),
        ({"cursor": "x"}, "cursor: is not one that was given out here"),
        ({"cursor": "9"}, "cursor: is not one that was given out here"),
        ({"sites": "all"}, "sites: is not known here"),
    ],
)
def test_a_wish_that_makes_no_sense_is_named(operator: Caller, body: dict[str, Any], message: str) -> None:
    answer = operator.post(MANY, {**BECAUSE, **body})
    assert (answer.status_code, errors(answer)) == (400, [message])


def test_one_that_was_sent_is_sent_again_once(backend: Backend, channel: FakeChannel, operator: Caller) -> None:
    backend.book(an_order())
    backend.push_statuses.run_once()
    (sent,) = operator.get("/admin/status-updates").get_json()["items"]
    path = f"/admin/status-updates/{sent['id']}/replay"
    wishes = [BECAUSE, {**BECAUSE, "state": "sent"}, {**BECAUSE, "state": "sent"}]
    assert [operator.post(path, wish).status_code for wish in wishes] == [409, 200, 409]
    backend.push_statuses.run_once()
    assert len(channel.accepted) == 2
