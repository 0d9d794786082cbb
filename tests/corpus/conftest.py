"""The stage on which journeys are walked, for what is said on the way."""

from collections.abc import Iterator

import pytest

from carrier_backend.storage.store import Store
from tests.fakes import FrozenClock
from tests.journeys.conftest import Stage, set_up


@pytest.fixture
def stage(store: Store, clock: FrozenClock) -> Iterator[Stage]:
    with set_up(store, clock) as stage:
        yield stage
