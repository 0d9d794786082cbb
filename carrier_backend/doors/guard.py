"""Who may call a route: each one names its guard, and a route without one is a defect."""

from collections.abc import Callable
from typing import TypeVar

from flask import request

from carrier_backend.domain.errors import NotAllowed
from carrier_backend.services.admit import WRONG_AUTHORIZATION

View = TypeVar("View", bound=Callable[..., object])


def anyone(view: View) -> View:
    """Let everybody in."""
    return named("anyone", view)


def bearer_token() -> str:
    """What the caller bears, whatever it is; raises NotAllowed where nothing is borne, or in another scheme."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAllowed(WRONG_AUTHORIZATION)
    return token.strip(" ")


def named(guard: str, view: View) -> View:
    """Note on a view what guards it, for all to see."""
    view.__dict__["guard"] = guard
    return view
