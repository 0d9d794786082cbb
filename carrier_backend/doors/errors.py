"""How every refusal looks, whatever its origin: {"errors": [{"message"}]} and its HTTP number (contract section 4)."""

import math
from collections.abc import Callable, Mapping, Sequence

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from carrier_backend.domain.errors import (
    Busy,
    CarrierError,
    Conflict,
    CounterpartError,
    Declined,
    Forbidden,
    Malformed,
    NotAllowed,
    NotServed,
    Throttled,
    Unknown,
)
from carrier_backend.support import strict_json

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

OUR_FAULT = "something went wrong on our side"

_HTTP_MESSAGES: Mapping[int, str] = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is larger than 1 MiB",
    415: "the content type must be application/json, in UTF-8 and not compressed",
    500: OUR_FAULT,
}

_RETRY_AFTER_SECONDS = 5


def register(app: Flask, answer_to: Callable[[Exception], Response]) -> None:
    """Have every error of every door answered in this shape; call it before any route is added."""
    app.register_error_handler(CarrierError, answer_to)
    app.register_error_handler(HTTPException, answer_to)
    # A path is right or unknown: no redirect to a tidier one, and no answers to OPTIONS that nobody guards.
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.before_request(_refuse_leading_slashes)


def answer(error: Exception, messages: Sequence[str], /, **more: str) -> Response:
    """The response to an error, in the door's own words; `more` are members beside `errors`."""
    number = status(error)
    body = {"errors": [{"message": message} for message in messages], **more}
    return Response(strict_json.dump(body), number, _headers(error, number), content_type="application/json")


def status(error: Exception) -> int:
    """The HTTP number of an error."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)


def of_http(error: HTTPException) -> str:
    """What an error of HTTP itself is called."""
    return _HTTP_MESSAGES.get(error.code or 500, error.name.lower())


def _refuse_leading_slashes() -> None:
    """Flask itself would overlook them, and what a proxy in front forbids could be reached with one more."""
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound


def _headers(error: Exception, number: int) -> list[tuple[str, str]]:
    if isinstance(error, HTTPException):
        # Allow comes with a 405; the content type is ours.
        return [header for header in error.get_headers() if header[0] != "Content-Type"]
    if number == 401:
        return [("WWW-Authenticate", "Bearer")]
    if number == 403:
        return [("WWW-Authenticate", 'Bearer error="insufficient_scope"')]  # RFC 6750 section 3.1
    if number in (429, 503):
        return [("Retry-After", _retry_after(error))]
    return []


def _retry_after(error: Exception) -> str:
    seconds = error.retry_after_seconds if isinstance(error, CarrierError) else None
    return str(max(1, math.ceil(_RETRY_AFTER_SECONDS if seconds is None else seconds)))
