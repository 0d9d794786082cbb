"""A journal: every step is there after a crash, and nobody writes whose lease is lost."""

from datetime import timedelta

import pytest

from carrier_backend.domain.errors import Busy
from carrier_backend.ports import Untimely
from carrier_backend.storage import leases
from carrier_backend.storage.journals import StoredJournal
from carrier_backend.storage.leases import LEASE
from carrier_backend.storage.store import Store
from tests.fakes import FrozenClock
from tests.storage.kept import intended

HALF_A_LEASE = LEASE / 2


@pytest.fixture
def shipment_id(store: Store) -> str:
    shipment = intended(store)
    with store.begin() as unit:
        leases.take(unit, shipment.id, "anna", LEASE)
    return shipment.id


@pytest.fixture
def journal(store: Store, shipment_id: str) -> StoredJournal:
    return StoredJournal(store, shipment_id, "anna")


def test_a_step_that_was_never_begun_is_none(journal: StoredJournal) -> None:
    assert journal.step("create") is None


def test_a_step_begun_is_known_with_its_facts_and_age(journal: StoredJournal, clock: FrozenClock) -> None:
    journal.begin("create", {"tried": ["é", 1]})
    clock.advance(timedelta(seconds=30))
    step = journal.step("create")
    assert step
    assert (step.name, step.facts, step.is_done) == ("create", {"tried": ["é", 1]}, False)
    assert step.age == timedelta(seconds=30)


def test_a_step_done_has_the_facts_of_its_end(journal: StoredJournal) -> None:
    journal.begin("create", {"tried": 1})
    journal.done("create", {"number": "1097367"})
    step = journal.step("create")
    assert step
    assert (step.facts, step.is_done) == ({"number": "1097367"}, True)


def test_a_step_begun_anew_is_young_and_not_done(journal: StoredJournal, clock: FrozenClock) -> None:
    journal.begin("create", {})
    journal.done("create", {})
    clock.advance(timedelta(seconds=30))
    journal.begin("create", {"second": True})
    step = journal.step("create")
    assert step
    assert (step.facts, step.is_done, step.age) == ({"second": True}, False, timedelta())


def test_a_step_withdrawn_never_was(journal: StoredJournal) -> None:
    journal.begin("create", {})
    journal.withdraw("create")
    assert journal.step("create") is None


def test_steps_are_told_apart_by_name_and_shipment(journal: StoredJournal, store: Store) -> None:
    journal.begin("create", {})
    assert journal.step("pay") is None
    assert StoredJournal(store, intended(store).id, "anna").step("create") is None


def test_who_only_looks_may_begin_nothing_but_note_what_was_found(store: Store, shipment_id: str) -> None:
    journal = StoredJournal(store, shipment_id, "anna", only_looks=True)
    with pytest.raises(Untimely):
        journal.begin("create", {})
    StoredJournal(store, shipment_id, "anna").begin("create", {})
    journal.done("create", {})
    step = journal.step("create")
    assert step
    assert step.is_done


@pytest.mark.parametrize("write", ["begin", "done", "withdraw"])
def test_who_lost_the_lease_writes_nothing(journal: StoredJournal, clock: FrozenClock, write: str) -> None:
    journal.begin("create", {"first": True})
    clock.advance(LEASE + timedelta(seconds=1))
    with pytest.raises(Busy, match="taken this shipment over"):
        getattr(journal, write)("create", *([{}] if write != "withdraw" else []))
    step = journal.step("create")
    assert step
    assert (step.facts, step.is_done) == ({"first": True}, False)


def test_who_never_had_the_lease_writes_nothing(store: Store, shipment_id: str) -> None:
    with pytest.raises(Busy):
        StoredJournal(store, shipment_id, "bilal").begin("create", {})


def test_every_write_prolongs_the_lease(journal: StoredJournal, clock: FrozenClock) -> None:
    for number in range(4):
        clock.advance(HALF_A_LEASE + timedelta(seconds=1))
        journal.begin(f"step {number}", {})
    assert journal.step("step 3")


def test_what_is_noted_of_a_step_leaves_its_age_and_that_it_is_open(journal: StoredJournal, clock: FrozenClock) -> None:
    journal.begin("create", {})
    clock.advance(timedelta(seconds=30))
    journal.note("create", {"page": 7})
    step = journal.step("create")
    assert step
    assert (step.facts, step.is_done, step.age) == ({"page": 7}, False, timedelta(seconds=30))


def test_who_only_looks_may_note_what_was_seen(journal: StoredJournal, store: Store, shipment_id: str) -> None:
    journal.begin("create", {})
    StoredJournal(store, shipment_id, "anna", only_looks=True).note("create", {"page": 7})
    step = journal.step("create")
    assert step
    assert step.facts == {"page": 7}


def test_a_note_is_refused_once_the_lease_is_lost(journal: StoredJournal, store: Store, shipment_id: str) -> None:
    journal.begin("create", {})
    with pytest.raises(Busy):
        StoredJournal(store, shipment_id, "bert").note("create", {})
