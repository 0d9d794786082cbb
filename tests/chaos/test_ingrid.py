"""What Ingrid's client makes of two answers that came at the same time."""

import base64
import json

import pytest

from tests.chaos.ingrid import Reply, answered
from tests.chaos.ledgers import Attempt, Ending


def made_of(*replies: Reply) -> tuple[Ending, bool, bool]:
    attempt = answered(Attempt("Amel A", (1500,), Ending.GIVEN_UP), replies)
    return attempt.ending, attempt.is_always_alike, attempt.was_refused


def a_booking(barcode: str) -> Reply:
    label = base64.b64encode(barcode.encode()).decode()
    return Reply(200, json.dumps({"packages": [{"barcode": barcode, "label_data": label}]}).encode())


@pytest.mark.parametrize(
    ("replies", "made"),
    [
        ([a_booking("11"), a_booking("11")], (Ending.ACKNOWLEDGED, True, False)),
        ([a_booking("11"), a_booking("12")], (Ending.ACKNOWLEDGED, False, False)),
        ([Reply(503), a_booking("11")], (Ending.ACKNOWLEDGED, True, False)),
        ([a_booking("11"), Reply(400)], (Ending.ACKNOWLEDGED, True, True)),
        ([Reply(0), Reply(400)], (Ending.REFUSED, True, True)),
        ([Reply(429), Reply(401)], (Ending.GIVEN_UP, True, False)),
    ],
)
def test_two_answers_that_differ_are_told_apart(replies: list[Reply], made: tuple[Ending, bool, bool]) -> None:
    assert made_of(*replies) == made
