"""Bodies as Intigo's document shapes them, with its own numbers where it shows any."""

import json
from pathlib import Path
from typing import Any

from carrier_backend.couriers.intigo.regions import Regions, read_places

_FOLDER = Path(__file__).parent / "samples"


def body(name: str) -> bytes:
    """The bytes of a sample."""
    return (_FOLDER / f"{name}.json").read_bytes()


def sample(name: str) -> Any:
    """What a sample says."""
    return json.loads(body(name))


REGIONS = Regions(read_places(sample("regions")))
