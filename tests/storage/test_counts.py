"""Calls add up, whichever process made them."""

import pytest

from carrier_backend.storage import counts
from carrier_backend.storage.store import Store


@pytest.mark.parametrize(
    "groups", [[{("intigo", "Answered"): 3, ("ecotrack", "Unsure"): 1}], [{("intigo", "Answered"): 1}] * 3]
)
def test_groups_add_up(store: Store, groups: list[dict[tuple[str, str], int]]) -> None:
    for group in groups:
        with store.begin() as unit:
            counts.add(unit, group)
    with store.read() as unit:
        assert counts.every(unit)["intigo", "Answered"] == 3
