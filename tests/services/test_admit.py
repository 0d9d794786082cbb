"""Who comes in, and how often one may be wrong about it."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import NotAllowed, Throttled
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from tests.builders import a_catalogue
from tests.conftest import BY_TEST, CLIENT_SECRET, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock
from tests.storage.threads import at_once

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def admit(backend: Backend, secret: str = CLIENT_SECRET, address: str = HERE, client: str = "client-ingrid") -> str:
    return backend.admit.client(client, secret, address).name


def fail(backend: Backend, times: int = 10, address: str = HERE, client: str = "client-ingrid") -> None:
    for _ in range(times):
        with pytest.raises(NotAllowed, match="invalid client credentials"):
            admit(backend, "a guess", address, client)


@pytest.fixture
def other_host(store: Store, clock: FrozenClock, courier: FakeCourier, channel: FakeChannel) -> Backend:
    """Another process on the same database."""
    return build_backend(
        a_settings(a_catalogue()), store=store, clock=clock, couriers={courier.name: courier}, channel=channel
    )


def test_the_right_secret_lets_a_client_in(backend: Backend) -> None:
    assert admit(backend) == "ingrid"


@pytest.mark.parametrize("secret", ["", "a guess", CLIENT_SECRET.upper(), CLIENT_SECRET + " ", "é", "\ud800"])
def test_any_other_secret_does_not(backend: Backend, secret: str) -> None:
    with pytest.raises(NotAllowed):
        admit(backend, secret)


def test_an_unknown_client_is_told_the_same_as_one_with_a_wrong_secret(backend: Backend) -> None:
    fail(backend, 1, client="nobody")
    fail(backend, 1)


def test_after_ten_failures_nobody_looks_any_more(backend: Backend) -> None:
    fail(backend)
    with pytest.raises(Throttled) as throttled:
        admit(backend)
    assert throttled.value.retry_after_seconds == 60


def test_ten_failures_from_one_address_leave_the_client_its_own(backend: Backend) -> None:
    fail(backend)
    assert admit(backend, address=ELSEWHERE) == "ingrid"


def test_ten_failures_as_one_client_leave_the_others_at_that_address(backend: Backend) -> None:
    fail(backend, client="nobody")
    assert admit(backend) == "ingrid"


def test_nine_failures_are_forgiven(backend: Backend) -> None:
    fail(backend, 9)
    assert admit(backend) == "ingrid"


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_by_one(backend: Backend) -> None:
    def verdict(number: int) -> type[BaseException]:
        with pytest.raises(NotAllowed) as refused:
            admit(backend, f"guess {number}")
        return refused.type

    assert Counter(at_once(40, verdict)) == {NotAllowed: 10, Throttled: 30}


def test_an_unknown_client_costs_the_same_work_as_a_wrong_secret(backend: Backend, store: Store) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    fail(backend, 1)
    of_a_wrong_secret = asked.copy()
    asked.clear()
    fail(backend, 1, client="nobody")
    assert asked == of_a_wrong_secret


def test_a_minute_later_one_may_try_again(backend: Backend, clock: FrozenClock) -> None:
    fail(backend)
    clock.advance(timedelta(seconds=59))
    with pytest.raises(Throttled):
        admit(backend)
    clock.advance(timedelta(seconds=1))
    assert admit(backend) == "ingrid"


def test_who_is_throttled_is_not_throttled_longer_for_asking(backend: Backend, clock: FrozenClock) -> None:
    fail(backend)
    for _ in range(6):
        clock.advance(timedelta(seconds=10))
        with pytest.raises(NotAllowed):
            admit(backend, "a guess")
    assert admit(backend) == "ingrid"


def test_failures_count_on_every_host(backend: Backend, other_host: Backend) -> None:
    fail(backend)
    with pytest.raises(Throttled):
        admit(other_host)


def test_a_rotated_secret_holds_beside_the_new_one_for_a_day(backend: Backend, clock: FrozenClock) -> None:
    rotated = backend.oversee.rotate_client("ingrid", BY_TEST)
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    assert admit(backend) == admit(backend, rotated.client_secret) == "ingrid"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        admit(backend)
    assert admit(backend, rotated.client_secret) == "ingrid"


def test_a_revoked_client_is_out_at_once(backend: Backend) -> None:
    backend.oversee.revoke_client("ingrid", BY_TEST)
    with pytest.raises(NotAllowed):
        admit(backend)
    with pytest.raises(NotAllowed, match="invalid or missing authorization header"):
        backend.admit.bearer("client-ingrid")


def test_a_client_revoked_on_another_host_is_out_within_a_second(
    backend: Backend, other_host: Backend, clock: FrozenClock
) -> None:
    assert backend.admit.bearer("client-ingrid").name == "ingrid"
    other_host.oversee.revoke_client("ingrid", BY_TEST)
    with pytest.raises(NotAllowed):
        admit(backend)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        backend.admit.bearer("client-ingrid")


def test_a_client_added_on_another_host_comes_in_at_once(backend: Backend, other_host: Backend) -> None:
    assert admit(backend) == "ingrid"
    added = other_host.oversee.add_client("other", BY_TEST)
    assert admit(backend, added.client_secret, client=added.client_id) == "other"


def test_a_client_just_added_on_another_host_bears_a_token_that_holds(backend: Backend, other_host: Backend) -> None:
    assert admit(backend) == "ingrid"
    added = other_host.oversee.add_client("other", BY_TEST)
    assert backend.admit.bearer(added.client_id).name == "other"


def test_an_operator_just_added_on_another_host_has_a_token_that_holds(backend: Backend, other_host: Backend) -> None:
    assert admit(backend) == "ingrid"
    token = other_host.oversee.add_operator("anna", Role.VIEWER, BY_TEST)
    assert backend.admit.operator(token).name == "anna"


def test_who_bears_a_token_of_a_client_that_never_was_is_out(backend: Backend) -> None:
    with pytest.raises(NotAllowed):
        backend.admit.bearer("nobody")


def test_an_operator_comes_in_with_a_token(backend: Backend) -> None:
    token = backend.oversee.add_operator("anna", Role.OPERATOR, BY_TEST)
    operator = backend.admit.operator(token)
    assert (operator.name, operator.role) == ("anna", Role.OPERATOR)


@pytest.mark.parametrize("token", ["", "a guess", "é", CLIENT_SECRET])
def test_nobody_comes_in_with_another_token(backend: Backend, token: str) -> None:
    backend.oversee.add_operator("anna", Role.OPERATOR, BY_TEST)
    with pytest.raises(NotAllowed):
        backend.admit.operator(token)


def test_a_revoked_operator_is_out_at_once(backend: Backend) -> None:
    token = backend.oversee.add_operator("anna", Role.OPERATOR, BY_TEST)
    backend.oversee.revoke_operator("anna", BY_TEST)
    with pytest.raises(NotAllowed):
        backend.admit.operator(token)


@pytest.mark.parametrize("client", ["", "x" * 10_000, "' OR 1=1 --", "é"])
def test_a_strange_client_id_is_only_unknown(backend: Backend, client: str) -> None:
    with pytest.raises(NotAllowed):
        admit(backend, client=client)
