"""Reading an order in a courier's words, and keeping everything that will not do, so that all is told at once."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from carrier_backend.domain.errors import Fault
from carrier_backend.support.places import NoSuchPlace

P = ParamSpec("P")
T = TypeVar("T")


class Findings:
    """Reads values one by one and keeps every fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def of(self, field: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The value; None, with a fault about that field, where the reader raises ValueError."""
        try:
            return read(*args, **kwargs)
        except NoSuchPlace as error:
            self.faults.append(Fault(str(error), field, error.place))
            return None
        except ValueError as error:
            self.faults.append(Fault(str(error), field))
            return None
