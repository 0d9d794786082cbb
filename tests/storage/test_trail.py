"""The trail of operators' acts is read newest first and page by page, and nothing in it ever changes."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from carrier_backend.storage import oversight, trail
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit
from tests.fakes import MONDAY, FrozenClock


def note(store: Store, operator: str = "anna", subject: str = "PARCEL", act: str = "cancel") -> None:
    with store.begin() as unit:
        oversight.note_act(unit, operator, act, subject, "the merchant called", {"n": 1})


def newest(
    store: Store, operator: str | None = None, subject: str | None = None, before: int | None = None, most: int = 50
) -> list[tuple[str, str]]:
    with store.read() as unit:
        return [(act.operator, act.subject) for act in trail.newest(unit, operator, subject, before, most)]


def test_acts_come_newest_first_of_whom_and_to_what_is_wanted(store: Store) -> None:
    for operator, subject in (("anna", "A"), ("ben", "A"), ("anna", "B")):
        note(store, operator, subject)
    assert newest(store) == [("anna", "B"), ("ben", "A"), ("anna", "A")]
    assert newest(store, operator="anna") == [("anna", "B"), ("anna", "A")]
    assert newest(store, subject="A") == [("ben", "A"), ("anna", "A")]
    assert newest(store, operator="ben", subject="B") == []


def test_a_page_goes_on_below_an_id(store: Store) -> None:
    for number in range(5):
        note(store, subject=str(number))
    with store.read() as unit:
        ids = list(unit.connection.execute(select(audit.c.id).order_by(audit.c.id)).scalars())
    assert newest(store, before=ids[3], most=2) == [("anna", "2"), ("anna", "1")]


def test_an_act_is_shown_as_it_was_noted(store: Store, clock: FrozenClock) -> None:
    note(store)
    with store.read() as unit:
        (act,) = trail.newest(unit, None, None, None, 50)
    assert (act.at, act.act, act.reason, act.facts) == (clock.now(), "cancel", "the merchant called", {"n": 1})


def test_the_latest_of_some_acts_within_a_span_is_found(store: Store, clock: FrozenClock) -> None:
    for act in ("open", "close", "look"):
        note(store, act=act)
        clock.advance(timedelta(minutes=1))

    def latest(minutes: int, *acts: str) -> str | None:
        with store.begin() as unit:
            found = trail.latest_of(unit, "PARCEL", acts, timedelta(minutes=minutes))
        return found.act if found else None

    assert (latest(5, "open", "close"), latest(5, "open"), latest(2, "open")) == ("close", "open", None)


@pytest.mark.parametrize("change", [update(audit).values(reason="another"), delete(audit)])
def test_what_was_noted_can_be_neither_changed_nor_removed(store: Store, change: object) -> None:
    note(store)
    with pytest.raises(DBAPIError, match="only added to"), store.begin() as unit:
        unit.connection.execute(change)  # type: ignore[call-overload]  # either kind of statement
    with store.read() as unit:
        assert unit.connection.execute(select(audit.c.reason)).scalars().all() == ["the merchant called"]


@pytest.mark.parametrize("prefix", ["OR REPLACE", "OR IGNORE", "OR ABORT"])
@pytest.mark.parametrize("number", [1, 0, -1])
def test_no_act_takes_the_place_of_a_noted_one(store: Store, prefix: str, number: int) -> None:
    if store.engine.dialect.name == "postgresql":  # whatever takes a row's place there changes it
        return
    note(store)
    row = {"id": number, "at": MONDAY, "operator": "x", "act": "x", "subject": "x", "reason": "x", "facts": {}}
    with pytest.raises(DBAPIError, match="only added to"), store.begin() as unit:
        unit.connection.execute(audit.insert().prefix_with(prefix), row)
    note(store, subject="ANOTHER")
    assert newest(store) == [("anna", "ANOTHER"), ("anna", "PARCEL")]


def test_the_trail_is_not_emptied_at_once_either(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":  # it knows no TRUNCATE
        return
    note(store)
    with pytest.raises(DBAPIError, match="only added to"), store.begin() as unit:
        unit.connection.execute(text("TRUNCATE audit CASCADE"))
