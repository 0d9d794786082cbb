"""Bodies verbatim from Parcel2Go's document."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "samples"


def sample(name: str) -> Any:
    """What a sample says."""
    return json.loads((_FOLDER / f"{name}.json").read_bytes())
