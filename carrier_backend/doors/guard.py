"""Who may call a route: each one names its guard, and a route without one is a defect."""

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


def anyone(view: View) -> View:
    """Let everybody in."""
    return named("anyone", view)


def named(guard: str, view: View) -> View:
    """Note on a view what guards it, for all to see."""
    view.__dict__["guard"] = guard
    return view
