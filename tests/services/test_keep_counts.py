"""What one process counted is told by all."""

import pytest

from carrier_backend.domain.errors import Busy
from carrier_backend.services.keep_counts import KeepCounts
from carrier_backend.storage import counts
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.tally import CallTally
from tests.conftest import ENCRYPTION_KEY


@pytest.fixture
def tally() -> CallTally:
    tally = CallTally()
    tally.count("fake", "Answered")
    return tally


def test_what_two_processes_counted_adds_up(store: Store, tally: CallTally) -> None:
    elsewhere = CallTally()
    elsewhere.count("fake", "Answered")
    for counted in (tally, elsewhere, tally):
        KeepCounts(store, counted).run_once()
    with store.read() as unit:
        assert counts.every(unit) == {("fake", "Answered"): 2}


def test_while_the_database_is_away_it_stays_counted(tally: CallTally) -> None:
    away = Store(open_engine("sqlite:////nowhere/carrier.db"), Sealing([ENCRYPTION_KEY]))
    with pytest.raises(Busy):
        KeepCounts(away, tally).run_once()
    KeepCounts(away, tally).keep_last()
    assert tally.take() == {("fake", "Answered"): 1}
