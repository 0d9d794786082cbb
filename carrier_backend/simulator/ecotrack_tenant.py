"""How one Ecotrack tenant differs from the next, as far as it can be switched; ecotrack.py tells what each means."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from carrier_backend.simulator.faults import Misused

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "desks": ("nested", "flat", "absent"),
    "communes": ("keyed", "list"),
    "flags": ("number", "string", "bool"),
    "labels": ("drafts", "validated"),
    "created": ("plain", "results"),
    "deleted": ("message", "word"),
    "strangers": ("json", "page", "redirect"),
    "headers": ("windows", "plain"),
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """The first of each choice is what a tenant does unless told otherwise."""

    desks: str = "nested"
    communes: str = "keyed"
    flags: str = "number"
    labels: str = "drafts"
    created: str = "plain"
    deleted: str = "message"
    strangers: str = "json"
    headers: str = "windows"
    page_length: int = 40
    closed: tuple[int, ...] = ()

    def switched(self, told: Mapping[str, Any]) -> Self:
        """Raises Misused for what cannot be switched, or not so."""
        unknown = told.keys() - {one.name for one in fields(self)}
        if unknown:
            raise Misused(f"tenant has no {', '.join(sorted(unknown))}")
        for name, choices in _CHOICES.items():
            if told.get(name, choices[0]) not in choices:
                raise Misused(f"{name}: one of {', '.join(choices)}")
        return replace(self, **{**told, "closed": tuple(told.get("closed", self.closed))})
