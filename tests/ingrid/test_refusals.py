"""Of a request that was refused, its order's names and our words are taken down, whatever was sent."""

import json
from typing import Any

import pytest
from flask import Flask, Response

from carrier_backend.domain.exchanges import OrderNames
from carrier_backend.ingrid import refusals

NAMED = {"references": {"external_id": "4001", "tos_id": "tos-1"}, "parties": {"shipper": {"id": "shop-1"}}}


def names_of(body: Any) -> OrderNames:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    with Flask(__name__).test_request_context(method="POST", data=sent):
        return refusals.order_names()


def test_an_orders_names_are_read() -> None:
    assert names_of(NAMED) == OrderNames("4001", "tos-1", "shop-1")


ODD = ["", 7, None, [], {}, "x" * 129, "a" + "\u0315\u0300" * 60_000, "a\u0000b", "\ud800", "\u202eevil"]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_what_could_be_no_name_is_none(odd: object) -> None:
    assert names_of({"references": {"external_id": odd}}) == OrderNames()


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b"7", b'{"references": []}', b'{"a": "' + b"x" * 300_000 + b'"}']
)
def test_of_a_body_that_says_nothing_no_name_is_read(body: bytes) -> None:
    assert names_of(body) == OrderNames()


def test_a_name_is_kept_as_bookings_keep_it() -> None:
    assert names_of({"references": {"external_id": "Cafe\u0301"}}).external_id == "Caf\u00e9"


def told(status: int, body: str) -> tuple[str, ...]:
    return refusals.words(Response(body, status))


def test_our_words_are_those_that_were_sent() -> None:
    assert told(422, '{"errors": [{"message": "no"}, {"message": "never"}]}') == ("no", "never")


def test_an_answer_that_refuses_nothing_has_none() -> None:
    assert told(200, '{"errors": [{"message": "no"}]}') == ()


def test_words_are_few_and_short() -> None:
    assert [len(each) for each in told(400, json.dumps({"errors": [{"message": "x" * 999}] * 99}))] == [500] * 20
