"""Not one of the tokens that are not ours lets anybody in, and not one of them is more than a stranger's."""

import pytest
from flask.testing import FlaskClient

from carrier_backend.ingrid.tokens import Tokens
from tests.fakes import FrozenClock
from tests.ingrid.door import INGRID, KEYS, FakeBackend
from tests.ingrid.forgeries import forgeries, signed
from tests.ingrid.samples import sample

NAMES = sorted(forgeries(Tokens(KEYS, FrozenClock())))


def status(http: FlaskClient, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return http.post("/prebooking", json=sample("prebooking_request"), headers=headers).status_code


def test_there_are_many_of_them() -> None:
    assert len(NAMES) >= 150
    assert len(set(forgeries(Tokens(KEYS, FrozenClock())).values())) == len(NAMES)


def test_what_they_are_made_from_is_let_in(http: FlaskClient, tokens: Tokens) -> None:
    assert status(http, signed()) == 200
    assert status(http, signed({"kid": "k0"}, KEYS["k0"])) == 200
    assert status(http, tokens.issue(INGRID.id)) == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_token_that_is_not_ours_lets_nobody_in(
    http: FlaskClient, backend: FakeBackend, tokens: Tokens, name: str
) -> None:
    headers = {"Authorization": f"Bearer {forgeries(tokens)[name]}"}
    answer = http.post("/prebooking", json=sample("prebooking_request"), headers=headers)
    assert (answer.status_code, answer.get_json()) == (401, sample("status_refused"))
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert backend.asked == []


def test_every_letter_of_a_token_counts(http: FlaskClient, tokens: Tokens) -> None:
    genuine = tokens.issue(INGRID.id)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    let_in = [letter for letter in letters if status(http, genuine[:-1] + letter) == 200]
    assert let_in == [genuine[-1]]
