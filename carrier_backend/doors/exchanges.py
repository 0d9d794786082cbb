"""A request that was let in, and how it was answered, as it is kept for operators to read."""

import re
from datetime import timedelta
from time import monotonic

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from carrier_backend import current
from carrier_backend.domain.errors import UnknownPlace
from carrier_backend.domain.exchanges import Exchange, Heading, OrderNames
from carrier_backend.support import redaction

NO_ORDER = OrderNames()
_NUMBERED = re.compile(r"[A-Za-z/_-]*\d[A-Za-z0-9/_-]*", re.ASCII)


def let_in() -> None:
    """Whoever calls has shown who they are: what is said from here on may be kept. Strangers could fill the disk."""
    g.is_let_in = True


def keep(
    response: Response,
    who: str,
    operation: str,
    shown: redaction.Allowed,
    order: OrderNames = NO_ORDER,
    words: tuple[str, ...] = (),
    places: tuple[UnknownPlace, ...] = (),
) -> Response:
    """Have the request at hand kept, if its caller was let in; the response as it is.

    Of query and bodies, values are kept under the names that are `shown`; None: nothing of them. For the rest, see
    domain.exchanges.Exchange.
    """
    if g.get("is_let_in"):
        backend, seconds = current.backend(), monotonic() - g.begun
        backend.exchanges.record(
            Exchange(
                heading=Heading.IN,
                who=who,
                operation=operation,
                trace_id=g.trace_id,
                method=request.method,
                path=_path(),
                at=backend.clock.now() - timedelta(seconds=seconds),
                milliseconds=round(seconds * 1000),
                status=response.status_code,
                request=redaction.written(shown, query=request.args.items(multi=True), body=_body()),
                response=redaction.written(shown, body=response.get_data()),
                order=order,
                words=words,
                places=places,
            )
        )
    return response


def _body() -> bytes:
    """What was sent; nothing of what was refused for its length."""
    try:
        return request.get_data()
    except HTTPException:
        return b""


def _path() -> str:
    """The path where what stands in it has a number, as barcodes do; else its template: it may name somebody."""
    rule = request.url_rule.rule if request.url_rule else ""
    is_plain = "<" not in rule or _NUMBERED.fullmatch(request.path)
    return request.path if is_plain else rule
