"""Only so many threads wait for one counterpart."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from carrier_backend.domain.errors import Busy
from carrier_backend.support.bulkhead import Bulkhead


@contextmanager
def waiting(bulkhead: Bulkhead, who: str) -> Iterator[None]:
    """A thread that has a place, until the block ends."""
    is_in, may_go = threading.Event(), threading.Event()

    def wait() -> None:
        with bulkhead(who):
            is_in.set()
            may_go.wait(10)

    thread = threading.Thread(target=wait)
    thread.start()
    assert is_in.wait(5)
    try:
        yield
    finally:
        may_go.set()
        thread.join(5)


def test_when_all_places_are_taken_nobody_waits_long() -> None:
    bulkhead = Bulkhead(2)
    with (
        waiting(bulkhead, "intigo"),
        waiting(bulkhead, "intigo"),
        pytest.raises(Busy, match="too many are waiting for intigo"),
        bulkhead("intigo"),
    ):
        pass


def test_other_counterparts_have_places_of_their_own() -> None:
    bulkhead = Bulkhead(1)
    with waiting(bulkhead, "intigo"), bulkhead("ecotrack"):
        pass


def test_a_place_is_free_again_once_its_call_is_over() -> None:
    bulkhead = Bulkhead(1)
    with pytest.raises(ZeroDivisionError), bulkhead("intigo"):
        raise ZeroDivisionError
    with waiting(bulkhead, "intigo"):
        pass


def test_whoever_has_a_place_needs_no_second_one() -> None:
    bulkhead = Bulkhead(1)
    with bulkhead("intigo"), bulkhead("intigo"):
        pass
    with waiting(bulkhead, "intigo"):
        pass
