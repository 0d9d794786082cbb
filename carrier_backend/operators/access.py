"""Who may call an admin route: operators, by their tokens, each as far as their role reaches."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, g

from carrier_backend import current
from carrier_backend.domain.access import Operator, Role
from carrier_backend.domain.errors import Forbidden
from carrier_backend.doors.guard import bearer_token, named
from carrier_backend.services.oversee import By

_P = ParamSpec("_P")


def operator_may(role: Role) -> Callable[[Callable[_P, Response]], Callable[_P, Response]]:
    """Let in operators of this role or one that includes it; raises NotAllowed or Forbidden for anybody else."""

    def guard(view: Callable[_P, Response]) -> Callable[_P, Response]:
        @wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> Response:
            g.operator = _admitted_as(role)
            return view(*args, **kwargs)

        return named(role, guarded)

    return guard


def by(reason: str) -> By:
    """The operator who calls, and why."""
    return By(g.operator.name, reason)


def _admitted_as(role: Role) -> Operator:
    operator = current.backend().admit.operator(bearer_token())
    if not operator.role.may_act_as(role):
        raise Forbidden(f"this takes the role {role}; yours is {operator.role}")
    return operator
