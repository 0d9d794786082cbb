"""Who may come in, and for whom we carry; whatever changes is noticed everywhere."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from carrier_backend.domain.access import Client, Operator, Role
from carrier_backend.domain.errors import Conflict, Unknown
from carrier_backend.ports import Account
from carrier_backend.storage import accounts
from carrier_backend.storage.store import Store, Unit
from tests.builders import a_merchant
from tests.fakes import MONDAY, FrozenClock
from tests.storage.threads import at_once

DAY = timedelta(days=1)
ACCOUNT = Account("https://courier.example", {"api_key": "k"}, ("secret",))


@pytest.fixture
def ingrid(store: Store) -> str:
    with store.begin() as unit:
        accounts.add_client(unit, "client-1", "ingrid", "first secret")
    return "client-1"


def secrets(store: Store, client_id: str) -> set[str]:
    with store.read() as unit:
        return set(accounts.secrets_of(unit, client_id))


def rotate(store: Store, client_id: str, secret: str) -> None:
    with store.begin() as unit:
        accounts.rotate_client(unit, client_id, secret, DAY)


def test_a_client_is_found_by_id_or_name(store: Store, ingrid: str) -> None:
    client = Client(ingrid, "ingrid", MONDAY)
    with store.read() as unit:
        assert accounts.find_client(unit, ingrid) == accounts.find_client(unit, "ingrid") == client
        assert accounts.every_client(unit) == [client]


def test_a_client_that_is_not_there_is_unknown(store: Store) -> None:
    with pytest.raises(Unknown, match="no client 'nobody'"), store.read() as unit:
        accounts.find_client(unit, "nobody")


@pytest.mark.usefixtures("ingrid")
def test_no_two_clients_have_one_name(store: Store) -> None:
    with pytest.raises(Conflict, match="already a client named 'ingrid'"), store.begin() as unit:
        accounts.add_client(unit, "client-2", "ingrid", "another secret")


def test_an_old_secret_is_valid_beside_the_new_one_for_a_day(store: Store, ingrid: str, clock: FrozenClock) -> None:
    rotate(store, ingrid, "second secret")
    clock.advance(DAY - timedelta(seconds=1))
    assert secrets(store, ingrid) == {"first secret", "second secret"}
    clock.advance(timedelta(seconds=1))
    assert secrets(store, ingrid) == {"second secret"}


def test_rotating_twice_prolongs_no_old_secret(store: Store, ingrid: str, clock: FrozenClock) -> None:
    rotate(store, ingrid, "second secret")
    clock.advance(DAY / 2)
    rotate(store, ingrid, "third secret")
    clock.advance(DAY / 2)
    assert secrets(store, ingrid) == {"second secret", "third secret"}


def test_a_revoked_client_has_no_secret_left(store: Store, ingrid: str, clock: FrozenClock) -> None:
    with store.begin() as unit:
        accounts.revoke_client(unit, ingrid)
    assert secrets(store, ingrid) == set()
    with store.read() as unit:
        assert accounts.find_client(unit, ingrid).revoked_at == clock.now()


def test_one_client_has_not_the_secrets_of_another(store: Store, ingrid: str) -> None:
    with store.begin() as unit:
        accounts.add_client(unit, "client-2", "other", "secret of another")
    assert secrets(store, ingrid) == {"first secret"}


def test_failures_are_counted_by_subject_and_since_when(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        accounts.note_failure(unit, "early")
        accounts.note_failure(unit, "another")
    clock.advance(timedelta(seconds=61))
    with store.begin() as unit:
        accounts.note_failure(unit, "early")
        assert accounts.failures_since(unit, "early", clock.now() - timedelta(seconds=60)) == 1
        assert accounts.failures_since(unit, "early", MONDAY - timedelta(seconds=1)) == 2


def test_old_failures_are_forgotten(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        accounts.note_failure(unit, "early")
    clock.advance(DAY)
    with store.begin() as unit:
        accounts.note_failure(unit, "late")
        assert accounts.forget_failures(unit, clock.now()) == 1


def test_operators_are_listed_with_the_digests_of_their_tokens(store: Store, clock: FrozenClock) -> None:
    with store.begin() as unit:
        accounts.add_operator(unit, "anna", Role.ADMIN, "digest")
    clock.advance(DAY)
    with store.begin() as unit:
        accounts.revoke_operator(unit, "anna")
    with store.read() as unit:
        assert accounts.every_operator(unit) == [("digest", Operator("anna", Role.ADMIN, MONDAY, clock.now()))]


def test_no_two_operators_have_one_name(store: Store) -> None:
    with store.begin() as unit:
        accounts.add_operator(unit, "anna", Role.ADMIN, "digest")
    with pytest.raises(Conflict, match="already an operator named 'anna'"), store.begin() as unit:
        accounts.add_operator(unit, "anna", Role.VIEWER, "another")


def test_an_operator_that_is_not_there_cannot_be_revoked(store: Store) -> None:
    with pytest.raises(Unknown, match="no operator 'anna'"), store.begin() as unit:
        accounts.revoke_operator(unit, "anna")


def test_merchants_are_kept_one_entry_each(store: Store) -> None:
    renamed = a_merchant(name="Renamed")
    with store.begin() as unit:
        for merchant in (a_merchant(), a_merchant("shop-0"), renamed):
            accounts.keep_merchant(unit, merchant)
    with store.read() as unit:
        assert accounts.every_merchant(unit) == [a_merchant("shop-0"), renamed]


def test_an_account_is_kept_per_merchant_and_courier(store: Store) -> None:
    other = Account("https://other.example", {})
    with store.begin() as unit:
        accounts.keep_account(unit, "shop-1", "fake", other)
        accounts.keep_account(unit, "shop-1", "fake", ACCOUNT)
        accounts.keep_account(unit, "shop-1", "second", other)
    with store.read() as unit:
        kept = accounts.every_account(unit)
    assert {key: replace(account, since=None) for key, account in kept.items()} == {
        ("fake", "shop-1"): ACCOUNT,
        ("second", "shop-1"): other,
    }


def test_an_account_is_held_since_the_first_of_its_kind(store: Store, clock: FrozenClock) -> None:
    for _ in range(2):
        with store.begin() as unit:
            accounts.keep_account(unit, "shop-1", "fake", ACCOUNT)
        clock.advance(DAY)
    with store.read() as unit:
        kept = accounts.find_account(unit, "shop-1", "fake")
        assert kept == replace(ACCOUNT, since=MONDAY)
        assert accounts.find_account(unit, "shop-2", "fake") is None


CHANGES: dict[str, Callable[[Unit], None]] = {
    "add client": lambda unit: accounts.add_client(unit, "client-2", "other", "secret"),
    "rotate client": lambda unit: accounts.rotate_client(unit, "client-1", "second secret", DAY),
    "revoke client": lambda unit: accounts.revoke_client(unit, "client-1"),
    "add operator": lambda unit: accounts.add_operator(unit, "bilal", Role.VIEWER, "another"),
    "revoke operator": lambda unit: accounts.revoke_operator(unit, "anna"),
    "keep merchant": lambda unit: accounts.keep_merchant(unit, a_merchant()),
    "keep account": lambda unit: accounts.keep_account(unit, "shop-1", "fake", ACCOUNT),
}


@pytest.mark.usefixtures("ingrid")
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_raises_the_revision(store: Store, change: str) -> None:
    with store.begin() as unit:
        accounts.add_operator(unit, "anna", Role.ADMIN, "digest")
        before = accounts.current_revision(unit)
    with store.begin() as unit:
        CHANGES[change](unit)
    with store.read() as unit:
        assert accounts.current_revision(unit) > before


def test_changes_at_once_raise_the_revision_each(store: Store) -> None:
    def change(_: int) -> None:
        with store.begin() as unit:
            accounts.raise_revision(unit)

    at_once(8, change)
    with store.read() as unit:
        assert accounts.current_revision(unit) == 8


def test_of_many_that_add_one_name_at_once_one_does(store: Store) -> None:
    def add(number: int) -> bool:
        with suppress(Conflict), store.begin() as unit:
            accounts.add_client(unit, f"client-{number}", "ingrid", f"secret {number}")
            accounts.add_operator(unit, "anna", Role.VIEWER, f"digest {number}")
            return True
        return False

    assert at_once(4, add).count(True) == 1
