"""Operators teach couriers names of places, and only such as something comes of."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from carrier_backend.bootstrap import build_backend
from carrier_backend.domain.errors import NotServed, Unknown
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import audit
from tests.builders import a_catalogue
from tests.conftest import BY_TEST, a_settings
from tests.fakes import FakeChannel, FakeCourier, FrozenClock

TUNIS = {"city": "Tunis", "subdivision": "La Marsa"}
ARIANA = {"city": "Ariana", "subdivision": "Raoued"}


@pytest.fixture
def elsewhere(store: Store, clock: FrozenClock, courier: FakeCourier) -> Backend:
    """The same, in another process."""
    parts: Any = {"store": store, "clock": clock, "couriers": {courier.name: courier}, "channel": FakeChannel()}
    return build_backend(a_settings(a_catalogue()), **parts)


def facts(store: Store) -> list[Mapping[str, object]]:
    with store.read() as unit:
        about = audit.c.act.in_(["put alias", "delete alias"])
        return list(unit.connection.execute(select(audit.c.facts).where(about).order_by(audit.c.id)).scalars())


def test_aliases_are_the_couriers_own(backend: Backend) -> None:
    assert backend.teach_places.taught("fake") == {}
    backend.teach_places("fake", "حلق الوادي", TUNIS, BY_TEST)
    backend.teach_places("fake", "La Goulette", ARIANA, BY_TEST)
    backend.teach_places("fake", "La Goulette", TUNIS, BY_TEST)
    assert backend.teach_places.taught("fake") == {"حلق الوادي": TUNIS, "La Goulette": TUNIS}
    backend.teach_places.forget("fake", "La Goulette", BY_TEST)
    assert backend.teach_places.taught("fake") == {"حلق الوادي": TUNIS}


def test_a_name_is_one_however_it_is_spelled(backend: Backend) -> None:
    backend.teach_places("fake", "La Goulette", ARIANA, BY_TEST)
    backend.teach_places("fake", "LA GOULETTE", TUNIS, BY_TEST)
    assert backend.teach_places.taught("fake") == {"LA GOULETTE": TUNIS}
    backend.teach_places.forget("fake", "la goulette", BY_TEST)
    assert backend.teach_places.taught("fake") == {}


def test_what_is_in_no_list_is_refused_and_not_noted(backend: Backend, store: Store) -> None:
    with pytest.raises(NotServed, match="city: 'Atlantis' is no city of the list"):
        backend.teach_places("fake", "Nowhereville", {"city": "Atlantis", "subdivision": "Deep"}, BY_TEST)
    assert backend.teach_places.taught("fake") == {}
    assert facts(store) == []


def test_a_courier_without_a_list_cannot_be_taught(backend: Backend, courier: FakeCourier) -> None:
    backend.teach_places("fake", "La Goulette", TUNIS, BY_TEST)
    courier.places = None
    with pytest.raises(NotServed, match="courier: fake has no list of places to which names could be added"):
        backend.teach_places("fake", "La Goulette", TUNIS, BY_TEST)
    backend.teach_places.forget("fake", "La Goulette", BY_TEST)
    assert backend.teach_places.taught("fake") == {}


def test_the_trail_tells_what_a_name_was_to_mean_and_meant_before(backend: Backend, store: Store) -> None:
    backend.teach_places("fake", "La Goulette", ARIANA, BY_TEST)
    backend.teach_places("fake", "La Goulette", TUNIS, BY_TEST)
    backend.teach_places.forget("fake", "La Goulette", BY_TEST)
    assert facts(store) == [{**ARIANA, "before": None}, {**TUNIS, "before": ARIANA}, {"before": TUNIS}]


def test_the_aliases_of_a_courier_nobody_knows_are_unknown(backend: Backend) -> None:
    with pytest.raises(Unknown, match="no courier 'snail'"):
        backend.teach_places.taught("snail")


def test_operators_on_two_hosts_see_and_lose_each_other_no_alias(backend: Backend, elsewhere: Backend) -> None:
    assert backend.teach_places.taught("fake") == elsewhere.teach_places.taught("fake") == {}
    backend.teach_places("fake", "here", TUNIS, BY_TEST)
    elsewhere.teach_places("fake", "there", TUNIS, BY_TEST)
    assert backend.teach_places.taught("fake") == {"here": TUNIS, "there": TUNIS}


def test_operators_who_write_at_once_lose_each_other_no_alias(backend: Backend) -> None:
    start = threading.Barrier(4)

    def put(name: str) -> None:
        start.wait()
        backend.teach_places("fake", name, TUNIS, BY_TEST)

    with ThreadPoolExecutor(4) as operators:
        list(operators.map(put, "abcd"))
    assert sorted(backend.teach_places.taught("fake")) == ["a", "b", "c", "d"]
