"""Any error -> {"errors": [{"message"}]} and its HTTP number (specs/ingrid.md section 1, contract 4)."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from carrier_backend.domain.errors import (
    Busy,
    CarrierError,
    Conflict,
    CounterpartError,
    Declined,
    Fault,
    Forbidden,
    Malformed,
    NotAllowed,
    NotServed,
    Refusal,
    Throttled,
    Unknown,
    Unsure,
)
from carrier_backend.services.admit import WRONG_AUTHORIZATION
from carrier_backend.services.agree_terms import IN_THE_PAST, NO_ZPL, NOT_COVERED
from carrier_backend.services.cancel import NOT_FOUND
from carrier_backend.support import strict_json

# The original document shows these to the letter, and without a path.
_VERBATIM = frozenset({NOT_COVERED, IN_THE_PAST, NO_ZPL, NOT_FOUND, WRONG_AUTHORIZATION})

_STATUSES: Mapping[type[Exception], int] = {
    Malformed: 400,
    NotAllowed: 401,
    Throttled: 429,
    Forbidden: 403,
    Unknown: 404,
    Conflict: 409,
    NotServed: 422,
    Busy: 503,
    CounterpartError: 503,
    Declined: 422,
    CarrierError: 500,
}

_OUR_FAULT = "something went wrong on our side"

_HTTP_MESSAGES: Mapping[int, str] = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is larger than 1 MiB",
    415: "the content type must be application/json",
    500: _OUR_FAULT,
}

_RETRY_AFTER_SECONDS = 5

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


def register(app: Flask) -> None:
    """Have every error of every door answered in this shape; call it before any route is added."""
    app.register_error_handler(CarrierError, answer)
    app.register_error_handler(HTTPException, answer)
    # A path is right or unknown: no redirect to a tidier one, and no answers to OPTIONS that nobody guards.
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.before_request(_refuse_leading_slashes)


def answer(error: Exception, /, **more: str) -> Response:
    """The response to an error; `more` are members beside `errors`."""
    number = status(error)
    body = {"errors": [{"message": message} for message in _messages(error)], **more}
    return Response(strict_json.dump(body), number, _headers(error, number), content_type="application/json")


def status(error: Exception) -> int:
    """The HTTP number of an error."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)


def ingrid_path(field: str) -> str:
    """A field of our domain by the path it has in Ingrid's body; any other stays as it is."""
    for ours, theirs in _PLACES.items():
        if field == ours or field.startswith((f"{ours}.", f"{ours}[")):
            return theirs + _WORD.sub(_renamed, field.removeprefix(ours))
    return field


def _refuse_leading_slashes() -> None:
    """Flask itself would overlook them, and what a proxy in front forbids could be reached with one more."""
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound


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
        case CounterpartError():
            # Whatever ails us there, credentials included, is not for callers to know.
            return ["the courier cannot be reached at the moment; send the same request again"]
        case Busy():
            return [str(error)]
        case HTTPException():
            return [_HTTP_MESSAGES.get(error.code or 500, error.name.lower())]
        case _:
            return [_OUR_FAULT]


def _worded(fault: Fault) -> str:
    if fault.message in _VERBATIM:
        return fault.message
    return str(Fault(fault.message, ingrid_path(fault.field)))


def _renamed(word: re.Match[str]) -> str:
    return _NAMES.get(word[0], word[0])


def _distinct(messages: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(messages))


def _headers(error: Exception, number: int) -> list[tuple[str, str]]:
    if isinstance(error, HTTPException):
        # Allow comes with a 405; the content type is ours.
        return [header for header in error.get_headers() if header[0] != "Content-Type"]
    if number == 401:
        return [("WWW-Authenticate", "Bearer")]
    if number in (429, 503):
        return [("Retry-After", _retry_after(error))]
    return []


def _retry_after(error: Exception) -> str:
    seconds = error.retry_after_seconds if isinstance(error, CarrierError) else None
    return str(max(1, math.ceil(_RETRY_AFTER_SECONDS if seconds is None else seconds)))
