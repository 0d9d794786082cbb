"""What every request needs is in memory, and as new as the half second asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event

from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Account
from carrier_backend.storage import accounts
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests.builders import a_merchant
from tests.conftest import ENCRYPTION_KEY
from tests.fakes import FrozenClock

SEALING = Sealing([ENCRYPTION_KEY])
SECOND = timedelta(seconds=1)
ACCOUNT = Account("https://courier.example", {"api_key": "k"})


@pytest.fixture
def directory(store: Store, clock: FrozenClock) -> Directory:
    return Directory(store, clock)


@pytest.fixture
def elsewhere(store: Store, clock: FrozenClock) -> Iterator[Store]:
    """The same database, from another process."""
    engine = open_engine(store.engine.url.render_as_string(hide_password=False))
    yield Store(engine, SEALING, clock)
    engine.dispose()


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    yield statements
    event.remove(store.engine, "before_cursor_execute", note)


def keep_merchant(store: Store, name: str) -> None:
    with store.begin() as unit:
        accounts.keep_merchant(unit, a_merchant(name=name))


def name_of(directory: Directory) -> str | None:
    merchant = directory.merchant("shop-1")
    return merchant.name if merchant else None


def test_what_is_not_there_is_none(directory: Directory) -> None:
    assert directory.merchant("shop-1") is None
    assert directory.client("client-1") is None
    assert directory.operator("digest") is None
    assert directory.of("fake", "shop-1") is None
    assert directory.read("regions") is None
    assert list(directory.every("fake")) == []


def test_a_change_elsewhere_is_seen_within_a_second(directory: Directory, elsewhere: Store, clock: FrozenClock) -> None:
    keep_merchant(elsewhere, "before")
    assert name_of(directory) == "before"
    keep_merchant(elsewhere, "after")
    clock.advance(SECOND)
    assert name_of(directory) == "after"


def test_nothing_is_read_in_between(directory: Directory, store: Store, elsewhere: Store) -> None:
    keep_merchant(elsewhere, "before")
    name_of(directory)
    keep_merchant(elsewhere, "after")
    with counted(store) as statements:
        assert [name_of(directory) for _ in range(100)] == ["before"] * 100
    assert statements == []


def test_while_nothing_changes_one_row_is_looked_at(directory: Directory, store: Store, clock: FrozenClock) -> None:
    keep_merchant(store, "unchanged")
    name_of(directory)
    clock.advance(SECOND)
    with counted(store) as statements:
        name_of(directory)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_a_refreshed_directory_looks_at_once(directory: Directory, elsewhere: Store) -> None:
    name_of(directory)
    keep_merchant(elsewhere, "new")
    directory.refresh()
    assert name_of(directory) == "new"


def test_what_changes_while_somebody_looks_is_looked_at_again(directory: Directory, store: Store) -> None:
    keep_merchant(store, "before")

    def change(*told: object) -> None:
        if "merchants" in str(told[2]):
            directory.refresh()

    event.listen(store.engine, "after_cursor_execute", change)
    name_of(directory)
    event.remove(store.engine, "after_cursor_execute", change)
    with counted(store) as statements:
        name_of(directory)
    assert statements


def test_a_directory_that_is_read_again_knows_what_changed_elsewhere(directory: Directory, elsewhere: Store) -> None:
    name_of(directory)
    keep_merchant(elsewhere, "new")
    directory.read_again()
    assert name_of(directory) == "new"


def test_a_revoked_client_is_not_there_within_a_second(
    directory: Directory, elsewhere: Store, clock: FrozenClock
) -> None:
    with elsewhere.begin() as unit:
        accounts.add_client(unit, "client-1", "ingrid", "secret")
    assert directory.client("client-1")
    with elsewhere.begin() as unit:
        accounts.revoke_client(unit, "client-1")
    clock.advance(SECOND)
    assert directory.client("client-1") is None


def test_a_revoked_operator_is_not_there_within_a_second(
    directory: Directory, elsewhere: Store, clock: FrozenClock
) -> None:
    with elsewhere.begin() as unit:
        accounts.add_operator(unit, "anna", Role.VIEWER, "digest")
    assert directory.operator("digest")
    with elsewhere.begin() as unit:
        accounts.revoke_operator(unit, "anna")
    clock.advance(SECOND)
    assert directory.operator("digest") is None


def test_accounts_are_those_of_a_merchant_with_a_courier(
    directory: Directory, store: Store, clock: FrozenClock
) -> None:
    with store.begin() as unit:
        accounts.keep_account(unit, "shop-1", "fake", ACCOUNT)
    held = replace(ACCOUNT, since=clock.now())
    assert directory.of("fake", "shop-1") == held
    assert directory.of("fake", "shop-2") is None
    assert directory.of("second", "shop-1") is None
    assert list(directory.every("fake")) == [held]
    assert list(directory.every("second")) == []


def test_a_list_that_was_kept_is_read_at_once(directory: Directory, clock: FrozenClock) -> None:
    directory.keep("regions", b"[1]")
    kept = directory.read("regions")
    assert kept
    assert (kept.content, kept.fetched_at) == (b"[1]", clock.now())


def test_a_list_has_another_version_whenever_it_is_kept(directory: Directory) -> None:
    directory.keep("regions", b"[1]")
    before = directory.read("regions")
    directory.keep("regions", b"[2]")
    after = directory.read("regions")
    assert before
    assert after
    assert before.version != after.version


def test_a_list_kept_elsewhere_is_read_within_a_second(
    directory: Directory, elsewhere: Store, clock: FrozenClock
) -> None:
    assert directory.read("regions") is None
    Directory(elsewhere, clock).keep("regions", b"[1]")
    clock.advance(SECOND)
    kept = directory.read("regions")
    assert kept
    assert kept.content == b"[1]"


def test_while_the_database_is_away_the_last_page_serves(database_url: str, store: Store, clock: FrozenClock) -> None:
    keep_merchant(store, "known")
    engine = create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    narrow = Store(engine, SEALING, clock)
    directory = Directory(narrow, clock)
    name_of(directory)
    with narrow.read():  # takes the only connection
        clock.advance(SECOND)
        assert name_of(directory) == "known"
    keep_merchant(store, "changed")
    clock.advance(SECOND)
    assert name_of(directory) == "changed"
    engine.dispose()


def test_without_any_page_a_database_that_is_away_is_busy(clock: FrozenClock) -> None:
    away = Store(open_engine("sqlite:////nowhere/carrier.db"), SEALING, clock)
    with pytest.raises(Busy):
        Directory(away, clock).merchant("shop-1")
