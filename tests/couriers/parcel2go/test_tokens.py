"""One token for all threads: renewed before it ends, and a failure to get one told to all who waited."""

from datetime import timedelta
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.tokens import FAILURE_SECONDS, USUAL_SECONDS, Tokens
from carrier_backend.domain.errors import LockedOut, Unreachable
from tests.couriers.parcel2go.stage import BASE_URL, CLIENT_ID, CLIENT_SECRET, Stage
from tests.storage.threads import at_once

SECOND = timedelta(seconds=1)


@pytest.fixture
def tokens(stage: Stage) -> Tokens:
    return Tokens(stage.http, stage.clock, BASE_URL, CLIENT_ID, CLIENT_SECRET)


def answers(stage: Stage, body: Any, status: int = 200, times: int = 1) -> None:
    stage.script_for("token", "refuse", status=status, body=body, times=times)


def test_many_threads_share_one_token(stage: Stage, tokens: Tokens) -> None:
    stage.script_for("token", "slow", seconds=0.05)
    assert len(set(at_once(20, lambda _: tokens.current()))) == 1
    assert stage.calls_of("token") == 1


def test_a_token_is_renewed_before_it_ends(stage: Stage, tokens: Tokens) -> None:
    answers(stage, {"access_token": "first", "expires_in": 1000})
    assert tokens.current() == "first"
    stage.pass_time(timedelta(seconds=899))
    assert tokens.current() == "first"
    stage.pass_time(SECOND)
    assert tokens.current() != "first"


def test_a_token_that_was_refused_is_not_given_again(stage: Stage, tokens: Tokens) -> None:
    refused = tokens.current()
    renewed = tokens.current(refused=refused)
    assert renewed != refused
    assert tokens.current(refused=refused) == tokens.current() == renewed
    assert stage.calls_of("token") == 2


@pytest.mark.parametrize("seconds", [7200, 7200.0, "7200"], ids=repr)
def test_the_seconds_of_its_life_may_come_as_text(stage: Stage, tokens: Tokens, seconds: object) -> None:
    answers(stage, {"access_token": "t", "expires_in": seconds})
    assert tokens.current() == "t"
    stage.pass_time(timedelta(seconds=6479))
    assert tokens.current() == "t"


def test_a_token_without_seconds_is_used_for_a_short_while(stage: Stage, tokens: Tokens) -> None:
    answers(stage, {"access_token": "t"})
    assert tokens.current() == "t"
    stage.pass_time(timedelta(seconds=USUAL_SECONDS))
    assert tokens.current() != "t"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "<html>Login</html>",
        {"access_token": "", "expires_in": 7200},
        {"access_token": 7, "expires_in": 7200},
        {"access_token": "t", "expires_in": 0},
        {"access_token": "t", "expires_in": "soon"},
        {"access_token": "t", "expires_in": True},
    ],
    ids=str,
)
def test_what_is_no_token_is_none(stage: Stage, tokens: Tokens, body: object) -> None:
    answers(stage, body)
    with pytest.raises(Unreachable):
        tokens.current()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_credentials_that_they_refuse_lock_us_out(stage: Stage, tokens: Tokens, status: int) -> None:
    answers(stage, {"error": "invalid_client"}, status)
    with pytest.raises(LockedOut, match=f"answered {status}"):
        tokens.current()


@pytest.mark.parametrize(("status", "kind"), [(500, Unreachable), (400, LockedOut)])
def test_a_failure_is_told_to_all_who_waited_and_is_soon_forgotten(
    stage: Stage, tokens: Tokens, status: int, kind: type[Unreachable]
) -> None:
    answers(stage, {"error": "no"}, status)
    for _ in range(20):
        with pytest.raises(Unreachable) as failure:
            tokens.current()
        assert type(failure.value) is kind
    assert stage.calls_of("token") == 1
    stage.pass_time(timedelta(seconds=FAILURE_SECONDS))
    assert tokens.current()


def test_threads_that_waited_for_a_failure_do_not_each_wait_for_their_own(stage: Stage, tokens: Tokens) -> None:
    stage.script_for("token", "hang_before", times=20)

    def is_told(_: int) -> bool:
        with pytest.raises(Unreachable):
            tokens.current()
        return True

    assert all(at_once(20, is_told))
    assert stage.calls_of("token") == 1


def test_a_token_that_is_good_outlives_an_outage(stage: Stage, tokens: Tokens) -> None:
    token = tokens.current()
    stage.script_for("token", "error_before", times=9)
    assert tokens.current() == token


def test_a_call_that_is_refused_with_a_new_token_too_is_not_made_again(stage: Stage) -> None:
    stage.script_for("prepay", "refuse", status=401, times=9)
    with pytest.raises(LockedOut):
        stage.client.balance()
    assert (stage.calls_of("prepay"), stage.calls_of("token")) == (2, 2)


def test_a_token_that_ends_just_before_paying_costs_no_second_payment(stage: Stage) -> None:
    stage.script("refuse", status=401)
    stage.courier.book(stage.shipment(), stage.journal())
    assert (stage.calls_of("pay"), len(stage.made())) == (2, 1)


def test_that_tokens_are_to_be_had_does_not_say_that_the_rest_is_well(stage: Stage, tokens: Tokens) -> None:
    stage.script_for("prepay", "error_before", times=99)
    _ask_in_vain(stage, times=11)
    calls = stage.calls_of("prepay")
    stage.pass_time(timedelta(seconds=30))
    tokens.current()
    _ask_in_vain(stage, times=2)
    assert stage.calls_of("prepay") == calls + 1


def _ask_in_vain(stage: Stage, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unreachable):
            stage.client.balance()
