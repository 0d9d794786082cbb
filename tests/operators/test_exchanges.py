"""Exchanges are listed newest first, page by page, each as it was kept."""

from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.services.backend import Backend
from carrier_backend.services.read_exchanges import PAGE
from tests.fakes import MONDAY
from tests.operators.conftest import Caller


def tell(backend: Backend, number: int = 0, **changes: Any) -> None:
    told = Exchange(
        heading=Heading.OUT,
        who="fake",
        operation="create",
        trace_id="TRACE1",
        method="POST",
        path="/parcels",
        at=MONDAY + timedelta(seconds=number // 2),
        milliseconds=number,
        status=201,
    )
    backend.exchanges.record(Exchange(**{**{name: getattr(told, name) for name in told.__slots__}, **changes}))


def listed(viewer: Caller, query: str = "") -> Any:
    answer = viewer.get(f"/admin/exchanges?{query}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_an_exchange_is_shown_as_it_was_kept(backend: Backend, viewer: Caller) -> None:
    tell(backend, verdict="Unsure", status=None, request='{"body":{}}')
    (item,) = listed(viewer)["items"]
    assert item.pop("id")
    assert item == {
        "at": "2026-11-23T09:00:00.000000Z",
        "direction": "out",
        "who": "fake",
        "operation": "create",
        "trace_id": "TRACE1",
        "method": "POST",
        "path": "/parcels",
        "status": None,
        "verdict": "Unsure",
        "milliseconds": 0,
        "request": '{"body":{}}',
        "response": None,
        "external_id": None,
        "tos_id": None,
        "shipper_id": None,
        "errors": [],
    }


def test_the_pages_together_hold_each_exchange_once(backend: Backend, viewer: Caller) -> None:
    for number in range(2 * PAGE + 3):
        tell(backend, number)
    seen: list[int] = []
    page = listed(viewer)
    while True:
        seen += [item["milliseconds"] for item in page["items"]]
        if page["next"] is None:
            break
        page = listed(viewer, f"cursor={page['next']}")
    assert seen == list(range(2 * PAGE + 3))[::-1]


def test_those_of_a_trace_id_or_a_counterpart_can_be_asked_for(backend: Backend, viewer: Caller) -> None:
    tell(backend)
    tell(backend, trace_id="TRACE2")
    tell(backend, who="ingrid")
    assert [item["trace_id"] for item in listed(viewer, "trace_id=TRACE2")["items"]] == ["TRACE2"]
    assert [item["who"] for item in listed(viewer, "courier=ingrid")["items"]] == ["ingrid"]


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-1", "1-1-1"])
def test_a_strange_cursor_is_refused(viewer: Caller, cursor: str) -> None:
    answer = viewer.get(f"/admin/exchanges?cursor={cursor}")
    assert answer.status_code == 400
    assert "cursor" in answer.get_json()["errors"][0]["message"]
