"""Whatever is logged about a shipment bears the trace id of the request that it came with, the worker's lines too."""

from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from carrier_backend.domain.errors import CounterpartError, Declined, Unreachable, Unsure
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.services.backend import Backend
from tests.builders import an_order
from tests.fakes import FakeChannel, FakeCourier, FrozenClock
from tests.services.test_reconcile import deaths_of_settling, left_half_way

TRACE = an_order().journey.trace_id

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


def said(lines: Lines, event: str) -> Lines:
    return [line for line in lines if line["event"] == event]


def test_an_update_that_is_parked(backend: Backend, channel: FakeChannel, lines: Lines) -> None:
    backend.book(an_order())
    channel.refuse(Declined("ingrid", "update status", "no such barcode"))
    backend.push_statuses.run_once()
    assert len(backend.oversee.status_updates(UpdateState.PARKED).items) == 1
    assert [line["trace_id"] for line in said(lines, "status update parked")] == [TRACE]


def test_an_update_that_nobody_foresaw(backend: Backend, channel: FakeChannel, lines: Lines) -> None:
    backend.book(an_order())
    channel.refuse(ValueError("no surprise is good"))  # type: ignore[arg-type]  # whatever may come
    backend.push_statuses.run_once()
    assert [line["trace_id"] for line in said(lines, "status update not sent")] == [TRACE]


def test_a_shipment_that_is_not_settled_yet(
    backend: Backend, courier: FakeCourier, clock: FrozenClock, lines: Lines
) -> None:
    courier.fails["book"] = [Unsure("fake", "create"), Unreachable("fake", "create")]
    with pytest.raises(CounterpartError):
        backend.book(an_order())
    courier.fails["undo"] = [Unreachable("fake", "undo")] * 3
    clock.advance(timedelta(hours=1))
    backend.reconcile.run_once()
    assert {line["trace_id"] for line in said(lines, "not settled yet")} == {TRACE}


def test_a_shipment_that_is_set_aside(backend: Backend, courier: FakeCourier, clock: FrozenClock, lines: Lines) -> None:
    left_half_way(backend, courier)
    deaths_of_settling(backend, courier, clock)
    assert [line["trace_id"] for line in said(lines, "set aside")] == [TRACE]
