"""A disk that is full before a courier is called, or after it: refused for now, nothing half, and nothing twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from carrier_backend.storage.store import Store
from tests.journeys.conftest import Body, Stage

MANY = 40
"""Packages of a booking that finds no room in pages half empty."""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone can be told how large it may grow."""
    database = tmp_path / "carrier.db"
    database.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{database}"


class Disk:
    """Holds no page more while `is_full` says so."""

    def __init__(self, store: Store) -> None:
        self.is_full: Callable[[], bool] = lambda: False
        event.listen(store.engine, "begin", self._measure)

    def _measure(self, connection: Connection) -> None:
        pages = 1 if self.is_full() else 2**30  # what it holds already, it keeps
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


@pytest.fixture
def disk(store: Store) -> Disk:
    return Disk(store)


def test_a_booking_that_cannot_be_kept_calls_no_courier(
    stage: Stage, disk: Disk, a_booking: Callable[..., Body]
) -> None:
    body, calls = a_booking(packages=MANY), len(stage.books("intigo")["calls"])
    disk.is_full = lambda: True
    answer = stage.book(body)
    assert (answer.status_code, list(answer.get_json())) == (503, ["errors"])
    assert len(stage.books("intigo")["calls"]) == calls


def test_with_space_again_it_is_booked_once(stage: Stage, disk: Disk, a_booking: Callable[..., Body]) -> None:
    body = a_booking(packages=MANY)
    disk.is_full = lambda: True
    assert stage.book(body).status_code == 503
    disk.is_full = lambda: False
    assert stage.book(body).status_code == 200
    assert len(stage.books("intigo")["parcels"]) == MANY


@pytest.mark.parametrize("courier", ["intigo", "parcel2go", "ecotrack"])
def test_a_parcel_that_was_made_and_could_not_be_kept_is_found_again(
    stage: Stage, disk: Disk, a_booking: Callable[..., Body], courier: str
) -> None:
    body, made = a_booking(courier=courier), {"intigo": "parcels", "parcel2go": "payments", "ecotrack": "orders"}
    disk.is_full = lambda: bool(stage.books(courier)[made[courier]])
    assert [stage.book(body).status_code for _ in range(3)] == [503, 503, 503]
    disk.is_full = lambda: False
    assert stage.book(body).status_code == 200
    assert len(stage.books(courier)[made[courier]]) == 1
