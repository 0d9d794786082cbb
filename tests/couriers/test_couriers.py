"""Finding couriers by their folders."""

import pytest

from carrier_backend import couriers


def test_every_folder_is_a_courier() -> None:
    loaded = couriers.load(couriers.present())

    assert loaded
    assert all(hasattr(module, "Settings") and hasattr(module, "build") for module in loaded.values())


def test_a_courier_without_a_folder_cannot_be_loaded() -> None:
    with pytest.raises(ModuleNotFoundError):
        couriers.load(["pigeon"])
