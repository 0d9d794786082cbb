"""Any error in Ingrid's words: the document's own where it has them, and fields by the paths of its bodies."""

import re
from collections.abc import Iterable, Mapping, Sequence

from flask import Response
from werkzeug.exceptions import HTTPException

from carrier_backend.domain.errors import (
    Busy,
    CounterpartError,
    Declined,
    Fault,
    Refusal,
    Unsure,
)
from carrier_backend.doors import errors
from carrier_backend.services.admit import WRONG_AUTHORIZATION
from carrier_backend.services.agree_terms import IN_THE_PAST, NO_ZPL, NOT_COVERED
from carrier_backend.services.cancel import NOT_FOUND

# The original document shows these to the letter, and without a path.
_VERBATIM = frozenset({NOT_COVERED, IN_THE_PAST, NO_ZPL, NOT_FOUND, WRONG_AUTHORIZATION})

# Where our words stand in Ingrid's bodies; phone and email are the customer's, at whichever end that is.
_PLACES: Mapping[str, str] = {
    "receiver.contact": "parties.customer",
    "receiver.address": "parties.to.address",
    "sender.contact": "parties.customer",
    "sender.address": "parties.from.address",
    "origin": "parties.from.address",
    "area.address": "parties.search.address",
    "area.radius_km": "parties.search.location_radius",
    "area.limit": "parties.search.location_limit",
    "area.kinds": "parties.search.location_types",
    "pickup_point_id": "parties.to.id",
    "shipper_id": "parties.shipper.id",
    "parcels": "packages",
    "delivery": "delivery_time",
    "collection": "pickup_time",
    "direction": "direction_type",
    "instructions": "delivery_instructions",
    "label.encoding": "print_config.label_format",
    "label.size": "print_config.label_size",
    "tos_id": "references.tos_id",
    "external_id": "references.external_id",
}
_NAMES: Mapping[str, str] = {
    "lines": "address_lines",
    "weight_grams": "weight",
    "length_mm": "length",
    "width_mm": "width",
    "height_mm": "height",
    "package_id": "references.package_id",
    "start_at": "start",
    "end_at": "end",
}
_WORD = re.compile(r"\w+")


def answer(error: Exception, /, **more: str) -> Response:
    """The response to an error; `more` are members beside `errors`."""
    return errors.answer(error, _messages(error), **more)


def ingrid_path(field: str) -> str:
    """A field of our domain by the path it has in Ingrid's body; any other stays as it is."""
    for ours, theirs in _PLACES.items():
        if field == ours or field.startswith((f"{ours}.", f"{ours}[")):
            return theirs + _WORD.sub(_renamed, field.removeprefix(ours))
    return field


def _messages(error: Exception) -> Sequence[str]:
    match error:
        case Refusal(faults=faults) if faults:
            return _distinct(map(_worded, faults))
        case Declined(reasons=reasons) if reasons:
            return _distinct(reasons)
        case Declined():
            return ["the courier declined it without giving a reason"]
        case Unsure():
            return ["it is being confirmed; send the same request again"]
        case CounterpartError(operation="label"):
            return ["it is booked, but its label is not there yet; send the same request again"]
        case CounterpartError():
            # Whatever ails us there, credentials included, is not for callers to know.
            return ["the courier cannot be reached at the moment; send the same request again"]
        case Busy():
            return [str(error)]
        case HTTPException():
            return [errors.of_http(error)]
        case _:
            return [errors.OUR_FAULT]


def _worded(fault: Fault) -> str:
    if fault.message in _VERBATIM:
        return fault.message
    return str(Fault(fault.message, ingrid_path(fault.field)))


def _renamed(word: re.Match[str]) -> str:
    return _NAMES.get(word[0], word[0])


def _distinct(messages: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(messages))
