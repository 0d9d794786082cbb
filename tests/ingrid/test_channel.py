"""Status updates on their way out, received by the pretended Ingrid, which checks what a real one would."""

import base64
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from carrier_backend.domain.errors import Declined, LockedOut, Unreachable, Unsure
from carrier_backend.ingrid.channel import IngridChannel
from carrier_backend.simulator import SimulatorSettings, create_simulator
from carrier_backend.simulator.mount import Mount
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.ingrid.samples import sample

SITE = "5f5c1bd1-c365-4555-8771-739213e19b49"
BODY = (
    '{"barcode":"A1","shipping_method":"velove-std","shipper_id":"دكان é 🎁","event_status":"136.0",'
    '"event_time":"2026-11-21T12:00:00Z"}'
).encode()
CARRIER = "us & them?"


@pytest.fixture
def simulator() -> Flask:
    return create_simulator(SimulatorSettings(ingrid_carrier=CARRIER, ingrid_hmac_secrets=("secret", "another secret")))


def a_channel(simulator: Flask, secrets: Sequence[str] = ("secret",), carrier: str = CARRIER) -> IngridChannel:
    session = new_session()
    session.mount("http://simulator", Mount(simulator))
    clock = SystemClock()
    http = Http(
        session, BoundsContext(clock), clock, MemoryCalls(clock), a_breaker(clock), Bulkhead(8), MemoryExchanges()
    )
    return IngridChannel(http, "http://simulator/ingrid/", carrier, secrets)


def pushes(simulator: Flask) -> Any:
    return simulator.test_client().get("/_state").get_json()["ingrid"]["pushes"]


def script(simulator: Flask, fault: str, **parameters: Any) -> None:
    command = {"system": "ingrid", "operation": "push", "fault": fault, **parameters}
    assert simulator.test_client().post("/_control", json=command).status_code == 200


def test_the_exact_bytes_arrive_with_a_signature_over_them(simulator: Flask) -> None:
    a_channel(simulator).send(BODY, SITE)
    (push,) = pushes(simulator)
    assert base64.b64decode(push["raw_base64"]) == BODY
    assert (push["signature"], push["accepted"], push["faults"]) == ("valid", True, [])


def test_carrier_and_site_arrive_however_odd(simulator: Flask) -> None:
    a_channel(simulator).send(BODY, SITE)
    (push,) = pushes(simulator)
    assert (push["carrier"], push["site_id"]) == (CARRIER, SITE)


def test_a_site_id_stays_within_its_parameter(simulator: Flask) -> None:
    with pytest.raises(Declined):
        a_channel(simulator).send(BODY, "x&site_id=y#")
    assert pushes(simulator)[0]["site_id"] == "x&site_id=y#"


def test_the_next_secret_is_tried_once_where_the_first_is_not_accepted(simulator: Flask) -> None:
    a_channel(simulator, ("given up", "another secret")).send(BODY, SITE)
    assert [push["accepted"] for push in pushes(simulator)] == [False, True]


def test_the_next_secret_is_left_alone_while_the_first_is_accepted(simulator: Flask) -> None:
    a_channel(simulator, ("secret", "another secret")).send(BODY, SITE)
    assert len(pushes(simulator)) == 1


@pytest.mark.parametrize("secrets", [("wrong",), ("wrong", "wrong too")])
def test_without_an_accepted_secret_we_are_locked_out(simulator: Flask, secrets: Sequence[str]) -> None:
    with pytest.raises(LockedOut, match="see INGRID_HMAC_SECRET"):
        a_channel(simulator, secrets).send(BODY, SITE)
    assert len(pushes(simulator)) == len(secrets)


def test_the_documented_refusal_of_a_signature_locks_us_out_whatever_its_status(simulator: Flask) -> None:
    script(simulator, "refuse", status=400, body=sample("status_refused"))
    with pytest.raises(LockedOut, match="see INGRID_HMAC_SECRET"):
        a_channel(simulator).send(BODY, SITE)


def test_a_refusal_passes_on_what_ingrid_says(simulator: Flask) -> None:
    with pytest.raises(Declined) as refused:
        a_channel(simulator, carrier="somebody").send(BODY, SITE)
    assert refused.value.reasons == ("carrier somebody is not known",)


@pytest.mark.parametrize("body", ["<html>", [], {"errors": "none"}, {"errors": [{"text": "no"}, 7]}])
def test_a_refusal_in_another_shape_is_one_all_the_same(simulator: Flask, body: object) -> None:
    script(simulator, "refuse", status=422, body=body)
    with pytest.raises(Declined) as refused:
        a_channel(simulator).send(BODY, SITE)
    assert refused.value.reasons == ("answered 422",)


@pytest.mark.parametrize(
    ("fault", "parameters", "verdict"),
    [
        ("redirect", {"status": 307, "location": "http://elsewhere.invalid/"}, Unsure),
        ("rate_limit", {"retry_after": "120"}, Unreachable),
        ("refuse", {"status": 425}, Unreachable),
        ("refuse", {"status": 408}, Unsure),
        ("error_before", {}, Unsure),
        ("drop", {}, Unsure),
        ("hang_after", {"seconds": 60}, Unsure),
    ],
)
def test_what_may_pass_is_to_be_tried_again(
    simulator: Flask, fault: str, parameters: dict[str, Any], verdict: type[Exception]
) -> None:
    script(simulator, fault, **parameters)
    with pytest.raises(verdict):
        a_channel(simulator, ("secret", "another secret")).send(BODY, SITE)
    assert len(pushes(simulator)) == 1
