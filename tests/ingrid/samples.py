"""The bodies in the original document, to the letter but for its comments and one stray comma."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "samples"


def sample(name: str) -> Any:
    """A body, parsed."""
    return json.loads((_FOLDER / f"{name}.json").read_text())


def changed(body: Any, path: str, value: object) -> Any:
    """The body with one value replaced, at a path such as `packages.0.weight`."""
    *way, last = path.split(".")
    inner = body
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[int(last) if last.isdigit() else last] = value
    return body


def without(body: Any, path: str) -> Any:
    """The body without one field, at a path such as `parties.to`."""
    *way, last = path.split(".")
    inner = body
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    del inner[last]
    return body
