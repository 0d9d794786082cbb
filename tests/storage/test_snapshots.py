"""Lists that couriers gave us, in their newest version."""

from carrier_backend.ports import Snapshot
from carrier_backend.storage import accounts, snapshots
from carrier_backend.storage.store import Store
from tests.fakes import MONDAY


def keep(store: Store, name: str, content: bytes) -> None:
    with store.begin() as unit:
        snapshots.keep(unit, name, content)


def test_nothing_was_kept_yet(store: Store) -> None:
    with store.read() as unit:
        assert snapshots.every(unit) == {}
        assert snapshots.content(unit, "regions") is None


def test_a_list_comes_back_as_it_was_kept(store: Store) -> None:
    keep(store, "regions", b"\xff[1]")
    with store.read() as unit:
        assert snapshots.content(unit, "regions") == b"\xff[1]"
        assert snapshots.every(unit) == {"regions": Snapshot(1, b"\xff[1]", MONDAY)}


def test_a_new_version_takes_the_place_of_the_last(store: Store) -> None:
    keep(store, "regions", b"[1]")
    keep(store, "regions", b"[2]")
    with store.read() as unit:
        assert snapshots.every(unit) == {"regions": Snapshot(2, b"[2]", MONDAY)}


def test_lists_are_told_apart_by_name(store: Store) -> None:
    keep(store, "regions", b"[1]")
    keep(store, "balances", b"[2]")
    with store.read() as unit:
        assert snapshots.content(unit, "regions") == b"[1]"


def test_whoever_keeps_lists_in_memory_is_told_of_a_new_one(store: Store) -> None:
    with store.read() as unit:
        before = accounts.current_revision(unit)
    keep(store, "regions", b"[1]")
    with store.read() as unit:
        assert accounts.current_revision(unit) > before
