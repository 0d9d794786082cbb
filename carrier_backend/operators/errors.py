"""Any error, in the shape and with the number that every door gives it, worded for those who have to mend it."""

from collections.abc import Sequence

from flask import Response

from carrier_backend.domain.errors import CarrierError, Refusal, Unsure
from carrier_backend.doors import errors


def answer(error: CarrierError) -> Response:
    """The response to an error: fields by the names they have here, couriers by their own, and why they said no."""
    return errors.answer(error, _messages(error))


def _messages(error: CarrierError) -> Sequence[str]:
    match error:
        case Refusal(faults=faults):
            return [str(fault) for fault in faults]
        case Unsure():
            return [f"{error}; it may have been done: look before it is done again"]
        case _:
            return [str(error)]
